package runtrace

import (
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/termination"
	"github.com/tenon-ci/tenon/pkg/timing"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// phaseOrder has the phases of package timing that become spans. Time in which steps run is left to the spans of steps, and that in the
// queue is told once for all attempts.
var phaseOrder = []string{
	timing.Starting, timing.Quota, timing.Node, timing.Sandbox, timing.Images, timing.SandboxAndImages, timing.Sidecars, timing.Reporting,
	timing.Unattributed,
}

// phaseNames are the names of their spans.
var phaseNames = map[string]string{
	timing.Starting:         "start attempt",
	timing.Quota:            "wait for quota",
	timing.Node:             "schedule pod",
	timing.Sandbox:          "set up pod",
	timing.Images:           "pull images and start containers",
	timing.SandboxAndImages: "set up pod, pull images and start containers",
	timing.Sidecars:         "wait for sidecars",
	timing.Reporting:        "report",
	timing.Unattributed:     "unattributed",
}

// TaskRun returns the spans of a TaskRun that is done, its own first; none if it is not to be traced. pod is that of the last attempt, nil
// if it is gone.
func TaskRun(tr *v1.TaskRun, pod *corev1.Pod) []span.Span {
	own := spancontext.Of(tr.Status.SpanContext)
	if !own.IsSampled() || tr.Status.CompletionTime == nil {
		return nil
	}
	attempts := append(append([]v1.TaskRunStatus(nil), tr.Status.RetriesStatus...), tr.Status)
	created := tr.CreationTimestamp.Time
	started := notBefore(timeOf(attempts[0].StartTime, created), created)
	root := taskRoot(tr, pod, own)
	spans := add([]span.Span{root}, part(own, Queue, created, started))
	for i := range attempts {
		above := own
		if len(attempts) > 1 {
			s := attempt(&attempts[i], i, own, root.End)
			above = s.Context
			spans = append(spans, s)
		}
		if i == len(attempts)-1 {
			spans = append(spans, phases(tr, pod, above)...)
		}
		if i == 0 || !equality.Semantic.DeepEqual(attempts[i].Steps, attempts[i-1].Steps) {
			spans = append(spans, steps(attempts[i].Steps, i, own, above)...)
		}
	}
	return spans
}

func taskRoot(tr *v1.TaskRun, pod *corev1.Pod, own trace.SpanContext) span.Span {
	c := tr.Status.GetCondition(apis.ConditionSucceeded)
	s := span.Span{
		Name: tr.Labels[pipeline.PipelineTaskLabelKey], Kind: trace.SpanKindInternal,
		Context: own, Parent: parent(tr.Annotations[pipeline.TaskRunSpanContextAnnotationKey], own),
		Start: tr.CreationTimestamp.Time, End: notBefore(tr.Status.CompletionTime.Time, tr.CreationTimestamp.Time),
		Attributes: []attribute.KeyValue{
			semconv.CICDPipelineTaskRunID(string(tr.UID)), semconv.CICDPipelineTaskRunResultKey.String(taskResult(c)),
			semconv.K8SNamespaceName(tr.Namespace), NamespaceKey.String(tr.Namespace), TaskRunKey.String(tr.Name),
		},
	}
	taskName := s.Name
	if taskName == "" {
		taskName = sharedTaskName(tr)
		s.Name, s.Kind = rootName(taskName), trace.SpanKindServer
	}
	if taskName == "" {
		taskName = tr.Name
	}
	s.Attributes = append(s.Attributes, semconv.CICDPipelineTaskName(taskName))
	if name := tr.Labels[pipeline.PipelineLabelKey]; name != "" {
		s.Attributes = append(s.Attributes, semconv.CICDPipelineName(name))
	}
	if uid := tr.Labels[pipeline.PipelineRunUIDLabelKey]; uid != "" {
		s.Attributes = append(s.Attributes, semconv.CICDPipelineRunID(uid))
	}
	if run := tr.Labels[pipeline.PipelineRunLabelKey]; run != "" {
		s.Attributes = append(s.Attributes, PipelineRunKey.String(run))
	}
	if tr.Status.PodName != "" {
		s.Attributes = append(s.Attributes, semconv.K8SPodName(tr.Status.PodName))
	}
	if pod != nil && pod.Spec.NodeName != "" {
		s.Attributes = append(s.Attributes, semconv.K8SNodeName(pod.Spec.NodeName))
	}
	outcome(&s, c)
	return s
}

// sharedTaskName returns the name of the Task of a TaskRun without PipelineRun, if it is one that other runs have as well.
func sharedTaskName(tr *v1.TaskRun) string {
	if name := tr.Labels[pipeline.TaskLabelKey]; name != "" && tr.Spec.TaskRef != nil {
		return name
	}
	return trimGenerated(tr.GenerateName)
}

// attempt is the span of one of several attempts.
func attempt(status *v1.TaskRunStatus, i int, run trace.SpanContext, ended time.Time) span.Span {
	s := span.Span{
		Name: Attempt, Kind: trace.SpanKindInternal, Context: spancontext.Child(run, Attempt, strconv.Itoa(i)), Parent: run,
		End: timeOf(status.CompletionTime, ended), Attributes: []attribute.KeyValue{AttemptKey.Int(i + 1)},
	}
	s.Start = timeOf(status.StartTime, s.End)
	s.End = notBefore(s.End, s.Start)
	if status.PodName != "" {
		s.Attributes = append(s.Attributes, semconv.K8SPodName(status.PodName))
	}
	outcome(&s, status.GetCondition(apis.ConditionSucceeded))
	return s
}

// phases are the times in which no step ran.
func phases(tr *v1.TaskRun, pod *corev1.Pod, above trace.SpanContext) []span.Span {
	var spans []span.Span
	for _, phase := range timing.Of(tr, pod) {
		name, ok := phaseNames[phase.Name]
		if !ok {
			continue
		}
		spans = add(spans, span.Span{
			Name: name, Kind: trace.SpanKindInternal, Context: spancontext.Child(above, "phase", phase.Name), Parent: above,
			Start: phase.Start, End: phase.End, Attributes: []attribute.KeyValue{PhaseKey.String(phase.Name)},
		})
	}
	return spans
}

// steps are the spans of the steps of an attempt that have ended.
func steps(states []v1.StepState, attempt int, run, above trace.SpanContext) []span.Span {
	var spans []span.Span
	for i := range states {
		state, t := &states[i], states[i].Terminated
		if t == nil || t.StartedAt.Unix() <= 0 {
			continue
		}
		container := state.Container
		if container == "" {
			container = names.StepContainer(state.Name, i)
		}
		s := span.Span{
			Name: StepPrefix + state.Name, Kind: trace.SpanKindInternal, Context: spancontext.Step(run, attempt, container), Parent: above,
			Start: t.StartedAt.Time, End: notBefore(t.FinishedAt.Time, t.StartedAt.Time),
			Attributes: []attribute.KeyValue{
				StepKey.String(state.Name), semconv.K8SContainerName(container), semconv.ProcessExitCode(int(t.ExitCode)),
			},
		}
		stepOutcome(&s, state)
		spans = append(spans, s)
	}
	return spans
}

// stepOutcome notes how a step ended. One that was skipped is no failure, the one before it is.
func stepOutcome(s *span.Span, state *v1.StepState) {
	if state.ImageID != "" {
		s.Attributes = append(s.Attributes, semconv.ContainerImageID(state.ImageID))
	}
	reason := state.TerminationReason
	if reason == "" {
		reason = state.Terminated.Reason
	}
	s.Attributes = append(s.Attributes, TerminationReasonKey.String(reason))
	code := state.Terminated.ExitCode
	if code == 0 || reason == string(termination.Skipped) {
		return
	}
	s.Failed, s.Problem = true, fmt.Sprintf("%s: exit code %d", reason, code)
	if reason == string(termination.Continued) {
		s.Problem = fmt.Sprintf("%s: exit code %d, which the Task tolerates", reason, code)
	}
	s.Attributes = append(s.Attributes, semconv.ErrorTypeKey.String(reason))
}
