package metrics

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.41.0/cicdconv"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// gauges report how many runs there are at the moment. Handlers of informers keep the numbers; a scrape adds them up.
type gauges struct {
	mu       sync.Mutex
	counts   map[tally]int64
	settings config.Observability
	// running are the names that are labels of the number of running PipelineRuns.
	running limit
}

// tally is what a run counts as. It can count as several things.
type tally struct {
	what  what
	names names
	state cicdconv.PipelineRunStateAttr
}

type what int

const (
	isTaskRun what = iota
	isTaskRunWaitingOnTask
	isThrottledByQuota
	isThrottledByNode
	isPipelineRun
	isWaitingOnPipeline
	isWaitingOnTask
)

func newGauges() *gauges {
	return &gauges{counts: map[tally]int64{}, settings: *config.DefaultObservability()}
}

func (g *gauges) configure(settings *config.Observability) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.settings = *settings
}

// replace counts a run as what it is now and not as what it was.
func (g *gauges) replace(was, is []tally) {
	if slices.Equal(was, is) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range was {
		if g.counts[t]--; g.counts[t] <= 0 {
			delete(g.counts, t)
		}
	}
	for _, t := range is {
		g.counts[t]++
	}
}

// instruments are the gauges as OpenTelemetry knows them.
type instruments struct {
	plain    map[what]metric.Int64ObservableGauge
	quota    metric.Int64ObservableGauge
	node     metric.Int64ObservableGauge
	running  metric.Int64ObservableGauge
	active   cicdconv.PipelineRunActiveObservable
	pipeline func(string) string
}

// register makes the gauges. Names limits those of the metrics by convention.
func (g *gauges) register(meter metric.Meter, pipelineNames *conventionalNames) error {
	in := instruments{plain: map[what]metric.Int64ObservableGauge{}, pipeline: pipelineNames.admit}
	var all []metric.Observable
	gauge := func(e Entry) (metric.Int64ObservableGauge, error) {
		made, err := meter.Int64ObservableGauge(e.instrument, metric.WithDescription(e.Description))
		if err != nil {
			return nil, fmt.Errorf("making metric %s: %w", e.Name, err)
		}
		all = append(all, made)
		return made, nil
	}
	var err error
	for what, e := range map[what]Entry{
		isTaskRun: runningTaskRuns, isTaskRunWaitingOnTask: taskRunsWaitingOnTask,
		isWaitingOnPipeline: waitingOnPipeline, isWaitingOnTask: waitingOnTask,
	} {
		if in.plain[what], err = gauge(e); err != nil {
			return err
		}
	}
	if in.quota, err = gauge(taskRunsThrottledByQuota); err != nil {
		return err
	}
	if in.node, err = gauge(taskRunsThrottledByNode); err != nil {
		return err
	}
	if in.running, err = gauge(runningPipelineRuns); err != nil {
		return err
	}
	if in.active, err = cicdconv.NewPipelineRunActiveObservable(meter); err != nil {
		return fmt.Errorf("making metric %s: %w", cicdActive.Name, err)
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		g.observe(o, &in)
		return nil
	}, append(all, in.active.Inst())...)
	if err != nil {
		return fmt.Errorf("making gauges: %w", err)
	}
	return nil
}

// sums are the counts by the labels they are reported with.
type sums struct {
	plain                        map[what]int64
	quota, node, running, active map[tally]int64
	pipelineRuns                 int64
}

func (g *gauges) observe(o metric.Observer, in *instruments) {
	s, most := g.add(in.pipeline)
	for what, instrument := range in.plain {
		o.ObserveInt64(instrument, s.plain[what])
	}
	// Series of these exist only while there is something to count.
	report(o, in.quota, s.quota)
	report(o, in.node, s.node)
	o.ObserveInt64(in.running, s.pipelineRuns)
	report(o, in.running, fold(s.running, &g.running, most))
	for t, n := range s.active {
		o.ObserveInt64(in.active.Inst(), n, metric.WithAttributes(in.active.AttrPipelineName(t.names.pipeline), in.active.AttrPipelineRunState(t.state)))
	}
}

// add adds up the counts.
func (g *gauges) add(pipeline func(string) string) (s sums, most int) {
	s = sums{plain: map[what]int64{}, quota: map[tally]int64{}, node: map[tally]int64{}, running: map[tally]int64{}, active: map[tally]int64{}}
	g.mu.Lock()
	defer g.mu.Unlock()
	for t, n := range g.counts {
		switch t.what {
		case isThrottledByQuota:
			s.quota[tally{names: g.throttled(t)}] += n
		case isThrottledByNode:
			s.node[tally{names: g.throttled(t)}] += n
		case isPipelineRun:
			s.pipelineRuns += n
			if level := g.settings.RunningPipelineRunLevel; level != config.LevelNone {
				s.running[tally{names: pipelineRunNames(t.names, level)}] += n
			}
			s.active[tally{names: names{pipeline: pipeline(t.names.pipeline)}, state: t.state}] += n
		default:
			s.plain[t.what] += n
		}
	}
	most = g.settings.MaxNames
	s.quota, s.node = fold(s.quota, &limit{}, most), fold(s.node, &limit{}, most)
	return s, most
}

func (g *gauges) throttled(t tally) names {
	if g.settings.ThrottleNamespace {
		return t.names
	}
	return names{}
}

// fold makes counts with names beyond a limit those of other. Names that are labels stay so while there is something to count.
func fold(counts map[tally]int64, l *limit, most int) map[tally]int64 {
	l.keep(func(n names) bool { return counts[tally{names: n}] > 0 })
	if len(counts) <= most {
		for t := range counts {
			l.admit(t.names, most)
		}
		return counts
	}
	out := make(map[tally]int64, 2*most+1)
	// In a fixed order, so that the names are the same in each scrape.
	for _, t := range slices.SortedFunc(maps.Keys(counts), byNames) {
		out[tally{names: l.admit(t.names, most)}] += counts[t]
	}
	return out
}

func byNames(a, b tally) int {
	return cmp.Or(cmp.Compare(a.names.namespace, b.names.namespace), cmp.Compare(a.names.pipeline, b.names.pipeline),
		cmp.Compare(a.names.pipelineRun, b.names.pipelineRun))
}

func report(o metric.Observer, instrument metric.Int64Observable, counts map[tally]int64) {
	for t, n := range counts {
		o.ObserveInt64(instrument, n, metric.WithAttributeSet(attribute.NewSet(t.names.attributes()...)))
	}
}
