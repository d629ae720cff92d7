package plan_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// largeSeen returns what is seen of a run of n tasks, half of which have ended: a chain in which each task needs the
// result of the one before, or a fan behind one task.
func largeSeen(n int, chained bool) plan.Seen {
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "pr", Namespace: "ns", UID: "uid"}}
	spec := &v1.PipelineSpec{}
	for i := range n {
		pt := v1.PipelineTask{
			Name: fmt.Sprintf("t%d", i),
			TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{
				Results: []v1.TaskResult{{Name: "r"}}, Steps: []v1.Step{{Image: "i", Script: "echo $(context.pipelineRun.name)"}},
			}},
		}
		if i > 0 {
			before := 0
			if chained {
				before = i - 1
			}
			pt.Params = v1.Params{{Name: "p", Value: *v1.NewString(fmt.Sprintf("$(tasks.t%d.results.r)", before))}}
		}
		spec.Tasks = append(spec.Tasks, pt)
	}
	pr.Spec.PipelineSpec = spec
	return plan.Seen{
		PipelineRun: pr, Now: epoch,
		Config: plan.Config{FeatureFlags: config.DefaultFeatureFlags(), Defaults: config.DefaultDefaults()},
	}
}

// halfDone ends the first half of the tasks; those that have started besides keep running.
func halfDone(seen plan.Seen) plan.Seen {
	half := len(seen.PipelineRun.Spec.PipelineSpec.Tasks) / 2
	for done := 0; done < half; {
		step := plan.Next(seen)
		seen.PipelineRun.Status = step.Status
		for _, action := range step.Actions {
			seen.Children.TaskRuns = append(seen.Children.TaskRuns, action.(plan.CreateTaskRun).TaskRun)
		}
		for _, tr := range seen.Children.TaskRuns[done:] {
			if done < half {
				tr.Status.Conditions = []apis.Condition{{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}}
				tr.Status.Results = []v1.TaskRunResult{{Name: "r", Value: *v1.NewString("text")}}
				done++
			}
		}
	}
	seen.PipelineRun.Status = plan.Next(seen).Status
	return seen
}

// TestEffortIsLinear compares the allocations of a pass over pipelines of different size.
func TestEffortIsLinear(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts what other tests allocate
	for _, chained := range []bool{true, false} {
		small, large := halfDone(largeSeen(100, chained)), halfDone(largeSeen(400, chained))
		few := testing.AllocsPerRun(3, func() { plan.Next(small) })
		many := testing.AllocsPerRun(3, func() { plan.Next(large) })
		if many > 6*few {
			t.Errorf("chained %v: %v allocations for 100 tasks, %v for 400", chained, few, many)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for _, shape := range []string{"chain", "fan"} {
		for _, n := range []int{10, 100, 1000} {
			fresh := largeSeen(n, shape == "chain")
			b.Run(fmt.Sprintf("start/%s/%d", shape, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					plan.Next(fresh)
				}
			})
			half := halfDone(largeSeen(n, shape == "chain"))
			b.Run(fmt.Sprintf("half/%s/%d", shape, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					plan.Next(half)
				}
			})
		}
	}
}
