package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// load is what one measurement creates.
type load struct {
	title, prefix, kind string
	count               int
	// tasks is how many TaskRuns come of each run, hops how many of them follow one another.
	tasks, hops int
	// toPod asks for the time from the request for a TaskRun to its pod too.
	toPod  bool
	create func(ctx context.Context, s *session, name string) error
}

func rawPods(count int) load {
	return load{
		title: "raw pods", prefix: "raw-", kind: kindPod, count: count,
		create: func(ctx context.Context, s *session, name string) error {
			_, err := s.Kube.CoreV1().Pods(s.namespace).Create(ctx, s.shape().rawPod(name), metav1.CreateOptions{})
			return err
		},
	}
}

// load describes runs of the shape that was asked for.
func (s *session) load(prefix string, count int) load { return s.shape().load(prefix, count) }

func (sh shape) load(prefix string, count int) load {
	l := load{prefix: prefix + "-", count: count, tasks: sh.tasks(), hops: sh.hops()}
	if sh.single() {
		l.title, l.kind = prefix+": TaskRuns", kindTaskRun
		l.create = func(ctx context.Context, s *session, name string) error {
			_, err := s.Tekton.TektonV1().TaskRuns(s.namespace).Create(ctx, sh.taskRun(name), metav1.CreateOptions{})
			return err
		}
		return l
	}
	l.title, l.kind = fmt.Sprintf("%s: PipelineRuns, %s of %d", prefix, sh.kind, sh.size), kindPipelineRun
	l.create = func(ctx context.Context, s *session, name string) error {
		_, err := s.Tekton.TektonV1().PipelineRuns(s.namespace).Create(ctx, sh.pipelineRun(name), metav1.CreateOptions{})
		return err
	}
	return l
}

// result is the outcome of one measurement.
type result struct {
	load          load
	wall          time.Duration
	durations     []time.Duration
	gaps          []time.Duration
	toPod         []time.Duration
	failed        int
	firstFailure  string
	before, after snapshot
	peak          usage
	events        map[string]map[string]float64
	killed        string
	pause         time.Duration
	slowest       time.Duration
}

func (r *result) perSecond() float64 { return float64(r.load.count) / r.wall.Seconds() }

// taskRuns is how many TaskRuns there were in all.
func (r *result) taskRuns() float64 { return float64(r.load.count * r.load.tasks) }

// measure creates the runs, waits until all are done, and reads all counters before and afterwards.
func (s *session) measure(ctx context.Context, l load) (*result, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	t := newTracker(l.kind, l.prefix, l.count)
	t.toPod = l.toPod
	if err := t.watch(watching, s); err != nil {
		return nil, err
	}
	r := &result{load: l}
	var err error
	if r.before, err = s.snapshot(ctx); err != nil {
		return nil, err
	}
	samples := s.sample(watching)
	start := time.Now()
	killer := make(chan error, 1)
	var killedAt time.Time
	go func() {
		var err error
		r.killed, killedAt, err = s.killLeader(ctx, l)
		killer <- err
	}()
	if err := s.createAll(ctx, l, t); err != nil {
		return nil, err
	}
	select {
	case <-t.all:
	case <-ctx.Done():
		return nil, fmt.Errorf("%d of %d %ss were done: %w", len(t.durations()), l.count, l.kind, context.Cause(ctx))
	}
	r.wall = time.Since(start)
	if err := <-killer; err != nil {
		return nil, fmt.Errorf("killing the leader: %w", err)
	}
	if r.killed != "" {
		r.pause, r.slowest = t.longestPause(killedAt), t.slowest(killedAt)
	}
	if err := pause(ctx, s.opts.settle); err != nil {
		return nil, err
	}
	stop()
	r.peak = <-samples
	r.durations, r.failed, r.firstFailure = t.durations(), t.failed, t.failure
	r.toPod = t.podDurations()
	if l.hops == l.tasks && l.tasks > 1 {
		r.gaps = t.gaps()
	}
	if r.after, err = s.snapshot(ctx); err != nil {
		return nil, err
	}
	r.events, err = s.countEvents(ctx, l.prefix)
	return r, err
}

// killLeader ends the leading controller after a while if that was asked for, and returns its name and when that was.
func (s *session) killLeader(ctx context.Context, l load) (string, time.Time, error) {
	if s.opts.kill == 0 || l.kind == kindPod || l.prefix != "load-" {
		return "", time.Time{}, nil
	}
	if err := pause(ctx, s.opts.kill); err != nil {
		return "", time.Time{}, err
	}
	at := time.Now()
	name, err := s.endLeader(ctx, l.kind)
	return name, at, err
}

// createAll creates the runs, at the rate that was asked for or all at once.
func (s *session) createAll(ctx context.Context, l load, t *tracker) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.creators)
	start := time.Now()
	for i := range l.count {
		if s.opts.rate > 0 && l.kind != kindPod {
			due := start.Add(time.Duration(float64(i) / s.opts.rate * float64(time.Second)))
			if err := pause(ctx, time.Until(due)); err != nil {
				break
			}
		}
		group.Go(func() error {
			name := fmt.Sprintf("%s%d", l.prefix, i)
			t.requested(name, time.Now())
			if err := l.create(ctx, s, name); err != nil {
				return fmt.Errorf("creating %s %s: %w", l.kind, name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// samplePeriod is how often memory is looked at.
const samplePeriod = 2 * time.Second

// sample looks at the controller's memory until the context ends, and sends the peak then.
func (s *session) sample(ctx context.Context) <-chan usage {
	out := make(chan usage, 1)
	go func() {
		var peak usage
		for pause(ctx, samplePeriod) == nil {
			now, err := s.usages(ctx, controllerApp)
			if err != nil {
				continue // the next sample may work; the measurement itself does not depend on it
			}
			u := spent(nil, now)
			peak.memory, peak.heap = max(peak.memory, u.memory), max(peak.heap, u.heap)
		}
		out <- peak
	}()
	return out
}

// countEvents counts the events about the objects of a measurement, by kind and reason.
func (s *session) countEvents(ctx context.Context, prefix string) (map[string]map[string]float64, error) {
	out := map[string]map[string]float64{}
	next := ""
	for {
		list, err := s.Kube.CoreV1().Events(s.namespace).List(ctx, metav1.ListOptions{Limit: 2000, Continue: next})
		if err != nil {
			return nil, fmt.Errorf("listing events: %w", err)
		}
		for i := range list.Items {
			e := &list.Items[i]
			if !strings.HasPrefix(e.InvolvedObject.Name, prefix) {
				continue
			}
			if out[e.InvolvedObject.Kind] == nil {
				out[e.InvolvedObject.Kind] = map[string]float64{}
			}
			out[e.InvolvedObject.Kind][e.Reason] += float64(max(e.Count, 1))
		}
		if next = list.Continue; next == "" {
			return out, nil
		}
	}
}
