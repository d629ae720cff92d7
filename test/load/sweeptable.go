package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/tenon-ci/tenon/test/load/growth"
)

// sweepTable prints the points of a sweep as they end, so that its columns have a width of their own.
type sweepTable struct {
	markdown bool
	w        io.Writer
}

// column is one column of the table. Its value is empty if the cluster did not tell.
type column struct {
	title string
	width int
	value func(*growth.Values) string
}

var columns = []column{
	{"wall, s", 8, func(v *growth.Values) string { return fmt.Sprintf("%.1f", v.WallSeconds) }},
	{"s per task", 10, func(v *growth.Values) string { return fmt.Sprintf("%.3f", v.SecondsPerTask) }},
	{"requests", 8, func(v *growth.Values) string { return ifKnown(v.ControllerRequestsPerTaskRun, 1) }},
	{"writes", 6, func(v *growth.Values) string { return fmt.Sprintf("%.2f", v.WritesPerTaskRun) }},
	{"reads", 6, func(v *growth.Values) string { return fmt.Sprintf("%.2f", v.ReadsPerTaskRun) }},
	{"events", 6, func(v *growth.Values) string { return fmt.Sprintf("%.2f", v.EventsPerTaskRun) }},
	{"API server, ms", 14, func(v *growth.Values) string { return fmt.Sprintf("%.1f", v.ServerCPUMillisPerTaskRun) }},
	{"controller, ms", 14, func(v *growth.Values) string { return fmt.Sprintf("%.1f", v.ControllerCPUMillisPerTaskRun) }},
	{"resident, MiB", 13, func(v *growth.Values) string { return fmt.Sprintf("%.0f", mebi(v.ResidentBytes)) }},
	{"heap, MiB", 9, func(v *growth.Values) string { return fmt.Sprintf("%.0f", mebi(v.HeapBytes)) }},
	{"collected, MiB", 14, func(v *growth.Values) string { return ifKnown(v.CollectedHeapBytes, 1<<20) }},
}

func ifKnown(value *float64, unit float64) string {
	if value == nil {
		return ""
	}
	return fmt.Sprintf("%.1f", *value/unit)
}

// seriesWidth and sizeWidth are the widths of the first two columns.
const (
	seriesWidth = 11
	sizeWidth   = 6
)

// header prints the titles. Requests, writes, reads, events and times of CPUs are per TaskRun.
func (t sweepTable) header() {
	cells := []string{pad("series", -seriesWidth), pad("size", sizeWidth)}
	for _, c := range columns {
		cells = append(cells, pad(c.title, c.width))
	}
	t.line(cells)
	if t.markdown {
		t.print("|" + strings.Repeat("---|", len(cells)))
	}
}

// row prints a point.
func (t sweepTable) row(p growth.Point) {
	cells := []string{pad(p.Series, -seriesWidth), pad(fmt.Sprint(p.X), sizeWidth)}
	for _, c := range columns {
		value := "-"
		if p.Values != nil {
			value = c.value(p.Values)
		}
		cells = append(cells, pad(value, c.width))
	}
	t.line(cells)
}

func (t sweepTable) line(cells []string) {
	if t.markdown {
		t.print("| " + strings.Join(cells, " | ") + " |")
		return
	}
	t.print(strings.Join(cells, "  "))
}

func (t sweepTable) print(line string) { _, _ = fmt.Fprintln(t.w, line) } // there is nobody to tell

// pad fills a text up to a width, at its end if the width is negative.
func pad(text string, width int) string { return fmt.Sprintf("%*s", width, text) }
