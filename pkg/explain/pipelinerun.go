package explain

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// nextOfPipelineRun is what to do about a PipelineRun that failed for a reason of its own.
func nextOfPipelineRun(reason string) string {
	switch v1.PipelineRunReason(reason) {
	case v1.PipelineRunReasonCouldntGetPipeline, v1.PipelineRunReasonCouldntGetTask:
		return "check the name and namespace, or apply what is missing, and start a new run"
	case v1.PipelineRunReasonFailedValidation, v1.PipelineRunReasonInvalidGraph:
		return "correct the Pipeline (tenon lint finds more) and start a new run"
	case v1.PipelineRunReasonParameterMissing, v1.PipelineRunReasonParameterTypeMismatch, v1.PipelineRunReasonObjectParameterMissKeys,
		v1.PipelineRunReasonParamArrayIndexingInvalid, v1.PipelineRunReasonInvalidParamValue:
		return "start a new run with params that fit the Pipeline"
	case v1.PipelineRunReasonInvalidWorkspaceBinding, v1.PipelineRunReasonRequiredWorkspaceMarkedOptional:
		return "start a new run that binds this workspace"
	case v1.PipelineRunReasonInvalidTaskRunSpec:
		return "correct the task name in spec.taskRunSpecs"
	case v1.PipelineRunReasonInvalidTaskResultReference, v1.PipelineRunReasonInvalidPipelineResultReference:
		return "declare the result in the Task, or correct the reference to it"
	case v1.PipelineRunReasonCouldntGetPipelineResult:
		return "write the result in every case, or take it out of the Pipeline's results"
	case v1.PipelineRunReasonCELEvaluationFailed:
		return "correct the expression; references to text need quotes around them"
	case v1.PipelineRunReasonResourceVerificationFailed:
		return "sign the definition, or see which VerificationPolicy applies"
	case v1.PipelineRunReasonCouldntCreateWorkspacePVC:
		return "look at quota and storage class of the claim"
	default:
		return ""
	}
}

func (e *explainer) pipelineRun(pr *v1.PipelineRun, n *runtree.Node) Line {
	c := pr.Status.GetCondition(apis.ConditionSucceeded)
	l := Line{State: n.State}
	switch {
	case c == nil:
		l.Why, l.Next = "no controller has looked at it yet"+e.since(pr.CreationTimestamp.Time), "see whether the controller runs"
	case c.IsTrue():
		l.Why = "succeeded" + took(n)
		if c.Reason == v1.PipelineRunReasonCompleted.String() {
			l.Why += fmt.Sprintf("; %d tasks were skipped", len(pr.Status.SkippedTasks))
		}
	case c.IsFalse():
		return e.failedPipelineRun(pr, n, c)
	default:
		return e.openPipelineRun(pr, n, c)
	}
	return l
}

func took(n *runtree.Node) string {
	if n.Start.IsZero() || n.End.IsZero() {
		return ""
	}
	return " in " + n.End.Sub(n.Start).Round(time.Second).String()
}

func (e *explainer) failedPipelineRun(pr *v1.PipelineRun, n *runtree.Node, c *apis.Condition) Line {
	l := Line{State: n.State, Why: firstLine(c.Message), Next: nextOfPipelineRun(c.Reason)}
	switch v1.PipelineRunReason(c.Reason) {
	case v1.PipelineRunReasonCancelled:
		if pr.Spec.Status != "" {
			l.Why = "cancelled" + asker(pr.ManagedFields) + ": spec.status is " + string(pr.Spec.Status)
			return l
		}
		if first := pick(n.Children); first != nil {
			return e.node(first)
		}
	case v1.PipelineRunReasonTimedOut:
		return e.timedOut(n, c)
	case v1.PipelineRunReasonFailed:
		if first := pick(n.Children); first != nil {
			return e.node(first)
		}
		for _, task := range n.Children {
			if task.State == runtree.Skipped && strings.Contains(task.Reason, "timeout") {
				l.Task = taskName(task)
				l.Why, l.Next = skipped(task)
				return l
			}
		}
	case v1.PipelineRunReasonFailedValidation:
		if _, missing, ok := strings.Cut(c.Message, "Failed Validation: "); ok {
			if _, text, ok := strings.Cut(missing, "("); ok {
				missing = strings.TrimSuffix(text, ")")
			}
			l.Why, l.Next = "a result is missing: "+missing, "let that task write the result in every case, or guard the other one with when"
		}
	}
	return l
}

func (e *explainer) timedOut(n *runtree.Node, c *apis.Condition) Line {
	l := Line{State: runtree.TimedOut, Why: firstLine(c.Message), Next: "raise spec.timeouts.pipeline"}
	if strings.Contains(c.Message, "due to tasks failed to finish") {
		l.Next = "raise spec.timeouts.tasks"
	}
	var open []string
	for _, task := range n.Children {
		if task.State == runtree.Cancelled || task.State == runtree.TimedOut {
			open = append(open, taskName(task))
		}
	}
	if len(open) > 0 {
		l.Why += "; it was at " + strings.Join(open, ", ")
	}
	return l
}

func (e *explainer) openPipelineRun(pr *v1.PipelineRun, n *runtree.Node, c *apis.Condition) Line {
	l := Line{State: n.State, Why: firstLine(c.Message)}
	switch v1.PipelineRunReason(c.Reason) {
	case v1.PipelineRunReasonPending:
		if pr.Spec.Status == v1.PipelineRunSpecStatusPending {
			l.State, l.Next = runtree.Waiting, "remove spec.status to start it"
			l.Why = "held back" + asker(pr.ManagedFields) + ": spec.status is PipelineRunPending"
			return l
		}
		l.State, l.Next = runtree.Waiting, "free quota for claims; it is tried again"
		return l
	case v1.PipelineRunReasonResolvingPipelineRef, v1.PipelineRunReasonResolvingTaskRef:
		l.State, l.Why, l.Next = runtree.Waiting, e.resolving(pr, c), "kubectl get resolutionrequests; see whether the resolvers run"
		return l
	case v1.PipelineRunReasonCouldntCancel, v1.PipelineRunReasonCouldntTimeOut:
		l.Next = "it is tried again; see the rights of the controller"
		return l
	}
	if first := pick(n.Children); first != nil {
		return e.node(first)
	}
	// Behind the counts stands what keeps the next run of a task from being created.
	if counts, trouble, ok := strings.Cut(c.Message, ", Skipped: "); ok && strings.HasPrefix(counts, "Tasks Completed") {
		if _, text, ok := strings.Cut(trouble, ". "); ok {
			l.Why, l.Next = "the next task cannot be created: "+firstLine(text), "it is tried again"
			return l
		}
	}
	if pod := e.assistant(pr.Name); pod != nil && pod.Status.Phase == corev1.PodPending {
		l.Why, l.Next = e.pendingPod(pod)
		l.Why = "the affinity assistant waits: " + l.Why
	}
	return l
}

func (e *explainer) resolving(pr *v1.PipelineRun, c *apis.Condition) string {
	what := "a Task or child Pipeline"
	if ref := pr.Spec.PipelineRef; c.Reason == v1.PipelineRunReasonResolvingPipelineRef.String() && ref != nil {
		what = "the Pipeline from the resolver " + string(ref.Resolver)
	}
	return "waits for " + what + e.since(pr.CreationTimestamp.Time)
}

// assistant returns the pod of an affinity assistant of a run, nil if there is none.
func (e *explainer) assistant(run string) *corev1.Pod {
	for _, pod := range e.Pods {
		if pod.Labels["app.kubernetes.io/component"] == "affinity-assistant" && pod.Labels["tekton.dev/pipelineRun"] == run {
			return pod
		}
	}
	return nil
}
