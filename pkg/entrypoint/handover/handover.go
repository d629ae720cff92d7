// Package handover is how the steps of a pod tell each other that they are over: an empty file in the step's own
// directory, and, for runners that were killed and could leave none, a lock that the kernel drops (contract 2 §3.1). The
// lock counts only where it was seen to hold; elsewhere the end of a killed runner is for the pod's status to tell.
// Give and Hold are the side of the step, a Tracker that of whoever waits for it. It depends on the standard library
// only.
package handover

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// Permissions: steps of one pod may run as different users.
const (
	fileMode = 0o644
	dirMode  = 0o755
)

// Place translates paths of the protocol to where they lie.
type Place func(path string) string

// Give tells that step index is over.
func Give(index int, failed bool, place Place) error {
	file := place(protocol.DoneFile(index))
	if failed {
		file = place(protocol.FailedFile(index))
	}
	if err := os.MkdirAll(filepath.Dir(file), dirMode); err != nil {
		return fmt.Errorf("handing over: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("handing over: %w", err)
	}
	return errors.Join(f.Chmod(fileMode), f.Close())
}

// OnEnd calls gone when the runner of step index ends, or has ended, and where the containers of a pod do not see each other's
// locks perhaps before. It returns false while the runner has not begun.
func OnEnd(index int, place Place, gone func()) bool {
	return OnUnlock(filepath.Join(place(protocol.StepRunDir(index)), lockFile), gone)
}

// State is what is known of a step.
type State int

// States of a step.
const (
	// Open: the step is not over, or has not begun.
	Open State = iota
	// Done: the step is over and the next one may run.
	Done
	// Failed: the step failed, or its runner was seen to be alive and is gone without a word.
	Failed
)

// Tracker looks at one step. It is for one goroutine.
type Tracker struct {
	index    int
	place    Place
	wake     chan<- struct{}
	watching bool
	gone     atomic.Bool
}

// Track returns a tracker for step index. A value is sent to wake, without waiting, when the step's runner ends.
func Track(index int, place Place, wake chan<- struct{}) *Tracker {
	return &Tracker{index: index, place: place, wake: wake}
}

// Dir is the directory in which something changes when the step's state does.
func (t *Tracker) Dir() string { return t.place(protocol.StepRunDir(t.index)) }

// State returns what is known now.
func (t *Tracker) State() State {
	if !t.watching {
		t.watching = OnDeath(filepath.Join(t.Dir(), lockFile), func() {
			t.gone.Store(true)
			select {
			case t.wake <- struct{}{}:
			default:
			}
		})
	}
	// The order matters: a runner hands over and ends then.
	gone := t.gone.Load()
	switch {
	case exists(t.place(protocol.DoneFile(t.index))):
		return Done
	case gone, exists(t.place(protocol.FailedFile(t.index))):
		return Failed
	default:
		return Open
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
