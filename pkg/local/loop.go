package local

import (
	"context"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Pauses between tries of a pass that failed for now.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 5 * time.Second
)

// loop is what one goroutine works through: runs to look at now, times at which to look at others, and what others report. Only post
// and kill are for others.
type loop struct {
	clock clock.Clock

	mu     sync.Mutex
	mail   []func()
	signal chan struct{}
	killed chan struct{}
	once   sync.Once

	queue  []key
	queued map[key]bool
	wakes  map[key]time.Time
	// failed counts the passes over a run that failed one after the other.
	failed map[key]int
}

func newLoop(clock clock.Clock) *loop {
	return &loop{
		clock: clock, signal: make(chan struct{}, 1), killed: make(chan struct{}),
		queued: map[key]bool{}, wakes: map[key]time.Time{}, failed: map[key]int{},
	}
}

// post has f called by the loop.
func (l *loop) post(f func()) {
	l.mu.Lock()
	l.mail = append(l.mail, f)
	l.mu.Unlock()
	select {
	case l.signal <- struct{}{}:
	default:
	}
}

func (l *loop) kill() { l.once.Do(func() { close(l.killed) }) }

func (l *loop) take() []func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	mail := l.mail
	l.mail = nil
	return mail
}

// enqueue asks for a pass over a run.
func (l *loop) enqueue(k key) {
	if !l.queued[k] {
		l.queued[k] = true
		l.queue = append(l.queue, k)
	}
}

// wakeAt asks for a pass at a time, unless there is to be one before.
func (l *loop) wakeAt(k key, at time.Time) {
	if have, ok := l.wakes[k]; !ok || at.Before(have) {
		l.wakes[k] = at
	}
}

// retry asks for another pass over a run after a pause that gets longer each time.
func (l *loop) retry(k key) {
	pause := min(firstPause<<min(l.failed[k], 16), lastPause)
	l.failed[k]++
	l.wakeAt(k, l.clock.Now().Add(pause))
}

// wakeDue enqueues the runs whose time has come, and returns the next time; zero if there is none.
func (l *loop) wakeDue() time.Time {
	var next time.Time
	now := l.clock.Now()
	for k, at := range l.wakes {
		switch {
		case !now.Before(at):
			l.enqueue(k)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	return next
}

// turn makes passes until no run is in the queue and nothing was reported. It returns the next time to look.
func (l *loop) turn(pass func(key) error) (time.Time, error) {
	for {
		next := l.wakeDue()
		if len(l.queue) == 0 {
			mail := l.take()
			if len(mail) == 0 {
				return next, nil
			}
			for _, f := range mail {
				f()
			}
			continue
		}
		k := l.queue[0]
		l.queue = l.queue[1:]
		delete(l.queued, k)
		delete(l.wakes, k)
		if err := pass(k); err != nil {
			return next, err
		}
		select {
		case <-l.killed:
			return next, ErrKilled
		default:
		}
	}
}

// wait waits for news until a time; zero means for as long as it takes. It tells whether ctx has ended meanwhile.
func (l *loop) wait(ctx context.Context, until time.Time) (ended bool, err error) {
	var due <-chan time.Time
	if !until.IsZero() {
		timer := l.clock.NewTimer(until.Sub(l.clock.Now()))
		defer timer.Stop()
		due = timer.C()
	}
	select {
	case <-l.signal:
	case <-due:
	case <-ctx.Done():
		return true, nil
	case <-l.killed:
		return false, ErrKilled
	}
	return false, nil
}
