package entrypoint

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// cancelWord is the content of the cancel file that stops a step.
const cancelWord = "CANCEL"

// turn is what the files of other steps say.
type turn int

const (
	notYet turn = iota
	mayStart
	passOver
	runCancelled
)

// waitForTurn waits until the step may start (contract 2 §3.1). It returns false with the outcome if it never may.
func (s *step) waitForTurn(ctx context.Context) (outcome, bool) {
	q := s.queue()
	var seen turn
	err := s.Watch.Until(ctx, q.dirs, q.wake, func() (bool, error) {
		seen = q.look()
		return seen != notYet, nil
	})
	if err != nil {
		return s.interrupted(err), false
	}
	switch seen {
	case passOver:
		s.logf("Skipping step because a previous step failed")
		return outcome{ending: passedOver}, false
	case runCancelled:
		s.logf("Skipping step because the run was cancelled")
		return outcome{ending: passedOver}, false
	default:
		return outcome{}, true
	}
}

// interrupted is the outcome of a wait that a signal ended.
func (s *step) interrupted(err error) outcome {
	return outcome{ending: interrupted, err: err}
}

// queue is one step's look at the one before it.
type queue struct {
	*step
	dirs   []string
	wake   chan struct{}
	before *handover.Tracker
}

func (s *step) queue() *queue {
	q := &queue{step: s, wake: make(chan struct{}, 1)}
	if s.Index > 0 {
		q.before = handover.Track(s.Index-1, s.Layout.Path, q.wake)
		q.dirs = append(q.dirs, q.before.Dir())
	}
	if s.WatchCancel || s.Index == 0 && s.WaitReady {
		q.dirs = append(q.dirs, s.Layout.Path(protocol.DownwardDir))
	}
	return q
}

// look decides by what there is now.
func (q *queue) look() turn {
	if q.runCancelled() {
		return runCancelled
	}
	if q.Index == 0 {
		if q.WaitReady && !hasContent(q.Layout.Path(protocol.ReadyFile)) {
			return notYet
		}
		return mayStart
	}
	switch q.before.State() {
	case handover.Done:
		return mayStart
	case handover.Failed:
		if q.PauseOnFailure {
			return mayStart
		}
		return passOver
	default:
		return notYet
	}
}

// runCancelled reports whether the run was cancelled and the pod is kept (contract 2 §3.4).
func (s *step) runCancelled() bool {
	if !s.WatchCancel {
		return false
	}
	content, err := os.ReadFile(s.Layout.Path(protocol.CancelFile))
	return err == nil && strings.TrimSpace(string(content)) == cancelWord
}

// waitForCancel closes the channel it returns when the run is cancelled. It ends with ctx.
func (s *step) waitForCancel(ctx context.Context) <-chan struct{} {
	if !s.WatchCancel {
		return nil
	}
	done := make(chan struct{})
	go func() {
		err := s.Watch.Until(ctx, []string{s.Layout.Path(protocol.DownwardDir)}, nil, func() (bool, error) {
			return s.runCancelled(), nil
		})
		if err == nil {
			close(done)
		}
	}()
	return done
}

func hasContent(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// errStopped is why a wait ends when the container is told to end.
var errStopped = errors.New("the container is told to end")
