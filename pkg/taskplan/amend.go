package taskplan

import (
	"errors"
	"fmt"

	"github.com/tenon-ci/tenon/pkg/apierror"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Amend returns the step for a pass in which some actions were refused: what the run shows then, and whether it is tried
// again. Without refusals it returns step as it is.
func Amend(seen Seen, step Step, refused []Refused) Step {
	var errs []error
	for _, x := range refused {
		if x.Kind == decision.NotTried {
			continue
		}
		switch x.Action.(type) {
		case CreateClaim, CreatePod:
			return decide(seen, &x)
		}
		errs = append(errs, fmt.Errorf("%s: %w", describe(x.Action), x.Err))
	}
	if len(errs) == 0 {
		return step
	}
	f := failure.Transientf("", "%w", errors.Join(errs...))
	if len(step.Status.RetriesStatus) > len(seen.TaskRun.Status.RetriesStatus) {
		// Nobody looks at the pod of this attempt again, so the attempt ends only when that is done.
		return Step{Status: seen.TaskRun.Status, WakeAt: step.WakeAt, Failure: f}
	}
	step.Failure = f
	return step
}

// describe says what was tried.
func describe(action Action) string {
	switch a := action.(type) {
	case DeletePod:
		return "deleting pod " + a.Name
	case ReplacePod:
		return "deleting pod " + a.Pod.Name
	case CancelPod:
		return "cancelling pod " + a.Name
	case ReleaseSteps:
		return "releasing the first step of pod " + a.Pod.Name
	case HoldSteps:
		return "holding the first step of pod " + a.Pod.Name
	case StopSidecars:
		return "stopping sidecars of pod " + a.Pod.Name
	case StopPod:
		return "stopping pod " + a.Pod.Name
	default:
		return fmt.Sprintf("%T", action)
	}
}

// claimRefused turns the error of creating a claim into the failure of the pass (contract 2 §1.4).
func (p *pass) claimRefused(x *Refused) bool {
	class := failure.Invalid
	if kind := apierror.Classify(x.Err); kind == apierror.Foreign || kind.Passes() {
		class = failure.Transient
	}
	return p.notMade(failure.New(class, string(v1.TaskRunReasonCouldntCreateWorkspacePVC),
		"failed to create PVC for TaskRun %s/%s workspaces correctly: %w", p.tr.Namespace, p.tr.Name, x.Err))
}
