package pipelinerun

import (
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// changesItsRun tells whether the change of a child can change anything about the run that owns it: its conditions, its results, the
// request to stop it, its labels or owners. A periodic resync changes nothing.
func changesItsRun(before, after any) bool {
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
