package passes

import (
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
)

var claims = schema.GroupResource{Resource: "persistentvolumeclaims"}

func TestRefusedChild(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err  error
		want decision.RefusalKind
	}{
		"quota":       {apierrors.NewForbidden(claims, "c", errors.New("exceeded quota: q")), decision.RefusedByQuota},
		"conflict":    {apierrors.NewConflict(claims, "c", errors.New("changed")), decision.RefusedByQuota},
		"forbidden":   {apierrors.NewForbidden(claims, "c", errors.New("not yours")), decision.RefusedForNow},
		"invalid":     {apierrors.NewInvalid(schema.GroupKind{Kind: "TaskRun"}, "c", nil), decision.RefusedForGood},
		"bad request": {apierrors.NewBadRequest("no"), decision.RefusedForGood},
		"exists":      {apierrors.NewAlreadyExists(claims, "c"), decision.RefusedForNow},
		"other":       {errors.New("connection refused"), decision.RefusedForNow},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := RefusedChild(tc.err); got != tc.want {
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
			err := NameTaken(pr, &v1.TaskRun{ObjectMeta: tc.existing}, exists)
			if err.Error() != tc.want {
				t.Errorf("got %q, want %q", err, tc.want)
			}
			if got, want := RefusedChild(err) == decision.RefusedForGood, tc.want != exists.Error(); got != want {
				t.Errorf("final %v, want %v", got, want)
			}
		})
	}
}

func TestRefusedPod(t *testing.T) {
	t.Parallel()
	pods := corev1.Resource("pods")
	for name, tc := range map[string]struct {
		err  error
		want decision.RefusalKind
	}{
		"quota":          {apierrors.NewForbidden(pods, "p", errors.New("exceeded quota: q")), decision.RefusedByQuota},
		"quota conflict": {apierrors.NewConflict(corev1.Resource("resourcequotas"), "q", errors.New("changed")), decision.RefusedByQuota},
		"invalid":        {apierrors.NewBadRequest("bad"), decision.RefusedForGood},
		"policy":         {apierrors.NewForbidden(pods, "p", errors.New("violates PodSecurity")), decision.RefusedForGood},
		"busy":           {apierrors.NewTooManyRequests("busy", 1), decision.RefusedForNow},
		"no connection":  {errors.New("EOF"), decision.RefusedForNow},
	} {
		if got := RefusedPod(tc.err); got != tc.want {
			t.Errorf("%s: kind %d, want %d", name, got, tc.want)
		}
	}
}

func TestChangesItsRun(t *testing.T) {
	t.Parallel()
	base := func(version string) *v1.TaskRun {
		tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{
			Name: "run-a", Labels: map[string]string{"a": "b"}, OwnerReferences: []metav1.OwnerReference{{Kind: "PipelineRun", Name: "run", UID: "u"}},
		}}
		tr.ResourceVersion = version
		tr.Status.SetConditions(apis.Conditions{{Type: "Succeeded", Status: corev1.ConditionUnknown, Reason: "Running"}})
		return tr
	}
	tests := map[string]struct {
		change func(*v1.TaskRun)
		want   bool
	}{
		"resync":          {func(tr *v1.TaskRun) { tr.ResourceVersion = "1" }, false},
		"a step":          {func(tr *v1.TaskRun) { tr.Status.Steps = []v1.StepState{{Name: "s"}} }, false},
		"another stage":   {func(tr *v1.TaskRun) { tr.Status.Conditions[0].Reason = "Pending" }, false},
		"the end":         {func(tr *v1.TaskRun) { tr.Status.Conditions[0].Status = corev1.ConditionTrue }, true},
		"cancel request":  {func(tr *v1.TaskRun) { tr.Spec.Status = v1.TaskRunSpecStatusCancelled }, true},
		"label":           {func(tr *v1.TaskRun) { tr.Labels["x"] = "y" }, true},
		"being deleted":   {func(tr *v1.TaskRun) { tr.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }, true},
		"only a message":  {func(tr *v1.TaskRun) { tr.Status.Conditions[0].Message = "else" }, false},
		"owner reference": {func(tr *v1.TaskRun) { tr.OwnerReferences[0].UID = "v" }, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := base("2")
			tc.change(after)
			if got := ChangesItsRun(base("1"), after); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestWarningsDoNotRefuse(t *testing.T) {
	t.Parallel()
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run-a"}}
	tr.Spec = v1.TaskRunSpec{TaskRef: &v1.TaskRef{Name: "t", Kind: "ClusterTask"}}
	if err := AdmitTaskRun(t.Context(), config.NewConfig(nil, nil), "", tr); err != nil {
		t.Error(err)
	}
}
