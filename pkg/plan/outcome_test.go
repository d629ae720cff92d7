package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/selection"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const withResults = `
spec:
  pipelineSpec:
    results:
    - {name: s, value: got $(tasks.a.results.r)}
    - {name: missing, value: $(tasks.a.results.q)}
    - {name: last, value: $(finally.last.results.r)}
    tasks:
    - {name: a, taskSpec: {results: [{name: r}, {name: q}], steps: [{image: i}]}}
    finally:
    - {name: last, taskSpec: {results: [{name: r}], steps: [{image: i}]}}
`

func TestPipelineResults(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		end  func(w *world)
		want []string
		cond string
	}{
		"all there": {
			end:  func(w *world) { w.succeed("pr-a", "r", "text", "q", "other") },
			want: []string{"s=got text", "missing=other", "last=end"},
			cond: "True Succeeded: Tasks Completed: 2 (Failed: 0, Cancelled 0), Skipped: 0",
		},
		"forgotten": {
			end:  func(w *world) { w.succeed("pr-a", "r", "text") },
			want: []string{"s=got text", "last=end"},
			cond: "False CouldntGetPipelineResult: Failed to get PipelineResult from TaskRun Results for PipelineRun pr: " +
				"invalid pipelineresults [missing], the referenced results don't exist",
		},
		"failed": {
			end:  func(w *world) { w.fail("pr-a", "r", "text") },
			want: []string{"s=got text", "last=end"},
			cond: "False Failed: Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withResults)
			w.pass()
			tc.end(w)
			w.pass()
			if w.pr.Status.Results != nil {
				t.Errorf("results %v before the end", w.pr.Status.Results)
			}
			w.succeed("pr-last", "r", "end")
			w.pass()
			w.condition(tc.cond)
			var got []string
			for _, r := range w.pr.Status.Results {
				got = append(got, r.Name+"="+r.Value.StringVal)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	t.Run("at the start", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, chain)
		w.pr.Spec.PipelineSpec.Description = strings.Repeat("x", 750_000)
		w.expect(w.pass())
		w.conditionStarts("False PipelineRunTooLarge: PipelineRun ns/pr would be 15")
		if w.pr.Status.PipelineSpec != nil {
			t.Error("the spec that is too large is stored")
		}
	})
	t.Run("because of conditions", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {results: [{name: r}], steps: [{image: i}]}}
`)
		for i := range 150 {
			w.pr.Spec.PipelineSpec.Tasks = append(w.pr.Spec.PipelineSpec.Tasks, v1.PipelineTask{
				Name: fmt.Sprintf("t%d", i), When: v1.WhenExpressions{{Input: "$(tasks.a.results.r)", Operator: selection.NotIn, Values: []string{"x"}}},
				TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Image: "i"}}}},
			})
		}
		w.pass()
		w.succeed("pr-a", "r", strings.Repeat("x", 10_000))
		w.expect(w.pass())
		w.conditionStarts("False PipelineRunTooLarge: ")
	})
	t.Run("at the end", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, withResults)
		w.pass()
		w.succeed("pr-a", "r", strings.Repeat("x", 1_500_000), "q", "text")
		w.pass()
		w.succeed("pr-last", "r", "text")
		w.pass()
		w.conditionStarts("False PipelineRunTooLarge: ")
		if len(w.pr.Status.Results) > 0 || len(w.pr.Status.ChildReferences) != 2 {
			t.Errorf("%d results, %d references", len(w.pr.Status.Results), len(w.pr.Status.ChildReferences))
		}
	})
}

func TestProvenance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	if got := w.pr.Status.Provenance.FeatureFlags; got == nil || got.Coschedule != "workspaces" {
		t.Errorf("feature flags %+v", got)
	}
	off := newWorld(t, chain)
	off.flags.EnableProvenanceInStatus = false
	off.pass()
	if off.pr.Status.Provenance != nil {
		t.Errorf("provenance %+v although it is off", off.pr.Status.Provenance)
	}
}

func TestNestedEventIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	_, step := w.next()
	if len(step.Events) != 0 {
		t.Errorf("events %v in a pass that changes nothing", step.Events)
	}
}

func TestArtifactsOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {steps: [{image: i}]}}
    - {name: b, runAfter: [a], taskSpec: {steps: [{image: i, script: "echo '$(tasks.a.outputs.img)'"}]}}
`)
	w.flags.EnableArtifacts = true
	w.pass()
	w.taskRuns["pr-a"].Status.Artifacts = &v1.Artifacts{Outputs: []v1.Artifact{{
		Name: "img", Values: []v1.ArtifactValue{{URI: "u", Digest: map[string]string{"sha256": "ab"}}},
	}}}
	w.succeed("pr-a")
	w.pass()
	want := `echo '[{"digest":{"sha256":"ab"},"uri":"u"}]'`
	if got := w.taskRuns["pr-b"].Spec.TaskSpec.Steps[0].Script; got != want {
		t.Errorf("script %s, want %s", got, want)
	}
}
