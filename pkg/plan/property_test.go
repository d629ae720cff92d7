package plan_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/selection"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// randomRun returns a run of a random pipeline: chains and fans, results, conditions, ignored failures, matrices, custom
// tasks, child pipelines and final tasks.
func randomRun(rng *rand.Rand) *v1.PipelineRun {
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "pr"}, Spec: v1.PipelineRunSpec{PipelineSpec: &v1.PipelineSpec{}}}
	spec := pr.Spec.PipelineSpec
	n := 1 + rng.IntN(8)
	for i := range n {
		pt := randomTask(rng, fmt.Sprintf("t%d", i))
		for j := range i {
			producer := &spec.Tasks[j]
			switch rng.IntN(6) {
			case 0, 1:
				pt.RunAfter = append(pt.RunAfter, producer.Name)
			case 2:
				addReference(&pt, producer)
			}
		}
		spec.Tasks = append(spec.Tasks, pt)
	}
	for i := range rng.IntN(3) {
		pt := randomTask(rng, fmt.Sprintf("f%d", i))
		if rng.IntN(2) == 0 {
			addReference(&pt, &spec.Tasks[rng.IntN(n)])
		}
		spec.Finally = append(spec.Finally, pt)
	}
	if rng.IntN(4) == 0 {
		pr.Spec.Timeouts = &v1.TimeoutFields{Tasks: &metav1.Duration{Duration: time.Duration(1+rng.IntN(8)) * time.Minute}}
	}
	return pr
}

func randomTask(rng *rand.Rand, name string) v1.PipelineTask {
	pt := v1.PipelineTask{Name: name}
	switch rng.IntN(8) {
	case 0:
		pt.TaskRef = &v1.TaskRef{APIVersion: "example.dev/v1", Kind: "Wait"}
	case 1:
		pt.PipelineSpec = &v1.PipelineSpec{Description: "child"}
	default:
		pt.TaskSpec = &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Results: []v1.TaskResult{{Name: "r"}}, Steps: []v1.Step{{Image: "i"}}}}
	}
	if rng.IntN(4) == 0 {
		values := []string{"a", "b"}[:1+rng.IntN(2)]
		pt.When = v1.WhenExpressions{{Input: "b", Operator: selection.In, Values: values}}
	}
	if rng.IntN(4) == 0 {
		pt.OnError = v1.PipelineTaskContinue
	}
	if rng.IntN(4) == 0 && pt.PipelineSpec == nil {
		pt.Matrix = &v1.Matrix{Params: v1.Params{{Name: "m", Value: *v1.NewArray([]string{"x", "u", "v"}[:rng.IntN(4)]...)}}}
	}
	return pt
}

func addReference(pt, producer *v1.PipelineTask) {
	if producer.PipelineSpec != nil {
		return
	}
	star := ""
	if producer.Matrix != nil {
		star = "[*]"
	}
	pt.Params = append(pt.Params, v1.Param{
		Name: "from-" + producer.Name, Value: *v1.NewString("$(tasks." + producer.Name + ".results.r" + star + ")"),
	})
}

// fate says, from the seed and the name alone, how a child ends.
func fate(seed uint64, name string) int {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%d/%s", seed, name) // a hash never fails
	return int(h.Sum32() % 100)
}

// simulation runs a PipelineRun to its end.
type simulation struct {
	*world
	seed uint64
	rng  *rand.Rand
	// crash decides after how many actions of a pass the controller crashes; negative is never.
	crash func(actions int) int
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	t.Helper()
	w := newWorld(t, chain)
	w.trusting = true
	w.pr = randomRun(rand.New(rand.NewPCG(seed, 1)))
	w.pr.Namespace, w.pr.UID, w.pr.CreationTimestamp = "ns", "pr-uid", metav1.NewTime(epoch)
	if w.pr.Spec.Timeouts == nil {
		w.pr.Spec.Timeouts = &v1.TimeoutFields{}
	}
	w.pr.Spec.Timeouts.Pipeline = &metav1.Duration{Duration: time.Hour}
	return &simulation{world: w, seed: seed, rng: rand.New(rand.NewPCG(seed, 2)), crash: func(int) int { return -1 }}
}

// reconcile makes passes until one gets through without a crash.
func (s *simulation) reconcile() {
	s.t.Helper()
	for {
		_, step := s.next()
		s.checkOrder(step)
		k := s.crash(len(step.Actions))
		if k < 0 {
			s.carryOut(step.Actions, nil)
			s.store(step)
			return
		}
		s.carryOut(step.Actions[:min(k, len(step.Actions))], nil)
	}
}

// checkOrder checks that nothing starts before what it comes after has ended, and finally not before all tasks have.
func (s *simulation) checkOrder(step plan.Step) {
	s.t.Helper()
	spec := s.pr.Spec.PipelineSpec
	out := map[string]bool{}
	for _, skipped := range step.Status.SkippedTasks {
		out[skipped.Name] = true
	}
	for name := range created(step) {
		task := taskOf(name)
		if strings.HasPrefix(task, "f") {
			for i := range spec.Tasks {
				if s.isRunning(spec.Tasks[i].Name) {
					s.t.Fatalf("seed %d: %s starts while %s runs", s.seed, name, spec.Tasks[i].Name)
				}
			}
			continue
		}
		i := slices.IndexFunc(spec.Tasks, func(pt v1.PipelineTask) bool { return pt.Name == task })
		for _, before := range spec.Tasks[i].Dependencies() {
			if s.isRunning(before) || !s.hasChild(before) && !out[before] {
				s.t.Fatalf("seed %d: %s starts before %s has ended", s.seed, name, before)
			}
		}
	}
}

// taskOf returns the task of a child: pr-t1, pr-t1-0.
func taskOf(child string) string {
	task := strings.TrimPrefix(child, "pr-")
	task, _, _ = strings.Cut(task, "-")
	return task
}

func (s *simulation) children() map[string]bool {
	done := map[string]bool{}
	for name, c := range s.taskRuns {
		done[name] = c.IsDone()
	}
	for name, c := range s.customRuns {
		done[name] = c.IsDone()
	}
	for name, c := range s.pipelineRuns {
		done[name] = c.IsDone()
	}
	return done
}

func (s *simulation) isRunning(task string) bool {
	for name, done := range s.children() {
		if taskOf(name) == task && !done {
			return true
		}
	}
	return false
}

func (s *simulation) hasChild(task string) bool {
	for name := range s.children() {
		if taskOf(name) == task {
			return true
		}
	}
	return false
}

// progress lets some running children end.
func (s *simulation) progress() {
	var running []string
	for name, done := range s.children() {
		if !done {
			running = append(running, name)
		}
	}
	slices.Sort(running)
	for i, name := range running {
		if s.rng.IntN(2) == 0 && (i > 0 || len(running) > 1) {
			continue
		}
		switch f := fate(s.seed, name); {
		case f < 15:
			s.fail(name)
		case f < 20:
			s.fail(name, "r", "text")
		case f < 25:
			s.finish(name, corev1.ConditionFalse, map[bool]string{true: "CustomRunCancelled", false: "TaskRunCancelled"}[s.customRuns[name] != nil])
		case f < 30:
			s.succeed(name)
		default:
			s.succeed(name, "r", "text")
		}
	}
}

// outcome is what two runs of one pipeline are compared by.
type outcome struct {
	Condition string
	Children  []string
	Skipped   []v1.SkippedTask
}

// run simulates until the run is done.
func (s *simulation) run() outcome {
	s.t.Helper()
	request, at := v1.PipelineRunSpecStatus(""), -1
	if s.rng.IntN(3) == 0 {
		at = s.rng.IntN(4)
		request = []v1.PipelineRunSpecStatus{
			v1.PipelineRunSpecStatusCancelled, v1.PipelineRunSpecStatusCancelledRunFinally, v1.PipelineRunSpecStatusStoppedRunFinally,
		}[s.rng.IntN(3)]
	}
	for round := range 100 {
		if round == at {
			s.pr.Spec.Status = request
		}
		s.reconcile()
		if s.pr.IsDone() {
			s.obey()
			s.reconcile()
			return s.outcome()
		}
		s.obey()
		s.progress()
		s.now = s.now.Add(30 * time.Second)
	}
	s.t.Fatalf("seed %d: the run does not end: %s", s.seed, s.conditionText())
	return outcome{}
}

func (s *simulation) outcome() outcome {
	o := outcome{Condition: s.conditionText(), Skipped: s.pr.Status.SkippedTasks}
	for _, ref := range s.pr.Status.ChildReferences {
		o.Children = append(o.Children, ref.Name)
	}
	return o
}

// TestCrashes runs random pipelines twice, with and without crashes of the controller at any write, and expects the same
// outcome. Creating a child twice is an error of the simulated cluster.
func TestCrashes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(80) {
		want := newSimulation(t, seed).run()
		crashing := newSimulation(t, seed)
		crashes := rand.New(rand.NewPCG(seed, 3))
		crashing.crash = func(actions int) int {
			if crashes.IntN(2) == 0 {
				return -1
			}
			return crashes.IntN(actions + 1)
		}
		got := crashing.run()
		if diff := cmp.Diff(want, got); diff != "" {
			spec := crashing.pr.Spec.PipelineSpec
			t.Fatalf("seed %d, %d tasks, %d final: with crashes (-without +with):\n%s", seed, len(spec.Tasks), len(spec.Finally), diff)
		}
		crashing.checkEnd()
	}
}

// checkEnd checks what holds for every run that is done.
func (s *simulation) checkEnd() {
	s.t.Helper()
	status := s.pr.Status
	if status.CompletionTime == nil || status.CompletionTime.Before(status.StartTime) {
		s.t.Errorf("seed %d: started %v, ended %v", s.seed, status.StartTime, status.CompletionTime)
	}
	for name, done := range s.children() {
		if !done {
			s.t.Errorf("seed %d: child %s runs although the run is done", s.seed, name)
		}
	}
	skipped := map[string]bool{}
	for _, entry := range status.SkippedTasks {
		skipped[entry.Name] = true
		if s.hasChild(entry.Name) {
			s.t.Errorf("seed %d: %s is skipped and has children", s.seed, entry.Name)
		}
	}
	reason := status.GetCondition(apis.ConditionSucceeded).Reason
	if reason == "Cancelled" && s.pr.IsCancelled() || reason == "PipelineRunTimeout" {
		return
	}
	for _, pt := range s.pr.Spec.PipelineSpec.Finally {
		if !s.hasChild(pt.Name) && !skipped[pt.Name] {
			s.t.Errorf("seed %d: final task %s neither ran nor was skipped: %s", s.seed, pt.Name, s.conditionText())
		}
	}
}
