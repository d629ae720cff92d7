package pipelinerun

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clientgotesting "k8s.io/client-go/testing"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

func broken(clientgotesting.Action) (bool, runtime.Object, error) {
	return true, nil, apierrors.NewInternalError(errors.New("down"))
}

func TestClaimsOfADoneRunAreLookedForUntilTheyAreGone(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	pr.Annotations = map[string]string{"tekton.dev/auto-cleanup-pvc": "true"}
	pr.Spec.Workspaces = []v1.WorkspaceBinding{{Name: "w", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{}}}
	pr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue, Reason: "Succeeded"}, epoch)
	w := newWorld(t, pr)
	expect := func(what string, gets int, failed bool) {
		t.Helper()
		_, err := w.pass(t, pr)
		if got := w.gets("persistentvolumeclaims"); got != gets || (err != nil) != failed {
			t.Errorf("%s: %d claims were read, error %v; want %d, an error: %v", what, got, err, gets, failed)
		}
	}
	down := true
	w.kubefake.PrependReactor("get", "persistentvolumeclaims", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		if down {
			return broken(a)
		}
		return false, nil, nil
	})
	expect("it can't be read", 1, true)
	down = false
	expect("it is gone", 1, false)
	expect("it is known to be gone", 0, false)
	w.clock.SetTime(epoch.Add(recent.Tidiness))
	expect("it was known for long", 1, false)
}
