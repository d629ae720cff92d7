package plan

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Amend returns the step for a pass in which some actions were refused: what the run shows then, and whether it is tried
// again. Without refusals it returns step as it is.
func Amend(seen Seen, step Step, refused []Refused) Step {
	if len(refused) == 0 {
		return step
	}
	refused = inOrder(step.Actions, refused)
	pr := seen.PipelineRun
	if pr.IsDone() {
		step.Failure = firstError(pr, refused)
		return step
	}
	step.Events = step.Events[:len(step.Events)-len(conditionEvents(&pr.Status, &step.Status))]
	step.Events = append(slices.Clip(step.Events), creationEvents(refused)...)
	step.Status.ChildReferences = withoutRefused(pr, step.Status.ChildReferences, refused)
	out := &draft{pr: pr, now: seen.Now, status: step.Status}
	step.Failure = out.amend(step.Failure, refused)
	step.Status = out.status
	step.Events = append(step.Events, conditionEvents(&pr.Status, &step.Status)...)
	return step
}

// inOrder returns the refusals in the order of the actions. They arrive in the order in which the API answered, and a text
// that names the first of them would change with each attempt.
func inOrder(actions []Action, refused []Refused) []Refused {
	place := make(map[Action]int, len(actions))
	for i, a := range actions {
		place[a] = i
	}
	ordered := slices.Clone(refused)
	slices.SortStableFunc(ordered, func(a, b Refused) int { return cmp.Compare(place[a.Action], place[b.Action]) })
	return ordered
}

// amend changes the condition according to the refusals, and returns the failure of the pass.
func (out *draft) amend(before *failure.Failure, refused []Refused) *failure.Failure {
	if before != nil && before.Final() {
		return before
	}
	for _, x := range refused {
		if x.Err == nil {
			continue
		}
		switch a := x.Action.(type) {
		case StopChild:
			return out.couldNotStop(refused, a.TimedOut)
		case CreateClaim:
			return out.claimRefused(a.Claim.Name, x)
		case CreateAffinityAssistant:
			return out.assistantRefused(a.StatefulSet.Name, x)
		case CreateTaskRun, CreateCustomRun, CreatePipelineRun:
			if x.Kind == RefusedForGood {
				f := failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(), "%w", x.Err)
				out.fail(f)
				return f
			}
		}
	}
	f := firstError(out.pr, refused)
	if c := out.status.GetCondition(apis.ConditionSucceeded); f != nil && c.IsUnknown() {
		out.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReason(c.GetReason()), c.GetMessage() + "; " + f.Text})
	}
	return f
}

// firstError is the failure of a pass that is tried again.
func firstError(pr *v1.PipelineRun, refused []Refused) *failure.Failure {
	for _, x := range refused {
		if x.Err != nil {
			return failure.Transientf("", "%s: %w", describe(pr, x.Action), x.Err)
		}
	}
	return nil
}

// describe says what was tried.
func describe(pr *v1.PipelineRun, action Action) string {
	switch a := action.(type) {
	case CreateTaskRun:
		return fmt.Sprintf("Failed to create TaskRuns [%q]", a.TaskRun.Name)
	case CreateCustomRun:
		return fmt.Sprintf("Failed to create CustomRuns [%q]", a.CustomRun.Name)
	case CreatePipelineRun:
		return fmt.Sprintf("Failed to create child (PIP) PipelineRuns [%q]", a.PipelineRun.Name)
	case StopChild:
		return fmt.Sprintf("stopping %s %s/%s", a.Kind, pr.Namespace, a.Name)
	case RestartAffinityAssistant:
		return fmt.Sprintf("deleting Pod %s/%s", pr.Namespace, a.Pod)
	case DeleteAffinityAssistant:
		return fmt.Sprintf("deleting StatefulSet %s/%s", pr.Namespace, a.Name)
	case DeleteClaim:
		return fmt.Sprintf("deleting PersistentVolumeClaim %s/%s", pr.Namespace, a.Name)
	default:
		return fmt.Sprintf("%T", action)
	}
}

// creationEvents tells the user about children that could not be created (contract 3 §1.5).
func creationEvents(refused []Refused) []Event {
	var events []Event
	for _, x := range refused {
		if x.Err == nil {
			continue
		}
		reason := ""
		switch x.Action.(type) {
		case CreateTaskRun:
			reason = "TaskRunsCreationFailed"
		case CreateCustomRun:
			reason = "RunsCreationFailed"
		case CreatePipelineRun:
			reason = "ChildPipelineRunsCreationFailed"
		default:
			continue
		}
		events = append(events, Event{
			Type: corev1.EventTypeWarning, Reason: reason, Message: fmt.Sprintf("%s: %s", describe(nil, x.Action), x.Err),
		})
	}
	return events
}

// withoutRefused leaves out the references of children that were not created, unless they were recorded before.
func withoutRefused(pr *v1.PipelineRun, refs []v1.ChildStatusReference, refused []Refused) []v1.ChildStatusReference {
	missing := map[string]bool{}
	for _, x := range refused {
		switch a := x.Action.(type) {
		case CreateTaskRun:
			missing[kindTaskRun+"/"+a.TaskRun.Name] = true
		case CreateCustomRun:
			missing[kindCustomRun+"/"+a.CustomRun.Name] = true
		case CreatePipelineRun:
			missing[kindPipelineRun+"/"+a.PipelineRun.Name] = true
		}
	}
	for _, ref := range pr.Status.ChildReferences {
		delete(missing, ref.Kind+"/"+ref.Name)
	}
	if len(missing) == 0 {
		return refs
	}
	return slices.DeleteFunc(slices.Clone(refs), func(ref v1.ChildStatusReference) bool { return missing[ref.Kind+"/"+ref.Name] })
}

// couldNotStop keeps the run from ending while children cannot be stopped (contract 3 §1.2).
func (out *draft) couldNotStop(refused []Refused, timedOut bool) *failure.Failure {
	reason := v1.PipelineRunReasonCouldntCancel
	if timedOut {
		reason = v1.PipelineRunReasonCouldntTimeOut
	}
	f := failure.Transientf(reason.String(), "%w", refusedStops(out.pr, refused, timedOut))
	out.status.Results = out.pr.Status.Results
	out.mark(verdict{corev1.ConditionUnknown, reason, f.Text})
	return f
}

// isFinal tells whether it is no use to try again to create what a run needs. A write that is forbidden stays so until
// somebody changes the rules, unless it is a quota, which becomes free.
func (x Refused) isFinal() bool {
	return x.Kind == RefusedForGood || x.Kind != RefusedByQuota && apierrors.IsForbidden(x.Err)
}

// postpone keeps the run waiting for what could not be created for now.
func (out *draft) postpone(format string, args ...any) *failure.Failure {
	f := failure.Transientf(v1.PipelineRunReasonPending.String(), format, args...)
	out.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReasonPending, f.Text})
	return f
}

// assistantRefused says what an affinity assistant that could not be created means (contract 3 §8.4).
func (out *draft) assistantRefused(name string, x Refused) *failure.Failure {
	if !x.isFinal() {
		return out.postpone("Waiting for StatefulSet creation to succeed: Affinity Assistant creation error, retryable for %s: %w", name, x.Err)
	}
	f := assistantFailure(out.pr, fmt.Errorf("failed to create StatefulSet %s: %w", name, x.Err))
	out.fail(f)
	return f
}

// claimRefused says what a claim that could not be created means (contract 3 §7.5).
func (out *draft) claimRefused(name string, x Refused) *failure.Failure {
	if !x.isFinal() {
		return out.postpone("Waiting for PVC creation to succeed: PVC creation error, retryable for %s: %w", name, x.Err)
	}
	f := failure.Invalidf(v1.PipelineRunReasonCouldntCreateWorkspacePVC.String(),
		"Failed to create PVC for PipelineRun %s/%s correctly: PVC creation error for %s: %w", out.pr.Namespace, out.pr.Name, name, x.Err)
	out.fail(f)
	return f
}
