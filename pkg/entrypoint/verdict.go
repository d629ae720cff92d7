package entrypoint

import (
	"strconv"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// ending is what happened to a step.
type ending int

const (
	// broken: the step could not get as far as its process; the error says why. It is the zero value, so that nothing is
	// taken for a success by accident.
	broken ending = iota
	// exited: the process ended by itself or by a signal of somebody else.
	exited
	// notStarted: the process could not be started.
	notStarted
	// misconfigured: credentials contradict each other, or the runner was called the wrong way.
	misconfigured
	// passedOver: an earlier step failed, or the run was cancelled before this step's turn.
	passedOver
	// guardFalse: the guards do not hold.
	guardFalse
	// timedOut: the process was killed because it took longer than the step's timeout.
	timedOut
	// cancelled: the process was stopped because the run was cancelled.
	cancelled
	// released: paused after a failure, the user chose to go on as if it had succeeded.
	released
	// refused: paused, the user chose to let the step fail.
	refused
	// interrupted: the container was told to end before the process started.
	interrupted
	// unprepared: the step was started before the pod was prepared.
	unprepared
)

// outcome is an ending with what belongs to it.
type outcome struct {
	ending ending
	// exit is the process's, for exited.
	exit process.Exit
	// ran says that there was a process, which may have left results.
	ran bool
	// err says why, for the endings that are failures of the runner's own.
	err error
}

// Exit codes of the container (contract 2 §3.3).
const (
	codeFailed        = 1
	codeMisconfigured = 2
	codeCancelled     = 9
	codeInterrupted   = 143
	codeSignaled      = 255
	// ignoredSignal is shown as exit code of a process ended by a signal whose error is ignored.
	ignoredSignal = -1
)

// codeNotStarted is what shells return for a command that is not there.
const codeNotStarted = 127

// verdict is what a step's end means to others.
type verdict struct {
	// code is the container's exit code.
	code int
	// reason and exitCode go into the termination message.
	reason   termination.Reason
	exitCode *int
	// exitFile is the content of the exit code file; empty means that there is none.
	exitFile string
	// failed makes the following steps be passed over.
	failed bool
}

// judge is the table of contract 2 §3.3.
func judge(o outcome, onErrorContinue bool) verdict {
	switch o.ending {
	case exited:
		return judgeExit(o.exit, onErrorContinue)
	case released:
		return verdict{exitFile: "0"}
	case guardFalse:
		return verdict{reason: termination.Skipped, exitFile: "0"}
	case unprepared:
		return verdict{code: codeFailed, reason: termination.NotPrepared, failed: true}
	case passedOver:
		return verdict{code: codeFailed, reason: termination.Skipped, failed: true}
	case timedOut:
		return verdict{code: codeFailed, reason: termination.TimeoutExceeded, failed: true}
	case cancelled:
		return verdict{code: codeCancelled, reason: termination.Cancelled, exitFile: "killed", failed: true}
	case misconfigured:
		return verdict{code: codeMisconfigured, failed: true}
	case interrupted:
		return verdict{code: codeInterrupted, failed: true}
	default: // broken, notStarted, refused
		return verdict{code: codeFailed, failed: true}
	}
}

func judgeExit(exit process.Exit, onErrorContinue bool) verdict {
	if exit == (process.Exit{}) {
		return verdict{exitFile: "0"}
	}
	if onErrorContinue {
		code := exit.Code
		if exit.Signaled {
			code = ignoredSignal
		}
		return verdict{reason: termination.Continued, exitCode: &code, exitFile: strconv.Itoa(code)}
	}
	code := exit.Code
	if exit.Signaled {
		code = codeSignaled
	}
	return verdict{code: code, failed: true}
}

// withOverflow is v for a step whose results do not fit into its message: it failed, whatever its process said. The exit
// code file stays, it is about the process.
func (v verdict) withOverflow() verdict {
	if v.reason == termination.Cancelled || v.reason == termination.TimeoutExceeded {
		return v
	}
	return verdict{code: codeFailed, exitFile: v.exitFile, failed: true}
}
