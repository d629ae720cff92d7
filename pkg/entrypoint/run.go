package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
)

// execute starts the process and sees it to its end.
func (s *step) execute(ctx context.Context, w work) outcome {
	if err := context.Cause(ctx); err != nil {
		return s.interrupted(err)
	}
	streams, err := s.openStreams()
	if err != nil {
		return outcome{ending: broken, err: err}
	}
	child, err := process.Start(process.Spec{
		Argv:     w.argv,
		Env:      w.env,
		Stdout:   streams.out.file(),
		Stderr:   streams.err.file(),
		Hermetic: s.Hermetic,
		Reap:     s.FirstProcess,
	})
	if err != nil {
		return outcome{ending: notStarted, err: errors.Join(err, streams.finish())}
	}
	s.relay.attach(child)
	defer s.relay.detach()
	o := s.supervise(child)
	o.ran = true
	if err := streams.finish(); err != nil && o.ending == exited && o.exit == (process.Exit{}) {
		return outcome{ending: broken, ran: true, err: err}
	}
	return o
}

// supervise waits for the process's end and brings it about when the time is over or the run is cancelled.
func (s *step) supervise(child *process.Child) outcome {
	var expired <-chan time.Time
	if s.Timeout > 0 {
		timer := time.NewTimer(s.Timeout)
		defer timer.Stop()
		expired = timer.C
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	runCancelled := s.waitForCancel(ctx)
	select {
	case <-child.Done():
		return outcome{ending: exited, exit: child.Exit()}
	case <-expired:
		if ended(child) {
			return outcome{ending: exited, exit: child.Exit()}
		}
		s.kill(child)
		return outcome{ending: timedOut, err: fmt.Errorf("the step exceeded its timeout of %v", s.Timeout)}
	case <-runCancelled:
		s.terminate(child)
		s.logf("Step was cancelled")
		return outcome{ending: cancelled}
	}
}

func ended(child *process.Child) bool {
	select {
	case <-child.Done():
		return true
	default:
		return false
	}
}

// terminate asks the process to end, and kills it if it doesn't in time.
func (s *step) terminate(child *process.Child) {
	grace := s.CancelGrace
	if grace == 0 {
		grace = defaultCancelGrace
	}
	if err := child.Signal(signalTerminate); err != nil {
		s.logf("warning: %v", err)
	}
	select {
	case <-child.Done():
	case <-time.After(grace):
		s.kill(child)
	}
}

// kill ends the process. It does not wait for ever: when this program ends as the first of its container, the kernel ends
// what is left.
func (s *step) kill(child *process.Child) {
	if err := child.Kill(); err != nil {
		s.logf("warning: %v", err)
	}
	select {
	case <-child.Done():
	case <-time.After(killGrace):
		s.logf("warning: the process does not end although it was killed")
	}
}
