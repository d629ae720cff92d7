package controller

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
	"github.com/tenon-ci/tenon/pkg/cloudevent/sink"
)

// sight is a state in which a run was seen.
type sight struct {
	object any
	// gone tells that the run was deleted; this is its last state.
	gone bool
}

// handler hands over every state that the watch shows, in order. The cache would only have the latest.
func (c *Controller) handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { c.see(sight{object: object}) },
		UpdateFunc: func(_, object any) { c.see(sight{object: object}) },
		DeleteFunc: func(object any) {
			if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = last.Obj
			}
			c.see(sight{object: object, gone: true})
		},
	}
}

// withoutManagers is a transform for informers. Who manages which field makes up much of an object, and is nothing to tell others of.
func withoutManagers(object any) (any, error) {
	if meta, ok := object.(metav1.Object); ok {
		meta.SetManagedFields(nil)
	}
	return object, nil
}

// see looks at a state at once if the run is this replica's, or notes it for later if the replica is still taking over.
func (c *Controller) see(s sight) {
	run, ok := s.object.(cloudevent.Object)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sink == nil || c.stopping || len(c.buckets) == 0 {
		return
	}
	b := c.bucketOf(types.NamespacedName{Namespace: run.GetNamespace(), Name: run.GetName()})
	switch {
	case b == nil:
		c.note(s.object)
	case b.ready:
		c.look(b, s)
	default:
		b.keep(s)
	}
}

// note remembers how far the watches have come.
func (c *Controller) note(object any) {
	if kind, version := cloudevent.VersionOf(object); version > c.seen[kind] {
		c.seen[kind] = version
	}
}

// look puts the events that are due into the queue.
func (c *Controller) look(b *bucket, s sight) {
	c.note(s.object)
	state, ok := cloudevent.Of(s.object)
	if !ok {
		return
	}
	r := c.runs[state.UID]
	if r == nil {
		r = &run{key: state.Key, memory: plan.Memory{Settled: b.told[runID{state.Key.Namespace, state.UID}]}}
		c.runs[state.UID] = r
	}
	due, memory := plan.Next(state, r.memory, b.mark)
	if memory.Ended {
		memory.Settled = nil // Nothing will be compared with it any more.
	}
	r.memory = memory
	if s.gone {
		delete(c.runs, state.UID)
	}
	if len(due) == 0 || c.muted(state.Kind) {
		return
	}
	for _, e := range due {
		c.logger.Debugw("event is due", "type", e.Type, "run", state.Key.String(), "id", e.ID)
	}
	for _, lost := range c.queue.Add(due...) {
		c.lose(lost)
	}
}

// muted tells whether no events are sent about a kind.
func (c *Controller) muted(kind cloudevent.Kind) bool {
	return kind == cloudevent.CustomRun && !c.store.Load().FeatureFlags.SendCloudEventsForRuns
}

// configure takes over changed settings.
func (c *Controller) configure() {
	text := c.store.Load().SinkURL()
	c.mu.Lock()
	defer c.mu.Unlock()
	if text == "" {
		c.off = true
		if c.sink != nil {
			c.logger.Info("there is no sink any more: CloudEvents are off")
			c.turnOff()
		}
		return
	}
	target, err := sink.Parse(text)
	if err != nil {
		c.logger.Errorw("the setting of the sink in the ConfigMap config-events, or config-defaults, is ignored", "error", err)
		return
	}
	if c.sink == nil {
		c.logger.Infow("CloudEvents are on", "host", target.Host)
		c.sink, c.onSince = target, c.clock.Now()
		c.turnOn(c.off)
	}
	c.sink, c.off = target, false
}
