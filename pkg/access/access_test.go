package access

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clientgotesting "k8s.io/client-go/testing"
)

// server answers reviews by a list of what is allowed, as "verb group/resource namespace".
func server(allowed ...string) *fake.Clientset {
	kube := fake.NewClientset()
	kube.PrependReactor("create", "selfsubjectaccessreviews", func(action clientgotesting.Action) (bool, runtime.Object, error) {
		review := action.(clientgotesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		a := review.Spec.ResourceAttributes
		for _, right := range allowed {
			review.Status.Allowed = review.Status.Allowed || right == a.Verb+" "+a.Group+"/"+a.Resource+" "+a.Namespace
		}
		return true, review, nil
	})
	return kube
}

func TestFind(t *testing.T) {
	t.Parallel()
	everywhere := []string{
		"list /serviceaccounts ", "watch /serviceaccounts ", "list /limitranges ", "watch /limitranges ", "list apps/statefulsets ",
		"watch apps/statefulsets ", "list /nodes ", "watch /nodes ",
	}
	inTeam := []string{
		"list /serviceaccounts team", "watch /serviceaccounts team", "list /limitranges team", "watch /limitranges team",
		"list apps/statefulsets team", "watch apps/statefulsets team",
	}
	for name, tc := range map[string]struct {
		namespace string
		allowed   []string
		want      []string
	}{
		"all":                      {allowed: everywhere},
		"all, in a namespace":      {namespace: "team", allowed: append(inTeam, "list /nodes ", "watch /nodes ")},
		"only those of namespaces": {namespace: "team", allowed: inTeam, want: []string{"nodes may not be listed and watched, so an affinity assistant stays on its node when that is cordoned"}},
		"lists without watches": {
			allowed: append([]string{"list /limitranges "}, append(everywhere[:2:2], everywhere[4:]...)...),
			want:    []string{"limitranges may not be listed and watched in all namespaces, so the LimitRanges of a namespace are read when a pod is made"},
		},
		"of another namespace": {
			namespace: "other", allowed: append(inTeam, "list /nodes ", "watch /nodes "),
			want: []string{
				"serviceaccounts may not be listed and watched in namespace other, so the ServiceAccount of each run is read when it starts",
				"limitranges may not be listed and watched in namespace other, so the LimitRanges of a namespace are read when a pod is made",
				"statefulsets may not be listed and watched in namespace other, so affinity assistants are read when a run needs to know of them, and one that is deleted by others comes back later",
			},
		},
	} {
		got, err := Find(t.Context(), server(tc.allowed...), tc.namespace)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, got.Notes(tc.namespace)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFindFailsIfNobodyAnswers(t *testing.T) {
	t.Parallel()
	kube := fake.NewClientset()
	kube.PrependReactor("create", "selfsubjectaccessreviews", func(clientgotesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("no server")
	})
	_, err := Find(t.Context(), kube, "")
	if want := "asking whether this process may list serviceaccounts: no server"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	if (Rights{}).Watch(Nodes) != true || Without(Nodes).Watch(Nodes) || !Without(Nodes).Watch(LimitRanges) {
		t.Error("the zero value has all rights, and only the named ones are missing")
	}
}
