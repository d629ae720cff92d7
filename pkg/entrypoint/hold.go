package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// Intervals of looking while the preparing container stays. Nothing waits for its end but the pod's readiness, and it can stay for
// hours.
const (
	holdPoll    = 250 * time.Millisecond
	holdRecheck = time.Minute
)

// markPrepared tells the hook and the steps that everything is there.
func (r *Runner) markPrepared() error {
	return writeFile(r.Layout.Path(protocol.PreparedFile), nil, publicFile)
}

// hold stays until the first step is over, however it ended, or the container is told to end. A pod is ready as long as all of its
// ordinary containers run, so this one must not be the first to go; nor may it be the last.
func (r *Runner) hold() {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	relaySignals(r.Signals, stop)
	wake := make(chan struct{}, 1)
	first := handover.Track(0, r.Layout.Path, wake)
	var watching bool
	var gone atomic.Bool
	isOver := func() (bool, error) {
		if !watching {
			// To end too early is no harm here, as it would be for a step, so a lock that was never seen to hold counts.
			watching = handover.OnEnd(0, r.Layout.Path, func() {
				gone.Store(true)
				select {
				case wake <- struct{}{}:
				default:
				}
			})
		}
		return gone.Load() || first.State() != handover.Open, nil
	}
	look := r.Watch
	if look.Poll == 0 {
		look.Poll = holdPoll
	}
	if look.Recheck == 0 {
		look.Recheck = holdRecheck
	}
	// The only error is that of the signal, and that is no failure.
	_ = look.Until(ctx, []string{first.Dir()}, wake, isOver)
}

// await returns when everything is prepared. There is no limit: a hook that gives up makes the kubelet end the container that
// prepares, and a slow disk is no reason for that. If that container ends, this process ends with it.
func (r *Runner) await() error {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	relaySignals(r.Signals, stop)
	file := r.Layout.Path(protocol.PreparedFile)
	return r.Watch.Until(ctx, []string{filepath.Dir(file)}, nil, func() (bool, error) {
		_, err := os.Lstat(file)
		return err == nil, nil
	})
}

// errNotPrepared is why a step cannot do anything yet.
var errNotPrepared = errors.New("the step was started before the pod was prepared")

// checkPrepared fails if a node has started the step too early. The runner itself is the first thing that is there.
func (s *step) checkPrepared() error {
	_, err := os.Lstat(s.Layout.Path(protocol.PreparedFile))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return errNotPrepared
	default:
		return fmt.Errorf("looking whether the pod is prepared: %w", err)
	}
}
