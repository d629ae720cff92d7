// Package traffic makes a steady stream of runs while a test disturbs the installation, and tells what became of them. Their
// pods are on a node that only pretends to run them, so that they depend on nothing but the control plane.
package traffic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/test/cluster"
	"github.com/tenon-ci/tenon/test/load/measure"
)

const (
	// requestPatience is how long a request for a run may take. The API server gives up on a webhook after 10 seconds.
	requestPatience = 15 * time.Second
	// endPatience is how long the last runs may take to end.
	endPatience = time.Minute
)

// Traffic is a stream of TaskRuns, each of which needs the webhook once and the controller several times.
type Traffic struct {
	ns      *cluster.Namespace
	session *measure.Session
	period  time.Duration
	stop    context.CancelFunc
	creates sync.WaitGroup

	mu       sync.Mutex
	accepted map[string]time.Time
	refused  []error
	pods     map[string]sets.Set[types.UID]
	started  []time.Time
}

// Begin makes runs in a namespace of its own, one each period, until End is called.
func Begin(t testing.TB, period time.Duration) *Traffic {
	t.Helper()
	session, err := measure.Connect(measure.Settings{Creators: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Stop(); err != nil {
			t.Logf("removing the virtual node: %v", err)
		}
	})
	if err := session.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	tr := &Traffic{
		ns: cluster.New(t), session: session, period: period, stop: stop,
		accepted: map[string]time.Time{}, pods: map[string]sets.Set[types.UID]{},
	}
	tr.watch(t)
	tr.creates.Go(func() { tr.run(ctx) })
	return tr
}

// watch notes each pod when it is made.
func (tr *Traffic) watch(t testing.TB) {
	t.Helper()
	factory := informers.NewSharedInformerFactoryWithOptions(tr.ns.Kube, 0, informers.WithNamespace(tr.ns.Name))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: func(object any) {
		if pod, ok := object.(*corev1.Pod); ok {
			tr.sawPod(pod)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	factory.Start(t.Context().Done())
	factory.WaitForCacheSync(t.Context().Done())
}

func (tr *Traffic) sawPod(pod *corev1.Pod) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	run := pod.Labels["tekton.dev/taskRun"]
	if tr.pods[run] == nil {
		tr.pods[run] = sets.New[types.UID]()
	}
	tr.pods[run].Insert(pod.UID)
	tr.started = append(tr.started, time.Now())
}

func (tr *Traffic) run(ctx context.Context) {
	ticks := time.NewTicker(tr.period)
	defer ticks.Stop()
	for i := 0; ; i++ {
		name := fmt.Sprintf("run-%04d", i)
		// One that hangs does not hold up the next.
		tr.creates.Go(func() { tr.create(name) })
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

func (tr *Traffic) create(name string) {
	ctx, cancel := context.WithTimeout(context.Background(), requestPatience)
	defer cancel()
	shape := measure.Shape{Kind: measure.ShapeTaskRun, Inline: true, Node: tr.session.Node()}
	_, err := tr.session.Tekton.TektonV1().TaskRuns(tr.ns.Name).Create(ctx, shape.TaskRun(name), metav1.CreateOptions{})
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err != nil {
		tr.refused = append(tr.refused, fmt.Errorf("%s %s: %w", time.Now().Format(time.TimeOnly), name, err))
		return
	}
	tr.accepted[name] = time.Now()
}

// Gaps are the longest times between two requests for runs that were accepted, and between two pods that were made for them.
type Gaps struct{ Admissions, Starts time.Duration }

// Gaps returns the gaps since a moment, and the first of which may reach to now.
func (tr *Traffic) Gaps(since time.Time) Gaps {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	accepted := make([]time.Time, 0, len(tr.accepted))
	for _, at := range tr.accepted {
		accepted = append(accepted, at)
	}
	now := time.Now()
	return Gaps{Admissions: longest(accepted, since, now), Starts: longest(tr.started, since, now)}
}

// longest returns the longest time without a moment between two moments.
func longest(moments []time.Time, from, to time.Time) time.Duration {
	inside := make([]time.Time, 0, len(moments)+2)
	for _, m := range moments {
		if m.After(from) && m.Before(to) {
			inside = append(inside, m)
		}
	}
	slices.SortFunc(inside, time.Time.Compare)
	var gap time.Duration
	last := from
	for _, m := range append(inside, to) {
		gap = max(gap, m.Sub(last))
		last = m
	}
	return gap
}

// Report is what became of the runs.
type Report struct {
	// Accepted counts the runs, Refused has what was said to others.
	Accepted int
	Refused  []error
	// Lost are runs that did not succeed, Twice those that had more than one pod.
	Lost, Twice []string
}

// Err tells of what must not happen. Refusals are no part of it: whoever asked was told.
func (r Report) Err() error {
	var errs []error
	if len(r.Lost) > 0 {
		errs = append(errs, fmt.Errorf("%d of %d runs did not succeed: %s", len(r.Lost), r.Accepted, strings.Join(r.Lost, ", ")))
	}
	if len(r.Twice) > 0 {
		errs = append(errs, fmt.Errorf("%d of %d runs had several pods: %s", len(r.Twice), r.Accepted, strings.Join(r.Twice, ", ")))
	}
	return errors.Join(errs...)
}

// End makes no more runs, and waits for the end of those that were made.
func (tr *Traffic) End(ctx context.Context) (Report, error) {
	tr.stop()
	tr.creates.Wait()
	var succeeded sets.Set[string]
	err := wait.PollUntilContextTimeout(ctx, time.Second, endPatience, true, func(ctx context.Context) (bool, error) {
		runs, err := tr.session.Tekton.TektonV1().TaskRuns(tr.ns.Name).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, nil //nolint:nilerr // the next one may work
		}
		succeeded = sets.New[string]()
		for i := range runs.Items {
			if runs.Items[i].IsSuccessful() {
				succeeded.Insert(runs.Items[i].Name)
			}
		}
		return len(succeeded) >= len(tr.accepted), nil
	})
	if err != nil && !wait.Interrupted(err) {
		return Report{}, fmt.Errorf("waiting for the runs to end: %w", err)
	}
	return tr.report(succeeded), nil
}

func (tr *Traffic) report(succeeded sets.Set[string]) Report {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	r := Report{Accepted: len(tr.accepted), Refused: tr.refused}
	for name := range tr.accepted {
		if !succeeded.Has(name) {
			r.Lost = append(r.Lost, name)
		}
		if len(tr.pods[name]) > 1 {
			r.Twice = append(r.Twice, name)
		}
	}
	slices.Sort(r.Lost)
	slices.Sort(r.Twice)
	return r
}
