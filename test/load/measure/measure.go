package measure

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Load is what one measurement creates.
type Load struct {
	// Title is for people, Prefix begins the names of the runs, Kind is that of the runs.
	Title, Prefix, Kind string
	// Count is how many runs there are.
	Count int
	// Tasks is how many TaskRuns come of each run, Hops how many of them follow one another.
	Tasks, Hops int
	// ToPod asks for the time from the request for a TaskRun to its pod too.
	ToPod  bool
	create func(ctx context.Context, s *Session, name string) error
}

// RawPods are pods that Tenon knows nothing of.
func RawPods(count int) Load {
	return Load{
		Title: "raw pods", Prefix: "raw-", Kind: KindPod, Count: count,
		create: func(ctx context.Context, s *Session, name string) error {
			pod := Shape{Node: s.node.name}.RawPod(name)
			_, err := s.Kube.CoreV1().Pods(s.namespace).Create(ctx, pod, metav1.CreateOptions{})
			return err
		},
	}
}

// Load describes a number of runs of the shape.
func (s Shape) Load(prefix string, count int) Load {
	l := Load{Prefix: prefix + "-", Count: count, Tasks: s.Tasks(), Hops: s.Hops()}
	if s.Single() {
		l.Title, l.Kind = prefix+": TaskRuns", KindTaskRun
		l.create = func(ctx context.Context, on *Session, name string) error {
			_, err := on.Tekton.TektonV1().TaskRuns(on.namespace).Create(ctx, s.on(on).TaskRun(name), metav1.CreateOptions{})
			return err
		}
		return l
	}
	l.Title, l.Kind = fmt.Sprintf("%s: PipelineRuns, %s of %d", prefix, s.Kind, s.Size), KindPipelineRun
	l.create = func(ctx context.Context, on *Session, name string) error {
		_, err := on.Tekton.TektonV1().PipelineRuns(on.namespace).Create(ctx, s.on(on).PipelineRun(name), metav1.CreateOptions{})
		return err
	}
	return l
}

// on is the shape with pods on the node of a session.
func (s Shape) on(session *Session) Shape {
	s.Node = session.node.name
	return s
}

// Measure creates the runs, waits until all are done, and reads all counters before and afterwards.
func (s *Session) Measure(ctx context.Context, l Load) (*Result, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	t := newTracker(l.Kind, l.Prefix, l.Count)
	t.toPod = l.ToPod
	if err := t.watch(watching, s); err != nil {
		return nil, err
	}
	r := &Result{Load: l}
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
		r.Killed, killedAt, err = s.killLeader(ctx, l)
		killer <- err
	}()
	if err := s.createAll(ctx, l, t); err != nil {
		return nil, err
	}
	select {
	case <-t.all:
	case <-ctx.Done():
		return nil, fmt.Errorf("%d of %d %ss were done: %w", len(t.durations()), l.Count, l.Kind, context.Cause(ctx))
	}
	r.Wall = time.Since(start)
	if err := <-killer; err != nil {
		return nil, fmt.Errorf("killing the leader: %w", err)
	}
	if r.Killed != "" {
		r.Pause, r.Slowest = t.longestPause(killedAt), t.slowest(killedAt)
	}
	if err := pause(ctx, s.settings.Settle); err != nil {
		return nil, err
	}
	stop()
	r.Peak = <-samples
	r.Durations, r.Failed, r.FirstFailure = t.durations(), t.failed, t.failure
	r.ToPod = t.podDurations()
	if l.Hops == l.Tasks && l.Tasks > 1 {
		r.Gaps = t.gaps()
	}
	if r.after, err = s.snapshot(ctx); err != nil {
		return nil, err
	}
	if l.Kind != KindPod {
		r.Collected = s.collect(ctx)
	}
	r.Events, err = s.countEvents(ctx, l.Prefix)
	return r, err
}

// killLeader ends the leading controller after a while if that was asked for, and returns its name and when that was.
func (s *Session) killLeader(ctx context.Context, l Load) (string, time.Time, error) {
	if s.settings.Kill == 0 || l.Kind == KindPod || l.Prefix != "load-" {
		return "", time.Time{}, nil
	}
	if err := pause(ctx, s.settings.Kill); err != nil {
		return "", time.Time{}, err
	}
	at := time.Now()
	name, err := s.endLeader(ctx, l.Kind)
	return name, at, err
}

// createAll creates the runs, at the rate that was asked for or all at once.
func (s *Session) createAll(ctx context.Context, l Load, t *tracker) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.settings.Creators)
	start := time.Now()
	for i := range l.Count {
		if s.settings.Rate > 0 && l.Kind != KindPod {
			due := start.Add(time.Duration(float64(i) / s.settings.Rate * float64(time.Second)))
			if err := pause(ctx, time.Until(due)); err != nil {
				break
			}
		}
		group.Go(func() error {
			name := fmt.Sprintf("%s%d", l.Prefix, i)
			t.requested(name, time.Now())
			if err := l.create(ctx, s, name); err != nil {
				return fmt.Errorf("creating %s %s: %w", l.Kind, name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// samplePeriod is how often memory is looked at.
const samplePeriod = 2 * time.Second

// sample looks at the controller's memory until the context ends, and sends the peak then.
func (s *Session) sample(ctx context.Context) <-chan Usage {
	out := make(chan Usage, 1)
	go func() {
		var peak Usage
		for pause(ctx, samplePeriod) == nil {
			now, err := s.usages(ctx, ControllerApp)
			if err != nil {
				continue // the next sample may work; the measurement itself does not depend on it
			}
			u := spent(nil, now)
			peak.Memory, peak.Heap = max(peak.Memory, u.Memory), max(peak.Heap, u.Heap)
		}
		out <- peak
	}()
	return out
}

// countEvents counts the events about the objects of a measurement, by kind and reason.
func (s *Session) countEvents(ctx context.Context, prefix string) (map[string]map[string]float64, error) {
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
