package entrypoint

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
)

// relay passes signals on to the step's process group while there is one. One that means the end also stops all waiting
// for something else than the process.
type relay struct {
	stop context.CancelCauseFunc

	mu    sync.Mutex
	child *process.Child
	last  os.Signal
}

func relaySignals(signals <-chan os.Signal, stop context.CancelCauseFunc) *relay {
	r := &relay{stop: stop}
	if signals != nil {
		go r.pass(signals)
	}
	return r
}

func (r *relay) pass(signals <-chan os.Signal) {
	for s := range signals {
		r.mu.Lock()
		child := r.child
		if isEnd(s) {
			r.stop(fmt.Errorf("%w: signal %v", errStopped, s))
			if child == nil {
				r.last = s
			}
		}
		r.mu.Unlock()
		if child != nil {
			_ = child.Signal(s)
		}
	}
}

// attach makes child the one that gets the signals. It also gets the one that came too early for it.
func (r *relay) attach(child *process.Child) {
	r.mu.Lock()
	r.child = child
	last := r.last
	r.mu.Unlock()
	if last != nil {
		_ = child.Signal(last)
	}
}

// detach makes signals stop the waiting again.
func (r *relay) detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.child = nil
}
