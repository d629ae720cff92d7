package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// item is one line of the tree, with those below it.
type item struct {
	state     runtree.State
	isIgnored bool
	label     string
	note      string
	// took is empty for what has not begun.
	took     string
	children []*item
	// rank says which lines may go first if there are too many: those with the lowest.
	rank int
}

// Ranks of items.
const (
	rankQuiet = iota
	rankRunning
	rankBad
)

// steps says below which TaskRuns steps are shown.
type steps int

const (
	stepsAll steps = iota
	// stepsActive are those of TaskRuns that go on or have failed.
	stepsActive
	// stepsNone names the running step on the line of its TaskRun.
	stepsNone
)

// detail says how much of a tree is shown.
type detail struct {
	steps steps
	// fold counts what is done and what waits in one line each, except for done and waiting of them.
	fold          bool
	done, waiting int
}

// picture makes items of nodes.
type picture struct {
	detail
	now  time.Time
	logs Tails
	// isLog is set for lines that tell of changes.
	isLog bool
}

func (p picture) of(n *runtree.Node, isRoot bool) *item {
	it := &item{state: n.State, isIgnored: n.Ignored, label: name(n.Name), note: p.note(n), rank: rank(n)}
	if !n.Start.IsZero() && n.State != runtree.Skipped {
		it.took = Duration(n.Duration(p.now))
	}
	switch n.Kind {
	case runtree.KindStep, runtree.KindSidecar:
	case runtree.KindTaskRun:
		if p.steps == stepsAll || p.steps == stepsActive && rank(n) > rankQuiet {
			it.children = p.all(n.Children)
		} else if it.note == "" {
			it.note = stepNote(n)
		}
	default:
		it.children = p.below(n.Children, isRoot)
	}
	if isRoot && n.Kind == runtree.KindPipelineRun {
		it.note = counts(n)
	}
	return it
}

func (p picture) all(nodes []*runtree.Node) []*item {
	out := make([]*item, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, p.of(n, false))
	}
	return out
}

// below returns the tasks of a pipeline or matrix: in their order, or, if it is folded, what is done, what matters, what waits.
func (p picture) below(nodes []*runtree.Node, isRoot bool) []*item {
	if !p.fold {
		return p.all(nodes)
	}
	var succeeded, skipped, middle, waiting []*runtree.Node
	for _, n := range nodes {
		switch {
		case rank(n) > rankQuiet:
			middle = append(middle, n)
		case n.State == runtree.Waiting:
			waiting = append(waiting, n)
		case n.State == runtree.Skipped:
			skipped = append(skipped, n)
		default:
			succeeded = append(succeeded, n)
		}
	}
	done, next := 0, 0
	if isRoot {
		done, next = p.done, p.waiting
	}
	var out []*item
	out = append(out, folded(skipped, runtree.Skipped, "skipped")...)
	hidden := hide(len(succeeded), done)
	out = append(out, folded(succeeded[:hidden], runtree.Succeeded, "succeeded")...)
	out = append(out, p.all(succeeded[hidden:])...)
	out = append(out, p.all(middle)...)
	shown := len(waiting) - hide(len(waiting), next)
	out = append(out, p.all(waiting[:shown])...)
	return append(out, folded(waiting[shown:], runtree.Waiting, "waiting")...)
}

// hide tells how many of total are folded if shown may be shown. A single one is not worth it: its line is no shorter.
func hide(total, shown int) int {
	if hidden := max(0, total-shown); hidden > 1 {
		return hidden
	}
	return 0
}

func folded(nodes []*runtree.Node, state runtree.State, what string) []*item {
	if len(nodes) == 0 {
		return nil
	}
	label := fmt.Sprintf("%d %s", len(nodes), what)
	if len(nodes) == 1 {
		label = name(nodes[0].Name)
	}
	return []*item{{state: state, label: label}}
}

func rank(n *runtree.Node) int {
	switch {
	case n.State.IsBad() && !n.Ignored:
		return rankBad
	case n.State == runtree.Running, n.State == runtree.Waiting && !n.Start.IsZero():
		return rankRunning
	default:
		return rankQuiet
	}
}

// stepNote says of a TaskRun whose steps are not shown which one runs or has failed.
func stepNote(n *runtree.Node) string {
	if step := failedStep(n); step != nil && n.State.IsBad() {
		return name(step.Name + ": " + exit(step))
	}
	for _, c := range n.Children {
		if c.Kind == runtree.KindStep && c.State == runtree.Running {
			return name(c.Name)
		}
	}
	return ""
}

// note is what is said of a node in a few words.
func (p picture) note(n *runtree.Node) string {
	var parts []string
	if n.Kind == runtree.KindTaskRun && n.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", n.Attempt))
	}
	if n.Kind == runtree.KindSidecar {
		parts = append(parts, "sidecar")
	}
	if n.Finally && !p.isLog {
		parts = append(parts, "finally")
	}
	switch {
	case n.Kind == runtree.KindStep && n.State.IsBad():
		parts = append(parts, exit(n))
	case n.State == runtree.TimedOut:
		parts = append(parts, "timed out")
	case n.State == runtree.Skipped:
		parts = append(parts, n.Message)
	case n.State == runtree.Waiting && n.Kind != runtree.KindPipelineRun:
		parts = append(parts, waitsFor(n))
	case n.Kind == runtree.KindStep && n.State == runtree.Running:
		if tail := p.logs[Source{Pod: n.Pod, Container: n.Container}]; len(tail) > 0 {
			parts = append(parts, Clean(tail[len(tail)-1], false))
		}
	case n.State == runtree.Failed && !hasBad(n):
		parts = append(parts, n.Message)
	}
	if n.Ignored {
		parts = append(parts, "failure ignored")
	}
	return name(strings.Join(nonEmpty(parts), ", "))
}

func waitsFor(n *runtree.Node) string {
	if n.Reason == "PodInitializing" || n.Reason == "ContainerCreating" {
		return n.Message
	}
	if n.Message == "" || n.Start.IsZero() && n.Kind == runtree.KindTaskRun {
		return ""
	}
	return n.Message
}

// exit says how a step ended badly.
func exit(n *runtree.Node) string {
	switch {
	case n.State == runtree.TimedOut:
		return "timed out"
	case n.State == runtree.Cancelled:
		return "cancelled"
	case n.Reason == "OOMKilled":
		return "out of memory"
	case n.ExitCode != nil && n.Reason != "" && n.Reason != "Error" && n.Reason != "Completed":
		return n.Reason
	case n.ExitCode != nil:
		return fmt.Sprintf("exit code %d", *n.ExitCode)
	default:
		return n.Reason
	}
}

func hasBad(n *runtree.Node) bool {
	for _, c := range n.Children {
		if c.State.IsBad() && c.Kind != runtree.KindSidecar {
			return true
		}
	}
	return false
}

func nonEmpty(parts []string) []string {
	out := parts[:0]
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// counts says how far a PipelineRun is, in tasks; each combination of a matrix and each task of a child pipeline counts.
func counts(root *runtree.Node) string {
	var total, done, running, bad, skipped int
	root.Walk(func(n *runtree.Node, _ int) bool {
		if n.Kind == runtree.KindPipelineRun || n.Kind == runtree.KindTask && len(n.Children) > 0 {
			return true
		}
		total++
		switch {
		case rank(n) == rankBad:
			bad++
		case n.State == runtree.Skipped:
			skipped++
		case n.State.IsDone():
			done++
		case rank(n) == rankRunning:
			running++
		}
		return false
	})
	text := fmt.Sprintf("%d of %d done", done+bad+skipped, total)
	for _, part := range []struct {
		count int
		what  string
	}{{running, "running"}, {bad, "failed"}, {skipped, "skipped"}} {
		if part.count > 0 {
			text += fmt.Sprintf(", %d %s", part.count, part.what)
		}
	}
	return text
}
