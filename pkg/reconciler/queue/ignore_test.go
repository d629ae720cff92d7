package queue

import (
	"context"
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/sets"
	knreconciler "knative.dev/pkg/reconciler"
)

// noting is a reconciler that notes its keys.
type noting struct {
	knreconciler.LeaderAwareFuncs
	keys *[]string
}

func (n *noting) Reconcile(_ context.Context, key string) error {
	*n.keys = append(*n.keys, key)
	return nil
}

func TestIgnoredNamespacesArePassedOver(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ignored, want []string
	}{
		"none":      {want: []string{"team-a/x", "team-b/x", "y"}},
		"one":       {ignored: []string{"team-a"}, want: []string{"team-b/x", "y"}},
		"no prefix": {ignored: []string{"team"}, want: []string{"team-a/x", "team-b/x", "y"}},
	} {
		var keys []string
		ctx := Ignore(t.Context(), sets.New(tc.ignored...))
		r := passingOver(ctx, &noting{keys: &keys})
		for _, key := range []string{"team-a/x", "team-b/x", "y"} {
			if err := r.Reconcile(ctx, key); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(tc.want, keys); diff != "" {
			t.Errorf("%s: looked at (-want +got):\n%s", name, diff)
		}
		if _, ok := r.(knreconciler.LeaderAware); !ok {
			t.Errorf("%s: the reconciler takes no part in leader election", name)
		}
	}
}

func TestIgnoreFlag(t *testing.T) {
	t.Parallel()
	flags := flag.NewFlagSet("program", flag.ContinueOnError)
	ignored := IgnoreFlag(flags)
	if err := flags.Parse([]string{"-ignore-namespaces= a,,b ,"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sets.New("a", "b"), ignored); diff != "" {
		t.Error(diff)
	}
}
