package runtree

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/termination"
)

func taskRun(tr *v1.TaskRun) *Node {
	n := attempt(tr, &tr.Status)
	n.Name = tr.Name
	n.Attempt = len(tr.Status.RetriesStatus) + 1
	earlier := make([]*Node, 0, len(tr.Status.RetriesStatus))
	for i := range tr.Status.RetriesStatus {
		one := attempt(tr, &tr.Status.RetriesStatus[i])
		one.Name, one.Attempt = fmt.Sprintf("attempt %d", i+1), i+1
		if !one.Start.IsZero() && (n.Start.IsZero() || one.Start.Before(n.Start)) {
			n.Start = one.Start
		}
		earlier = append(earlier, one)
	}
	n.Children = append(earlier, n.Children...)
	return n
}

// attempt is one attempt of a TaskRun with its steps and sidecars.
func attempt(tr *v1.TaskRun, status *v1.TaskRunStatus) *Node {
	n := &Node{
		Kind: KindTaskRun, Object: tr.Name, Namespace: tr.Namespace, Pod: status.PodName,
		Start: timeOf(status.StartTime), End: timeOf(status.CompletionTime),
	}
	setState(n, status.GetCondition(apis.ConditionSucceeded), v1.TaskRunReasonCancelled.String(), v1.TaskRunReasonTimedOut.String())
	switch v1.TaskRunReason(n.Reason) {
	case v1.TaskRunReasonFailureIgnored:
		n.Ignored = true
	case v1.TaskRunReasonPending, v1.TaskRunReasonTaskRunPending, v1.TaskRunReasonPullImageFailed, v1.TaskRunReasonExceededNodeResources,
		v1.TaskRunReasonExceededResourceQuota, v1.TaskRunReasonResolvingTaskRef, v1.TaskRunReasonResolvingStepActionRef:
		if !n.State.IsDone() {
			n.State = Waiting
		}
	}
	for _, r := range status.Results {
		n.Results = append(n.Results, result(r.Name, r.Value))
	}
	addSteps(n, tr, status)
	for i := range status.Sidecars {
		n.Children = append(n.Children, sidecar(n, &status.Sidecars[i]))
	}
	return n
}

func addSteps(n *Node, tr *v1.TaskRun, status *v1.TaskRunStatus) {
	spec := status.TaskSpec
	if spec == nil {
		spec = tr.Spec.TaskSpec
	}
	if len(status.Steps) > 0 || spec == nil {
		isOpen := true
		last := n.Start
		for i := range status.Steps {
			s := step(n, &status.Steps[i], isOpen)
			isOpen = isOpen && s.State.IsDone()
			if s.State == Running && s.Start.Before(last) {
				s.Start = last
			}
			if !s.End.IsZero() {
				last = s.End
			}
			n.Children = append(n.Children, s)
		}
		return
	}
	for i := range spec.Steps {
		name := spec.Steps[i].Name
		if name == "" {
			name = fmt.Sprintf("unnamed-%d", i)
		}
		s := &Node{Kind: KindStep, Name: name, Object: n.Object, Namespace: n.Namespace, State: Waiting}
		if n.State.IsDone() {
			s.State, s.Message = Skipped, "its task ended before it could start"
		}
		n.Children = append(n.Children, s)
	}
}

// step reads the state of a step. All containers of a pod run at the same time, and each holds its step back until those before it
// have ended: isTurn tells that this has happened.
func step(of *Node, s *v1.StepState, isTurn bool) *Node {
	n := &Node{Kind: KindStep, Name: s.Name, Object: of.Object, Namespace: of.Namespace, Pod: of.Pod, Container: s.Container}
	for _, r := range s.Results {
		n.Results = append(n.Results, result(r.Name, r.Value))
	}
	setContainer(n, &s.ContainerState, of)
	switch {
	case s.Terminated == nil:
		if n.State == Running && !isTurn {
			n.State, n.Start = Waiting, time.Time{}
		}
		return n
	case s.TerminationReason != "":
		n.Reason = s.TerminationReason
	}
	switch n.Reason {
	case string(termination.Skipped):
		n.State, n.Message = Skipped, "a step before it failed"
	case string(termination.TimeoutExceeded), v1.TaskRunReasonTimedOut.String():
		n.State = TimedOut
	case string(termination.Cancelled), v1.TaskRunReasonCancelled.String():
		n.State = Cancelled
	case string(termination.Continued):
		n.Ignored = n.State == Failed
	}
	return n
}

func sidecar(of *Node, s *v1.SidecarState) *Node {
	n := &Node{Kind: KindSidecar, Name: s.Name, Object: of.Object, Namespace: of.Namespace, Pod: of.Pod, Container: s.Container}
	setContainer(n, &s.ContainerState, of)
	failed := of.Reason == v1.TaskRunReasonSidecarFailed.String() || of.Reason == v1.TaskRunReasonSidecarOOM.String()
	if n.State == Failed && of.State.IsDone() && !failed {
		// It was stopped because it was needed no longer; how it takes that is its own business.
		n.State = Succeeded
	}
	return n
}

func setContainer(n *Node, state *corev1.ContainerState, of *Node) {
	switch {
	case state.Terminated != nil:
		t := state.Terminated
		code := t.ExitCode
		n.ExitCode, n.Reason, n.Message = &code, t.Reason, t.Message
		n.Start, n.End = t.StartedAt.Time, t.FinishedAt.Time
		n.State = Succeeded
		if code != 0 {
			n.State = Failed
		}
	case state.Running != nil:
		n.State, n.Start = Running, state.Running.StartedAt.Time
	default:
		n.State = Waiting
		if state.Waiting != nil {
			n.Reason, n.Message = state.Waiting.Reason, state.Waiting.Message
		}
		if of.State.IsDone() {
			n.State, n.Message = Skipped, "its task ended before it could start"
		}
	}
}

func customRun(r *v1beta1.CustomRun) *Node {
	n := &Node{
		Kind: KindCustomRun, Name: r.Name, Object: r.Name, Namespace: r.Namespace,
		Start: timeOf(r.Status.StartTime), End: timeOf(r.Status.CompletionTime),
	}
	setState(n, r.Status.GetCondition(apis.ConditionSucceeded), v1beta1.CustomRunReasonCancelled.String(), v1beta1.CustomRunReasonTimedOut.String())
	for _, one := range r.Status.Results {
		n.Results = append(n.Results, Result{Name: one.Name, Type: v1.ParamTypeString, Value: one.Value})
	}
	return n
}

// setState reads a condition; cancelled and timedOut are the reasons that say so.
func setState(n *Node, c *apis.Condition, cancelled, timedOut string) {
	n.State = Waiting
	if !n.Start.IsZero() {
		n.State = Running
	}
	if c == nil {
		return
	}
	n.Reason, n.Message = c.Reason, c.Message
	switch {
	case c.IsTrue():
		n.State = Succeeded
	case !c.IsFalse():
	case c.Reason == cancelled:
		n.State = Cancelled
	case c.Reason == timedOut:
		n.State = TimedOut
	default:
		n.State = Failed
	}
}

func result(name string, value v1.ParamValue) Result {
	return Result{Name: name, Type: value.Type, Value: text(value)}
}

// text is a value for people: itself if it is a string, else JSON.
func text(value v1.ParamValue) string {
	if value.Type == v1.ParamTypeString || value.Type == "" {
		return value.StringVal
	}
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(data)
}

func paramsOf(c child) v1.Params {
	switch object := c.object.(type) {
	case *v1.TaskRun:
		return object.Spec.Params
	case *v1beta1.CustomRun:
		return object.Spec.Params
	case *v1.PipelineRun:
		return object.Spec.Params
	default:
		return nil
	}
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
