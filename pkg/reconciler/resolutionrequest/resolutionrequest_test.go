package resolutionrequest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgotesting "k8s.io/client-go/testing"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	"knative.dev/pkg/controller"

	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned/fake"
)

var created = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func request(data string, cond *apis.Condition) *v1beta1.ResolutionRequest {
	rr := &v1beta1.ResolutionRequest{ObjectMeta: metav1.ObjectMeta{
		Name: "rr", Namespace: "ns", UID: "u", ResourceVersion: "7", Generation: 1, CreationTimestamp: metav1.NewTime(created),
	}}
	rr.Status.Data = data
	if cond != nil {
		rr.Status.Conditions = duckv1.Conditions{*cond}
	}
	return rr
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	inProgress := &apis.Condition{Type: "Succeeded", Status: corev1.ConditionUnknown, Reason: "ResolutionInProgress", Message: "waiting for resolver"}
	failed := &apis.Condition{Type: "Succeeded", Status: corev1.ConditionFalse, Reason: "ResolutionFailed", Message: "no"}
	for name, tc := range map[string]struct {
		rr   *v1beta1.ResolutionRequest
		age  time.Duration
		want *apis.Condition
		wake time.Duration
	}{
		"new":                    {rr: request("", nil), want: inProgress, wake: time.Minute + time.Millisecond},
		"waiting":                {rr: request("", inProgress), age: 20 * time.Second, wake: 40*time.Second + time.Millisecond},
		"data":                   {rr: request("ZGF0YQ==", inProgress), age: 2 * time.Minute, want: &apis.Condition{Type: "Succeeded", Status: corev1.ConditionTrue}},
		"data before first look": {rr: request("ZGF0YQ==", nil), want: &apis.Condition{Type: "Succeeded", Status: corev1.ConditionTrue}},
		"too late": {
			rr: request("", inProgress), age: time.Minute + time.Second,
			want: &apis.Condition{Type: "Succeeded", Status: corev1.ConditionFalse, Reason: "ResolutionTimedOut", Message: "resolution took longer than global timeout of 1m0s"},
		},
		"failed by the resolver": {rr: request("", failed), age: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := fake.NewSimpleClientset(tc.rr)
			r := &Reconciler{Client: client, Clock: clocktesting.NewFakePassiveClock(created.Add(tc.age))}
			event := r.ReconcileKind(context.Background(), tc.rr.DeepCopy())
			requeue, wake := controller.IsRequeueKey(event)
			if requeue != (tc.wake > 0) || wake != tc.wake {
				t.Errorf("result %v, want a look in %v", event, tc.wake)
			}
			if diff := cmp.Diff(tc.want, patched(t, client.Actions()), cmpopts.IgnoreFields(apis.Condition{}, "LastTransitionTime")); diff != "" {
				t.Errorf("condition (-want +got):\n%s", diff)
			}
		})
	}
}

// patched returns the condition of the only write, and checks that it is a guarded patch of the status that leaves the data alone.
func patched(t *testing.T, actions []clientgotesting.Action) *apis.Condition {
	t.Helper()
	if len(actions) == 0 {
		return nil
	}
	patch, ok := actions[0].(clientgotesting.PatchAction)
	if len(actions) != 1 || !ok || patch.GetSubresource() != "status" {
		t.Fatalf("writes = %v, want one patch of the status", actions)
	}
	var got struct {
		Metadata map[string]string          `json:"metadata"`
		Status   map[string]json.RawMessage `json:"status"`
	}
	if err := json.Unmarshal(patch.GetPatch(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"resourceVersion": "7", "uid": "u"}, got.Metadata); diff != "" {
		t.Errorf("guard (-want +got):\n%s", diff)
	}
	var conditions []apis.Condition
	if err := json.Unmarshal(got.Status["conditions"], &conditions); err != nil || len(conditions) != 1 {
		t.Fatalf("conditions %s: %v", got.Status["conditions"], err)
	}
	delete(got.Status, "conditions")
	if diff := cmp.Diff(map[string]json.RawMessage{"observedGeneration": json.RawMessage("1")}, got.Status); diff != "" {
		t.Errorf("other members (-want +got):\n%s", diff)
	}
	return &conditions[0]
}

// queued notes what is enqueued, and after how long.
type queued []time.Duration

func (q *queued) Enqueue(any)                             { *q = append(*q, 0) }
func (q *queued) EnqueueAfter(_ any, after time.Duration) { *q = append(*q, after) }

// A request that is answered at once is written once.
func TestNewRequestsAreLeftAlone(t *testing.T) {
	t.Parallel()
	var q queued
	h := handler(&q)
	fresh, answered := request("", nil), request("ZGF0YQ==", nil)
	h.OnAdd(fresh, false)
	h.OnAdd(answered, true)
	h.OnUpdate(fresh, answered)
	h.OnDelete(answered)
	if diff := cmp.Diff(queued{unhurried, 0, unhurried, 0}, q); diff != "" {
		t.Errorf("enqueued after (-want +got):\n%s", diff)
	}
}
