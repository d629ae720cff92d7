package cached

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func bulky() metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: "n", ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		Annotations: map[string]string{"keep": "1", pipeline.LastAppliedAnnotationKey: "{}"},
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	in := &v1.TaskRun{ObjectMeta: bulky(), Spec: v1.TaskRunSpec{ServiceAccountName: "sa"}}
	shared := in.Annotations
	got, err := Metadata(in)
	if err != nil {
		t.Fatal(err)
	}
	want := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "n", Annotations: map[string]string{"keep": "1"}},
		Spec:       v1.TaskRunSpec{ServiceAccountName: "sa"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(shared) != 2 {
		t.Errorf("the map that others may hold was changed: %v", shared)
	}
}

func TestPodKeepsWhatIsRead(t *testing.T) {
	t.Parallel()
	always := ptr.To(corev1.ContainerRestartPolicyAlways)
	in := &corev1.Pod{
		ObjectMeta: bulky(),
		Spec: corev1.PodSpec{
			NodeName: "node", Volumes: []corev1.Volume{{Name: "v"}},
			InitContainers: []corev1.Container{{Name: "sidecar-a", Image: "i", RestartPolicy: always, Env: []corev1.EnvVar{{Name: "e"}}}},
			Containers:     []corev1.Container{{Name: "step-a", Image: "j", Args: []string{"a"}, VolumeMounts: []corev1.VolumeMount{{Name: "v"}}}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	got, err := Pod(in)
	if err != nil {
		t.Fatal(err)
	}
	want := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "n", Annotations: map[string]string{"keep": "1"}},
		Spec: corev1.PodSpec{
			NodeName:       "node",
			InitContainers: []corev1.Container{{Name: "sidecar-a", Image: "i", RestartPolicy: always}},
			Containers:     []corev1.Container{{Name: "step-a", Image: "j"}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTombstonesPass(t *testing.T) {
	t.Parallel()
	tombstone := cache.DeletedFinalStateUnknown{Key: "a/b"}
	for _, transform := range []cache.TransformFunc{Metadata, Pod} {
		if got, err := transform(tombstone); err != nil || got != any(tombstone) {
			t.Errorf("got %v, %v", got, err)
		}
	}
}
