package passes

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// AdmitTaskRun defaults and validates a TaskRun that is about to be created for a PipelineRun, as the webhook does for those of users.
// The webhook leaves out what the controller creates: two calls less for every task, and runs go on while the webhook is away.
func AdmitTaskRun(ctx context.Context, cfg *config.Config, release string, tr *v1.TaskRun) error {
	ctx = apis.WithinCreate(config.WithRelease(config.ToContext(ctx, cfg), release))
	tr.SetDefaults(ctx)
	if err := tr.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("TaskRun %s is not valid: %v", tr.Name, err))
	}
	return nil
}

// TakeOver says what it means that there is an object of the name of a child of pr; exists is the answer to the attempt to create the
// child. It is no error if pr owns it: an earlier pass created it and could not record that. If it belongs to another pipeline task of
// pr, the request can never be carried out: names of children are made from those of tasks, and "build-0" is one as well as an
// instance of a matrix named "build".
func TakeOver(pr *v1.PipelineRun, existing, child metav1.Object, exists error) error {
	if !metav1.IsControlledBy(existing, pr) {
		return NameTaken(pr, existing, exists)
	}
	has, wants := existing.GetLabels()[pipeline.PipelineTaskLabelKey], child.GetLabels()[pipeline.PipelineTaskLabelKey]
	if has != wants {
		return apierrors.NewBadRequest(fmt.Sprintf("the name %s for a child of pipeline task %q belongs to pipeline task %q already",
			child.GetName(), wants, has))
	}
	return nil
}

// NameTaken says what it means that an object which pr does not own has the name of a child of pr; exists is the answer to the
// attempt to create the child. What a run of the same name has left behind goes away, and then the child can be created. Anything
// else stays, so that it is no use to try again: a task "b-c" of run "a" and a task "c" of run "a-b" want the same name.
func NameTaken(pr *v1.PipelineRun, existing metav1.Object, exists error) error {
	owner := metav1.GetControllerOf(existing)
	switch {
	case existing.GetDeletionTimestamp() != nil:
		return exists
	case owner == nil:
		return apierrors.NewBadRequest(fmt.Sprintf("the name %s for a child of PipelineRun %s belongs already to an object that no run owns",
			existing.GetName(), pr.Name))
	case owner.Kind == pipeline.PipelineRunControllerKind && owner.Name == pr.Name:
		return exists
	default:
		return apierrors.NewBadRequest(fmt.Sprintf("the name %s for a child of PipelineRun %s belongs already to a child of %s %s",
			existing.GetName(), pr.Name, owner.Kind, owner.Name))
	}
}

// ChangesItsRun tells whether the change of a child can change anything about the run that owns it: its conditions, its results, the
// request to stop it, its labels or owners. A periodic resync changes nothing.
func ChangesItsRun(before, after any) bool {
	was, okWas := before.(metav1.Object)
	is, okIs := after.(metav1.Object)
	if !okWas || !okIs {
		return true
	}
	if was.GetResourceVersion() == is.GetResourceVersion() {
		return false
	}
	if was.GetDeletionTimestamp().IsZero() != is.GetDeletionTimestamp().IsZero() ||
		!equality.Semantic.DeepEqual(was.GetLabels(), is.GetLabels()) ||
		!equality.Semantic.DeepEqual(was.GetOwnerReferences(), is.GetOwnerReferences()) {
		return true
	}
	switch is := after.(type) {
	case *v1.TaskRun:
		was, ok := before.(*v1.TaskRun)
		return !ok || was.Spec.Status != is.Spec.Status || outcomeChanged(was.Status.Status, is.Status.Status)
	case *v1.PipelineRun:
		was, ok := before.(*v1.PipelineRun)
		return !ok || was.Spec.Status != is.Spec.Status || outcomeChanged(was.Status.Status, is.Status.Status)
	case *v1beta1.CustomRun:
		was, ok := before.(*v1beta1.CustomRun)
		return !ok || was.Spec.Status != is.Spec.Status || outcomeChanged(was.Status.Status, is.Status.Status) ||
			!equality.Semantic.DeepEqual(was.Status.Results, is.Status.Results)
	default:
		return true
	}
}

// outcomeChanged compares the condition Succeeded without its message: results of TaskRuns and PipelineRuns are written
// together with it. Of a child that goes on only that counts: a run says the same of one that waits and one that works.
func outcomeChanged(was, is duckv1.Status) bool {
	before, after := was.GetCondition("Succeeded"), is.GetCondition("Succeeded")
	if before == nil || after == nil {
		return !before.IsUnknown() || !after.IsUnknown()
	}
	return before.Status != after.Status || !after.IsUnknown() && before.Reason != after.Reason
}
