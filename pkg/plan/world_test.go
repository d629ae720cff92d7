package plan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

var epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// world is a simulated cluster with one PipelineRun.
type world struct {
	t            *testing.T
	now          time.Time
	pr           *v1.PipelineRun
	pipelines    map[string]*v1.Pipeline
	tasks        map[string]*v1.Task
	waiting      map[string]bool
	taskRuns     map[string]*v1.TaskRun
	customRuns   map[string]*v1beta1.CustomRun
	pipelineRuns map[string]*v1.PipelineRun
	statefulSets map[string]plan.StatefulSet
	claims       map[string]plan.Claim
	flags        *config.FeatureFlags
	defaults     *config.Defaults
	ancestors    []string
	// trace is what a run that starts is given.
	trace map[string]string
	// trusting leaves out the check that planning changes nothing that it sees, which takes long.
	trusting bool
	// created counts how often each child was created.
	created map[string]int
	// events are all events of the run.
	events []plan.Event
}

var evaluator = func() *cel.Evaluator {
	e, err := cel.New()
	if err != nil {
		panic(err)
	}
	return e
}()

// newWorld returns a world with the objects of a YAML text: one PipelineRun, and Pipelines and Tasks.
func newWorld(t *testing.T, text string) *world {
	t.Helper()
	w := &world{
		t: t, now: epoch,
		pipelines: map[string]*v1.Pipeline{}, tasks: map[string]*v1.Task{}, waiting: map[string]bool{},
		taskRuns: map[string]*v1.TaskRun{}, customRuns: map[string]*v1beta1.CustomRun{}, pipelineRuns: map[string]*v1.PipelineRun{},
		statefulSets: map[string]plan.StatefulSet{}, claims: map[string]plan.Claim{},
		flags: config.DefaultFeatureFlags(), defaults: config.DefaultDefaults(), created: map[string]int{},
	}
	w.flags.EnableCELInWhenExpression = true
	for _, doc := range strings.Split(text, "\n---\n") {
		var meta metav1.TypeMeta
		parse(t, doc, &meta)
		switch meta.Kind {
		case "PipelineRun", "":
			w.pr = &v1.PipelineRun{}
			parse(t, doc, w.pr)
		case "Pipeline":
			p := &v1.Pipeline{}
			parse(t, doc, p)
			p.Namespace = "ns"
			w.pipelines[p.Name] = p
		case "Task":
			task := &v1.Task{}
			parse(t, doc, task)
			w.tasks[task.Name] = task
		}
	}
	if w.pr.Name == "" {
		w.pr.Name = "pr"
	}
	w.pr.Namespace, w.pr.UID = "ns", "pr-uid"
	w.pr.CreationTimestamp = metav1.NewTime(epoch)
	if w.pr.Spec.Timeouts == nil {
		w.pr.Spec.Timeouts = &v1.TimeoutFields{}
	}
	if w.pr.Spec.Timeouts.Pipeline == nil {
		w.pr.Spec.Timeouts.Pipeline = &metav1.Duration{Duration: time.Hour}
	}
	return w
}

func parse(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("parsing %T: %v\n%s", into, err, text)
	}
}

// seen returns what a controller sees of the world.
func (w *world) seen() plan.Seen {
	s := plan.Seen{
		PipelineRun: w.pr.DeepCopy(),
		Ancestors:   w.ancestors,
		SpanContext: w.trace,
		Config:      plan.Config{FeatureFlags: w.flags, Defaults: w.defaults, NopImage: "nop"},
		CEL:         evaluator,
		Now:         w.now,
	}
	for _, name := range slices.Sorted(maps.Keys(w.taskRuns)) {
		s.Children.TaskRuns = append(s.Children.TaskRuns, w.taskRuns[name])
	}
	for _, name := range slices.Sorted(maps.Keys(w.customRuns)) {
		s.Children.CustomRuns = append(s.Children.CustomRuns, w.customRuns[name])
	}
	for _, name := range slices.Sorted(maps.Keys(w.pipelineRuns)) {
		s.Children.PipelineRuns = append(s.Children.PipelineRuns, w.pipelineRuns[name])
	}
	return s
}

// next asks for the next step, looking up what is wanted.
func (w *world) next() (plan.Seen, plan.Step) {
	w.t.Helper()
	seen := w.seen()
	var before snapshot
	if !w.trusting {
		before = w.snapshot()
	}
	for range 8 {
		step := plan.Next(seen)
		if step.Wants.Empty() {
			if w.trusting {
				return seen, step
			}
			if diff := cmp.Diff(before, w.snapshot()); diff != "" {
				w.t.Fatalf("planning changed what it saw (-before +after):\n%s", diff)
			}
			return seen, step
		}
		w.lookUp(&seen, step.Wants)
	}
	w.t.Fatal("planning never stops asking")
	return plan.Seen{}, plan.Step{}
}

type snapshot struct {
	Run          *v1.PipelineRun
	TaskRuns     map[string]*v1.TaskRun
	CustomRuns   map[string]*v1beta1.CustomRun
	PipelineRuns map[string]*v1.PipelineRun
	Pipelines    map[string]*v1.Pipeline
	Tasks        map[string]*v1.Task
}

func (w *world) snapshot() snapshot {
	return snapshot{
		Run: w.pr.DeepCopy(), TaskRuns: copies(w.taskRuns), CustomRuns: copies(w.customRuns), PipelineRuns: copies(w.pipelineRuns),
		Pipelines: copies(w.pipelines), Tasks: copies(w.tasks),
	}
}

func copies[T interface{ DeepCopy() T }](m map[string]T) map[string]T {
	out := make(map[string]T, len(m))
	for key, value := range m {
		out[key] = value.DeepCopy()
	}
	return out
}

func (w *world) lookUp(seen *plan.Seen, wants plan.Wants) {
	if wants.Pipeline {
		seen.Pipeline = w.findPipeline(wants.PipelineRef)
	}
	if seen.Definitions == nil {
		seen.Definitions = map[string]plan.Definition{}
	}
	for _, ref := range wants.Definitions {
		seen.Definitions[ref.PipelineTask] = w.findDefinition(ref)
	}
	if seen.StatefulSets == nil {
		seen.StatefulSets, seen.Claims = map[string]plan.StatefulSet{}, map[string]plan.Claim{}
	}
	for _, name := range wants.StatefulSets {
		seen.StatefulSets[name] = w.statefulSets[name]
	}
	for _, name := range wants.Claims {
		seen.Claims[name] = w.claims[name]
	}
}

func (w *world) findPipeline(ref *v1.PipelineRef) *plan.PipelineDefinition {
	switch p := w.pipelines[ref.Name]; {
	case w.waiting[ref.Name]:
		return &plan.PipelineDefinition{Failure: failure.Waitingf("", "not yet")}
	case p == nil:
		return &plan.PipelineDefinition{Failure: failure.NotFoundf("", "pipelines.tekton.dev %q not found", ref.Name)}
	default:
		return &plan.PipelineDefinition{Pipeline: p}
	}
}

func (w *world) findDefinition(ref plan.Reference) plan.Definition {
	if ref.PipelineRef != nil {
		p := w.findPipeline(ref.PipelineRef)
		return plan.Definition{Pipeline: p.Pipeline, Failure: p.Failure}
	}
	switch task := w.tasks[ref.TaskRef.Name]; {
	case w.waiting[ref.TaskRef.Name]:
		return plan.Definition{Failure: failure.Waitingf("", "not yet")}
	case task == nil:
		return plan.Definition{Failure: failure.NotFoundf("", "tasks.tekton.dev %q not found", ref.TaskRef.Name)}
	default:
		return plan.Definition{Task: task}
	}
}

// carryOut applies actions until refuse says no, and returns the refusals.
func (w *world) carryOut(actions []plan.Action, refuse func(plan.Action) (plan.RefusalKind, error)) []plan.Refused {
	var refused []plan.Refused
	for _, a := range actions {
		_, isStop := a.(plan.StopChild)
		if len(refused) > 0 && !isStop {
			refused = append(refused, plan.Refused{Action: a, Kind: plan.NotTried})
			continue
		}
		if refuse != nil {
			if kind, err := refuse(a); err != nil {
				refused = append(refused, plan.Refused{Action: a, Err: err, Kind: kind})
				continue
			}
		}
		w.apply(a)
	}
	return refused
}

func (w *world) apply(action plan.Action) {
	switch a := action.(type) {
	case plan.CreateTaskRun:
		w.create(a.TaskRun.Name, &a.TaskRun.ObjectMeta)
		w.taskRuns[a.TaskRun.Name] = a.TaskRun
	case plan.CreateCustomRun:
		w.create(a.CustomRun.Name, &a.CustomRun.ObjectMeta)
		w.customRuns[a.CustomRun.Name] = a.CustomRun
	case plan.CreatePipelineRun:
		w.create(a.PipelineRun.Name, &a.PipelineRun.ObjectMeta)
		w.pipelineRuns[a.PipelineRun.Name] = a.PipelineRun
	case plan.StopChild:
		w.stop(a)
	case plan.CreateClaim:
		w.claims[a.Claim.Name] = plan.Claim{Exists: true}
	case plan.DeleteClaim:
		delete(w.claims, a.Name)
	case plan.CreateAffinityAssistant:
		w.statefulSets[a.StatefulSet.Name] = plan.StatefulSet{Exists: true}
	case plan.DeleteAffinityAssistant:
		delete(w.statefulSets, a.Name)
	case plan.RestartAffinityAssistant:
		name := strings.TrimSuffix(a.Pod, "-0")
		w.statefulSets[name] = plan.StatefulSet{Exists: true}
	default:
		w.t.Fatalf("action %T is not simulated", action)
	}
}

func (w *world) create(name string, meta *metav1.ObjectMeta) {
	w.t.Helper()
	_, tr := w.taskRuns[name]
	_, cr := w.customRuns[name]
	_, pr := w.pipelineRuns[name]
	if tr || cr || pr {
		w.t.Fatalf("child %s is created although it exists", name)
	}
	w.created[name]++
	meta.CreationTimestamp = metav1.NewTime(w.now.Truncate(time.Second))
	meta.UID = types.UID("uid-of-" + name)
}

func (w *world) stop(a plan.StopChild) {
	switch a.Kind {
	case "TaskRun":
		tr := w.taskRuns[a.Name]
		tr.Spec.Status, tr.Spec.StatusMessage = v1.TaskRunSpecStatus(a.Status), v1.TaskRunSpecStatusMessage(a.Message)
	case "CustomRun":
		cr := w.customRuns[a.Name]
		cr.Spec.Status, cr.Spec.StatusMessage = v1beta1.CustomRunSpecStatus(a.Status), v1beta1.CustomRunSpecStatusMessage(a.Message)
	case "PipelineRun":
		w.pipelineRuns[a.Name].Spec.Status = v1.PipelineRunSpecStatus(a.Status)
	}
}

// store writes the outcome of a step as the API server would keep it: times lose fractions of a second.
func (w *world) store(step plan.Step) {
	w.t.Helper()
	w.events = append(w.events, step.Events...)
	w.pr.Status = step.Status
	for key, value := range step.Labels {
		metav1.SetMetaDataLabel(&w.pr.ObjectMeta, key, value)
	}
	for key, value := range step.Annotations {
		metav1.SetMetaDataAnnotation(&w.pr.ObjectMeta, key, value)
	}
	w.pr = roundTrip(w.t, w.pr)
}

func roundTrip(t *testing.T, pr *v1.PipelineRun) *v1.PipelineRun {
	t.Helper()
	data, err := json.Marshal(pr)
	if err != nil {
		t.Fatal(err)
	}
	out := &v1.PipelineRun{}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// pass makes a pass, carries it out, and expects that a second one has nothing to do.
func (w *world) pass() plan.Step {
	w.t.Helper()
	step := w.passOnce()
	w.expectQuiet()
	return step
}

func (w *world) passOnce() plan.Step {
	w.t.Helper()
	_, step := w.next()
	w.carryOut(step.Actions, nil)
	w.store(step)
	return step
}

// expectQuiet expects that another pass over the unchanged world does and writes nothing.
func (w *world) expectQuiet() {
	w.t.Helper()
	for {
		// The pass after the last one cleans up.
		done := w.pr.IsDone()
		_, again := w.next()
		if !done || len(again.Actions) == 0 {
			if len(again.Actions) > 0 {
				w.t.Fatalf("a second pass does more: %s", describe(again.Actions))
			}
			if diff := cmp.Diff(w.pr.Status, again.Status); diff != "" {
				w.t.Fatalf("a second pass writes more (-first +second):\n%s", diff)
			}
			return
		}
		w.carryOut(again.Actions, nil)
	}
}

// describe names actions for comparisons.
func describe(actions []plan.Action) []string {
	var all []string
	for _, action := range actions {
		switch a := action.(type) {
		case plan.CreateTaskRun:
			all = append(all, "create TaskRun "+a.TaskRun.Name)
		case plan.CreateCustomRun:
			all = append(all, "create CustomRun "+a.CustomRun.Name)
		case plan.CreatePipelineRun:
			all = append(all, "create PipelineRun "+a.PipelineRun.Name)
		case plan.StopChild:
			why := "cancel"
			if a.TimedOut {
				why = "time out"
			}
			all = append(all, fmt.Sprintf("%s %s %s", why, a.Kind, a.Name))
		case plan.CreateClaim:
			all = append(all, "create claim "+a.Claim.Name)
		case plan.DeleteClaim:
			all = append(all, "delete claim "+a.Name)
		case plan.CreateAffinityAssistant:
			all = append(all, "create assistant "+a.StatefulSet.Name)
		case plan.DeleteAffinityAssistant:
			all = append(all, "delete assistant "+a.Name)
		case plan.RestartAffinityAssistant:
			all = append(all, "restart "+a.Pod)
		}
	}
	return all
}

// finish ends a child: TaskRun, CustomRun or PipelineRun of that name.
func (w *world) finish(name string, status corev1.ConditionStatus, reason string, results ...string) {
	w.t.Helper()
	end := metav1.NewTime(w.now.Truncate(time.Second))
	cond := apis.Condition{Type: apis.ConditionSucceeded, Status: status, Reason: reason}
	switch {
	case w.taskRuns[name] != nil:
		tr := w.taskRuns[name]
		tr.Status.Conditions, tr.Status.CompletionTime = []apis.Condition{cond}, &end
		for i := 0; i+1 < len(results); i += 2 {
			var value v1.ParamValue
			parse(w.t, results[i+1], &value)
			tr.Status.Results = append(tr.Status.Results, v1.TaskRunResult{Name: results[i], Value: value})
		}
	case w.customRuns[name] != nil:
		cr := w.customRuns[name]
		cr.Status.Conditions, cr.Status.CompletionTime = []apis.Condition{cond}, &end
		for i := 0; i+1 < len(results); i += 2 {
			cr.Status.Results = append(cr.Status.Results, v1beta1.CustomRunResult{Name: results[i], Value: results[i+1]})
		}
	case w.pipelineRuns[name] != nil:
		pr := w.pipelineRuns[name]
		pr.Status.Conditions, pr.Status.CompletionTime = []apis.Condition{cond}, &end
	default:
		w.t.Fatalf("there is no child %s; there are %v", name, slices.Sorted(maps.Keys(w.created)))
	}
}

func (w *world) succeed(name string, results ...string) {
	w.t.Helper()
	w.finish(name, corev1.ConditionTrue, "Succeeded", results...)
}

func (w *world) fail(name string, results ...string) {
	w.t.Helper()
	w.finish(name, corev1.ConditionFalse, "Failed", results...)
}

// obey ends the children that were told to stop.
func (w *world) obey() {
	for name, tr := range w.taskRuns {
		if tr.Spec.Status == v1.TaskRunSpecStatusCancelled && !tr.IsDone() {
			w.finish(name, corev1.ConditionFalse, v1.TaskRunReasonCancelled.String())
		}
	}
	for name, cr := range w.customRuns {
		if cr.Spec.Status == v1beta1.CustomRunSpecStatusCancelled && !cr.IsDone() {
			w.finish(name, corev1.ConditionFalse, v1beta1.CustomRunReasonCancelled.String())
		}
	}
	for name, pr := range w.pipelineRuns {
		if pr.Spec.Status == v1.PipelineRunSpecStatusCancelled && !pr.IsDone() {
			w.finish(name, corev1.ConditionFalse, v1.PipelineRunReasonCancelled.String())
		}
	}
}

// expect checks what a step does.
func (w *world) expect(step plan.Step, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, describe(step.Actions)); diff != "" {
		w.t.Errorf("actions (-want +got):\n%s", diff)
	}
}

// condition checks the condition of the run: status, reason and message in one text.
func (w *world) condition(want string) {
	w.t.Helper()
	if got := w.conditionText(); got != want {
		w.t.Errorf("condition\n got %s\nwant %s", got, want)
	}
}

func (w *world) conditionText() string {
	c := w.pr.Status.GetCondition(apis.ConditionSucceeded)
	return fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message)
}

// conditionStarts and conditionHas check parts of the condition.
func (w *world) conditionStarts(want string) {
	w.t.Helper()
	if got := w.conditionText(); !strings.HasPrefix(got, want) {
		w.t.Errorf("condition\n      got %s\nwant start %s", got, want)
	}
}

func (w *world) conditionHas(want string) {
	w.t.Helper()
	if got := w.conditionText(); !strings.Contains(got, want) {
		w.t.Errorf("condition\n     got %s\nwant part %s", got, want)
	}
}

// skips checks status.skippedTasks: name and reason in one text.
func (w *world) skips(want ...string) {
	w.t.Helper()
	var got []string
	for _, s := range w.pr.Status.SkippedTasks {
		got = append(got, s.Name+": "+string(s.Reason))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("skipped tasks (-want +got):\n%s", diff)
	}
}
