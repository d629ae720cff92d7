package migratecmd

import (
	"fmt"
	"strings"
)

// around is how many lines without a change are shown around changes.
const around = 3

// maxCells bounds the table of common lines; longer texts are shown as replaced.
const maxCells = 16 << 20

// edit is a line that stays (' '), goes ('-') or comes ('+').
type edit struct {
	sign byte
	line string
}

// unified returns the differences of two texts as diff -u shows them.
func unified(name string, old, changed []byte) string {
	edits := compareLines(lines(old), lines(changed))
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", name, name)
	oldLine, newLine := 1, 1
	for from := 0; from < len(edits); {
		if edits[from].sign == ' ' {
			from, oldLine, newLine = from+1, oldLine+1, newLine+1
			continue
		}
		start := max(0, from-around)
		to := endOfHunk(edits, from)
		oldStart, newStart := oldLine-(from-start), newLine-(from-start)
		var body strings.Builder
		oldCount, newCount := from-start, from-start
		for i := start; i < to; i++ {
			fmt.Fprintf(&body, "%c%s\n", edits[i].sign, edits[i].line)
			if i < from {
				continue
			}
			if edits[i].sign != '+' {
				oldCount, oldLine = oldCount+1, oldLine+1
			}
			if edits[i].sign != '-' {
				newCount, newLine = newCount+1, newLine+1
			}
		}
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n%s", oldStart, oldCount, newStart, newCount, body.String())
		from = to
	}
	return b.String()
}

// endOfHunk returns where the lines end that belong to the change at from: after a few lines without another change.
func endOfHunk(edits []edit, from int) int {
	last := from
	for i := from; i < len(edits) && i <= last+2*around; i++ {
		if edits[i].sign != ' ' {
			last = i
		}
	}
	return min(len(edits), last+around+1)
}

func lines(text []byte) []string {
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// compareLines finds the longest common sequence of lines.
func compareLines(a, b []string) []edit {
	var head, tail []edit
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head, a, b = append(head, edit{' ', a[0]}), a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail, a, b = append([]edit{{' ', a[len(a)-1]}}, tail...), a[:len(a)-1], b[:len(b)-1]
	}
	return append(append(head, middle(a, b)...), tail...)
}

func middle(a, b []string) []edit {
	var out []edit
	width := len(b) + 1
	common := []int32(nil)
	if (len(a)+1)*width <= maxCells {
		common = make([]int32, (len(a)+1)*width)
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if a[i] == b[j] {
					common[i*width+j] = common[(i+1)*width+j+1] + 1
				} else {
					common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case common != nil && i < len(a) && j < len(b) && a[i] == b[j]:
			out, i, j = append(out, edit{' ', a[i]}), i+1, j+1
		case i < len(a) && (j == len(b) || common == nil || common[(i+1)*width+j] >= common[i*width+j+1]):
			out, i = append(out, edit{'-', a[i]}), i+1
		default:
			out, j = append(out, edit{'+', b[j]}), j+1
		}
	}
	return out
}
