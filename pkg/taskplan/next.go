package taskplan

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// Next returns what to do next about a TaskRun.
func Next(seen Seen) Step { return decide(seen, nil) }

// decide makes a pass in which the creation of the pod, or of a claim of it, was refused, if refusal is not nil.
func decide(seen Seen, refusal *Refused) Step {
	p := newPass(seen)
	p.refusal = refusal
	if p.tr.IsDone() {
		p.afterwards()
		return p.out()
	}
	p.annotate(pipeline.ReleaseAnnotationKey, seen.Release)
	for _, check := range []func() bool{
		p.cancelled, p.pending, p.start, p.timedOut, p.unprepared, p.cannotStart, p.resolve, p.createPod, p.followPod,
	} {
		if ended := check(); ended {
			break
		}
	}
	if !p.step.Wants.Empty() {
		return Step{Wants: p.step.Wants, Status: seen.TaskRun.Status}
	}
	if p.unreported {
		return Step{Status: seen.TaskRun.Status, WakeAt: p.step.WakeAt}
	}
	if !p.status.GetCondition(apis.ConditionSucceeded).IsUnknown() {
		p.step.WakeAt = time.Time{}
	}
	p.retry()
	if p.status.CompletionTime != nil {
		p.status.TaskSpec = p.shownTask()
	}
	p.featureFlags()
	p.report()
	return p.out()
}

// pass is the state of one call of decide. Its checks return true when no later check counts.
type pass struct {
	seen   Seen
	tr     *v1.TaskRun
	before apis.Condition
	status v1.TaskRunStatus
	step   Step
	// refusal is what became of creating the pod, if that was tried and did not succeed.
	refusal *Refused
	// stamp is the time of the pass as the API stores it.
	stamp time.Time
	// spec is the resolved Task with all values filled in.
	spec *v1.TaskSpec
	// unsettled says that the Task in status is not one to run: it does not fit the run, or a StepAction of it failed.
	unsettled bool
	// unreported says that the pass is not worth a write.
	unreported bool
	// news are events that tell of a state, not of something that happens: they are recorded when the condition changes.
	news []Event
	// pod is the pod of the attempt.
	pod *corev1.Pod
}

func newPass(seen Seen) *pass {
	p := &pass{seen: seen, tr: seen.TaskRun, pod: seen.Pod, status: *seen.TaskRun.Status.DeepCopy(), stamp: seen.Now.Truncate(time.Second)}
	if c := seen.TaskRun.Status.GetCondition(apis.ConditionSucceeded); c != nil {
		p.before = *c
	}
	if p.pod != nil && p.status.PodName == "" && !p.tr.IsDone() {
		p.status.PodName = p.pod.Name
	}
	return p
}

func (p *pass) out() Step {
	p.step.Status = p.status
	return p.step
}

func (p *pass) attempt() int { return len(p.tr.Status.RetriesStatus) }

// PodName is the name under which the pod of the current attempt is found.
func PodName(tr *v1.TaskRun) string {
	if tr.Status.PodName != "" {
		return tr.Status.PodName
	}
	return names.Pod(tr.Name, len(tr.Status.RetriesStatus))
}

func (p *pass) label(key, value string) { set(&p.step.Labels, key, value) }

func (p *pass) annotate(key, value string) { set(&p.step.Annotations, key, value) }

func set(m *map[string]string, key, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

func (p *pass) act(a Action) { p.step.Actions = append(p.step.Actions, a) }

func (p *pass) event(kind, reason, message string) {
	p.step.Events = append(p.step.Events, Event{Type: kind, Reason: reason, Message: message})
}

// warn records a warning about the state that the run is in, unless it was in it before.
func (p *pass) warn(reason, message string) {
	p.news = append(p.news, Event{Type: corev1.EventTypeWarning, Reason: reason, Message: message})
}

// wake makes sure that there is a pass at that time.
func (p *pass) wake(at time.Time) {
	if !at.IsZero() && (p.step.WakeAt.IsZero() || at.Before(p.step.WakeAt)) {
		p.step.WakeAt = at
	}
}

// wait ends the checks with a condition that is not final.
func (p *pass) wait(reason v1.TaskRunReason, message string) bool {
	p.status.MarkRunning(reason, message, p.stamp)
	return true
}

// fail ends the checks with a failed condition.
func (p *pass) fail(reason v1.TaskRunReason, message string) bool {
	p.status.MarkFailed(reason, message, p.stamp)
	p.complete()
	return true
}

func (p *pass) complete() {
	now := metav1.NewTime(p.stamp)
	p.status.CompletionTime = &now
	if p.status.StartTime == nil {
		p.status.StartTime = &now
	}
}

func (p *pass) pending() bool {
	if !p.tr.IsPending() {
		return false
	}
	return p.wait(v1.TaskRunReasonTaskRunPending, fmt.Sprintf("TaskRun %q is pending", p.tr.Name))
}

// start begins an attempt.
func (p *pass) start() bool {
	if p.status.StartTime != nil {
		return false
	}
	at := metav1.NewTime(p.stamp)
	if created := p.tr.CreationTimestamp; at.Before(&created) {
		at = created
	}
	p.status.StartTime = &at
	if len(p.status.SpanContext) == 0 {
		p.status.SpanContext = p.seen.SpanContext
	}
	p.status.MarkRunning(v1.TaskRunReasonStarted, p.before.Message, p.stamp)
	if p.begins() {
		p.event(corev1.EventTypeNormal, string(v1.TaskRunReasonStarted), "")
	}
	return false
}

// begins tells whether this pass is the first one of an attempt. A run that waits for quota has no start time either, but it
// began before (contract 2 §1.9).
func (p *pass) begins() bool {
	switch v1.TaskRunReason(p.before.Reason) {
	case "", v1.TaskRunReasonTaskRunPending, v1.TaskRunReasonToBeRetried:
		return true
	default:
		return false
	}
}

func (p *pass) timeout() time.Duration {
	if p.tr.Spec.Timeout != nil {
		return p.tr.Spec.Timeout.Duration
	}
	return p.seen.Config.Defaults.Timeout()
}
