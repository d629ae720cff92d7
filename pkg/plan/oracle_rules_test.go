package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// decide brings every task into its state (contract 3 §2.2 to §2.6). It returns true if the run fails at once because a
// reference points past the end of a list.
func (o *oracle) decide() (fatal bool) {
	for _, j := range o.jobs {
		if len(j.kids) > 0 {
			j.state = o.outcome(j)
		}
	}
	o.closeLost()
	for _, j := range o.jobs {
		o.complete(j)
	}
	for _, j := range o.jobs {
		if why, ok := o.skips[j.Name]; ok && j.state == isWaiting && o.stillCounts(why) {
			j.state, j.why = isSkipped, why
		}
	}
	if o.decideTasks() {
		return true
	}
	if slices.ContainsFunc(o.section(false), func(j *job) bool { return !j.finished() }) {
		return false
	}
	return o.decideFinals()
}

// closeLost is about tasks whose children were deleted: what was built on their end keeps it, and so do those that are known
// to have ended well; finally closes the rest.
func (o *oracle) closeLost() {
	for _, j := range o.section(false) {
		if !j.started() {
			continue
		}
		for _, p := range o.dependencies(j) {
			if p.lost() {
				p.state = isSucceeded
			}
		}
	}
	for _, j := range o.jobs {
		if j.lost() && o.ended[j.Name] {
			j.state = isSucceeded
		}
	}
	if !slices.ContainsFunc(o.section(true), (*job).started) {
		return
	}
	for _, j := range o.section(false) {
		if _, wasSkipped := o.skips[j.Name]; j.lost() && j.state == isWaiting && !wasSkipped {
			j.state = isFailed
		}
	}
}

// complete makes up for missing instances of a fan-out (contract 3 §5.3).
func (o *oracle) complete(j *job) {
	n, fans := o.width(j)
	graceful := o.spec.Status == v1.PipelineRunSpecStatusCancelledRunFinally || o.spec.Status == v1.PipelineRunSpecStatusStoppedRunFinally
	over := o.pipelineOver() || j.final && o.finallyOver() || !j.final && (o.tasksOver() || graceful)
	if len(j.kids) == 0 || !fans || over || n <= len(j.kids) || o.ended[j.Name] || o.builtUpon(j) {
		return
	}
	missing, fatal := o.missing(j)
	if fatal || slices.ContainsFunc(missing, func(r resultRef) bool { return inMatrix(j.PipelineTask, r) }) {
		return
	}
	all := o.childNames(j)
	for _, name := range j.names {
		if !slices.Contains(all, name) {
			return
		}
	}
	for _, name := range all {
		if !slices.ContainsFunc(j.kids, func(k kid) bool { return k.name == name }) {
			j.more = append(j.more, name)
		}
	}
	j.state = isRunning
}

// builtUpon tells whether something started on the end of a task.
func (o *oracle) builtUpon(j *job) bool {
	return !j.final && slices.ContainsFunc(o.jobs, func(other *job) bool {
		return other.started() && (other.final || slices.Contains(o.dependencies(other), j))
	})
}

// stillCounts tells whether a recorded skip stays: a graceful stop can be taken back (contract 3 §9.5).
func (o *oracle) stillCounts(why v1.SkippingReason) bool {
	switch why {
	case v1.GracefullyCancelledSkip:
		return o.spec.Status == v1.PipelineRunSpecStatusCancelledRunFinally
	case v1.GracefullyStoppedSkip:
		return o.spec.Status == v1.PipelineRunSpecStatusStoppedRunFinally
	}
	return true
}

// decideTasks is the first table of contract 3 §2.4. Tasks that were skipped because the run was stopping, and those behind
// them, are decided anew if nothing stops it any more.
func (o *oracle) decideTasks() (fatal bool) {
	tasks := o.section(false)
	breaks := func() bool { return slices.ContainsFunc(tasks, (*job).breaks) }
	stopped := func(j *job) bool { return j.state == isSkipped && j.why == v1.StoppingSkip }
	if !breaks() {
		if o.decideOnce(tasks) {
			return true
		}
		if !breaks() && slices.ContainsFunc(tasks, stopped) {
			for _, j := range tasks {
				if stopped(j) || j.state == isSkipped && j.why == v1.ParentTasksSkip {
					j.state, j.why = isWaiting, ""
				}
			}
			if o.decideOnce(tasks) {
				return true
			}
		}
	}
	if breaks() {
		skipAll(tasks, v1.StoppingSkip)
	}
	return false
}

func (o *oracle) decideOnce(tasks []*job) (fatal bool) {
	switch o.spec.Status {
	case v1.PipelineRunSpecStatusCancelledRunFinally:
		skipAll(tasks, v1.GracefullyCancelledSkip)
		return false
	case v1.PipelineRunSpecStatusStoppedRunFinally:
		skipAll(tasks, v1.GracefullyStoppedSkip)
		return false
	}
	// Predecessors first: as long as that changes anything, look at the tasks whose predecessors have been looked at.
	seen := map[*job]bool{}
	for again := true; again; {
		again = false
		for _, j := range tasks {
			open := func(p *job) bool { return p.state == isWaiting && !seen[p] }
			if j.state != isWaiting || seen[j] || slices.ContainsFunc(o.dependencies(j), open) {
				continue
			}
			seen[j], again = true, true
			if o.decideTask(j) {
				return true
			}
		}
	}
	return false
}

// skipAll skips what has not started.
func skipAll(jobs []*job, why v1.SkippingReason) {
	for _, j := range jobs {
		if j.state == isWaiting || j.state == isDue {
			j.state, j.why = isSkipped, why
		}
	}
}

func (o *oracle) decideTask(j *job) (fatal bool) {
	before := o.dependencies(j)
	is := func(what func(*job) bool) bool { return slices.ContainsFunc(before, what) }
	ready := !is(func(p *job) bool { return !p.finished() })
	if is(func(p *job) bool { return p.state == isInvalid }) {
		return false
	}
	var missing []resultRef
	if ready {
		if missing, fatal = o.missing(j); fatal {
			return true
		}
	}
	byWhen := func(p *job) bool { return p.state == isSkipped && p.why == v1.WhenExpressionsSkip }
	excused := func(r resultRef) bool {
		return byWhen(o.job(r.task)) || j.goesOn() && !inMatrix(j.PipelineTask, r)
	}
	skip := func(why v1.SkippingReason) { j.state, j.why = isSkipped, why }
	n, _ := o.width(j)
	switch {
	case ready && !o.holds(j):
		skip(v1.WhenExpressionsSkip)
	case is(func(p *job) bool { return p.state == isSkipped && !byWhen(p) }):
		skip(v1.ParentTasksSkip)
	case ready && slices.ContainsFunc(missing, excused):
		skip(v1.MissingResultsSkip)
	case o.pipelineOver():
		skip(v1.PipelineTimedOutSkip)
	case o.tasksOver():
		skip(v1.TasksTimedOutSkip)
	case !ready:
	case len(missing) > 0:
		j.state = isInvalid
	case n == 0:
		skip(v1.EmptyArrayInMatrixParams)
	default:
		j.state = isDue
	}
	return false
}

// decideFinals is the second table of contract 3 §2.4.
func (o *oracle) decideFinals() (fatal bool) {
	for _, j := range o.section(true) {
		if j.state != isWaiting {
			continue
		}
		missing, fatal := o.missing(j)
		if fatal {
			return true
		}
		skip := func(why v1.SkippingReason) { j.state, j.why = isSkipped, why }
		if len(missing) > 0 {
			skip(v1.MissingResultsSkip)
			continue
		}
		if o.want.finally.IsZero() {
			o.want.finally = o.now
		}
		n, _ := o.width(j)
		switch {
		case !o.holds(j):
			skip(v1.WhenExpressionsSkip)
		case o.pipelineOver():
			skip(v1.PipelineTimedOutSkip)
		case o.finallyOver():
			skip(v1.FinallyTimedOutSkip)
		case n == 0:
			skip(v1.EmptyArrayInMatrixParams)
		default:
			j.state = isDue
		}
	}
	return false
}

// stopOverdue is contract 3 §9.3 and §9.5.
func (o *oracle) stopOverdue() {
	isFinal := func(k kid) bool { j := o.job(k.task); return j != nil && j.final }
	isNot := func(k kid) bool { return !isFinal(k) }
	if o.pipelineOver() {
		o.stop(true, everyKid)
	}
	if o.tasksOver() {
		o.stop(true, isNot)
	}
	if o.finallyOver() {
		o.stop(true, isFinal)
	}
	if o.spec.Status == v1.PipelineRunSpecStatusCancelledRunFinally {
		o.stop(false, isNot)
	}
}

// create lists the children to create, with what they get.
func (o *oracle) create() {
	o.want.values = map[string]string{}
	for _, j := range o.jobs {
		if j.state == isDue {
			j.more = o.childNames(j)
		}
		for _, name := range j.more {
			o.want.creates = append(o.want.creates, name)
			for _, p := range j.Params {
				o.want.values[name+" "+p.Name] = o.param(j, p)
			}
			for param, value := range o.combination(j, name) {
				o.want.values[name+" "+param] = value
			}
		}
	}
}

func (o *oracle) param(j *job, p v1.Param) string {
	if r, ok := parseRef(p.Value.StringVal); ok && r.star {
		values, _, _ := o.value(r)
		return fmt.Sprint(values)
	}
	return o.fill(j, p.Value.StringVal)
}

// combination returns the parameters that the fan-out gives an instance: the first one varies fastest (contract 3 §5.1).
func (o *oracle) combination(j *job, name string) map[string]string {
	if _, fans := o.width(j); !fans {
		return nil
	}
	i := slices.Index(o.childNames(j), name)
	out := map[string]string{}
	for _, p := range j.Matrix.Params {
		values := p.Value.ArrayVal
		if r, ok := parseRef(p.Value.StringVal); ok {
			values, _, _ = o.value(r)
		}
		out[p.Name] = values[i%len(values)]
		i /= len(values)
	}
	return out
}

// list fills in what the status lists.
func (o *oracle) list() {
	known := map[string]bool{}
	for _, j := range o.jobs {
		known[j.Name] = true
		o.want.children = append(o.want.children, j.names...)
		for _, name := range j.more {
			if !slices.Contains(j.names, name) {
				o.want.children = append(o.want.children, name)
			}
		}
		if j.state == isSkipped {
			o.want.skips = append(o.want.skips, j.Name+": "+string(j.why))
		}
	}
	var others []string
	for task, names := range o.recorded {
		if !known[task] {
			others = append(others, names...)
		}
	}
	for _, k := range o.kids {
		if !known[k.task] && !slices.Contains(others, k.name) {
			others = append(others, k.name)
		}
	}
	o.want.children = append(o.want.children, others...)
}

// tally is contract 3 §2.7.
type tally struct{ succeeded, failed, ignored, cancelled, skipped, late, invalid, incomplete int }

func (o *oracle) tally() tally {
	var c tally
	for _, j := range o.jobs {
		switch {
		case j.state == isSucceeded:
			c.succeeded++
		case j.state == isFailed && j.goesOn():
			c.ignored++
		case j.state == isFailed || j.state == isTimedOut:
			c.failed++
		case j.state == isCancelled:
			c.cancelled++
		case j.state == isInvalid:
			c.invalid++
		case j.state == isSkipped:
			c.skipped++
			if strings.HasSuffix(string(j.why), "timeout has been reached") {
				c.late++
			}
		default:
			c.incomplete++
		}
	}
	return c
}

func (o *oracle) allDone(final bool) bool {
	return !slices.ContainsFunc(o.section(final), func(j *job) bool { return !j.finished() })
}

// judge is contract 3 §1.2, §1.3 and §6.
func (o *oracle) judge() string {
	c := o.tally()
	completed := c.succeeded + c.failed + c.ignored + c.cancelled
	tasksHit := o.tasksOver() && slices.ContainsFunc(o.section(false), func(j *job) bool {
		return !j.finished() || j.state == isTimedOut || j.why == v1.TasksTimedOutSkip
	})
	condition := ""
	switch {
	case o.pipelineOver():
		condition = "False PipelineRunTimeout: " + o.pipelineMessage()
	case tasksHit && o.allDone(true):
		condition = fmt.Sprintf("False PipelineRunTimeout: PipelineRun %q failed due to tasks failed to finish within %q", o.name, o.tasksLimit)
	case c.incomplete > 0:
		return fmt.Sprintf("Unknown %s: Tasks Completed: %d (Failed: %d, Cancelled %d), Incomplete: %d, Skipped: %d",
			o.progress(c, tasksHit), completed, c.failed, c.cancelled, c.incomplete, c.skipped)
	default:
		condition = o.ending(c, completed)
	}
	if problem := o.collect(); problem != "" {
		return problem
	}
	return condition
}

func (o *oracle) progress(c tally, tasksHit bool) string {
	switch {
	case tasksHit:
		return "PipelineRunTimeoutRunningFinally"
	case o.spec.Status == v1.PipelineRunSpecStatusCancelledRunFinally:
		return "CancelledRunningFinally"
	case o.spec.Status == v1.PipelineRunSpecStatusStoppedRunFinally:
		return "StoppedRunningFinally"
	case c.cancelled > 0 || c.failed > 0 && o.allDone(true):
		return "PipelineRunStopping"
	}
	return "Running"
}

func (o *oracle) ending(c tally, completed int) string {
	failed := fmt.Sprintf("Failed: %d", c.failed)
	if c.ignored > 0 {
		failed = fmt.Sprintf("Failed: %d (Ignored: %d)", c.failed+c.ignored, c.ignored)
	}
	message := fmt.Sprintf("Tasks Completed: %d (%s, Cancelled %d), Skipped: %d", completed, failed, c.cancelled, c.skipped)
	switch {
	case c.invalid > 0:
		return fmt.Sprintf("False PipelineValidationFailed: %s, Failed Validation: %d*", message, c.invalid)
	case c.failed+c.late > 0:
		return "False Failed: " + message
	case strings.HasSuffix(string(o.spec.Status), "RunFinally"):
		return "False Cancelled: " + o.cancelMessage()
	case c.cancelled > 0:
		return "False Cancelled: " + message
	case c.skipped > 0:
		return "True Completed: " + message
	}
	return "True Succeeded: " + message
}

// collect makes the results of the run; it returns a condition if one of them should exist and does not.
func (o *oracle) collect() string {
	var missing []string
	for _, r := range o.pipeline.Results {
		ref, _ := parseRef(r.Value.StringVal)
		j := o.job(ref.task)
		if len(j.kids) == 0 {
			continue
		}
		switch values, exists, _ := o.value(ref); {
		case exists:
			o.want.results = append(o.want.results, r.Name+"="+values[0])
		case j.state == isSucceeded:
			missing = append(missing, r.Name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("False CouldntGetPipelineResult: Failed to get PipelineResult from TaskRun Results for PipelineRun %s: "+
		"invalid pipelineresults %v, the referenced results don't exist", o.name, missing)
}

// deadlines are the limits that are still ahead and that change something.
func (o *oracle) deadlines() []time.Time {
	var all []time.Time
	add := func(start time.Time, limit time.Duration) {
		if limit != 0 && !start.IsZero() && !passed(o.now, start, limit) {
			all = append(all, start.Add(limit))
		}
	}
	add(o.want.start, o.pipelineLimit)
	if len(o.jobs) > 0 && !o.allDone(false) {
		add(o.want.start, o.tasksLimit)
	}
	if len(o.jobs) > 0 && !o.allDone(true) {
		add(o.want.finally, o.finallyLimit)
	}
	return all
}
