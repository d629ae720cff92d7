package plan_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// troubles are what a simulation does to the controller.
type troubles struct {
	// crashes end passes after any of their writes; the next one begins at once.
	crashes bool
	// lags let the controller see changes of children late and one by one.
	lags bool
	// pauses let time pass between a crash and the next pass.
	pauses bool
	// refusals refuse writes: for now, for good, or because of a quota.
	refusals bool
	// deletions delete children.
	deletions bool
}

// simulation runs a scenario in a world to its end. The maps of the world hold what exists, the simulation what the
// controller sees of it.
type simulation struct {
	*world
	sc      *scenario
	trouble troubles
	rng     *rand.Rand
	// view is what the cache of the controller shows; changed names the children of which it is not up to date.
	view    children
	changed map[string]bool
	// ends says when running children end, halves when they fail once before that; cut are those that were told to.
	ends, halves map[string]time.Time
	cut          map[string]bool
	// deleted are the tasks a child of which was deleted, succeeded the children that ended in a way with which
	// the run goes on, whether or not they exist.
	deleted, succeeded map[string]bool
	retryAt            time.Time
	passes             int
	// story has a line for each thing that happened.
	story []string
}

// children are objects by name.
type children struct {
	taskRuns     map[string]*v1.TaskRun
	customRuns   map[string]*v1beta1.CustomRun
	pipelineRuns map[string]*v1.PipelineRun
}

// sync1 brings one child up to date.
func sync1[T interface{ DeepCopy() T }](view, truth map[string]T, name string) {
	delete(view, name)
	if object, ok := truth[name]; ok {
		view[name] = object.DeepCopy()
	}
}

func newSimulation(t *testing.T, sc *scenario, trouble troubles) *simulation {
	t.Helper()
	w := newWorld(t, chain)
	w.trusting = true
	w.pr = sc.run.DeepCopy()
	w.flags.Coschedule = sc.coschedule
	for _, task := range sc.tasks {
		w.tasks[task.Name] = task
	}
	for _, p := range sc.pipelines {
		w.pipelines[p.Name] = p
	}
	if sc.pipeline != nil {
		w.pipelines[sc.pipeline.Name] = sc.pipeline
	}
	for name, at := range sc.arrivals {
		if at < 0 {
			delete(w.tasks, name)
			delete(w.pipelines, name)
		}
	}
	s := &simulation{
		world: w, sc: sc, trouble: trouble, rng: rand.New(rand.NewPCG(sc.seed, 3)),
		view: children{map[string]*v1.TaskRun{}, map[string]*v1beta1.CustomRun{}, map[string]*v1.PipelineRun{}},
		ends: map[string]time.Time{}, halves: map[string]time.Time{}, changed: map[string]bool{},
		cut: map[string]bool{}, deleted: map[string]bool{}, succeeded: map[string]bool{},
	}
	s.happen()
	return s
}

func (s *simulation) elapsed() time.Duration { return s.now.Sub(epoch) }

func (s *simulation) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("seed %d, %+v, pass %d, after %s: %s\n%s\n%s", s.sc.seed, s.trouble, s.passes, s.elapsed(), fmt.Sprintf(format, args...),
		strings.Join(s.story[max(0, len(s.story)-40):], "\n"), s.sc.text())
}

// tell adds to the story that a failure shows.
func (s *simulation) tell(format string, args ...any) {
	s.story = append(s.story, fmt.Sprintf("%10s ", s.elapsed())+fmt.Sprintf(format, args...))
}

// run goes on until the run is done, all that it left behind has ended, and nothing is left to clean up.
func (s *simulation) run() conclusion {
	s.t.Helper()
	for s.passes = 1; s.passes < 2000; s.passes++ {
		done := s.pr.IsDone()
		wake, ok := s.pass()
		switch {
		case !ok:
			s.pause()
		case s.pr.IsDone() && !done: // the end wakes the controller, too
		case done && len(s.ends)+len(s.changed) == 0 && s.retryAt.IsZero():
			return s.conclude()
		default:
			s.advance(wake)
		}
	}
	s.fatalf("the run does not end: %s", s.conditionText())
	return conclusion{}
}

// pause lets time pass before the next pass. A controller that starts again fills its cache first.
func (s *simulation) pause() {
	if s.trouble.pauses {
		for len(s.changed) > 0 {
			s.sync()
		}
		s.now = s.now.Add(time.Duration(s.rng.IntN(100_000)) * time.Millisecond)
		s.happen()
	}
}

// advance goes on to the next thing that makes a pass: a change that the controller has not seen, or a moment.
func (s *simulation) advance(wake time.Time) {
	s.t.Helper()
	if len(s.changed) > 0 {
		s.sync()
		return
	}
	var next time.Time
	consider := func(at time.Time) {
		if at.After(s.now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	consider(wake)
	consider(s.retryAt)
	for _, at := range s.sc.moments() {
		consider(epoch.Add(at))
	}
	for _, ends := range []map[string]time.Time{s.ends, s.halves} {
		for _, at := range ends {
			consider(at)
		}
	}
	if next.IsZero() {
		s.fatalf("nothing ever happens again: %s", s.conditionText())
	}
	s.now = next
	s.happen()
}

// sync shows the controller some of what it has not seen, at least one thing.
func (s *simulation) sync() {
	names := slices.Sorted(maps.Keys(s.changed))
	s.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:1+s.rng.IntN(len(names))] {
		sync1(s.view.taskRuns, s.taskRuns, name)
		sync1(s.view.customRuns, s.customRuns, name)
		sync1(s.view.pipelineRuns, s.pipelineRuns, name)
		delete(s.changed, name)
	}
}

// happen does what is due.
func (s *simulation) happen() {
	for name := range s.sc.arrivals {
		s.waiting[name] = s.sc.arrivals[name] > s.elapsed()
	}
	if !s.pr.IsDone() {
		s.pr.Spec.Status = s.sc.requested(s.elapsed())
	}
	if !s.retryAt.After(s.now) {
		s.retryAt = time.Time{}
	}
	for _, name := range slices.Sorted(maps.Keys(s.halves)) {
		if tr := s.taskRuns[name]; !s.halves[name].After(s.now) {
			tr.Status.Conditions = []apis.Condition{{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: "ToBeRetried"}}
			delete(s.halves, name)
			s.changed[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.ends)) {
		if !s.ends[name].After(s.now) {
			s.endChild(name)
		}
	}
	if s.trouble.deletions && chance(s.rng, 12) {
		s.deleteOne()
	}
	for _, name := range slices.Sorted(maps.Keys(s.changed)) {
		if !s.trouble.lags {
			sync1(s.view.taskRuns, s.taskRuns, name)
			sync1(s.view.customRuns, s.customRuns, name)
			sync1(s.view.pipelineRuns, s.pipelineRuns, name)
			delete(s.changed, name)
		}
	}
}

func kindOf(c children, name string) string {
	switch {
	case c.taskRuns[name] != nil:
		return "TaskRun"
	case c.customRuns[name] != nil:
		return "CustomRun"
	case c.pipelineRuns[name] != nil:
		return "PipelineRun"
	}
	return ""
}

func (s *simulation) truth() children { return children{s.taskRuns, s.customRuns, s.pipelineRuns} }

func (s *simulation) endChild(name string) {
	f := s.sc.fateOf(name, s.created[name])
	status, reason := f.status, map[corev1.ConditionStatus]string{corev1.ConditionTrue: "Succeeded", corev1.ConditionFalse: "Failed"}[f.status]
	if f.cancelled || s.cut[name] {
		status, reason = corev1.ConditionFalse, cancelReason(kindOf(s.truth(), name))
	}
	var results []string
	if f.writes && !s.cut[name] {
		results = []string{"r", "text", "list", "[" + strings.Join(f.list, ",") + "]"}
	}
	s.tell("%s ends: %s %s", name, status, results)
	s.finish(name, status, reason, results...)
	s.succeeded[name] = status == corev1.ConditionTrue || s.sc.task(taskOf(name)).OnError == v1.PipelineTaskContinue
	delete(s.ends, name)
	delete(s.halves, name)
	s.changed[name] = true
}

func cancelReason(kind string) string {
	return map[string]string{"TaskRun": "TaskRunCancelled", "CustomRun": "CustomRunCancelled", "PipelineRun": "Cancelled"}[kind]
}

// deleteOne deletes a child, as a user does.
func (s *simulation) deleteOne() {
	names := slices.Sorted(maps.Keys(s.created))
	if len(names) == 0 {
		return
	}
	name := names[s.rng.IntN(len(names))]
	if kindOf(s.truth(), name) == "" {
		return
	}
	delete(s.taskRuns, name)
	delete(s.customRuns, name)
	delete(s.pipelineRuns, name)
	delete(s.ends, name)
	delete(s.halves, name)
	s.tell("%s is deleted", name)
	s.deleted[taskOf(name)] = true
	s.changed[name] = true
}

// see returns what the controller sees. Recorded children that its cache lacks it reads from the API.
func (s *simulation) see() plan.Seen {
	seen := s.seen()
	seen.Children = plan.Children{}
	view := children{maps.Clone(s.view.taskRuns), maps.Clone(s.view.customRuns), maps.Clone(s.view.pipelineRuns)}
	for _, ref := range s.pr.Status.ChildReferences {
		if kindOf(view, ref.Name) == "" {
			sync1(view.taskRuns, s.taskRuns, ref.Name)
			sync1(view.customRuns, s.customRuns, ref.Name)
			sync1(view.pipelineRuns, s.pipelineRuns, ref.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(view.taskRuns)) {
		seen.Children.TaskRuns = append(seen.Children.TaskRuns, view.taskRuns[name])
	}
	for _, name := range slices.Sorted(maps.Keys(view.customRuns)) {
		seen.Children.CustomRuns = append(seen.Children.CustomRuns, view.customRuns[name])
	}
	for _, name := range slices.Sorted(maps.Keys(view.pipelineRuns)) {
		seen.Children.PipelineRuns = append(seen.Children.PipelineRuns, view.pipelineRuns[name])
	}
	return seen
}

func (s *simulation) plan(seen *plan.Seen) plan.Step {
	s.t.Helper()
	for range 8 {
		step := plan.Next(*seen)
		if step.Wants.Empty() {
			return step
		}
		s.lookUp(seen, step.Wants)
	}
	s.fatalf("planning never stops asking")
	return plan.Step{}
}

// pass makes one pass. It returns when the next one has to come, and false if the controller crashed in it.
func (s *simulation) pass() (wake time.Time, ok bool) {
	s.t.Helper()
	seen := s.see()
	step := s.plan(&seen)
	s.tell("pass: %v, %s", describe(step.Actions), conditionOf(step.Status))
	want := s.expect(seen, s.endedTasks(step))
	s.compare(seen, step, want)
	// The writes of a pass are its actions, then the metadata, then the status.
	writes := -1
	if s.trouble.crashes && chance(s.rng, 3) {
		writes = s.rng.IntN(len(step.Actions) + 2)
	}
	refused, ok := s.carryOutSome(step.Actions, writes)
	if !ok {
		s.tell("crash after %d writes", writes)
		return time.Time{}, false
	}
	if len(refused) > 0 {
		s.tell("refused: %v", refused)
		want = want.amended(seen.PipelineRun.IsDone(), step, refused)
		step = plan.Amend(seen, step, refused)
		s.compareStatus(step, want)
	}
	if writes == len(step.Actions) {
		return time.Time{}, false
	}
	s.storeMetadata(step)
	if writes == len(step.Actions)+1 {
		return time.Time{}, false
	}
	s.storeStatus(step)
	s.tell("stored")
	if f := step.Failure; f != nil && !f.Final() {
		s.retryAt = s.now.Add(time.Duration(1+s.rng.IntN(60)) * time.Second)
	} else if len(refused) == 0 && len(s.changed) == 0 && chance(s.rng, 4) {
		s.quiet()
	}
	return step.WakeAt, true
}

// quiet expects that another pass over what is there does nothing.
func (s *simulation) quiet() {
	s.t.Helper()
	if s.pr.IsDone() {
		return
	}
	seen := s.see()
	again := s.plan(&seen)
	if len(again.Actions) > 0 {
		s.fatalf("a second pass does more: %s", describe(again.Actions))
	}
	if diff := cmp.Diff(s.pr.Status, again.Status); diff != "" {
		s.fatalf("a second pass writes more (-first +second):\n%s", diff)
	}
}

func (s *simulation) storeMetadata(step plan.Step) {
	for key, value := range step.Labels {
		metav1.SetMetaDataLabel(&s.pr.ObjectMeta, key, value)
	}
	for key, value := range step.Annotations {
		metav1.SetMetaDataAnnotation(&s.pr.ObjectMeta, key, value)
	}
}

func (s *simulation) storeStatus(step plan.Step) {
	s.events = append(s.events, step.Events...)
	s.pr.Status = step.Status
	s.pr = roundTrip(s.t, s.pr)
}

var errRefused = errors.New("refused")

// carryOutSome applies actions, of which some are refused. It returns false if the controller crashes after so many writes.
func (s *simulation) carryOutSome(actions []plan.Action, writes int) ([]plan.Refused, bool) {
	s.t.Helper()
	var refused []plan.Refused
	for i, a := range actions {
		if i == writes {
			return nil, false
		}
		_, isStop := a.(plan.StopChild)
		if len(refused) > 0 && !isStop {
			refused = append(refused, plan.Refused{Action: a, Kind: plan.NotTried})
			continue
		}
		if s.trouble.refusals && chance(s.rng, 8) {
			if kinds := refusalsOf(a); len(kinds) > 0 {
				refused = append(refused, plan.Refused{Action: a, Err: errRefused, Kind: pick(s.rng, kinds...)})
				continue
			}
		}
		s.applyOne(a)
	}
	return refused, true
}

// refusalsOf are the ways in which the API can refuse an action.
func refusalsOf(action plan.Action) []plan.RefusalKind {
	switch action.(type) {
	case plan.CreateTaskRun, plan.CreateCustomRun, plan.CreatePipelineRun:
		return []plan.RefusalKind{plan.RefusedForNow, plan.RefusedForNow, plan.RefusedForNow, plan.RefusedForGood, plan.RefusedByQuota, plan.RefusedByQuota}
	case plan.CreateClaim:
		return []plan.RefusalKind{plan.RefusedByQuota, plan.RefusedByQuota, plan.RefusedForGood, plan.RefusedForNow}
	case plan.CreateAffinityAssistant:
		return []plan.RefusalKind{plan.RefusedForNow, plan.RefusedForNow, plan.RefusedByQuota, plan.RefusedForGood}
	}
	return []plan.RefusalKind{plan.RefusedForNow}
}

// applyOne carries out an action. An own child that exists already is no error, nor is one to stop that is gone.
func (s *simulation) applyOne(action plan.Action) {
	s.t.Helper()
	name := ""
	switch a := action.(type) {
	case plan.CreateTaskRun:
		name = a.TaskRun.Name
	case plan.CreateCustomRun:
		name = a.CustomRun.Name
	case plan.CreatePipelineRun:
		name = a.PipelineRun.Name
	case plan.StopChild:
		s.stopOne(a)
		return
	case plan.CreateClaim:
		if s.claims[a.Claim.Name].Exists {
			s.fatalf("claim %s is created although it exists", a.Claim.Name)
		}
		s.apply(action)
		return
	default:
		s.apply(action)
		return
	}
	if kindOf(s.truth(), name) != "" {
		return
	}
	s.apply(action)
	s.changed[name], s.cut[name], s.succeeded[name] = true, false, false
	f := s.sc.fateOf(name, s.created[name])
	s.ends[name] = s.now.Add(f.lasts)
	if f.retried && s.taskRuns[name] != nil {
		s.halves[name] = s.now.Add(f.lasts / 2)
	}
	s.checkStart(name)
	if !s.trouble.lags {
		s.sync()
	}
}

func (s *simulation) stopOne(a plan.StopChild) {
	if _, runs := s.ends[a.Name]; !runs {
		return
	}
	s.stop(a)
	s.changed[a.Name] = true
	if end := s.now.Add(s.sc.fateOf(a.Name, s.created[a.Name]).lingers); end.Before(s.ends[a.Name]) {
		s.ends[a.Name], s.cut[a.Name] = end, true
	}
	if !s.trouble.lags {
		s.sync()
	}
}

// taskOf returns the task of a child: pr-t1, pr-t1-0.
func taskOf(child string) string {
	task, _, _ := strings.Cut(strings.TrimPrefix(child, "pr-"), "-")
	return task
}
