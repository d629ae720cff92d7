package controller

import (
	"errors"

	"github.com/tenon-ci/tenon/pkg/cloudevent/queue"
	"github.com/tenon-ci/tenon/pkg/cloudevent/sink"
)

// work is what each lane does.
func (c *Controller) work() {
	for {
		item, ok := c.queue.Get()
		if !ok {
			return
		}
		c.deliver(item)
	}
}

// deliver makes one attempt to deliver an event.
func (c *Controller) deliver(item *queue.Item) {
	c.mu.Lock()
	target := c.sink
	c.mu.Unlock()
	if target == nil {
		c.queue.Done(item)
		return
	}
	settings := c.store.Load().Events
	message, err := item.Build(c.clock.Now())
	if err == nil {
		err = c.sender.Send(c.deliveries, target, message, settings.RequestTimeout)
	}
	if c.deliveries.Err() != nil {
		return // Given up because the process ends. The next one will try again.
	}
	var refusal *sink.Error
	if errors.As(err, &refusal) && refusal.Passes {
		if wait, again := sink.Again(item.Tries+1, c.clock.Since(item.Queued), settings.RetryFor); again {
			c.logger.Debugw("event is to be sent again", "type", item.Type, "run", item.State.Key.String(), "tries", item.Tries+1, "in", wait, "error", err)
			c.queue.Retry(item, wait)
			return
		}
	}
	c.settle(item, err)
}

// settle writes down what became of an event before the next one of the run is delivered.
func (c *Controller) settle(item *queue.Item, err error) {
	c.metrics.settled(c.deliveries, item, err, c.clock.Since(item.Queued))
	if err != nil {
		c.logger.Warnw("event was not delivered", "type", item.Type, "run", item.State.Key.String(), "error", err)
	}
	c.tell(item, err)
	c.queue.Done(item)
}

var errGaveWay = errors.New("too many events are waiting for the sink, and this one had to give way")

// lose tells of an event that had to give way. Whoever calls it does not wait.
func (c *Controller) lose(item *queue.Item) {
	c.metrics.lost(c.deliveries, item)
	select {
	case c.losses <- item:
	default:
		c.logger.Warnw("event was not delivered, and this cannot be told in time", "type", item.Type, "run", item.State.Key.String())
	}
}

func (c *Controller) tellLosses() {
	for {
		select {
		case <-c.deliveries.Done():
			return
		case item := <-c.losses:
			c.tell(item, errGaveWay)
		}
	}
}
