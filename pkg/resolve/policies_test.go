package resolve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

func policy(namespace, name string, mode v1alpha1.ModeType, patterns ...string) *v1alpha1.VerificationPolicy {
	p := &v1alpha1.VerificationPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.VerificationPolicySpec{Mode: mode}}
	for _, pattern := range patterns {
		p.Spec.Resources = append(p.Spec.Resources, v1alpha1.ResourcePattern{Pattern: pattern})
	}
	return p
}

func policies(t *testing.T, all ...*v1alpha1.VerificationPolicy) Policies {
	t.Helper()
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, p := range all {
		if err := indexer.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	return NewPolicies(listers.NewVerificationPolicyLister(indexer))
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	const (
		cannot  = "this version of Tenon cannot check signatures"
		nothing = "failed to get matched policies: no policies are matched: no matching policies are found for resource: t against source: https://h/r.git"
		fails   = "resource verification failed: resource t in namespace ns fails verification: VerificationPolicy "
	)
	all := ".*"
	for name, tc := range map[string]struct {
		policies []*v1alpha1.VerificationPolicy
		source   string
		flag     string
		refused  string
		warned   string
	}{
		"none":                         {},
		"none, which is a warning":     {flag: config.WarnNoMatchPolicy, warned: nothing},
		"none, which is a failure":     {flag: config.FailNoMatchPolicy, refused: nothing},
		"of another namespace":         {policies: []*v1alpha1.VerificationPolicy{policy("other", "p", "", all)}},
		"of another source":            {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "", "https://h/r", "h/r.git")}},
		"enforced":                     {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "enforce", all)}, refused: fails + "p applies to it, but " + cannot},
		"enforced by default":          {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "", "x", "https://h/.*")}, refused: fails + "p applies to it, but " + cannot},
		"enforced beside a warning":    {policies: []*v1alpha1.VerificationPolicy{policy("ns", "a", "warn", all), policy("ns", "p", "enforce", all)}, refused: fails + "p "},
		"warns":                        {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "warn", all)}, warned: fails + "p applies to it, but " + cannot},
		"a pattern that is none":       {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "warn", "(")}, refused: "failed to get matched policies: pattern of VerificationPolicy p: "},
		"anchored already":             {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "", "^https://h/r.git$")}, refused: fails + "p "},
		"one of several, as a whole":   {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "", "https://h|x")}},
		"prefix of git does not count": {policies: []*v1alpha1.VerificationPolicy{policy("ns", "p", "", "https://h/r.git")}, source: " git+https://h/r.git ", refused: fails + "p "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flags := config.DefaultFeatureFlags()
			if tc.flag != "" {
				flags.VerificationNoMatchPolicy = tc.flag
			}
			ctx := config.ToContext(t.Context(), config.NewConfig(flags, config.DefaultDefaults()))
			source := &v1.RefSource{URI: "https://h/r.git"}
			if tc.source != "" {
				source.URI = tc.source
			}
			got, err := policies(t, tc.policies...).Verify(ctx, "ns", task("i"), source)
			if (err != nil) != (tc.refused != "") || err != nil && !strings.HasPrefix(err.Error(), tc.refused) {
				t.Errorf("error %v, want %q", err, tc.refused)
			}
			want := (*Verification)(nil)
			if tc.warned != "" {
				want = &Verification{Message: tc.warned}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

// A policy that comes later holds for documents that were accepted before, too.
func TestPolicyComesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, []runtime.Object{answered(document, nil)})
	w.Memory, w.Verifier = NewMemory(), policies(t)
	if _, err := w.Task(t.Context(), remote()); err != nil {
		t.Fatal(err)
	}
	w.Verifier = policies(t, policy("default", "p", "", ".*"))
	_, err := w.Task(t.Context(), remote())
	if f, ok := failure.As(err); !ok || f.Reason != "ResourceVerificationFailed" || !f.Final() {
		t.Errorf("error %v", err)
	}
}
