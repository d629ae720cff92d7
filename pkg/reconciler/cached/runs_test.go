package cached

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func succeeded(status corev1.ConditionStatus) duckv1.Status {
	return duckv1.Status{Conditions: duckv1.Conditions{{Type: apis.ConditionSucceeded, Status: status, Reason: "R", Message: "m"}}}
}

// runMeta is the metadata of a run with much that nobody reads.
func runMeta(annotations map[string]string) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{
		Name: "n", Namespace: "ns", UID: "u", ResourceVersion: "7", GenerateName: "g", Generation: 3, ManagedFields: bulky().ManagedFields,
		Labels: map[string]string{pipeline.PipelineRunLabelKey: "pr", pipeline.PipelineTaskLabelKey: "t", "mine": "x"},
		OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "tekton.dev/v1", Kind: "PipelineRun", Name: "pr", UID: "p", Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(false)},
		},
		Annotations: map[string]string{"mine": "x", pipeline.LastAppliedAnnotationKey: "{}"},
	}
	for key, value := range annotations {
		meta.Annotations[key] = value
	}
	return meta
}

// keptRunMeta is what is kept of runMeta.
func keptRunMeta(annotations map[string]string) metav1.ObjectMeta {
	meta := runMeta(nil)
	meta.GenerateName, meta.Generation, meta.ManagedFields, meta.Annotations = "", 0, nil, map[string]string{CutAnnotation: ""}
	delete(meta.Labels, "mine")
	for key, value := range annotations {
		meta.Annotations[key] = value
	}
	return meta
}

func bulkyTaskRun(status corev1.ConditionStatus) *v1.TaskRun {
	assistant := map[string]string{pipeline.AffinityAssistantAnnotationKey: "a"}
	tr := &v1.TaskRun{
		ObjectMeta: runMeta(assistant),
		Spec: v1.TaskRunSpec{
			ServiceAccountName: "sa", TaskSpec: &v1.TaskSpec{Description: "d"}, Status: v1.TaskRunSpecStatusCancelled, StatusMessage: "why",
			Params: v1.Params{{Name: "p", Value: *v1.NewString("v")}}, Workspaces: []v1.WorkspaceBinding{{Name: "w"}},
		},
		Status: v1.TaskRunStatus{Status: succeeded(status)},
	}
	tr.Status.TaskSpec, tr.Status.Steps = tr.Spec.TaskSpec, []v1.StepState{{Name: "s"}}
	tr.Status.PodName, tr.Status.CompletionTime = "pod", &metav1.Time{Time: time.Unix(5, 0)}
	tr.Status.Results = []v1.TaskRunResult{{Name: "r", Value: *v1.NewString("v")}}
	tr.Status.Sidecars = []v1.SidecarState{{Name: "c"}}
	tr.Status.RetriesStatus = []v1.TaskRunStatus{{}, {}}
	return tr
}

func TestTaskRunThatIsDoneIsCut(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(in, want *v1.TaskRun){
		"with a pod": func(*v1.TaskRun, *v1.TaskRun) {},
		"without a pod": func(in, want *v1.TaskRun) {
			in.Status.PodName, want.Status.PodName, want.Status.RetriesStatus = "", "", make([]v1.TaskRunStatus, 2)
		},
		"alone": func(in, want *v1.TaskRun) {
			in.Annotations, in.Labels, in.OwnerReferences = nil, nil, nil
			want.Annotations, want.Labels, want.OwnerReferences = map[string]string{CutAnnotation: ""}, nil, nil
		},
	} {
		in, want := bulkyTaskRun(corev1.ConditionTrue), bulkyTaskRun(corev1.ConditionTrue)
		want.ObjectMeta = keptRunMeta(map[string]string{pipeline.AffinityAssistantAnnotationKey: "a"})
		want.Spec.TaskSpec, want.Spec.ServiceAccountName = nil, ""
		want.Status.TaskSpec, want.Status.Steps, want.Status.RetriesStatus = nil, nil, nil
		change(in, want)
		got, err := TaskRun(in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if again, err := TaskRun(got); err != nil || again != got {
			t.Errorf("%s: cut again: %v, %v", name, again, err)
		}
		if len(onlyCut) != 1 {
			t.Fatalf("what all objects share was changed: %v", onlyCut)
		}
	}
}

func TestPipelineRunThatIsDoneIsCut(t *testing.T) {
	t.Parallel()
	cleanup := map[string]string{pipeline.AutoCleanupAnnotationKey: "true"}
	in := &v1.PipelineRun{
		ObjectMeta: runMeta(cleanup),
		Spec: v1.PipelineRunSpec{
			PipelineSpec: &v1.PipelineSpec{Description: "d"}, Workspaces: []v1.WorkspaceBinding{{Name: "w"}}, ManagedBy: ptr.To("x"),
		},
		Status: v1.PipelineRunStatus{Status: succeeded(corev1.ConditionFalse)},
	}
	in.Status.PipelineSpec, in.Status.SkippedTasks = in.Spec.PipelineSpec, []v1.SkippedTask{{Name: "s"}}
	in.Status.ChildReferences = []v1.ChildStatusReference{{Name: "c"}}
	want := in.DeepCopy()
	want.ObjectMeta = keptRunMeta(cleanup)
	want.Spec.PipelineSpec, want.Status.PipelineSpec, want.Status.SkippedTasks = nil, nil, nil
	got, err := PipelineRun(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunsThatGoOnStayWhole(t *testing.T) {
	t.Parallel()
	in := bulkyTaskRun(corev1.ConditionUnknown)
	want := in.DeepCopy()
	want.ManagedFields = nil
	delete(want.Annotations, pipeline.LastAppliedAnnotationKey)
	got, err := TaskRun(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if IsCut(in) {
		t.Error("it counts as cut")
	}
	tombstone := cache.DeletedFinalStateUnknown{Key: "k"}
	for name, transform := range map[string]cache.TransformFunc{"TaskRun": TaskRun, "PipelineRun": PipelineRun} {
		if got, err := transform(tombstone); got != tombstone || err != nil {
			t.Errorf("%s: a tombstone became %v, %v", name, got, err)
		}
	}
}
