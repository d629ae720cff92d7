package entrypoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// hookLimit is how long the two processes of the preparing container wait for each other. The kubelet runs the hook right
// after the container's start; it never comes if the kubelet was restarted in between.
const hookLimit = time.Minute

var errHookLimit = errors.New("nothing happened within " + hookLimit.String())

// holdForHook says that everything is prepared and stays until the hook has seen it and ended. If no hook comes that is no
// failure: it then has nobody to hold back.
func (r *Runner) holdForHook() error {
	if err := writeFile(r.Layout.Path(protocol.PreparedFile), nil, publicDir); err != nil {
		return err
	}
	ctx, cancel := r.untilSignalled()
	defer cancel()
	file := r.Layout.Path(protocol.HookFile)
	wake := make(chan struct{}, 1)
	var watching bool
	var ended atomic.Bool
	_ = r.Watch.Until(ctx, []string{filepath.Dir(file)}, wake, func() (bool, error) {
		if !watching {
			watching = handover.OnUnlock(file, func() {
				ended.Store(true)
				wake <- struct{}{}
			})
		}
		return ended.Load(), nil
	})
	return nil
}

// await returns when everything is prepared. The lock it takes goes with the process, not before.
func (r *Runner) await() error {
	ctx, cancel := r.untilSignalled()
	defer cancel()
	file := r.Layout.Path(protocol.PreparedFile)
	err := r.Watch.Until(ctx, []string{filepath.Dir(file)}, nil, func() (bool, error) {
		_, err := os.Lstat(file)
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	r.hookLock, err = handover.Lock(r.Layout.Path(protocol.HookFile))
	return err
}

// untilSignalled ends when the container is told to end, and at hookLimit.
func (r *Runner) untilSignalled() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), hookLimit, errHookLimit)
	ctx, stop := context.WithCancelCause(ctx)
	relaySignals(r.Signals, stop)
	return ctx, func() {
		stop(nil)
		cancel()
	}
}
