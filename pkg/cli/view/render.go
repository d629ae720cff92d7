package view

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// Source is where lines of a log come from.
type Source struct{ Pod, Container string }

// Tails are the last lines of logs, by where they come from.
type Tails map[Source][]string

const (
	// tookWidth is that of the column of durations.
	tookWidth = 7
	// minWidth is the least width that lines are made for; they are cut after that.
	minWidth = 12
	// noLimit is the width of lines that are not cut.
	noLimit = 1 << 20
)

// Render draws the tree of a run in at most height lines of at most width cells; 0 is no limit. If there are too many lines, steps of
// tasks that have ended go first, then what is done and what waits is folded into counts, then steps; failures stay longest. Running steps
// have the last line of their log behind them if logs has it.
func Render(root *runtree.Node, logs Tails, width, height int, now time.Time, style Style) []string {
	if width <= 0 {
		width = noLimit
	}
	p := picture{now: now, logs: logs}
	rows := layout(p.of(root, true), style)
	if height > 0 {
		rows = fit(root, p, rows, height, style)
	}
	return draw(rows, max(width, minWidth), now, style)
}

// fit leaves things out until rows are few enough.
func fit(root *runtree.Node, p picture, rows []row, height int, style Style) []row {
	for _, d := range []detail{{steps: stepsActive}, {steps: stepsActive, fold: true}, {steps: stepsNone, fold: true}} {
		if len(rows) <= height {
			break
		}
		p.detail = d
		rows = layout(p.of(root, true), style)
	}
	if p.fold && len(rows) < height {
		// There is room for some of what is done last and what comes next.
		room := height - len(rows)
		p.waiting = (room + 1) / 2
		p.done = room - p.waiting
		if more := layout(p.of(root, true), style); len(more) <= height {
			rows = more
		}
	}
	if len(rows) > height {
		rows = drop(rows, height)
	}
	return rows
}

// drop takes the least important rows out, the last ones first, and says how many.
func drop(rows []row, height int) []row {
	excess := len(rows) - height + 1
	isOut := make([]bool, len(rows))
	dropped := 0
	for rank := rankQuiet; rank <= rankBad; rank++ {
		for i := len(rows) - 1; i > 0 && dropped < excess; i-- {
			if rows[i].rank == rank && !isOut[i] {
				isOut[i] = true
				dropped++
			}
		}
	}
	out := make([]row, 0, height)
	for i, r := range rows {
		if !isOut[i] {
			out = append(out, r)
		}
	}
	if len(out) >= height {
		return out[:height]
	}
	return append(out, row{more: dropped})
}

// row is an item with the lines that lead to it.
type row struct {
	*item
	guide string
	// more, if it is not 0, makes it a row that says how many are not shown.
	more int
}

func layout(root *item, style Style) []row {
	rows := []row{{item: root}}
	return below(rows, root.children, "", style)
}

func below(rows []row, items []*item, guide string, style Style) []row {
	for i, it := range items {
		branch, next := style.pick("├─", "|-"), style.pick("│ ", "| ")
		if i == len(items)-1 {
			branch, next = style.pick("└─", "`-"), "  "
		}
		rows = append(rows, row{item: it, guide: guide + branch + " "})
		rows = below(rows, it.children, guide+next+" ", style)
	}
	return rows
}

// draw writes rows in columns: the tree, the duration, the note.
func draw(rows []row, width int, now time.Time, style Style) []string {
	column, notes := 0, 0
	for _, r := range rows {
		if r.item != nil {
			column = max(column, ansi.StringWidth(r.guide)+2+ansi.StringWidth(r.label))
			notes = max(notes, ansi.StringWidth(r.note))
		}
	}
	// Notes get a third of the width if names are long.
	spare := min(notes+2, width/3)
	if width < 60 {
		spare = 0
	}
	column = min(column, width-tookWidth-spare)
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.item == nil {
			out = append(out, style.paint(dim, style.cut(style.pick("… ", "... ")+plural(r.more, "more line"), width)))
			continue
		}
		out = append(out, drawRow(r, column, width, now, style))
	}
	return out
}

func drawRow(r row, column, width int, now time.Time, style Style) string {
	sign, attribute := style.glyph(r.state, r.isIgnored, now)
	guide := style.cut(r.guide, max(0, column-3))
	label := style.cut(r.label, column-ansi.StringWidth(guide)-2)
	line := style.paint(dim, guide) + style.paint(attribute, sign) + " "
	switch {
	case r.rank == rankBad && !r.isIgnored:
		line += style.paint(red, label)
	case r.state == runtree.Waiting || r.state == runtree.Skipped:
		line += style.paint(dim, label)
	default:
		line += label
	}
	note := style.cut(r.note, width-column-tookWidth-2)
	if r.took == "" && note == "" {
		return line
	}
	line = pad(line, column) + style.paint(dim, strings.Repeat(" ", max(0, tookWidth-len(r.took)))+r.took)
	if note != "" {
		if r.rank != rankBad {
			note = style.paint(dim, note)
		}
		line += "  " + note
	}
	return line
}
