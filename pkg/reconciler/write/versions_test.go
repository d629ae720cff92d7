package write

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	at := func(uid, version string) *v1.PipelineRun {
		return &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "run", UID: types.UID(uid), ResourceVersion: version}}
	}
	tests := map[string]struct {
		note, seen *v1.PipelineRun
		want       bool
	}{
		"older":               {at("u", "10"), at("u", "9"), true},
		"the one written":     {at("u", "10"), at("u", "10"), false},
		"newer":               {at("u", "10"), at("u", "11"), false},
		"another of the name": {at("u", "10"), at("v", "9"), false},
		"no number":           {at("u", "x"), at("u", "9"), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var v Versions
			if v.Outdated(tc.seen) {
				t.Error("outdated before anything was written")
			}
			v.Note(tc.note)
			if got := v.Outdated(tc.seen); got != tc.want {
				t.Errorf("outdated = %v, want %v", got, tc.want)
			}
			v.Forget(types.NamespacedName{Namespace: "ns", Name: "run"})
			if v.Outdated(tc.seen) {
				t.Error("outdated after it was forgotten")
			}
		})
	}
}
