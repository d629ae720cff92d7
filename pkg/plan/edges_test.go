package plan_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

func TestEdges(t *testing.T) {
	t.Parallel()
	pt := &v1.PipelineTask{
		Name: "push", RunAfter: []string{"lint"}, DisplayName: "$(tasks.title.results.text)",
		Params:     v1.Params{{Name: "image", Value: *v1.NewString("$(tasks.build.results.digest)")}},
		When:       v1.WhenExpressions{{Input: "$(tasks.build.results.changed)", Operator: "in", Values: []string{"yes"}}},
		Workspaces: []v1.WorkspacePipelineTaskBinding{{Name: "source", SubPath: "$(tasks.fetch.results.dir)"}},
	}
	want := []plan.Edge{{Task: "lint"}, {Task: "build", Result: "changed"}, {Task: "build", Result: "digest"}, {Task: "fetch", Result: "dir"}}
	byName := func(a, b plan.Edge) int { return cmp.Compare(a.Task+a.Result, b.Task+b.Result) }
	got := plan.Edges(pt)
	slices.SortFunc(want, byName)
	slices.SortFunc(got, byName)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("Edges (-want +got):\n%s", diff)
	}
}
