package plan_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// scenario is a random run, and what happens to it from outside.
type scenario struct {
	seed uint64
	run  *v1.PipelineRun
	// pipeline is what spec.pipelineRef refers to, nil for an inline one.
	pipeline *v1.Pipeline
	// tasks and pipelines are what tasks refer to.
	tasks     []*v1.Task
	pipelines []*v1.Pipeline
	// arrivals say when definitions can be fetched first; those without one are there at once, negative ones never.
	arrivals map[string]time.Duration
	// requests are values of spec.status and when they are set.
	requests   []request
	coschedule string
}

type request struct {
	at     time.Duration
	status v1.PipelineRunSpecStatus
}

// chance is true once in n times.
func chance(rng *rand.Rand, n int) bool { return rng.IntN(n) == 0 }

func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

func limitOf(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Minute}
}

// randomScenario returns the scenario of a seed.
func randomScenario(seed uint64) *scenario {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &scenario{seed: seed, arrivals: map[string]time.Duration{}, coschedule: config.CoscheduleWorkspaces}
	s.run = &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "pr", Namespace: "ns", UID: "pr-uid", CreationTimestamp: metav1.NewTime(epoch)}}
	spec := s.randomPipeline(rng)
	s.run.Spec.Timeouts = randomTimeouts(rng)
	if chance(rng, 3) {
		s.bindWorkspaces(rng, spec)
	}
	if chance(rng, 3) {
		s.pipeline = &v1.Pipeline{ObjectMeta: metav1.ObjectMeta{
			Name: "p", Namespace: "ns", Labels: map[string]string{"team": "x"}, Annotations: map[string]string{"note": "y"},
		}, Spec: *spec}
		s.run.Spec.PipelineRef = &v1.PipelineRef{Name: "p"}
		s.arrive(rng, "p")
	} else {
		s.run.Spec.PipelineSpec = spec
	}
	s.requests = randomRequests(rng)
	return s
}

// arrive says when a definition can be fetched.
func (s *scenario) arrive(rng *rand.Rand, name string) {
	switch rng.IntN(20) {
	case 0:
		s.arrivals[name] = -1
	case 1, 2, 3, 4:
		s.arrivals[name] = time.Duration(rng.IntN(90_000)) * time.Millisecond
	}
}

// randomTimeouts returns limits most of which are reached.
func randomTimeouts(rng *rand.Rand) *v1.TimeoutFields {
	t := &v1.TimeoutFields{Pipeline: limitOf(60)}
	switch rng.IntN(10) {
	case 0, 1:
		t.Pipeline = limitOf(3 + rng.IntN(12))
	case 2, 3:
		t.Tasks = limitOf(1 + rng.IntN(12))
	case 4:
		t.Pipeline = limitOf(10 + rng.IntN(10))
		t.Finally = limitOf(1 + rng.IntN(4))
	case 5:
		t.Tasks, t.Finally = limitOf(1+rng.IntN(8)), limitOf(1+rng.IntN(4))
	case 6:
		t.Pipeline = limitOf(0)
		t.Finally = limitOf(1 + rng.IntN(4))
	case 7:
		t.Pipeline, t.Tasks = limitOf(0), limitOf(1+rng.IntN(8))
	case 8:
		t.Tasks, t.Finally = limitOf(0), limitOf(2)
	}
	return t
}

func randomRequests(rng *rand.Rand) []request {
	at := func() time.Duration { return time.Duration(rng.IntN(600_000)) * time.Millisecond }
	graceful := func() v1.PipelineRunSpecStatus {
		return pick[v1.PipelineRunSpecStatus](rng, v1.PipelineRunSpecStatusCancelledRunFinally, v1.PipelineRunSpecStatusStoppedRunFinally)
	}
	switch rng.IntN(12) {
	case 0:
		return []request{{at(), v1.PipelineRunSpecStatusCancelled}}
	case 1, 2:
		return []request{{at(), graceful()}}
	case 3:
		first := at()
		return []request{{first, graceful()}, {first + at()/4, pick[v1.PipelineRunSpecStatus](rng, "", v1.PipelineRunSpecStatusCancelled, graceful())}}
	case 4:
		return []request{{0, v1.PipelineRunSpecStatusPending}, {1 + at()/4, pick[v1.PipelineRunSpecStatus](rng, "", "", "", v1.PipelineRunSpecStatusCancelled)}}
	}
	return nil
}

// randomPipeline returns chains and fans with results, conditions, ignored failures, matrices, references, custom tasks,
// child pipelines and final tasks.
func (s *scenario) randomPipeline(rng *rand.Rand) *v1.PipelineSpec {
	spec := &v1.PipelineSpec{}
	n := 1 + rng.IntN(7)
	for i := range n {
		pt := s.randomTask(rng, fmt.Sprintf("t%d", i))
		for j := range i {
			addDependency(rng, &pt, &spec.Tasks[j])
		}
		spec.Tasks = append(spec.Tasks, pt)
	}
	for i := range rng.IntN(4) {
		pt := s.randomTask(rng, fmt.Sprintf("f%d", i))
		producer := &spec.Tasks[rng.IntN(n)]
		switch rng.IntN(5) {
		case 0, 1:
			addReference(rng, &pt, producer)
		case 2:
			addStatus(rng, &pt, producer)
		}
		spec.Finally = append(spec.Finally, pt)
	}
	if chance(rng, 4) {
		for i := range spec.Tasks {
			if pt := &spec.Tasks[i]; isPlain(pt) {
				spec.Results = append(spec.Results, v1.PipelineResult{Name: "out-" + pt.Name, Value: *v1.NewString("$(tasks." + pt.Name + ".results.r)")})
			}
		}
	}
	rng.Shuffle(n, func(i, j int) { spec.Tasks[i], spec.Tasks[j] = spec.Tasks[j], spec.Tasks[i] })
	return spec
}

func taskSpec() v1.TaskSpec {
	return v1.TaskSpec{
		Results: []v1.TaskResult{{Name: "r"}, {Name: "list", Type: v1.ResultsTypeArray}},
		Steps:   []v1.Step{{Image: "i"}},
	}
}

func (s *scenario) randomTask(rng *rand.Rand, name string) v1.PipelineTask {
	pt := v1.PipelineTask{Name: name}
	switch rng.IntN(12) {
	case 0:
		pt.TaskRef = &v1.TaskRef{APIVersion: "example.dev/v1", Kind: "Wait"}
	case 1:
		pt.PipelineSpec = &v1.PipelineSpec{Description: "child"}
	case 2:
		pt.PipelineRef = &v1.PipelineRef{Name: "p-of-" + name}
		s.pipelines = append(s.pipelines, &v1.Pipeline{ObjectMeta: metav1.ObjectMeta{Name: pt.PipelineRef.Name, Namespace: "ns"}})
		s.arrive(rng, pt.PipelineRef.Name)
	case 3, 4:
		pt.TaskRef = &v1.TaskRef{Name: "task-of-" + name}
		s.tasks = append(s.tasks, &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: pt.TaskRef.Name, Namespace: "ns"}, Spec: taskSpec()})
		s.arrive(rng, pt.TaskRef.Name)
	default:
		pt.TaskSpec = &v1.EmbeddedTask{TaskSpec: taskSpec()}
	}
	if chance(rng, 5) {
		values := []string{"a", "b"}[:1+rng.IntN(2)]
		pt.When = v1.WhenExpressions{{Input: "b", Operator: pick(rng, selection.In, selection.NotIn, selection.In), Values: values}}
	}
	if chance(rng, 4) {
		pt.OnError = v1.PipelineTaskContinue
	} else if chance(rng, 4) && pt.PipelineSpec == nil && pt.PipelineRef == nil {
		pt.Retries = 1 + rng.IntN(3)
	}
	if chance(rng, 4) && pt.PipelineSpec == nil && pt.PipelineRef == nil {
		pt.Matrix = &v1.Matrix{Params: v1.Params{{Name: "m", Value: *v1.NewArray([]string{"x", "u", "v"}[:rng.IntN(4)]...)}}}
		if chance(rng, 3) {
			pt.Matrix.Params = append(pt.Matrix.Params, v1.Param{Name: "n", Value: *v1.NewArray("1", "2")})
		}
	}
	return pt
}

// isPlain tells whether a task makes one TaskRun, which has all kinds of results.
func isPlain(pt *v1.PipelineTask) bool { return pt.Matrix == nil && makesTaskRuns(pt) }

func makesTaskRuns(pt *v1.PipelineTask) bool {
	return pt.PipelineSpec == nil && pt.PipelineRef == nil && (pt.TaskRef == nil || pt.TaskRef.APIVersion == "")
}

func addDependency(rng *rand.Rand, pt, producer *v1.PipelineTask) {
	switch rng.IntN(8) {
	case 0, 1:
		pt.RunAfter = append(pt.RunAfter, producer.Name)
	case 2, 3:
		addReference(rng, pt, producer)
	}
}

// addReference makes a task use a result: as a parameter, as a condition, or to fan out.
func addReference(rng *rand.Rand, pt, producer *v1.PipelineTask) {
	of := "$(tasks." + producer.Name + ".results."
	use := func(text string) {
		pt.Params = append(pt.Params, v1.Param{Name: fmt.Sprintf("p%d-from-%s", len(pt.Params), producer.Name), Value: *v1.NewString(of + text + ")")})
	}
	switch {
	case producer.PipelineSpec != nil || producer.PipelineRef != nil:
		return
	case producer.Matrix != nil && makesTaskRuns(producer):
		use("r[*]")
		return
	case producer.Matrix != nil:
		return
	}
	switch choice := rng.IntN(8); {
	case choice < 2:
		pt.When = append(pt.When, v1.WhenExpression{
			Input: of + "r)", Operator: pick(rng, selection.In, selection.NotIn), Values: []string{pick(rng, "text", "text", "other")},
		})
	case choice == 2 && isPlain(producer) && pt.Matrix == nil && pt.PipelineSpec == nil && pt.PipelineRef == nil:
		pt.Matrix = &v1.Matrix{Params: v1.Params{{Name: "m", Value: *v1.NewString(of + "list[*])")}}}
	case choice == 3 && isPlain(producer):
		use("list[*]")
	case choice == 4 && isPlain(producer) && chance(rng, 2):
		use("list[1]")
	default:
		use("r")
	}
}

// addStatus makes a final task use how a task, or all, ended.
func addStatus(rng *rand.Rand, pt, other *v1.PipelineTask) {
	text := pick(rng, "$(tasks."+other.Name+".status)", "$(tasks.status)")
	if chance(rng, 2) {
		pt.Params = append(pt.Params, v1.Param{Name: "status", Value: *v1.NewString(text)})
		return
	}
	values := []string{"Succeeded", "Failed", "None", "Completed"}
	pt.When = append(pt.When, v1.WhenExpression{Input: text, Operator: pick(rng, selection.In, selection.NotIn), Values: values[rng.IntN(2):][:2]})
}

// bindWorkspaces gives the run a claim of its own and one of the user's, and some TaskRuns their use.
func (s *scenario) bindWorkspaces(rng *rand.Rand, spec *v1.PipelineSpec) {
	s.coschedule = pick(rng, config.CoscheduleWorkspaces, config.CoscheduleWorkspaces, config.CoscheduleDisabled, config.CoschedulePipelineRuns)
	s.run.Spec.Workspaces = []v1.WorkspaceBinding{
		{Name: "made", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{}},
		{Name: "given", PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "users"}},
	}
	spec.Workspaces = []v1.PipelineWorkspaceDeclaration{{Name: "made"}, {Name: "given"}}
	if chance(rng, 2) {
		s.run.Annotations = map[string]string{"tekton.dev/auto-cleanup-pvc": "true"}
	}
	for _, section := range [][]v1.PipelineTask{spec.Tasks, spec.Finally} {
		for i := range section {
			if makesTaskRuns(&section[i]) && chance(rng, 2) {
				section[i].Workspaces = []v1.WorkspacePipelineTaskBinding{{Name: "w", Workspace: pick(rng, "made", "made", "given")}}
			}
		}
	}
}

// fate is what becomes of a child that nobody stops.
type fate struct {
	lasts time.Duration
	// end is the status and reason of its condition.
	status corev1.ConditionStatus
	// cancelled says that somebody cancels it.
	cancelled bool
	writes    bool
	list      []string
	// retried says that it fails once in between.
	retried bool
	// lingers is how long it takes to end once it is told to stop.
	lingers time.Duration
}

// fateOf returns the fate of a child, from nothing but the seed, its name, and how often it was made.
func (s *scenario) fateOf(name string, made int) fate {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d/%s/%d", s.seed, name, made) // a hash never fails
	rng := rand.New(rand.NewPCG(h.Sum64(), 2))
	f := fate{
		lasts:   time.Duration(1000+rng.IntN(240_000)) * time.Millisecond,
		status:  corev1.ConditionTrue,
		lingers: time.Duration(1+rng.IntN(20_000)) * time.Millisecond,
		writes:  !chance(rng, 10),
		list:    []string{"k", "l", "m"}[:rng.IntN(4)],
		retried: chance(rng, 4),
	}
	if chance(rng, 12) {
		f.lasts = 50*time.Minute + time.Duration(rng.IntN(20))*time.Minute
	}
	switch n := rng.IntN(100); {
	case n < 13:
		f.status, f.writes = corev1.ConditionFalse, chance(rng, 3)
	case n < 16:
		f.status, f.cancelled = corev1.ConditionFalse, true
	}
	return f
}

// moments returns the times, counted from the creation of the run, at which something happens from outside.
func (s *scenario) moments() []time.Duration {
	var all []time.Duration
	for _, at := range s.arrivals {
		all = append(all, max(at, 0))
	}
	for _, r := range s.requests {
		all = append(all, r.at)
	}
	slices.Sort(all)
	return all
}

// requested returns spec.status at a time.
func (s *scenario) requested(at time.Duration) v1.PipelineRunSpecStatus {
	status := v1.PipelineRunSpecStatus("")
	for _, r := range s.requests {
		if r.at <= at {
			status = r.status
		}
	}
	return status
}

// refusal returns the reason for which a run cannot start at a time, empty if it can (contract 3 §11). Something missing
// counts more than something that is waited for.
func (s *scenario) refusal(at time.Duration) string {
	state := func(name string) string {
		switch arrival := s.arrivals[name]; {
		case arrival < 0:
			return "missing"
		case arrival > at:
			return "awaited"
		}
		return ""
	}
	if s.pipeline != nil {
		switch state(s.pipeline.Name) {
		case "missing":
			return "CouldntGetPipeline"
		case "awaited":
			return "ResolvingPipelineRef"
		}
	}
	spec := s.spec()
	refusal := ""
	for i := range len(spec.Tasks) + len(spec.Finally) {
		pt := slices.Concat(spec.Tasks, spec.Finally)[i]
		name, reason := "", "CouldntGetTask"
		if pt.TaskRef != nil {
			name = pt.TaskRef.Name
		}
		if pt.PipelineRef != nil {
			name, reason = pt.PipelineRef.Name, "CouldntGetPipeline"
		}
		switch state(name) {
		case "missing":
			return reason
		case "awaited":
			refusal = "ResolvingTaskRef"
		}
	}
	return refusal
}

func (s *scenario) spec() *v1.PipelineSpec {
	if s.pipeline != nil {
		return &s.pipeline.Spec
	}
	return s.run.Spec.PipelineSpec
}
