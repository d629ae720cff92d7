package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// filledBindings returns the bindings of the run with the results that exist filled in. Those that do not exist stay as they
// are (contract 3 §7.2).
func (d *decided) filledBindings() ([]v1.WorkspaceBinding, *failure.Failure) {
	var known substitution.Values
	for _, ref := range specvars.BindingReferences(d.bindings) {
		res, ok := ref.TaskResult()
		if !ok || res.Section != substitution.RootTasks {
			continue
		}
		if t := d.dagTask(res.Task); t != nil && t.isFinished() {
			_ = t.resultSet().Put(&known, res) // what does not exist stays as it is
		}
	}
	if known.Empty() {
		return d.bindings, nil
	}
	filled, err := specvars.WorkspaceBindings(d.bindings, known)
	if err != nil {
		return nil, d.unresolvable(fmt.Errorf("workspaces: %w", err))
	}
	return filled, nil
}

// childBindings returns the workspaces that the children of a task get, and the failure if one is not bound that has to
// be (contract 3 §7.1).
func (m *maker) childBindings(t *task) ([]v1.WorkspaceBinding, *failure.Failure) {
	var out []v1.WorkspaceBinding
	for _, w := range m.mappings(t) {
		source := w.Workspace
		if source == "" {
			source = w.Name
		}
		bound, ok := m.binding(source)
		if !ok {
			if m.mayStayUnbound(t, w.Name) {
				continue
			}
			return nil, failure.Invalidf(v1.PipelineRunReasonCreateRunFailed.String(),
				"expected workspace %q to be provided by pipelinerun for pipeline task %q", source, t.spec.Name)
		}
		bound = m.withClaim(bound)
		bound.Name = w.Name
		bound.SubPath = joinSubPath(bound.SubPath, w.SubPath)
		out = append(out, bound)
	}
	return out, nil
}

// mappings returns the workspaces that a task maps, and those that its inline Task uses without mapping them and the run
// binds.
func (m *maker) mappings(t *task) []v1.WorkspacePipelineTaskBinding {
	mapped := t.filled.Workspaces
	if !specvars.IsTask(t.filled) {
		return mapped
	}
	mapped = slices.Clip(mapped)
	for _, name := range specvars.UsedWorkspaces(&t.filled.TaskSpec.TaskSpec) {
		isName := func(w v1.WorkspacePipelineTaskBinding) bool { return w.Name == name }
		if _, bound := m.binding(name); bound && !slices.ContainsFunc(mapped, isName) {
			mapped = append(mapped, v1.WorkspacePipelineTaskBinding{Name: name})
		}
	}
	return mapped
}

// binding returns what the run binds to a workspace.
func (m *maker) binding(name string) (v1.WorkspaceBinding, bool) {
	i := slices.IndexFunc(m.bindings, func(b v1.WorkspaceBinding) bool { return b.Name == name })
	if i < 0 {
		return v1.WorkspaceBinding{}, false
	}
	return *m.bindings[i].DeepCopy(), true
}

// mayStayUnbound tells whether a child gets along without a workspace: the Task says so, the Task is not known here, or a
// child pipeline checks that itself.
func (m *maker) mayStayUnbound(t *task, name string) bool {
	if t.spec.IsChildPipeline() {
		return true
	}
	if t.spec.IsCustomTask() {
		return false
	}
	spec, ok := m.taskSpec(t)
	if !ok {
		return true
	}
	return slices.ContainsFunc(spec.Workspaces, func(w v1.WorkspaceDeclaration) bool { return w.Name == name && w.Optional })
}

// withClaim replaces a claim template by the claim that all children of the run share.
func (m *maker) withClaim(b v1.WorkspaceBinding) v1.WorkspaceBinding {
	if b.VolumeClaimTemplate == nil {
		return b
	}
	claim := affinityassistant.ClaimOf(m.mode, m.pr, b)
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

// createClaims plans those claims of templates that are wanted, except where affinity assistants bring them along
// (contract 3 §7.3). It returns the names of those that have to be looked up first.
func (m *maker) createClaims(wanted func(claim string) bool) (actions []Action, wants []string, f *failure.Failure) {
	if affinityassistant.IsWholeRun(m.mode) {
		return nil, nil, nil
	}
	for _, claim := range workspace.Claims(m.bindings, m.pr) {
		if !wanted(claim.Name) {
			continue
		}
		seen, known := m.seen.Claims[claim.Name]
		switch {
		case !known:
			wants = append(wants, claim.Name)
		case apierrors.IsForbidden(seen.Err):
			return nil, nil, failure.Invalidf(v1.PipelineRunReasonCouldntCreateWorkspacePVC.String(),
				"Failed to create PVC for PipelineRun %s/%s correctly: %w", m.pr.Namespace, m.pr.Name, seen.Err)
		case seen.Err != nil:
			return nil, nil, failure.Transientf("", "%w", seen.Err)
		case !seen.Exists:
			actions = append(actions, CreateClaim{Claim: claim})
		}
	}
	return actions, wants, nil
}

// isFirstUse tells whether children that start need a claim that no child has used yet. It is there, unless the mode of
// coscheduling changed since the first child was created.
func (m *maker) isFirstUse(claim string) bool {
	isIt := func(b v1.WorkspaceBinding) bool {
		return b.PersistentVolumeClaim != nil && b.PersistentVolumeClaim.ClaimName == claim
	}
	needed := slices.ContainsFunc(m.starting, func(bindings []v1.WorkspaceBinding) bool { return slices.ContainsFunc(bindings, isIt) })
	return needed && !slices.ContainsFunc(m.children, func(c child) bool { return c.usesClaim(claim) })
}
