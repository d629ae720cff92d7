package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// maxProblems is the length in bytes after which the texts of failed result validations are cut.
const maxProblems = 1024

// counts are numbers of pipeline tasks, DAG and final together; a fan-out counts once (contract 3 §2.7).
type counts struct {
	succeeded, failed, ignored, cancelled, skipped, invalid, incomplete int
	// timedOutSkips is the part of skipped whose reason is a timeout.
	timedOutSkips int
}

func (d *decided) count() counts {
	var c counts
	for _, t := range d.all {
		switch {
		case t.state == succeeded:
			c.succeeded++
		case t.isIgnored():
			c.ignored++
		case t.state == failed, t.state == timedOut:
			c.failed++
		case t.state == cancelled:
			c.cancelled++
		case t.state == invalid:
			c.invalid++
		case t.state == skipped:
			c.skipped++
			if isTimeoutSkip(t.skip) {
				c.timedOutSkips++
			}
		default:
			c.incomplete++
		}
	}
	return c
}

func isTimeoutSkip(reason v1.SkippingReason) bool {
	return reason == v1.PipelineTimedOutSkip || reason == v1.TasksTimedOutSkip || reason == v1.FinallyTimedOutSkip
}

func (c counts) completed() int { return c.succeeded + c.failed + c.cancelled + c.ignored }

// runningMessage is the counting message of a run that is not done (contract 3 §1.2).
func (c counts) runningMessage() string {
	return fmt.Sprintf("Tasks Completed: %d (Failed: %d, Cancelled %d), Incomplete: %d, Skipped: %d",
		c.completed(), c.failed, c.cancelled, c.incomplete, c.skipped)
}

// doneMessage is the counting message of a run that is done (contract 3 §1.3).
func (c counts) doneMessage(problems []string) string {
	var b strings.Builder
	if c.ignored > 0 {
		fmt.Fprintf(&b, "Tasks Completed: %d (Failed: %d (Ignored: %d), Cancelled %d), Skipped: %d",
			c.completed(), c.failed+c.ignored, c.ignored, c.cancelled, c.skipped)
	} else {
		fmt.Fprintf(&b, "Tasks Completed: %d (Failed: %d, Cancelled %d), Skipped: %d", c.completed(), c.failed, c.cancelled, c.skipped)
	}
	if c.invalid > 0 {
		fmt.Fprintf(&b, ", Failed Validation: %d", c.invalid)
		if text := strings.Join(problems, "; "); text != "" {
			fmt.Fprintf(&b, " (%s)", shorten(text, maxProblems))
		}
	}
	return b.String()
}

// shorten cuts a text after n bytes, at the start of a character, and marks the cut.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n] + "..."
}

// problems returns the errors of the tasks that failed result validation, ordered by the names of the tasks.
func (d *decided) problems() []string {
	found := d.invalidTasks()
	slices.SortFunc(found, func(a, b *task) int { return cmp.Compare(a.spec.Name, b.spec.Name) })
	texts := make([]string, len(found))
	for i, t := range found {
		texts[i] = t.problem.Error()
	}
	return texts
}

func (d *decided) invalidTasks() []*task {
	var found []*task
	for _, t := range d.all {
		if t.state == invalid {
			found = append(found, t)
		}
	}
	return found
}
