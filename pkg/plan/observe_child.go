package plan

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

const (
	kindTaskRun     = pipeline.TaskRunControllerKind
	kindCustomRun   = pipeline.CustomRunControllerKind
	kindPipelineRun = pipeline.PipelineRunControllerKind
)

// child is one observed child. Exactly one of the three objects is set.
type child struct {
	kind string
	// task is the pipeline task it belongs to, as its label or its recorded reference says.
	task        string
	meta        *metav1.ObjectMeta
	taskRun     *v1.TaskRun
	customRun   *v1beta1.CustomRun
	pipelineRun *v1.PipelineRun
}

func (c child) condition() *apis.Condition {
	switch c.kind {
	case kindTaskRun:
		return c.taskRun.Status.GetCondition(apis.ConditionSucceeded)
	case kindCustomRun:
		return c.customRun.Status.GetCondition(apis.ConditionSucceeded)
	default:
		return c.pipelineRun.Status.GetCondition(apis.ConditionSucceeded)
	}
}

func (c child) isDone() bool       { return !c.condition().IsUnknown() }
func (c child) isSuccessful() bool { return c.condition().IsTrue() }

func (c child) reason() string {
	if cond := c.condition(); cond != nil {
		return cond.Reason
	}
	return ""
}

// isStopped tells whether the child was asked to stop.
func (c child) isStopped() bool {
	switch c.kind {
	case kindTaskRun:
		return c.taskRun.Spec.Status == v1.TaskRunSpecStatusCancelled
	case kindCustomRun:
		return c.customRun.Spec.Status == v1beta1.CustomRunSpecStatusCancelled
	default:
		return c.pipelineRun.Spec.Status == v1.PipelineRunSpecStatusCancelled
	}
}

// hasCancelReason tells whether a finished child says that it was cancelled.
func (c child) hasCancelReason() bool {
	switch c.kind {
	case kindTaskRun:
		return c.reason() == v1.TaskRunReasonCancelled.String()
	case kindCustomRun:
		return c.reason() == v1beta1.CustomRunReasonCancelled.String()
	default:
		return c.reason() == v1.PipelineRunReasonCancelled.String()
	}
}

// hasTimeoutMessage tells whether the child was asked to stop because the time of the run, or of its section, was up. A
// child PipelineRun has no field that could say so.
func (c child) hasTimeoutMessage() bool {
	switch c.kind {
	case kindTaskRun:
		return c.taskRun.Spec.StatusMessage == v1.TaskRunCancelledByPipelineTimeoutMsg
	case kindCustomRun:
		return c.customRun.Spec.StatusMessage == v1beta1.CustomRunCancelledByPipelineTimeoutMsg
	default:
		return false
	}
}

// params returns the parameters that the child was given.
func (c child) params() v1.Params {
	switch c.kind {
	case kindTaskRun:
		return c.taskRun.Spec.Params
	case kindCustomRun:
		return c.customRun.Spec.Params
	default:
		return c.pipelineRun.Spec.Params
	}
}

// usesClaim tells whether the child has a workspace that is bound to a claim.
func (c child) usesClaim(name string) bool {
	bindings := func() []v1.WorkspaceBinding {
		switch c.kind {
		case kindTaskRun:
			return c.taskRun.Spec.Workspaces
		case kindCustomRun:
			return c.customRun.Spec.Workspaces
		default:
			return c.pipelineRun.Spec.Workspaces
		}
	}
	return slices.ContainsFunc(bindings(), func(b v1.WorkspaceBinding) bool {
		return b.PersistentVolumeClaim != nil && b.PersistentVolumeClaim.ClaimName == name
	})
}

// completionTime returns when the child ended, nil if it does not say.
func (c child) completionTime() *metav1.Time {
	switch c.kind {
	case kindTaskRun:
		return c.taskRun.Status.CompletionTime
	case kindCustomRun:
		return c.customRun.Status.CompletionTime
	default:
		return c.pipelineRun.Status.CompletionTime
	}
}

// ownedChildren returns all children of the run, sorted by name: recorded ones, and those that carry the run's labels and
// have it as their first owner (contract 3 §3.7). Children of older controllers, which lack the label with the UID, count
// as well.
func ownedChildren(pr *v1.PipelineRun, seen Children) []child {
	recorded := make(map[string]string, len(pr.Status.ChildReferences))
	for _, ref := range pr.Status.ChildReferences {
		recorded[ref.Kind+"/"+ref.Name] = ref.PipelineTaskName
	}
	all := make([]child, 0, len(seen.TaskRuns)+len(seen.CustomRuns)+len(seen.PipelineRuns))
	add := func(c child) {
		task, known := recorded[c.kind+"/"+c.meta.Name]
		if !known && !isOwnChild(pr, c.meta) {
			return
		}
		if task == "" {
			task = c.meta.Labels[pipeline.PipelineTaskLabelKey]
		}
		c.task = task
		all = append(all, c)
	}
	for _, o := range seen.TaskRuns {
		add(child{kind: kindTaskRun, meta: &o.ObjectMeta, taskRun: o})
	}
	for _, o := range seen.CustomRuns {
		add(child{kind: kindCustomRun, meta: &o.ObjectMeta, customRun: o})
	}
	for _, o := range seen.PipelineRuns {
		add(child{kind: kindPipelineRun, meta: &o.ObjectMeta, pipelineRun: o})
	}
	slices.SortStableFunc(all, func(a, b child) int { return strings.Compare(a.meta.Name, b.meta.Name) })
	return all
}

func isOwnChild(pr *v1.PipelineRun, meta *metav1.ObjectMeta) bool {
	if len(meta.OwnerReferences) == 0 || meta.OwnerReferences[0].UID != pr.UID || meta.Labels[pipeline.PipelineRunLabelKey] != pr.Name {
		return false
	}
	uid, labelled := meta.Labels[pipeline.PipelineRunUIDLabelKey]
	return !labelled || uid == string(pr.UID)
}
