package fresh_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
)

// world is what the cache and the API say about one object, by version; empty if it is not there.
type world struct {
	cached, stored string
	reads          int
}

func at(version string) (*corev1.ConfigMap, error) {
	if version == "" {
		return nil, apierrors.NewNotFound(corev1.Resource("configmaps"), "c")
	}
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{ResourceVersion: version}}, nil
}

func (w *world) get(t *testing.T, r *fresh.Reader, uid, version string) string {
	t.Helper()
	run := &metav1.ObjectMeta{UID: types.UID(uid), ResourceVersion: version}
	object, err := fresh.Get(t.Context(), r, run, fresh.Key{Kind: "ConfigMap", Namespace: "ns", Name: "c"},
		func() (*corev1.ConfigMap, error) { return at(w.cached) },
		func(context.Context) (*corev1.ConfigMap, error) { w.reads++; return at(w.stored) })
	if apierrors.IsNotFound(err) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	return object.ResourceVersion
}

func TestGet(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		world
		version string
		none    bool
		want    string
		read    int
	}{
		"changed before the run, and the cache is late": {world: world{cached: "5", stored: "9"}, version: "10", want: "9", read: 1},
		"unchanged, but nobody knows":                   {world: world{cached: "5", stored: "5"}, version: "10", want: "5", read: 1},
		"changed after the run":                         {world: world{cached: "12", stored: "14"}, version: "10", want: "12"},
		"not in the cache":                              {world: world{stored: "9"}, version: "10", want: "9", read: 1},
		"deleted before the run":                        {world: world{cached: "5"}, version: "10", want: "none", read: 1},
		"nowhere":                                       {version: "10", want: "none", read: 1},
		"version of the run says nothing":               {world: world{cached: "5", stored: "9"}, version: "", want: "9", read: 1},
		"version of the object says nothing":            {world: world{cached: "x", stored: "9"}, version: "10", want: "9", read: 1},
		"without a reader":                              {world: world{cached: "5", stored: "9"}, version: "10", none: true, want: "5"},
		"without a reader, not in the cache":            {world: world{stored: "9"}, version: "10", none: true, want: "9", read: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := fresh.New()
			if tc.none {
				r = nil
			}
			got := tc.get(t, r, "run", tc.version)
			if diff := cmp.Diff([]any{tc.want, tc.read}, []any{got, tc.reads}); diff != "" {
				t.Errorf("version and reads (-want +got):\n%s", diff)
			}
		})
	}
}

// One read serves all runs that existed when it began, and a run for its life.
func TestReadsAreShared(t *testing.T) {
	t.Parallel()
	latest := "40"
	r := fresh.New(func() string { return "3" }, func() string { return latest })
	w := &world{cached: "5", stored: "5"}
	for _, step := range []struct {
		uid, version string
		reads        int
	}{
		{"a", "10", 1},
		{"a", "50", 1}, // its status was written; what it refers to is that of its beginning
		{"b", "40", 1},
		{"c", "41", 2},
		{"a", "60", 2},
	} {
		if got := w.get(t, r, step.uid, step.version); got != "5" || w.reads != step.reads {
			t.Errorf("%s at %s: version %s, %d reads, want %d", step.uid, step.version, got, w.reads, step.reads)
		}
	}
	// The cache is behind the last read.
	w.stored, latest = "70", "80"
	w.get(t, r, "d", "75")
	if got := w.get(t, r, "e", "76"); got != "70" || w.reads != 4 {
		t.Errorf("version %s after %d reads, want the newer one", got, w.reads)
	}
	w.cached = "70"
	if got := w.get(t, r, "e", "76"); got != "70" || w.reads != 4 {
		t.Errorf("version %s after %d reads, want that of the cache", got, w.reads)
	}
}

func TestErrorsAreHandedOn(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	run := &metav1.ObjectMeta{UID: "run", ResourceVersion: "10"}
	for name, tc := range map[string]struct{ cached, live error }{"of the API": {live: away}, "of the cache": {cached: away}} {
		_, err := fresh.Get(t.Context(), fresh.New(), run, fresh.Key{},
			func() (*corev1.ConfigMap, error) { cm, _ := at("5"); return cm, tc.cached },
			func(context.Context) (*corev1.ConfigMap, error) { return nil, tc.live })
		if !errors.Is(err, away) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
