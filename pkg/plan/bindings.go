package plan

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// loadBindings fills parameters into the workspaces of the run, and context variables into their sub-paths, where the name
// of the Pipeline is that of the reference (contract 3 §4.2, §7.2).
func (r *run) loadBindings() *failure.Failure {
	set, err := params.ForPipeline(r.spec.Params, r.pr.Spec.Params)
	if err != nil {
		return userError(v1.PipelineRunReasonFailedValidation, "Failed to apply parameters to Pipeline %s: %w", r.localDefinition(), err)
	}
	name := ""
	if r.pr.Spec.PipelineRef != nil {
		name = r.pr.Spec.PipelineRef.Name
	}
	bindings, err := specvars.WorkspaceBindings(r.pr.Spec.Workspaces, set.Values())
	if err == nil {
		bindings, err = specvars.SubPaths(bindings, r.facts(name).ContextValues())
	}
	if err != nil {
		return r.unresolvable(err)
	}
	r.bindings = bindings
	return nil
}

// childBindings returns the workspaces that the children of a task get, and the failure if one is not bound that has to
// be (contract 3 §7.1).
func (r *run) childBindings(t *task) ([]v1.WorkspaceBinding, *failure.Failure) {
	var out []v1.WorkspaceBinding
	for _, w := range r.mappings(t) {
		source := w.Workspace
		if source == "" {
			source = w.Name
		}
		bound, ok := r.binding(source)
		if !ok {
			if r.mayStayUnbound(t, w.Name) {
				continue
			}
			return nil, failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
				"expected workspace %q to be provided by pipelinerun for pipeline task %q", source, t.spec.Name)
		}
		bound = r.withClaim(bound)
		bound.Name = w.Name
		bound.SubPath = joinSubPath(bound.SubPath, w.SubPath)
		out = append(out, bound)
	}
	return out, nil
}

// mappings returns the workspaces that a task maps, and those that its inline Task uses without mapping them and the run
// binds.
func (r *run) mappings(t *task) []v1.WorkspacePipelineTaskBinding {
	mapped := t.filled.Workspaces
	if !specvars.IsTask(t.filled) {
		return mapped
	}
	mapped = slices.Clip(mapped)
	for _, name := range specvars.UsedWorkspaces(&t.filled.TaskSpec.TaskSpec) {
		isName := func(w v1.WorkspacePipelineTaskBinding) bool { return w.Name == name }
		if _, bound := r.binding(name); bound && !slices.ContainsFunc(mapped, isName) {
			mapped = append(mapped, v1.WorkspacePipelineTaskBinding{Name: name})
		}
	}
	return mapped
}

// binding returns what the run binds to a workspace.
func (r *run) binding(name string) (v1.WorkspaceBinding, bool) {
	i := slices.IndexFunc(r.bindings, func(b v1.WorkspaceBinding) bool { return b.Name == name })
	if i < 0 {
		return v1.WorkspaceBinding{}, false
	}
	return *r.bindings[i].DeepCopy(), true
}

// mayStayUnbound tells whether a child gets along without a workspace: the Task says so, the Task is not known here, or a
// child pipeline checks that itself.
func (r *run) mayStayUnbound(t *task, name string) bool {
	if t.spec.IsChildPipeline() {
		return true
	}
	if t.spec.IsCustomTask() {
		return false
	}
	spec, ok := r.taskSpec(t)
	if !ok {
		return true
	}
	return slices.ContainsFunc(spec.Workspaces, func(w v1.WorkspaceDeclaration) bool { return w.Name == name && w.Optional })
}

// taskSpec returns the Task behind a pipeline task, as far as it is known.
func (r *run) taskSpec(t *task) (*v1.TaskSpec, bool) {
	switch {
	case specvars.IsTask(t.spec):
		return &t.spec.TaskSpec.TaskSpec, true
	case r.seen.Definitions[t.definitionKey()].Task != nil:
		return &r.seen.Definitions[t.definitionKey()].Task.Spec, true
	default:
		return nil, false
	}
}

// withClaim replaces a claim template by the claim that all children of the run share.
func (r *run) withClaim(b v1.WorkspaceBinding) v1.WorkspaceBinding {
	if b.VolumeClaimTemplate == nil {
		return b
	}
	claim := affinityassistant.ClaimOf(r.coschedule(), r.pr, b)
	b.VolumeClaimTemplate = nil
	b.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}
	return b
}

// joinSubPath joins the sub-path of the run with that of the pipeline task (contract 3 §7.2).
func joinSubPath(run, task string) string {
	switch {
	case run == "":
		return task
	case task == "":
		return run
	default:
		return path.Clean(strings.Join([]string{run, task}, "/"))
	}
}

func (r *run) coschedule() string { return r.mode }

// keepMode holds a run to the claims that its children began with. They have other names in the modes that keep a whole
// run on one node, so that after a change of the mode later tasks would not find what earlier ones wrote. Everything else
// about the mode may change in mid-run (contract 3 §8.1).
func (r *run) keepMode(bindings []v1.WorkspaceBinding) {
	for _, b := range bindings {
		if b.VolumeClaimTemplate == nil {
			continue
		}
		whole := affinityassistant.ClaimOf(config.CoschedulePipelineRuns, r.pr, b)
		single := affinityassistant.ClaimOf(config.CoscheduleWorkspaces, r.pr, b)
		for _, c := range r.children {
			isWhole := affinityassistant.IsWholeRun(r.mode)
			switch {
			case c.usesClaim(whole) && !isWhole:
				r.mode = config.CoschedulePipelineRuns
			case c.usesClaim(single) && isWhole && c.meta.Annotations[pipeline.AffinityAssistantAnnotationKey] == "":
				r.mode = config.CoscheduleDisabled
			case c.usesClaim(single) && isWhole:
				r.mode = config.CoscheduleWorkspaces
			case !c.usesClaim(whole) && !c.usesClaim(single):
				continue
			}
			return
		}
	}
}
