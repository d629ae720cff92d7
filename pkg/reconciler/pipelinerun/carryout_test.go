package pipelinerun

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgotesting "k8s.io/client-go/testing"

	"github.com/tenon-ci/tenon/pkg/plan"
)

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
