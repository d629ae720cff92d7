package taskplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// subject is a run together with the Task it is going to run, before values are filled in.
type subject struct {
	tr *v1.TaskRun
	// task is the name for messages.
	task     string
	spec     *v1.TaskSpec
	bindings []v1.WorkspaceBinding
	// coschedule is the feature flag, enums tells whether enums of params count.
	coschedule string
	enums      bool
}

// validate returns the first thing that keeps the run from starting, in the order of the contract (2 §1.6).
func (s subject) validate() *failure.Failure {
	for _, check := range []func() *failure.Failure{
		s.checkRequests, s.checkParams, s.checkIndexes, s.checkEnums, s.checkWorkspaces, s.checkOverrides,
	} {
		if f := check(); f != nil {
			return f
		}
	}
	return nil
}

func invalid(format string, args ...any) *failure.Failure {
	return failure.UserErrorf(string(v1.TaskRunReasonFailedValidation), format, args...)
}

func (s subject) checkRequests() *failure.Failure {
	var template corev1.ResourceList
	if s.spec.StepTemplate != nil {
		template = s.spec.StepTemplate.ComputeResources.Limits
	}
	for i := range s.spec.Steps {
		resources := s.spec.Steps[i].ComputeResources
		for _, name := range slices.Sorted(maps.Keys(resources.Requests)) {
			request := resources.Requests[name]
			limit, ok := resources.Limits[name]
			if !ok {
				limit, ok = template[name]
			}
			if ok && request.Cmp(limit) > 0 {
				return invalid("invalid request resource value: %v must be less or equal to limit %v", request.String(), limit.String())
			}
		}
	}
	return nil
}

func (s subject) checkParams() *failure.Failure {
	if problem := params.Check(s.spec.Params, s.tr.Spec.Params); problem != nil {
		return invalid("invalid input params for task %s: %w", s.task, problem)
	}
	return nil
}

func (s subject) checkIndexes() *failure.Failure {
	if problem := specvars.CheckTaskIndexes(s.spec, s.tr.Spec.Params); problem != nil {
		return invalid("%w", problem)
	}
	return nil
}

func (s subject) checkEnums() *failure.Failure {
	if !s.enums {
		return nil
	}
	if problem := params.CheckEnums(s.spec.Params, s.tr.Spec.Params); problem != nil {
		return failure.UserErrorf(string(v1.TaskRunReasonInvalidParamValue), "%w", problem)
	}
	return nil
}

func (s subject) checkWorkspaces() *failure.Failure {
	return workspace.Check(s.spec.Workspaces, s.bindings, s.coschedule)
}

func (s subject) checkOverrides() *failure.Failure {
	var wrong []string
	for _, o := range s.tr.Spec.StepSpecs {
		if !slices.ContainsFunc(s.spec.Steps, func(step v1.Step) bool { return step.Name == o.Name }) {
			wrong = append(wrong, fmt.Sprintf("invalid StepOverride: No Step named %s", o.Name))
		}
	}
	for _, o := range s.tr.Spec.SidecarSpecs {
		if !slices.ContainsFunc(s.spec.Sidecars, func(sidecar v1.Sidecar) bool { return sidecar.Name == o.Name }) {
			wrong = append(wrong, fmt.Sprintf("invalid SidecarOverride: No Sidecar named %s", o.Name))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return invalid("%s", strings.Join(wrong, "\n"))
}
