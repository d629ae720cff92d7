package controller

import (
	"context"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/reconciler"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
)

// bucket is a share of all runs for which this replica leads.
type bucket struct {
	reconciler.Bucket
	// cancel ends taking over.
	cancel context.CancelFunc
	// ready tells that it is known what was told before.
	ready bool
	// found are the runs as they were when taking over began, and missed are the states seen since then, in order. Some of those
	// may have been left out.
	found, missed []sight
	leftOut       bool
	// told are the ids of the events that Kubernetes remembers, by run. They are used up at the first look at each run.
	told toldOf
	// mark is what was found when the bucket was taken over, and saved what was written last.
	mark, saved plan.Mark
	// changed is when saved last had other versions than before.
	changed time.Time
}

// served is a share without the runs of ignored namespaces.
type served struct {
	reconciler.Bucket
	ignored func(namespace string) bool
}

// Has implements reconciler.Bucket.
func (s served) Has(key types.NamespacedName) bool {
	return s.Bucket.Has(key) && (s.ignored == nil || !s.ignored(key.Namespace))
}

// keep notes a state for when the bucket is taken over.
func (b *bucket) keep(s sight) {
	if len(b.missed) >= Limit {
		b.missed, b.leftOut = slices.Delete(b.missed, 0, Limit/2), true
	}
	b.missed = append(b.missed, s)
}

func (c *Controller) bucketFor(share reconciler.Bucket) *bucket {
	return &bucket{Bucket: served{share, c.ignored}}
}

func (c *Controller) bucketOf(key types.NamespacedName) *bucket {
	for _, b := range c.buckets {
		if b.Has(key) {
			return b
		}
	}
	return nil
}

// Promote implements reconciler.LeaderAware.
func (c *Controller) Promote(share reconciler.Bucket, _ func(reconciler.Bucket, types.NamespacedName)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buckets[share.Name()] != nil {
		return nil // Without leader election it is called twice.
	}
	b := c.bucketFor(share)
	c.buckets[share.Name()] = b
	if c.sink == nil {
		b.cancel = func() {}
		if c.store.Load().SinkURL() == "" {
			go c.forgetMarks(c.deliveries)
		}
		return nil
	}
	go c.begin(b, false)()
	return nil
}

// Demote implements reconciler.LeaderAware.
func (c *Controller) Demote(share reconciler.Bucket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.buckets[share.Name()]; b != nil {
		b.cancel()
		delete(c.buckets, share.Name())
	}
	c.drop(share.Has)
}

// drop forgets runs and the events about them.
func (c *Controller) drop(about func(types.NamespacedName) bool) {
	c.queue.Drop(about)
	for uid, r := range c.runs {
		if about(r.key) {
			delete(c.runs, uid)
		}
	}
}

// turnOn begins with all buckets; anew, if events were off before: what was over by then does not matter.
func (c *Controller) turnOn(anew bool) {
	for _, b := range c.buckets {
		b.cancel()
		go c.begin(b, anew)()
	}
}

// turnOff forgets everything, also for the time after a restart.
func (c *Controller) turnOff() {
	c.sink = nil
	c.drop(func(types.NamespacedName) bool { return true })
	for _, b := range c.buckets {
		b.cancel()
		b.ready, b.found, b.missed, b.told = false, nil, nil, nil
	}
	go c.forgetMarks(c.deliveries)
}

// begin returns what takes a bucket over; anew, as if nobody had had it before. The states of its runs are noted from now on.
func (c *Controller) begin(b *bucket, anew bool) func() {
	ctx, cancel := context.WithCancel(c.deliveries)
	b.cancel, b.ready = cancel, false
	// These come before all that the handlers will show from now on.
	b.found, b.missed, b.leftOut = c.present(b), nil, false
	return func() { c.takeOver(ctx, b, anew) }
}

// present returns the runs of a bucket as they are.
func (c *Controller) present(b *bucket) []sight {
	var out []sight
	for _, informer := range c.caches {
		for _, object := range informer.GetStore().List() {
			run, ok := object.(cloudevent.Object)
			if !ok {
				continue
			}
			c.note(object)
			if b.Has(types.NamespacedName{Namespace: run.GetNamespace(), Name: run.GetName()}) {
				out = append(out, sight{object: object})
			}
		}
	}
	return out
}

// takeOver finds out what was told before, and then looks at the runs.
func (c *Controller) takeOver(ctx context.Context, b *bucket, anew bool) {
	mark, ok := c.findMark(ctx, b.Name(), anew)
	if !ok {
		return
	}
	var told toldOf
	if !c.insist(ctx, "listing the events about CloudEvents", func() (err error) {
		told, err = readTold(ctx, c.kube, c.namespace, b.Has)
		return err
	}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil || c.buckets[b.Name()] != b {
		return
	}
	b.mark, b.told, b.changed = mark.Within(c.newest()), told, c.clock.Now()
	b.saved = b.mark
	states := slices.Concat(b.found, b.missed)
	if b.leftOut {
		// At least the latest state of each run.
		states = append(states, c.present(b)...)
	}
	for _, s := range states {
		c.look(b, s)
	}
	b.ready, b.found, b.missed = true, nil, nil
	c.logger.Infow("delivering CloudEvents", "bucket", b.Name(), "waiting", c.queue.Len())
}

// findMark returns the mark to go on from; a new one if there is none, or if it shall be. It is false if ctx ends.
func (c *Controller) findMark(ctx context.Context, bucket string, anew bool) (plan.Mark, bool) {
	var (
		mark  plan.Mark
		found bool
	)
	if !anew && !c.insist(ctx, "reading up to where CloudEvents are delivered", func() (err error) {
		mark, found, err = c.marks.load(ctx, bucket)
		return err
	}) {
		return mark, false
	}
	if found {
		return mark, true
	}
	// Not since now: what ends after events were turned on counts, though it may take a while until a replica leads.
	c.mu.Lock()
	since := c.onSince
	c.mu.Unlock()
	// Conditions know the time to the second.
	mark = plan.Mark{Since: since.Truncate(time.Second)}
	return mark, c.insist(ctx, "writing down since when CloudEvents are on", func() error {
		return c.marks.save(ctx, map[string]plan.Mark{bucket: mark})
	})
}

// newest returns the versions of the newest objects there are.
func (c *Controller) newest() map[cloudevent.Kind]uint64 {
	out := map[cloudevent.Kind]uint64{}
	for kind, informer := range c.caches {
		listed, err := strconv.ParseUint(informer.LastSyncResourceVersion(), 10, 64)
		if err != nil {
			listed = 0
		}
		out[kind] = max(listed, c.seen[kind])
	}
	return out
}

// insist does something until it succeeds; false if ctx ends before.
func (c *Controller) insist(ctx context.Context, what string, do func() error) bool {
	backoff := wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 10, Cap: 30 * time.Second}
	for {
		err := do()
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		c.logger.Warnw(what, "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-c.clock.After(backoff.Step()):
		}
	}
}
