package measure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/client/informers/externalversions"
)

// Kinds of objects that are timed.
const (
	KindPod         = "Pod"
	KindTaskRun     = "TaskRun"
	KindPipelineRun = "PipelineRun"
)

// seen is when an object was seen to exist and to be done.
type seen struct {
	created, done time.Time
	// pod is when the pod of a TaskRun was seen, if that was asked for.
	pod time.Time
	// parent is the PipelineRun that a TaskRun belongs to.
	parent string
}

// tracker notes when objects whose name starts with a prefix appear and end. The times of the API have seconds only, so
// it watches.
type tracker struct {
	kind, prefix string
	want         int
	// toPod asks for the pods of TaskRuns too.
	toPod bool

	mu       sync.Mutex
	runs     map[string]*seen
	children map[string]*seen
	finished []time.Time
	failed   int
	failure  string
	all      chan struct{}
}

func newTracker(kind, prefix string, want int) *tracker {
	return &tracker{kind: kind, prefix: prefix, want: want, runs: map[string]*seen{}, children: map[string]*seen{}, all: make(chan struct{})}
}

// requested notes that the request to create a run starts now.
func (t *tracker) requested(name string, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs[name] = &seen{created: at}
}

// watch returns when the watches run.
func (t *tracker) watch(ctx context.Context, s *Session) error {
	runs := externalversions.NewSharedInformerFactoryWithOptions(s.Tekton, 0, externalversions.WithNamespace(s.namespace))
	pods := informers.NewSharedInformerFactoryWithOptions(s.node.kube, 0, informers.WithNamespace(s.namespace))
	var list []cache.SharedIndexInformer
	switch t.kind {
	case KindPod:
		list = append(list, pods.Core().V1().Pods().Informer())
	case KindPipelineRun:
		list = append(list, runs.Tekton().V1().PipelineRuns().Informer(), runs.Tekton().V1().TaskRuns().Informer())
	default:
		list = append(list, runs.Tekton().V1().TaskRuns().Informer())
		if t.toPod {
			list = append(list, pods.Core().V1().Pods().Informer())
		}
	}
	for _, informer := range list {
		handler := cache.ResourceEventHandlerFuncs{AddFunc: t.see, UpdateFunc: func(_, object any) { t.see(object) }}
		if _, err := informer.AddEventHandler(handler); err != nil {
			return fmt.Errorf("watching %ss: %w", t.kind, err)
		}
		go informer.RunWithContext(ctx)
	}
	for _, informer := range list {
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			return fmt.Errorf("watching %ss: %w", t.kind, context.Cause(ctx))
		}
	}
	return nil
}

func (t *tracker) see(object any) {
	now := time.Now()
	meta, ok := object.(metav1.Object)
	if !ok || !strings.HasPrefix(meta.GetName(), t.prefix) {
		return
	}
	done, failure := outcome(object)
	t.mu.Lock()
	defer t.mu.Unlock()
	if pod, ok := object.(*corev1.Pod); ok && t.kind == KindTaskRun {
		if entry := t.runs[pod.Labels[pipeline.TaskRunLabelKey]]; entry != nil && entry.pod.IsZero() {
			entry.pod = now
		}
		return
	}
	entry := t.runs[meta.GetName()]
	if tr, ok := object.(*v1.TaskRun); ok && t.kind == KindPipelineRun {
		if entry = t.children[tr.Name]; entry == nil {
			entry = &seen{created: now, parent: tr.Labels[pipeline.PipelineRunLabelKey]}
			t.children[tr.Name] = entry
		}
		if done && entry.done.IsZero() {
			entry.done = now
		}
		return
	}
	if entry == nil || !done || !entry.done.IsZero() {
		return
	}
	entry.done = now
	if failure != "" {
		if t.failed++; t.failed == 1 {
			t.failure = meta.GetName() + ": " + failure
		}
	}
	if t.finished = append(t.finished, now); len(t.finished) == t.want {
		close(t.all)
	}
}

// outcome tells whether an object is done, and if that was not a success why.
func outcome(object any) (done bool, failure string) {
	switch o := object.(type) {
	case *corev1.Pod:
		if o.Status.Phase == corev1.PodFailed {
			return true, o.Status.Message
		}
		return o.Status.Phase == corev1.PodSucceeded, ""
	case *v1.TaskRun:
		return o.IsDone(), text(o.Status.GetCondition(apis.ConditionSucceeded))
	case *v1.PipelineRun:
		return o.IsDone(), text(o.Status.GetCondition(apis.ConditionSucceeded))
	default:
		return false, ""
	}
}

func text(c *apis.Condition) string {
	if !c.IsFalse() {
		return ""
	}
	return c.Reason + ": " + c.Message
}

// durations returns how long each run took, from the request that created it.
func (t *tracker) durations() []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []time.Duration
	for _, r := range t.runs {
		if !r.done.IsZero() {
			out = append(out, r.done.Sub(r.created))
		}
	}
	return out
}

// podDurations returns how long it took to the pod of each TaskRun, from the request that created the run.
func (t *tracker) podDurations() []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []time.Duration
	for _, r := range t.runs {
		if !r.pod.IsZero() {
			out = append(out, r.pod.Sub(r.created))
		}
	}
	return out
}

// gaps returns how long it took in each PipelineRun from the end of a TaskRun to the start of the next one, if they
// follow one another.
func (t *tracker) gaps() []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	byRun := map[string][]*seen{}
	for _, c := range t.children {
		byRun[c.parent] = append(byRun[c.parent], c)
	}
	var out []time.Duration
	for _, children := range byRun {
		slices.SortFunc(children, func(a, b *seen) int { return a.created.Compare(b.created) })
		for i := 1; i < len(children); i++ {
			if end := children[i-1].done; !end.IsZero() {
				out = append(out, children[i].created.Sub(end))
			}
		}
	}
	return out
}

// slowest is how long the slowest of the runs took that were not done at from yet.
func (t *tracker) slowest(from time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var slowest time.Duration
	for _, r := range t.runs {
		if r.done.After(from) {
			slowest = max(slowest, r.done.Sub(r.created))
		}
	}
	return slowest
}

// longestPause is the longest time after from in which nothing was finished.
func (t *tracker) longestPause(from time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	progress := append([]time.Time{}, t.finished...)
	for _, c := range t.children {
		if !c.done.IsZero() {
			progress = append(progress, c.done)
		}
	}
	slices.SortFunc(progress, time.Time.Compare)
	var longest time.Duration
	for _, at := range progress {
		if at.Before(from) {
			continue
		}
		longest = max(longest, at.Sub(from))
		from = at
	}
	return longest
}
