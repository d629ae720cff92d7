package checksum_test

import (
	"encoding/hex"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/checksum"
)

// published is the sum of the task below in the contract (4 §4.4).
const published = "09a83d30e9d0c80a15993782cae9501ff4b688f34075ce6f821c11207671da7b"

func TestSum(t *testing.T) {
	t.Parallel()
	kind := metav1.TypeMeta{Kind: "Task", APIVersion: "tekton.dev/v1"}
	for name, tc := range map[string]struct {
		change func(*v1.Task)
		same   bool
	}{
		"published": {func(*v1.Task) {}, true},
		"signature": {func(t *v1.Task) { t.Annotations = map[string]string{"tekton.dev/signature": "x"} }, true},
		"kubectl": {func(t *v1.Task) {
			t.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "{}"}
		}, true},
		"server":     {func(t *v1.Task) { t.UID, t.ResourceVersion = "u", "7" }, true},
		"annotation": {func(t *v1.Task) { t.Annotations = map[string]string{"a": "b"} }, false},
		"spec":       {func(t *v1.Task) { t.Spec.Steps[0].Image = "c" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: "n", Namespace: "ns"}, Spec: v1.TaskSpec{Steps: []v1.Step{{Name: "a", Image: "b"}}}}
			tc.change(task)
			before := len(task.Annotations)
			sum, err := checksum.Sum(kind, task, task.Spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(sum[:]); (got == published) != tc.same {
				t.Errorf("sum %s", got)
			}
			if len(task.Annotations) != before {
				t.Error("the object was changed")
			}
		})
	}
}
