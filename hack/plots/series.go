package main

import (
	"io"
	"strings"

	"github.com/tenon-ci/tenon/test/load/growth"
)

// series is how a series of a sweep is shown.
type series struct {
	name string
	// title says what runs, axis what grows.
	title, axis string
}

var known = []series{
	{growth.Fan, "One PipelineRun of parallel tasks", "tasks"},
	{growth.Chain, "One PipelineRun of tasks that follow one another", "tasks"},
	{growth.Runs, "TaskRuns at once", "TaskRuns"},
	{growth.Replicas, "TaskRuns with several replicas of the controller", "replicas"},
	{growth.Stored, "TaskRuns while finished ones are stored", "stored TaskRuns"},
}

// panel is one of the plots of a picture.
type panel struct {
	// title has the unit of the values.
	title string
	lines []line
}

// line is one measure. Its value is nil where the cluster did not tell.
type line struct {
	name  string
	value func(*growth.Values) *float64
}

const mebi = 1 << 20

func plain(value float64) *float64 { return &value }

func in(unit float64, value *float64) *float64 {
	if value == nil {
		return nil
	}
	return plain(*value / unit)
}

// panels are those of every picture, in two rows.
var panels = [2][2]panel{
	{
		{"time per TaskRun, ms", []line{
			{"wall time", func(v *growth.Values) *float64 { return plain(1000 * v.SecondsPerTask) }},
		}},
		{"CPU time per TaskRun, ms", []line{
			{"API server", func(v *growth.Values) *float64 { return plain(v.ServerCPUMillisPerTaskRun) }},
			{"controller", func(v *growth.Values) *float64 { return plain(v.ControllerCPUMillisPerTaskRun) }},
		}},
	},
	{
		{"requests and events, per TaskRun", []line{
			{"all requests by the controller", func(v *growth.Values) *float64 { return v.ControllerRequestsPerTaskRun }},
			{"writes", func(v *growth.Values) *float64 { return plain(v.WritesPerTaskRun) }},
			{"events", func(v *growth.Values) *float64 { return plain(v.EventsPerTaskRun) }},
			{"reads", func(v *growth.Values) *float64 { return plain(v.ReadsPerTaskRun) }},
		}},
		{"memory of the controller, MiB", []line{
			{"resident, peak", func(v *growth.Values) *float64 { return plain(v.PeakResidentBytes / mebi) }},
			{"resident, at the end", func(v *growth.Values) *float64 { return plain(v.ResidentBytes / mebi) }},
			{"heap, at the end", func(v *growth.Values) *float64 { return plain(v.HeapBytes / mebi) }},
			{"heap, after a collection", func(v *growth.Values) *float64 { return in(mebi, v.CollectedHeapBytes) }},
		}},
	},
}

// picture draws the points of the series.
func (s series) picture(points []growth.Point, report *growth.Report) io.WriterTo {
	title := s.title + ", " + report.Day
	if missing := failed(points); len(missing) > 0 {
		title += " (no values for " + strings.Join(missing, ", ") + ")"
	}
	return draw(title, s.axis, points)
}

func failed(points []growth.Point) []string {
	var out []string
	for _, p := range points {
		if p.Values == nil {
			out = append(out, grouped(p.X))
		}
	}
	return out
}
