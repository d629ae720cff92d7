package plan

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
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
	pr := seen.PipelineRun
	if pr.IsDone() {
		step.Failure = firstError(pr, refused)
		return step
	}
	step.Events = step.Events[:len(step.Events)-len(conditionEvents(&pr.Status, &step.Status))]
	step.Events = append(slices.Clip(step.Events), creationEvents(refused)...)
	step.Status.ChildReferences = withoutRefused(pr, step.Status.ChildReferences, refused)
	r := &run{seen: &seen, pr: pr, now: seen.Now, status: step.Status}
	step.Failure = r.amend(step.Failure, refused)
	step.Status = r.status
	step.Events = append(step.Events, conditionEvents(&pr.Status, &step.Status)...)
	return step
}

// amend changes the condition according to the refusals, and returns the failure of the pass.
func (r *run) amend(before *failure.Failure, refused []Refused) *failure.Failure {
	if before != nil && before.Final() {
		return before
	}
	for _, x := range refused {
		if x.Err == nil {
			continue
		}
		switch a := x.Action.(type) {
		case StopChild:
			return r.couldNotStop(refused, a.TimedOut)
		case CreateClaim:
			return r.claimRefused(a.Claim.Name, x)
		case CreateAffinityAssistant:
			f := assistantFailure(r.pr, fmt.Errorf("failed to create StatefulSet %s: %w", a.StatefulSet.Name, x.Err))
			r.fail(f)
			return f
		case CreateTaskRun, CreateCustomRun, CreatePipelineRun:
			if x.Kind == RefusedForGood {
				f := failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(), "%w", x.Err)
				r.fail(f)
				return f
			}
		}
	}
	f := firstError(r.pr, refused)
	if c := r.status.GetCondition(apis.ConditionSucceeded); f != nil && c.IsUnknown() {
		r.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReason(c.GetReason()), c.GetMessage() + "; " + f.Text})
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
func (r *run) couldNotStop(refused []Refused, timedOut bool) *failure.Failure {
	reason := v1.PipelineRunReasonCouldntCancel
	if timedOut {
		reason = v1.PipelineRunReasonCouldntTimeOut
	}
	message := refusedStops(r.pr, refused, timedOut)
	r.status.Results = r.pr.Status.Results
	r.mark(verdict{corev1.ConditionUnknown, reason, message})
	return failure.Transientf(reason.String(), "%s", message)
}

// claimRefused says what a claim that could not be created means (contract 3 §7.5).
func (r *run) claimRefused(name string, x Refused) *failure.Failure {
	if x.Kind == RefusedByQuota {
		message := fmt.Sprintf("Waiting for PVC creation to succeed: PVC creation error, retryable for %s: %s", name, x.Err)
		r.mark(verdict{corev1.ConditionUnknown, v1.PipelineRunReasonPending, message})
		return failure.Transientf(v1.PipelineRunReasonPending.String(), "%s", message)
	}
	f := failure.Invalidf(v1.PipelineRunReasonCouldntCreateWorkspacePVC.String(),
		"Failed to create PVC for PipelineRun %s/%s correctly: PVC creation error for %s: %w", r.pr.Namespace, r.pr.Name, name, x.Err)
	r.fail(f)
	return f
}
