package workspace

import (
	"fmt"
	"strings"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Check reports the first thing that is wrong with the bindings of a TaskRun (contract 2 §1.6, §5.4); nil means nothing.
// coschedule is the value of that feature flag. The bindings have their parameters replaced and are not yet WithClaims.
func Check(declared []v1.WorkspaceDeclaration, bindings []v1.WorkspaceBinding, coschedule string) *failure.Failure {
	for i := range bindings {
		// Admission did this too, but a parameter can turn out empty.
		if err := bindings[i].Validate(); err != nil {
			return invalid("binding %q is invalid: %w", bindings[i].Name, err)
		}
	}
	for _, d := range declared {
		if !d.Optional && binding(bindings, d.Name) == nil {
			return invalid("declared workspace %q is required but has not been bound", d.Name)
		}
	}
	for _, b := range bindings {
		if declaration(declared, b.Name) == nil {
			return invalid("workspace binding %q does not match any declared workspace", b.Name)
		}
	}
	if coschedule == config.CoscheduleWorkspaces {
		return checkOneClaim(bindings)
	}
	return nil
}

// checkOneClaim refuses a second claim: volumes of two claims may be on nodes that have no common one, and the affinity
// assistant of a workspace can only keep Pods near one.
func checkOneClaim(bindings []v1.WorkspaceBinding) *failure.Failure {
	byClaim := map[string]bool{}
	var users []string
	for _, b := range bindings {
		key := ""
		switch {
		case b.PersistentVolumeClaim != nil:
			key = "claim " + b.PersistentVolumeClaim.ClaimName
		case b.VolumeClaimTemplate != nil:
			key = "template of " + b.Name
		default:
			continue
		}
		byClaim[key] = true
		users = append(users, fmt.Sprintf("%q", b.Name))
	}
	if len(byClaim) < 2 {
		return nil
	}
	return invalid("more than one PersistentVolumeClaim is bound (by the workspaces %s); bind them to one claim, "+
		"or set the feature flag %q to %q", strings.Join(users, ", "), config.KeyCoschedule, config.CoscheduleDisabled)
}

func invalid(format string, args ...any) *failure.Failure {
	return failure.UserErrorf(v1.TaskRunReasonFailedValidation.String(), format, args...)
}
