// Package watch waits for files to appear. Where the kernel tells of changes it waits for that, with a slow look around
// for file systems that don't; where it can't (limits on inotify are per user, and the users of all pods of a node
// count together) it looks often at first and then less often. Until is the one entry point.
package watch

import (
	"context"
	"time"
)

// Intervals of looking, without and with notification.
const (
	shortestPoll = time.Millisecond
	longestPoll  = 50 * time.Millisecond
	recheck      = time.Second
)

// Watcher says how to wait. The zero value is fit for use.
type Watcher struct {
	// Poll is the interval of looking where there is no notification; 0 starts at a millisecond and grows to 50.
	Poll time.Duration
	// Recheck is the interval of looking in spite of notification; 0 means a second.
	Recheck time.Duration
	// NoNotify does without notification.
	NoNotify bool
}

// notifier tells that something in one of its directories may have changed.
type notifier struct {
	changed <-chan struct{}
	close   func()
}

// Until calls check until it reports true or fails: at once, whenever something changes in one of the directories,
// and when wake (which may be nil) delivers. It returns check's error, or the context's cause when that ends first.
func (w Watcher) Until(ctx context.Context, dirs []string, wake <-chan struct{}, check func() (bool, error)) error {
	if done, err := check(); done || err != nil {
		return err
	}
	// The watch is set up before the next look, so that nothing falls between the two.
	n, delay := w.open(dirs)
	defer n.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		done, err := check()
		if done || err != nil {
			return err
		}
		timer.Reset(delay())
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-n.changed:
		case <-wake:
		case <-timer.C:
		}
	}
}

// open returns what to wait for and how long at most, each time.
func (w Watcher) open(dirs []string) (notifier, func() time.Duration) {
	if !w.NoNotify {
		if n, err := notify(dirs); err == nil {
			return n, func() time.Duration { return positive(w.Recheck, recheck) }
		}
	}
	never := notifier{close: func() {}}
	if w.Poll > 0 {
		return never, func() time.Duration { return w.Poll }
	}
	next := shortestPoll
	return never, func() time.Duration {
		now := next
		next = min(next*2, longestPoll)
		return now
	}
}

func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
