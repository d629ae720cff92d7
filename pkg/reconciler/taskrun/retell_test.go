package taskrun

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// A process that was killed may have written the end of a run and not its event: the next one records it, once.
func TestEndIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{}, taskRun(func(tr *v1.TaskRun) {
		tr.Status.StartTime = &metav1.Time{Time: epoch.Add(-time.Hour)}
		tr.Status.CompletionTime = &metav1.Time{Time: epoch.Add(-time.Minute)}
		tr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: "Failed", Message: "m"}, epoch)
	}))
	w.mustPass()
	if diff := cmp.Diff([]string{"Warning Failed m"}, w.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	w.mustPass()
	if events := w.events(); len(events) > 0 {
		t.Errorf("events of the second pass: %v", events)
	}
}
