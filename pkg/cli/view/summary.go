package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// tailLines is how many lines of the log of a failed step are repeated.
const tailLines = 15

// Summary says how a run ended: its results, then what failed with the end of its log, then the whole in one line. Lines are at most
// width cells; 0 is no limit.
func Summary(root *runtree.Node, logs Tails, width int, now time.Time, style Style) []string {
	if width <= 0 {
		width = noLimit
	}
	out := results(root, width, style)
	if root.State.IsBad() {
		for _, f := range failures(root) {
			out = append(out, f.lines(logs, width, style)...)
		}
	}
	return append(out, verdict(root, width, now, style))
}

func results(root *runtree.Node, width int, style Style) []string {
	if len(root.Results) == 0 {
		return nil
	}
	longest := 0
	for _, r := range root.Results {
		longest = max(longest, len(name(r.Name)))
	}
	longest = min(longest, width/3)
	out := []string{style.paint(bold, "Results")}
	for _, r := range root.Results {
		key := pad(style.cut(name(r.Name), longest), longest)
		for _, line := range strings.Split(strings.TrimRight(r.Value, "\n"), "\n") {
			out = append(out, "  "+style.paint(cyan, key)+"  "+style.cut(Clean(line, false), width-longest-4))
			key = strings.Repeat(" ", longest)
		}
	}
	return append(out, "")
}

// failure is a task, or a run without tasks, that ended badly.
type failure struct {
	path []string
	node *runtree.Node
	// step is what failed of it, nil if it is not known.
	step *runtree.Node
}

// failures finds what failed, as deep as it is known. What was cancelled because of something else is not named.
func failures(root *runtree.Node) []failure {
	var out []failure
	var walk func(n *runtree.Node, path []string)
	walk = func(n *runtree.Node, path []string) {
		before := len(out)
		if n.Kind != runtree.KindTaskRun {
			for _, c := range n.Children {
				if rank(c) == rankBad {
					walk(c, append(path[:len(path):len(path)], name(c.Name)))
				}
			}
		}
		if len(out) > before || n.State == runtree.Cancelled && n != root {
			return
		}
		out = append(out, failure{path: path, node: n, step: failedStep(n)})
	}
	walk(root, nil)
	return out
}

func failedStep(n *runtree.Node) *runtree.Node {
	for _, kind := range []string{runtree.KindStep, runtree.KindSidecar} {
		for _, c := range n.Children {
			if c.Kind == kind && rank(c) == rankBad {
				return c
			}
		}
	}
	return nil
}

func (f failure) lines(logs Tails, width int, style Style) []string {
	title := strings.Join(f.path, style.pick(" › ", " > "))
	if title == "" {
		title = name(f.node.Name)
	}
	if f.step != nil {
		title += ": " + strings.ToLower(f.step.Kind) + " " + name(f.step.Name) + ": " + name(exit(f.step))
	}
	sign, attribute := style.glyph(runtree.Failed, false, time.Time{})
	out := []string{style.paint(attribute, style.cut(sign+" "+title, width))}
	if f.step == nil || f.step.State == runtree.TimedOut || hasNotRun(f.node) {
		for _, line := range wrap(name(f.node.Message), width-2) {
			out = append(out, "  "+line)
		}
	}
	if f.step != nil {
		tail := logs[Source{Pod: f.step.Pod, Container: f.step.Container}]
		if len(tail) > tailLines {
			tail = tail[len(tail)-tailLines:]
		}
		for _, line := range tail {
			out = append(out, style.paint(dim, style.pick("  │ ", "  | "))+style.cut(Clean(line, style.Color), width-4))
		}
	}
	return append(out, "")
}

// hasNotRun tells whether a TaskRun failed for another reason than what its steps did: then its message says more than they do.
func hasNotRun(n *runtree.Node) bool {
	return n.Kind == runtree.KindTaskRun && n.State == runtree.Failed && n.Reason != string(v1.TaskRunReasonStepFailed) && n.Reason != string(v1.TaskRunReasonFailed)
}

// wrap breaks text between words; words that are longer than a line stay whole.
func wrap(text string, width int) []string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return nil
	}
	return strings.Split(ansi.Wordwrap(text, width, ""), "\n")
}

// words say how a run ended.
func words(n *runtree.Node) string {
	switch n.State {
	case runtree.Succeeded:
		return "succeeded"
	case runtree.Failed:
		return "failed"
	case runtree.Cancelled:
		return "was cancelled"
	case runtree.TimedOut:
		return "timed out"
	case runtree.Skipped:
		return "was skipped"
	case runtree.Running:
		return "is running"
	case runtree.Waiting:
		return "has not begun"
	default:
		return "is gone"
	}
}

func verdict(root *runtree.Node, width int, now time.Time, style Style) string {
	sign, attribute := style.glyph(root.State, false, now)
	text := fmt.Sprintf("%s %s %s", sign, name(root.Name), words(root))
	if !root.Start.IsZero() {
		text += " after " + Duration(root.Duration(now))
	}
	if root.Kind == runtree.KindPipelineRun {
		text += ": " + counts(root)
	}
	return style.paint(attribute, style.cut(text, width))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
