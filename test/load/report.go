package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// section is one table of the report.
type section struct {
	title  string
	header []string
	rows   [][]string
}

func (s *session) print(r *result, bound float64) {
	for _, sec := range r.sections(bound) {
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
func (r *result) sections(bound float64) []section {
	out := []section{r.times(bound)}
	if r.load.kind == kindPod {
		return out
	}
	return append(out, r.costs(), r.requestTable(), r.eventTable())
}

func (r *result) times(bound float64) section {
	sec := section{title: fmt.Sprintf("%s, %d of them", r.load.title, r.load.count), header: []string{"Measure", "Value"}}
	row := func(name, format string, args ...any) {
		sec.rows = append(sec.rows, []string{name, fmt.Sprintf(format, args...)})
	}
	row("wall time", "%.1f s", r.wall.Seconds())
	row(r.load.kind+"s per second", "%.1f", r.perSecond())
	tasks := r.perSecond() * float64(r.load.tasks)
	if r.load.kind == kindPipelineRun {
		row("TaskRuns per second", "%.1f", tasks)
	}
	if bound > 0 && r.load.kind != kindPod {
		row("part of the raw-pod bound", "%.2f", tasks/bound)
	}
	row("created to done, p50 / p95 / p99", "%s", percentiles(r.durations))
	if len(r.toPod) > 0 {
		row("created to pod, p50 / p95 / p99", "%s", percentiles(r.toPod))
	}
	if len(r.gaps) > 0 {
		row("task to task, p50 / p95 / p99", "%s", percentiles(r.gaps))
	}
	if r.load.hops > 1 {
		row("per hop, p50", "%.3f s", quantile(r.durations, 0.5).Seconds()/float64(r.load.hops))
	}
	if r.failed > 0 {
		row("failed", "%d, the first one %s", r.failed, r.firstFailure)
	}
	if r.killed != "" {
		row("longest time without progress after "+r.killed+" was ended", "%.1f s", r.pause.Seconds())
		row("slowest run after that", "%.1f s", r.slowest.Seconds())
	}
	return sec
}

func (r *result) costs() section {
	sec := section{title: r.load.title + ": what it cost", header: []string{"Measure", "Value"}}
	row := func(name, format string, args ...any) {
		sec.rows = append(sec.rows, []string{name, fmt.Sprintf(format, args...)})
	}
	controller := spent(r.before.pods[controllerApp], r.after.pods[controllerApp])
	webhook := spent(r.before.pods[webhookApp], r.after.pods[webhookApp])
	perTask := 1000 / r.taskRuns()
	row("controller CPU", "%.1f s, %.1f ms per TaskRun", controller.cpu, controller.cpu*perTask)
	row("webhook CPU", "%.1f s, %.1f ms per TaskRun", webhook.cpu, webhook.cpu*perTask)
	server := r.after.apiCPU - r.before.apiCPU
	row("API server CPU", "%.1f s, %.1f ms per TaskRun", server, server*perTask)
	row("controller memory, peak", "%.0f MiB resident, %.0f MiB heap", mebi(r.peak.memory), mebi(r.peak.heap))
	row("controller memory, after", "%.0f MiB resident, %.0f MiB heap", mebi(controller.memory), mebi(controller.heap))
	for _, name := range slices.Sorted(maps.Keys(controller.reconciles)) {
		switch {
		case strings.HasSuffix(name, ".taskrun.Reconciler"):
			row("passes per TaskRun", "%.2f", controller.reconciles[name]/r.taskRuns())
		case strings.HasSuffix(name, ".pipelinerun.Reconciler") && r.load.kind == kindPipelineRun:
			row("passes per PipelineRun", "%.2f", controller.reconciles[name]/float64(r.load.count))
		}
	}
	requests := r.requests()
	row("API writes per TaskRun", "%.2f", requests.sum(forTaskRun)/r.taskRuns())
	if r.load.kind == kindPipelineRun {
		row("API writes per PipelineRun", "%.2f", requests.sum(forPipelineRun)/float64(r.load.count))
	}
	return sec
}

// requests are those that others made.
func (r *result) requests() counts {
	return r.after.api.minus(r.before.api).minus(r.after.own.minus(r.before.own))
}

// forTaskRun tells whether the request is a write that a TaskRun causes, but for events.
func forTaskRun(q request) bool {
	switch q.resource {
	case "pods":
		return q.writes()
	case "taskruns", "taskruns/status":
		return q.writes() && q.verb != "POST"
	default:
		return false
	}
}

// forPipelineRun tells whether the request is a write that a PipelineRun causes beyond those for its TaskRuns.
func forPipelineRun(q request) bool {
	switch q.resource {
	case "taskruns":
		return q.verb == "POST"
	case "pipelineruns", "pipelineruns/status":
		return q.writes()
	default:
		return false
	}
}

// leastShown is the share of TaskRuns that a kind of request has to be made for in order to be shown.
const leastShown = 0.02

func (r *result) requestTable() section {
	sec := section{title: r.load.title + ": API requests by others", header: []string{"Request", "Number", "Per TaskRun"}}
	if r.load.kind == kindPipelineRun {
		sec.header = append(sec.header, "Per PipelineRun")
	}
	requests := r.requests()
	keys := slices.SortedFunc(maps.Keys(requests), func(a, b request) int {
		return cmp.Or(cmp.Compare(a.resource, b.resource), cmp.Compare(a.verb, b.verb))
	})
	for _, key := range keys {
		n := requests[key]
		if n/r.taskRuns() < leastShown || key.resource == "leases" {
			continue
		}
		sec.rows = append(sec.rows, r.perObject(key.verb+" "+key.resource, n))
	}
	return sec
}

func (r *result) perObject(name string, n float64) []string {
	row := []string{name, fmt.Sprintf("%.0f", n), fmt.Sprintf("%.2f", n/r.taskRuns())}
	if r.load.kind == kindPipelineRun {
		row = append(row, fmt.Sprintf("%.2f", n/float64(r.load.count)))
	}
	return row
}

func (r *result) eventTable() section {
	sec := section{title: r.load.title + ": events", header: []string{"Event", "Number", "Per TaskRun"}}
	if r.load.kind == kindPipelineRun {
		sec.header = append(sec.header, "Per PipelineRun")
	}
	for _, kind := range slices.Sorted(maps.Keys(r.events)) {
		for _, reason := range slices.Sorted(maps.Keys(r.events[kind])) {
			sec.rows = append(sec.rows, r.perObject(kind+" "+reason, r.events[kind][reason]))
		}
	}
	return sec
}

func mebi(bytes float64) float64 { return bytes / (1 << 20) }

func percentiles(d []time.Duration) string {
	return fmt.Sprintf("%.2f / %.2f / %.2f s", quantile(d, 0.5).Seconds(), quantile(d, 0.95).Seconds(), quantile(d, 0.99).Seconds())
}

// quantile returns the smallest duration that a share q of all does not exceed.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}
