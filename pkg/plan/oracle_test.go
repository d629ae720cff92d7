package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// The oracle says what a pass over a run has to do and to show. It is written from the tables of contract 3 §1, §2, §5, §6
// and §9 for the pipelines that randomScenario makes, shares no code with the planner, and prefers being plain to being
// fast. It sees the children only by how they end.

// kid is what the oracle knows about a child.
type kid struct {
	name, kind, task string
	done, ok         bool
	// reason is that of its condition.
	reason string
	// stopped says that it was told to stop, late that this was because of a time limit.
	stopped, late  bool
	created, ended time.Time
	// text and list are its results r and list, nil if it has none.
	text *string
	list []string
}

func (k kid) saysCancelled() bool {
	return k.reason == map[string]string{"TaskRun": "TaskRunCancelled", "CustomRun": "CustomRunCancelled", "PipelineRun": "Cancelled"}[k.kind]
}

// facts is what the oracle judges by.
type facts struct {
	name string
	spec *v1.PipelineRunSpec
	// pipeline is the definition, nil as long as it cannot be fetched.
	pipeline *v1.PipelineSpec
	// refusal is the reason with which the run ends, or waits, because something cannot be fetched; empty if all can.
	refusal string
	kids    []kid
	// recorded are the names in status.childReferences by task, skips the reasons in status.skippedTasks.
	recorded                     map[string][]string
	skips                        map[string]v1.SkippingReason
	created, start, finally, now time.Time
	// ended are the tasks that were found to have ended well before their children were deleted.
	ended map[string]bool
}

// The states of a task, in the words of the contract.
const (
	isWaiting   = "waiting"
	isDue       = "due"
	isRunning   = "running"
	isSucceeded = "succeeded"
	isFailed    = "failed"
	isTimedOut  = "timed out"
	isCancelled = "cancelled"
	isSkipped   = "skipped"
	isInvalid   = "invalid"
)

// job is a pipeline task as the oracle sees it.
type job struct {
	*v1.PipelineTask
	final bool
	kids  []kid
	names []string
	state string
	why   v1.SkippingReason
	more  []string
}

func (j *job) started() bool { return len(j.kids)+len(j.names) > 0 }
func (j *job) lost() bool    { return len(j.kids) == 0 && len(j.names) > 0 }
func (j *job) finished() bool {
	return j.state != isWaiting && j.state != isDue && j.state != isRunning
}
func (j *job) goesOn() bool { return j.OnError == v1.PipelineTaskContinue }
func (j *job) breaks() bool {
	switch j.state {
	case isFailed, isCancelled:
		return !j.goesOn()
	case isTimedOut, isInvalid:
		return true
	}
	return false
}

// expectation is what a pass has to come to.
type expectation struct {
	// condition is "Status Reason: message"; a message of "*" is any.
	condition string
	creates   []string
	// stops are "cancel Kind name" and "time out Kind name".
	stops    []string
	skips    []string
	children []string
	results  []string
	start    time.Time
	finally  time.Time
	// deadlines are the times after which a pass has to come by itself.
	deadlines []time.Time
	// values are the parameters of the children to create, by name of the child.
	values map[string]string
	// known are the children that were recorded before.
	known map[string]bool
}

func (e *expectation) done() bool { return !strings.HasPrefix(e.condition, "Unknown") }

// oracle is one application of the rules.
type oracle struct {
	facts
	jobs          []*job
	pipelineLimit time.Duration
	tasksLimit    time.Duration
	finallyLimit  time.Duration
	want          expectation
}

// expect applies the rules in the order of contract 3 §1.1.
func expect(f facts) expectation {
	o := &oracle{facts: f}
	o.setLimits()
	o.want.start, o.want.finally, o.want.known = f.start, f.finally, map[string]bool{}
	for _, names := range f.recorded {
		for _, name := range names {
			o.want.known[name] = true
		}
	}
	if !f.start.IsZero() && passed(f.now, f.start, 2*o.pipelineLimit) {
		o.stop(true, everyKid)
		o.keep(false)
		return o.end("False PipelineRunTimeout: " + o.pipelineMessage())
	}
	if f.spec.Status == v1.PipelineRunSpecStatusPending && f.start.IsZero() {
		return o.end(fmt.Sprintf("Unknown PipelineRunPending: PipelineRun %q is pending", f.name))
	}
	o.begin()
	if f.spec.Status == v1.PipelineRunSpecStatusCancelled {
		o.stop(false, everyKid)
		o.keep(true)
		return o.end("False Cancelled: " + o.cancelMessage())
	}
	if f.refusal != "" {
		return o.unresolved()
	}
	o.load()
	if o.decide() {
		o.stop(false, everyKid)
		o.keep(true)
		return o.end("False PipelineValidationFailed: *")
	}
	o.stopOverdue()
	o.create()
	o.list()
	return o.end(o.judge())
}

func (o *oracle) end(condition string) expectation {
	o.want.condition = condition
	slices.Sort(o.want.creates)
	slices.Sort(o.want.stops)
	slices.Sort(o.want.children)
	slices.Sort(o.want.skips)
	if !o.want.done() {
		o.want.deadlines = o.deadlines()
	}
	return o.want
}

func (o *oracle) pipelineMessage() string {
	return fmt.Sprintf("PipelineRun %q failed to finish within %q", o.name, o.pipelineLimit)
}

func (o *oracle) cancelMessage() string { return fmt.Sprintf("PipelineRun %q was cancelled", o.name) }

// setLimits is contract 3 §9.1.
func (o *oracle) setLimits() {
	t := o.spec.Timeouts
	value := func(d *metav1.Duration) time.Duration {
		if d == nil {
			return 0
		}
		return d.Duration
	}
	o.pipelineLimit, o.tasksLimit, o.finallyLimit = value(t.Pipeline), value(t.Tasks), value(t.Finally)
	if o.pipelineLimit == 0 {
		return
	}
	if t.Tasks == nil && value(t.Finally) != 0 {
		o.tasksLimit = o.pipelineLimit - value(t.Finally)
	}
	if t.Finally == nil && value(t.Tasks) != 0 {
		o.finallyLimit = o.pipelineLimit - value(t.Tasks)
	}
}

// passed tells whether a limit, if there is one, is exceeded.
func passed(now, start time.Time, limit time.Duration) bool {
	return limit != 0 && !start.IsZero() && now.Sub(start) > limit
}

func (o *oracle) pipelineOver() bool { return passed(o.now, o.want.start, o.pipelineLimit) }
func (o *oracle) tasksOver() bool    { return passed(o.now, o.want.start, o.tasksLimit) }
func (o *oracle) finallyOver() bool  { return passed(o.now, o.want.finally, o.finallyLimit) }

// begin is contract 3 §1.4: the start is not before the creation of the run nor after that of a child.
func (o *oracle) begin() {
	if o.want.start.IsZero() {
		o.want.start = o.now
		if o.now.Before(o.created) {
			o.want.start = o.created
		}
	}
	for _, k := range o.kids {
		if k.created.Before(o.want.start) {
			o.want.start = k.created
		}
	}
}

// keep leaves the lists of children and skipped tasks as they are, but for the adoption of children.
func (o *oracle) keep(adopts bool) {
	names := slices.Concat(slices.Collect(maps.Values(o.recorded))...)
	for _, k := range o.kids {
		if adopts && !slices.Contains(names, k.name) {
			names = append(names, k.name)
		}
	}
	o.want.children = names
	for task, why := range o.skips {
		o.want.skips = append(o.want.skips, task+": "+string(why))
	}
}

func (o *oracle) unresolved() expectation {
	o.keep(true)
	waits := strings.HasPrefix(o.refusal, "Resolving")
	switch {
	case waits && o.pipelineOver():
		o.stop(true, everyKid)
		return o.end("False PipelineRunTimeout: " + o.pipelineMessage())
	case waits:
		return o.end("Unknown " + o.refusal + ": PipelineRun ns/" + o.name + " awaiting remote resource")
	}
	o.stop(false, everyKid)
	return o.end("False " + o.refusal + ": *")
}

func everyKid(kid) bool { return true }

// stop is contract 3 §9.4. Children that are done, or were told already, are left alone.
func (o *oracle) stop(late bool, wanted func(kid) bool) {
	verb := "cancel"
	if late {
		verb = "time out"
	}
	for _, k := range o.kids {
		text := k.kind + " " + k.name
		told := slices.ContainsFunc(o.want.stops, func(s string) bool { return strings.HasSuffix(s, " "+text) })
		if !k.done && !k.stopped && !told && wanted(k) {
			o.want.stops = append(o.want.stops, verb+" "+text)
		}
	}
}

// load gives every task its children.
func (o *oracle) load() {
	for i := range o.pipeline.Tasks {
		o.jobs = append(o.jobs, &job{PipelineTask: &o.pipeline.Tasks[i], state: isWaiting})
	}
	for i := range o.pipeline.Finally {
		o.jobs = append(o.jobs, &job{PipelineTask: &o.pipeline.Finally[i], final: true, state: isWaiting})
	}
	for _, j := range o.jobs {
		j.names = slices.Clone(o.recorded[j.Name])
		for _, k := range o.kids {
			if k.task != j.Name {
				continue
			}
			j.kids = append(j.kids, k)
			if !slices.Contains(j.names, k.name) {
				j.names = append(j.names, k.name)
			}
		}
		slices.SortFunc(j.kids, func(a, b kid) int { return strings.Compare(a.name, b.name) })
	}
}

func (o *oracle) job(name string) *job {
	for _, j := range o.jobs {
		if j.Name == name {
			return j
		}
	}
	return nil
}

func (o *oracle) section(final bool) []*job {
	return slices.DeleteFunc(slices.Clone(o.jobs), func(j *job) bool { return j.final != final })
}

// outcome is contract 3 §2.2.
func (o *oracle) outcome(j *job) string {
	any := func(is func(kid) bool) bool { return slices.ContainsFunc(j.kids, is) }
	overdue := func(k kid) bool {
		if k.kind != "PipelineRun" {
			return k.late
		}
		limit, start := o.tasksLimit, o.want.start
		if j.final {
			limit, start = o.finallyLimit, o.want.finally
		}
		end := start.Add(limit).Truncate(time.Second)
		return k.stopped && limit != 0 && !start.IsZero() && !k.ended.Before(end)
	}
	switch {
	case any(func(k kid) bool { return !k.done }):
		return isRunning
	case any(func(k kid) bool { return !k.ok && k.saysCancelled() && overdue(k) }):
		return isTimedOut
	case any(func(k kid) bool { return !k.ok && k.saysCancelled() }):
		return isCancelled
	case any(func(k kid) bool { return !k.ok }):
		return isFailed
	default:
		return isSucceeded
	}
}

// dependencies are the tasks that a task comes after (contract 3 §2.1).
func (o *oracle) dependencies(j *job) []*job {
	var all []*job
	for _, name := range j.RunAfter {
		all = append(all, o.job(name))
	}
	for _, ref := range refsOf(j.PipelineTask) {
		all = append(all, o.job(ref.task))
	}
	return all
}
