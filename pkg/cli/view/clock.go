package view

import (
	"strconv"
	"time"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// grain is how exact the times of the API are.
const grain = time.Second

// delay is how long after a change it can be seen.
const delay = 300 * time.Millisecond

// clock remembers when changes were seen. The API keeps whole seconds, in which most steps begin and end at the same time; what is seen as
// it happens is more exact.
type clock struct{ starts, ends map[string]time.Time }

func newClock() *clock {
	return &clock{starts: make(map[string]time.Time), ends: make(map[string]time.Time)}
}

// refine replaces the times of a tree by those that were seen if both are of the same second. Nothing begins before what it is a part of.
func (c *clock) refine(root *runtree.Node, now time.Time) { c.node(root, time.Time{}, now) }

func (c *clock) node(n *runtree.Node, parent, now time.Time) {
	key := n.Kind + "/" + n.Object + "/" + n.Task + "/" + n.Container + "/" + n.Name + "/" + strconv.Itoa(n.Attempt)
	n.Start = exact(c.starts, key, n.Start, now)
	n.End = exact(c.ends, key, n.End, now)
	if !n.Start.IsZero() && n.Start.Before(parent) && parent.Sub(n.Start) <= grain {
		n.Start = parent
	}
	if !n.End.IsZero() && n.End.Before(n.Start) {
		n.End = n.Start
	}
	for _, child := range n.Children {
		c.node(child, n.Start, now)
	}
}

// exact returns when a change was seen if the given time is just that in whole seconds.
func exact(seen map[string]time.Time, key string, given, now time.Time) time.Time {
	if given.IsZero() || given.Nanosecond() != 0 {
		return given
	}
	at, ok := seen[key]
	if !ok || at.Sub(given).Abs() > 2*grain {
		at = given
		if late := now.Sub(given); late > 0 && late < grain+delay {
			at = now
		}
		seen[key] = at
	}
	return at
}
