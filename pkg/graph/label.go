package graph

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// maxLabel is how many columns of a name are drawn; the whole of it is in tooltips.
const maxLabel = 40

// clean makes one line of a text that anybody may have written: what moves the cursor, reorders the line or is no character is
// replaced.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case r == unicode.ReplacementChar, r == 0x2028, r == 0x2029, r == 0xFFFE, r == 0xFFFF,
			unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
			return '·'
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "·"))
	return strings.Join(strings.Fields(text), " ")
}

// short is clean with a limit to its width.
func short(text string) string { return ansi.Truncate(clean(text), maxLabel, "…") }

// Glyph returns the sign of a state, one column wide; a blank for none. It tells states apart where there are no colours.
func Glyph(s runtree.State) string {
	switch s {
	case runtree.Waiting:
		return "○"
	case runtree.Running:
		return "●"
	case runtree.Succeeded:
		return "✓"
	case runtree.Failed:
		return "✗"
	case runtree.Cancelled:
		return "■"
	case runtree.Skipped:
		return "–"
	case runtree.TimedOut:
		return "!"
	case runtree.Unknown:
		return "?"
	default:
		return " "
	}
}

// Duration returns a duration as people read it: "0.4s", "12s", "3m5s", "1h2m"; "" for 0.
func Duration(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// name is what a node is called in a drawing: its label with how often it is there.
func (n *Node) name() string {
	switch {
	case n.Matrix && n.Copies > 0:
		return fmt.Sprintf("%s ×%d", short(n.Label), n.Copies)
	case n.Matrix:
		return short(n.Label) + " ×n"
	default:
		return short(n.Label)
	}
}

// detail is the second line of a node: what is particular about it, "" if nothing is.
func (n *Node) detail() string {
	var parts []string
	switch n.Kind {
	case KindCustom:
		parts = append(parts, "custom")
	case KindPipeline:
		parts = append(parts, "pipeline")
	case KindTask:
	}
	if len(n.When) > 0 {
		parts = append(parts, "when")
	}
	if n.State == runtree.Skipped {
		parts = append(parts, "skipped")
	}
	if d := Duration(n.Duration); d != "" {
		parts = append(parts, d)
	}
	return strings.Join(parts, " · ")
}

// tooltip has everything that is known about a node, one fact a line.
func (n *Node) tooltip() []string {
	lines := []string{clean(n.Name)}
	add := func(what, text string) {
		if text != "" {
			lines = append(lines, what+": "+clean(text))
		}
	}
	if n.Label != n.Name {
		add("name", n.Label)
	}
	if n.Kind == KindPipeline {
		add("pipeline", n.Ref)
	} else {
		add("task", n.Ref)
	}
	for _, w := range n.When {
		add("when", w)
	}
	add("state", string(n.State))
	add("reason", n.Reason)
	add("took", Duration(n.Duration))
	if n.Critical {
		lines = append(lines, "on the critical path")
	}
	return lines
}

// headline is the title of a graph, of a run with how it went.
func (g *Graph) headline() string {
	text := clean(g.Title)
	if g.State != "" {
		text = Glyph(g.State) + " " + text + " " + string(g.State)
	}
	if d := Duration(g.Duration); d != "" {
		text += " " + d
	}
	return strings.TrimSpace(text)
}

// CriticalLine names the critical path, "" if there is none.
func (g *Graph) CriticalLine() string {
	if len(g.Critical) == 0 {
		return ""
	}
	parts := make([]string, len(g.Critical))
	for i, l := range g.Critical {
		parts[i] = strings.TrimSpace(clean(l.Name) + " " + Duration(l.Took))
		if l.Wait >= time.Second {
			parts[i] = "(" + Duration(l.Wait) + ") " + parts[i]
		}
	}
	return "critical path: " + strings.Join(parts, " → ")
}
