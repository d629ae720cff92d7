package pipelinerun

import (
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgotesting "k8s.io/client-go/testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

var claims = schema.GroupResource{Resource: "persistentvolumeclaims"}

func TestRefusalKind(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err  error
		want plan.RefusalKind
	}{
		"quota":       {apierrors.NewForbidden(claims, "c", errors.New("exceeded quota: q")), plan.RefusedByQuota},
		"conflict":    {apierrors.NewConflict(claims, "c", errors.New("changed")), plan.RefusedByQuota},
		"forbidden":   {apierrors.NewForbidden(claims, "c", errors.New("not yours")), plan.RefusedForNow},
		"invalid":     {apierrors.NewInvalid(schema.GroupKind{Kind: "TaskRun"}, "c", nil), plan.RefusedForGood},
		"bad request": {apierrors.NewBadRequest("no"), plan.RefusedForGood},
		"exists":      {apierrors.NewAlreadyExists(claims, "c"), plan.RefusedForNow},
		"other":       {errors.New("connection refused"), plan.RefusedForNow},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := refusalKind(tc.err); got != tc.want {
				t.Errorf("kind %v, want %v", got, tc.want)
			}
		})
	}
}

func TestNameOfAChildIsTaken(t *testing.T) {
	t.Parallel()
	exists := apierrors.NewAlreadyExists(claims, "a-b-c")
	owned := func(kind, name string) metav1.ObjectMeta {
		yes := true
		return metav1.ObjectMeta{Name: "a-b-c", OwnerReferences: []metav1.OwnerReference{{Kind: kind, Name: name, UID: "other", Controller: &yes}}}
	}
	going := owned("PipelineRun", "a-b")
	going.DeletionTimestamp = &metav1.Time{}
	cases := map[string]struct {
		existing metav1.ObjectMeta
		want     string
	}{
		"by an earlier run of the same name": {owned("PipelineRun", "a"), exists.Error()},
		"by something that goes away":        {going, exists.Error()},
		"by another run":                     {owned("PipelineRun", "a-b"), "the name a-b-c for a child of PipelineRun a belongs already to a child of PipelineRun a-b"},
		"by something that no run owns":      {metav1.ObjectMeta{Name: "a-b-c"}, "the name a-b-c for a child of PipelineRun a belongs already to an object that no run owns"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "a", UID: "mine"}}
			err := nameTaken(pr, &v1.TaskRun{ObjectMeta: tc.existing}, exists)
			if err.Error() != tc.want {
				t.Errorf("got %q, want %q", err, tc.want)
			}
			if got, want := refusalKind(err) == plan.RefusedForGood, tc.want != exists.Error(); got != want {
				t.Errorf("final %v, want %v", got, want)
			}
		})
	}
}

func TestStoppingAChildThatIsDoneOrGone(t *testing.T) {
	t.Parallel()
	done := apierrors.NewBadRequest("once the run is complete, no updates are allowed")
	gone := apierrors.NewNotFound(schema.GroupResource{}, "x")
	cases := map[string]struct {
		kind, resource string
		answer         error
		refused        bool
	}{
		"TaskRun done":          {kind: "TaskRun", resource: "taskruns", answer: done},
		"TaskRun gone":          {kind: "TaskRun", resource: "taskruns", answer: gone},
		"TaskRun not patched":   {kind: "TaskRun", resource: "taskruns", answer: apierrors.NewBadRequest("no"), refused: true},
		"CustomRun gone":        {kind: "CustomRun", resource: "customruns", answer: gone},
		"CustomRun not patched": {kind: "CustomRun", resource: "customruns", answer: errNo, refused: true},
		"PipelineRun done":      {kind: "PipelineRun", resource: "pipelineruns", answer: done},
		"PipelineRun gone":      {kind: "PipelineRun", resource: "pipelineruns", answer: gone},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, newRun("a"))
			asked := 0
			w.pipelines.PrependReactor("patch", tc.resource, func(clientgotesting.Action) (bool, runtime.Object, error) {
				asked++
				return true, nil, tc.answer
			})
			err := w.stopChild(t.Context(), "ns", plan.StopChild{Kind: tc.kind, Name: "x", Status: "Cancelled"})
			if (err != nil) != tc.refused || asked != 1 {
				t.Errorf("after %d patches: %v, want an error: %t", asked, err, tc.refused)
			}
		})
	}
}
