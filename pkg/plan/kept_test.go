package plan_test

import (
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/plan"
)

func refuseStops(action plan.Action) (plan.RefusalKind, error) {
	if _, isStop := action.(plan.StopChild); isStop {
		return plan.RefusedForNow, errors.New("no")
	}
	return 0, nil
}

// amended makes a pass in which stops are refused, and stores it.
func (w *world) amended() plan.Step {
	w.t.Helper()
	seen, step := w.next()
	step = plan.Amend(seen, step, w.carryOut(step.Actions, refuseStops))
	w.store(step)
	return step
}

func TestChildrenOfUnknownTasksStayRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.pass()
	gone := w.pr.Status.ChildReferences[0]
	gone.Name, gone.PipelineTaskName = "pr-gone", "gone"
	w.pr.Status.ChildReferences = append(w.pr.Status.ChildReferences, gone)
	w.succeed("pr-a")
	w.pass()
	for _, ref := range w.pr.Status.ChildReferences {
		if ref.Name == "pr-gone" {
			return
		}
	}
	t.Errorf("the reference is lost: %v", w.pr.Status.ChildReferences)
}

func TestClaimIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata: {name: pr}
spec:
  workspaces: [{name: template, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}]
  pipelineSpec:
    tasks:
    - {name: a, workspaces: [{name: w, workspace: template}], taskSpec: {workspaces: [{name: w}], steps: [{image: i}]}}
    - {name: b, runAfter: [a], workspaces: [{name: w, workspace: template}], taskSpec: {workspaces: [{name: w}], steps: [{image: i}]}}
`)
	w.pass()
	delete(w.claims, templateClaim)
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-b")
}

func TestIgnoredFailureDoesNotExcuseAMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata: {name: pr}
spec:
  pipelineSpec:
    tasks:
    - {name: a, onError: continue, taskSpec: {results: [{name: r, type: array}], steps: [{image: i}]}}
    - name: b
      onError: continue
      matrix: {params: [{name: m, value: "$(tasks.a.results.r[*])"}]}
      taskSpec: {steps: [{image: i}]}
`)
	w.pass()
	w.fail("pr-a")
	w.pass()
	w.skips()
	w.conditionStarts("False PipelineValidationFailed: Tasks Completed: 1 (Failed: 1 (Ignored: 1), Cancelled 0), Skipped: 0, Failed Validation: 1")
}

func TestFailureOutlivesARefusedStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata: {name: pr}
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskSpec: {results: [{name: r, type: array}], steps: [{image: i}]}}
    - {name: long, taskSpec: {steps: [{image: i}]}}
    - {name: b, params: [{name: p, value: "$(tasks.a.results.r[7])"}], taskSpec: {steps: [{image: i}]}}
`)
	w.pass()
	w.succeed("pr-a", "r", "[x]")
	step := w.amended()
	w.expect(step, "cancel TaskRun pr-long")
	w.conditionStarts("False PipelineValidationFailed: [User error] ")
	if step.Failure == nil || !step.Failure.Final() {
		t.Errorf("the failure of the pass is %v", step.Failure)
	}
}

func TestResultsWaitForRefusedStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata: {name: pr}
spec:
  pipelineSpec:
    results: [{name: out, value: $(tasks.a.results.r)}]
    tasks:
    - {name: a, taskSpec: {results: [{name: r}], steps: [{image: i}]}}
    - {name: long, taskSpec: {steps: [{image: i}]}}
`)
	w.pr.Spec.Timeouts.Pipeline = &metav1.Duration{Duration: time.Minute}
	w.pass()
	w.succeed("pr-a", "r", "text")
	w.now = w.now.Add(2 * time.Minute)
	w.expect(w.amended(), "time out TaskRun pr-long")
	w.conditionStarts("Unknown PipelineRunCouldntTimeOut: ")
	if len(w.pr.Status.Results) > 0 {
		t.Errorf("a run that is not done has results: %v", w.pr.Status.Results)
	}
	w.passOnce()
	w.conditionStarts("False PipelineRunTimeout: ")
	if len(w.pr.Status.Results) != 1 {
		t.Errorf("results %v, want that of a", w.pr.Status.Results)
	}
}
