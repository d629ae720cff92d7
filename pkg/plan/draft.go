package plan

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// draft is what a pass writes. Phases put down in it what is to be kept whatever becomes of the pass.
type draft struct {
	pr  *v1.PipelineRun
	now time.Time
	// trace is the carrier that a run which starts is given.
	trace map[string]string
	// status is the new status.
	status v1.PipelineRunStatus
	// labels and annotations are those of the PipelineRun with what is added in this pass.
	labels, annotations map[string]string
	events              []Event
	// tasksOpen says that there are DAG tasks which have not ended: their limit can change something.
	tasksOpen bool
}

func newDraft(seen *Seen) *draft {
	pr := seen.PipelineRun
	return &draft{pr: pr, now: seen.Now, trace: seen.SpanContext, status: pr.Status, labels: pr.Labels, annotations: pr.Annotations}
}

// verdict is the condition of a run as a pass will write it.
type verdict struct {
	status  corev1.ConditionStatus
	reason  v1.PipelineRunReason
	message string
}

// mark stores a verdict in the status. A run that is done gets its completion time, which equals the transition time of
// the condition.
func (out *draft) mark(v verdict) {
	at := out.now
	if v.status != corev1.ConditionUnknown {
		at = out.endTime()
	}
	out.forgetVerdict()
	out.status.SetCondition(apis.Condition{
		Type: apis.ConditionSucceeded, Status: v.status, Reason: v.reason.String(), Message: v.message,
	}, at)
	out.status.CompletionTime = nil
	if v.status != corev1.ConditionUnknown {
		out.status.CompletionTime = &metav1.Time{Time: at}
	}
}

// forgetVerdict brings back the condition that was observed: the transition time moves only if the last verdict of the pass
// differs from it. It stays the first one, which is where clients look for it (contract 3 §1.1).
func (out *draft) forgetVerdict() {
	isVerdict := func(c apis.Condition) bool { return c.Type == apis.ConditionSucceeded }
	out.status.Conditions = slices.DeleteFunc(slices.Clone(out.status.Conditions), isVerdict)
	if observed := out.pr.Status.GetCondition(apis.ConditionSucceeded); observed != nil {
		out.status.Conditions = slices.Insert(out.status.Conditions, 0, *observed)
	}
}

// endTime returns the time of the pass, or a start time that is later because another clock set it.
func (out *draft) endTime() time.Time {
	end := out.now
	for _, start := range []*metav1.Time{out.status.StartTime, out.status.FinallyStartTime} {
		if start != nil && end.Before(start.Time) {
			end = start.Time
		}
	}
	return end
}

// fail ends the run with a failure.
func (out *draft) fail(f *failure.Failure) {
	out.mark(verdict{corev1.ConditionFalse, v1.PipelineRunReason(f.Reason), f.Message()})
}

// isDone tells whether the verdict of the pass ends the run.
func (out *draft) isDone() bool {
	return !out.status.GetCondition(apis.ConditionSucceeded).IsUnknown()
}

// pend keeps a run from starting.
func (out *draft) pend() {
	if out.pr.Status.GetCondition(apis.ConditionSucceeded) == nil {
		out.normal(v1.PipelineRunReasonStarted.String(), "")
	}
	out.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReasonPending, "PipelineRun \"" + out.pr.Name + "\" is pending"})
}

// start gives the run its start time, which is never before its creation, although clocks differ.
func (out *draft) start() {
	if out.pr.HasStarted() {
		return
	}
	start := metav1.NewTime(out.now)
	if created := out.pr.CreationTimestamp; start.Before(&created) {
		start = created
	}
	out.status.StartTime = &start
	if len(out.status.SpanContext) == 0 {
		out.status.SpanContext = out.trace
	}
	out.normal(v1.PipelineRunReasonStarted.String(), "")
	out.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReasonStarted, ""})
}

// noteFlags records the feature flags of the pass.
func (out *draft) noteFlags(flags *config.FeatureFlags) {
	if !flags.EnableProvenanceInStatus {
		return
	}
	recorded := v1.FeatureFlags(*flags)
	recorded.EnableStepActions, recorded.EnableTektonOCIBundles = false, false
	p := v1.Provenance{FeatureFlags: &recorded}
	if old := out.status.Provenance; old != nil {
		p.RefSource = old.RefSource
	}
	out.status.Provenance = &p
}

// noteSource records where the Pipeline was found.
func (out *draft) noteSource(source *v1.RefSource) {
	if source == nil {
		return
	}
	p := v1.Provenance{}
	if out.status.Provenance != nil {
		p = *out.status.Provenance
	}
	p.RefSource = source
	out.status.Provenance = &p
}

// noteVerification records the outcome of checking a signature: the condition is True when all that the run refers to pass
// (contract 4 §4.3), so one that did not keeps it False.
func (out *draft) noteVerification(v *Verification) {
	if v == nil || v.Passed && out.status.GetCondition(v1.ConditionTrustedResourcesVerified).IsFalse() {
		return
	}
	cond := apis.Condition{Type: v1.ConditionTrustedResourcesVerified, Status: corev1.ConditionTrue}
	if !v.Passed {
		cond.Status, cond.Message = corev1.ConditionFalse, v.Message
	}
	out.status.SetCondition(cond, out.now)
}

// noteDecided records what was found out while the tasks were decided: that finally was due, and which tasks had ended
// before their children were deleted.
func (out *draft) noteDecided(d *decided) {
	out.tasksOpen = !d.dagDone()
	if d.finallyDue && out.status.FinallyStartTime == nil {
		out.status.FinallyStartTime = &metav1.Time{Time: out.endTime()}
	}
	if d.endedNote != "" {
		out.annotations = withEntry(out.annotations, endedAnnotation, d.endedNote)
	}
}

// adopt adds children that are not recorded to status.childReferences, and lowers the start time to the earliest creation
// time of a child (contract 3 §1.4, §3.7).
func (out *draft) adopt(children []child) {
	recorded := make(map[string]bool, len(out.status.ChildReferences))
	for _, ref := range out.status.ChildReferences {
		recorded[ref.Kind+"/"+ref.Name] = true
	}
	refs := slices.Clone(out.status.ChildReferences)
	for _, c := range children {
		if !recorded[c.kind+"/"+c.meta.Name] {
			refs = append(refs, newReference(c.kind, c.meta.Name, c.task))
		}
		created := c.meta.CreationTimestamp
		if start := out.status.StartTime; start != nil && !created.IsZero() && created.Before(start) {
			out.status.StartTime = created.DeepCopy()
		}
	}
	out.status.ChildReferences = refs
}
