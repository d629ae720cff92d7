package cached

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/names"
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

// TestPodsOfAnotherEngineStayKnown looks at the one volume by which they are.
func TestPodsOfAnotherEngineStayKnown(t *testing.T) {
	t.Parallel()
	pod := &corev1.Pod{Spec: corev1.PodSpec{Volumes: []corev1.Volume{
		{Name: "v"}, {Name: names.ForeignRunVolume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}}}
	if _, err := Pod(pod); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]corev1.Volume{{Name: names.ForeignRunVolume}}, pod.Spec.Volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
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

func TestRequest(t *testing.T) {
	t.Parallel()
	request := func(data string, status corev1.ConditionStatus) *v1beta1.ResolutionRequest {
		rr := &v1beta1.ResolutionRequest{ObjectMeta: metav1.ObjectMeta{Name: "rr", ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m"}}}}
		rr.Status.Data = data
		if status != "" {
			rr.Status.Conditions = duckv1.Conditions{{Type: apis.ConditionSucceeded, Status: status}}
		}
		return rr
	}
	for name, tc := range map[string]struct {
		rr   *v1beta1.ResolutionRequest
		data string
	}{
		"done":                    {rr: request("ZA==", corev1.ConditionTrue)},
		"failed":                  {rr: request("", corev1.ConditionFalse)},
		"answered a moment ago":   {rr: request("ZA==", corev1.ConditionUnknown), data: "ZA=="},
		"not looked at by anyone": {rr: request("ZA==", ""), data: "ZA=="},
	} {
		digest := DataDigest(tc.rr)
		if _, err := Request(tc.rr); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{tc.data, digest, 0}, []any{tc.rr.Status.Data, DataDigest(tc.rr), len(tc.rr.ManagedFields)}); diff != "" {
			t.Errorf("%s: document, digest and managed fields (-want +got):\n%s", name, diff)
		}
	}
	if other := DataDigest(request("ZQ==", "")); other == DataDigest(request("ZA==", "")) || other == "" {
		t.Errorf("digest %q", other)
	}
	if tombstone, err := Request("x"); tombstone != "x" || err != nil {
		t.Errorf("got %v, %v", tombstone, err)
	}
}
