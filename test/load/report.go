package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tenon-ci/tenon/test/load/measure"
)

// section is one table of the report.
type section struct {
	title  string
	header []string
	rows   [][]string
}

func (s *session) print(r *measure.Result, bound float64) {
	for _, sec := range sections(r, bound) {
		s.printSection(sec)
	}
}

func (s *session) printSection(sec section) {
	if s.opts.markdown {
		sec.markdown(os.Stdout)
	} else {
		sec.plain(os.Stdout)
	}
}

func (sec section) markdown(w io.Writer) {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| %s |\n|%s\n", sec.title, strings.Join(sec.header, " | "), strings.Repeat("---|", len(sec.header)))
	for _, row := range sec.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	_, _ = fmt.Fprintln(w, b.String()) // there is nobody to tell
}

func (sec section) plain(w io.Writer) {
	var b strings.Builder
	for _, row := range append([][]string{sec.header}, sec.rows...) {
		fmt.Fprintln(&b, "  "+strings.Join(row, "\t"))
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintf(t, "== %s\n%s\n", sec.title, b.String())
	_ = t.Flush()
}

// sections returns the tables for a result. bound is how many raw pods per second the cluster manages, 0 if not known.
func sections(r *measure.Result, bound float64) []section {
	out := []section{times(r, bound)}
	if r.Load.Kind == measure.KindPod {
		return out
	}
	return append(out, costs(r), requestTable(r), eventTable(r))
}

func times(r *measure.Result, bound float64) section {
	sec := section{title: fmt.Sprintf("%s, %d of them", r.Load.Title, r.Load.Count), header: []string{"Measure", "Value"}}
	row := func(name, format string, args ...any) {
		sec.rows = append(sec.rows, []string{name, fmt.Sprintf(format, args...)})
	}
	row("wall time", "%.1f s", r.Wall.Seconds())
	row(r.Load.Kind+"s per second", "%.1f", r.PerSecond())
	tasks := r.PerSecond() * float64(r.Load.Tasks)
	if r.Load.Kind == measure.KindPipelineRun {
		row("TaskRuns per second", "%.1f", tasks)
	}
	if bound > 0 && r.Load.Kind != measure.KindPod {
		row("part of the raw-pod bound", "%.2f", tasks/bound)
	}
	row("created to done, p50 / p95 / p99", "%s", percentiles(r.Durations))
	if len(r.ToPod) > 0 {
		row("created to pod, p50 / p95 / p99", "%s", percentiles(r.ToPod))
	}
	if len(r.Gaps) > 0 {
		row("task to task, p50 / p95 / p99", "%s", percentiles(r.Gaps))
	}
	if r.Load.Hops > 1 {
		row("per hop, p50", "%.3f s", measure.Quantile(r.Durations, 0.5).Seconds()/float64(r.Load.Hops))
	}
	if r.Failed > 0 {
		row("failed", "%d, the first one %s", r.Failed, r.FirstFailure)
	}
	if r.Killed != "" {
		row("longest time without progress after "+r.Killed+" was ended", "%.1f s", r.Pause.Seconds())
		row("slowest run after that", "%.1f s", r.Slowest.Seconds())
	}
	return sec
}

func costs(r *measure.Result) section {
	sec := section{title: r.Load.Title + ": what it cost", header: []string{"Measure", "Value"}}
	row := func(name, format string, args ...any) {
		sec.rows = append(sec.rows, []string{name, fmt.Sprintf(format, args...)})
	}
	controller := r.Spent(measure.ControllerApp)
	webhook := r.Spent(measure.WebhookApp)
	perTask := 1000 / r.TaskRuns()
	row("controller CPU", "%.1f s, %.1f ms per TaskRun", controller.CPU, controller.CPU*perTask)
	row("webhook CPU", "%.1f s, %.1f ms per TaskRun", webhook.CPU, webhook.CPU*perTask)
	server := r.ServerCPU()
	row("API server CPU", "%.1f s, %.1f ms per TaskRun", server, server*perTask)
	row("controller memory, peak", "%.0f MiB resident, %.0f MiB heap", mebi(r.Peak.Memory), mebi(r.Peak.Heap))
	row("controller memory, after", "%.0f MiB resident, %.0f MiB heap", mebi(controller.Memory), mebi(controller.Heap))
	if r.Collected > 0 {
		row("controller heap after a collection", "%.0f MiB", mebi(r.Collected))
	}
	row("passes per TaskRun", "%.2f", r.Passes(measure.KindTaskRun)/r.TaskRuns())
	if r.Load.Kind == measure.KindPipelineRun {
		row("passes per PipelineRun", "%.2f", r.Passes(r.Load.Kind)/float64(r.Load.Count))
	}
	if own, ok := r.ControllerRequests(); ok {
		row("requests by the controller per TaskRun", "%.2f", own.Sum(anyRequest)/r.TaskRuns())
	}
	row("API writes per TaskRun", "%.2f", r.WritesPerTaskRun())
	if r.Load.Kind == measure.KindPipelineRun {
		row("API writes per PipelineRun", "%.2f", r.WritesPerPipelineRun())
	}
	return sec
}

func anyRequest(measure.Request) bool { return true }

// leastShown is the share of TaskRuns that a kind of request has to be made for in order to be shown.
const leastShown = 0.02

func requestTable(r *measure.Result) section {
	sec := section{title: r.Load.Title + ": API requests by others", header: []string{"Request", "Number", "Per TaskRun"}}
	if r.Load.Kind == measure.KindPipelineRun {
		sec.header = append(sec.header, "Per PipelineRun")
	}
	requests := r.Requests()
	keys := slices.SortedFunc(maps.Keys(requests), func(a, b measure.Request) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Verb, b.Verb))
	})
	for _, key := range keys {
		n := requests[key]
		if n/r.TaskRuns() < leastShown || key.Resource == "leases" {
			continue
		}
		sec.rows = append(sec.rows, perObject(r, key.Verb+" "+key.Resource, n))
	}
	return sec
}

func perObject(r *measure.Result, name string, n float64) []string {
	row := []string{name, fmt.Sprintf("%.0f", n), fmt.Sprintf("%.2f", n/r.TaskRuns())}
	if r.Load.Kind == measure.KindPipelineRun {
		row = append(row, fmt.Sprintf("%.2f", n/float64(r.Load.Count)))
	}
	return row
}

func eventTable(r *measure.Result) section {
	sec := section{title: r.Load.Title + ": events", header: []string{"Event", "Number", "Per TaskRun"}}
	if r.Load.Kind == measure.KindPipelineRun {
		sec.header = append(sec.header, "Per PipelineRun")
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Events)) {
		for _, reason := range slices.Sorted(maps.Keys(r.Events[kind])) {
			sec.rows = append(sec.rows, perObject(r, kind+" "+reason, r.Events[kind][reason]))
		}
	}
	return sec
}

func mebi(bytes float64) float64 { return bytes / (1 << 20) }

func percentiles(d []time.Duration) string {
	return fmt.Sprintf("%.2f / %.2f / %.2f s", measure.Quantile(d, 0.5).Seconds(), measure.Quantile(d, 0.95).Seconds(), measure.Quantile(d, 0.99).Seconds())
}
