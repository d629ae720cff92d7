//go:build unix

package entrypoint

import (
	"os"
	"os/signal"
	"syscall"
)

// maxSignal is the highest number of a signal; 32 and 33 belong to C libraries.
const maxSignal = 64

// NotifySignals returns a channel with the signals that this process gets and that are passed on: all but the end of
// children, those that this program's own runtime and its writes to the log cause, and those that can't be caught.
func NotifySignals() <-chan os.Signal {
	signals := make(chan os.Signal, 2*maxSignal)
	for n := syscall.Signal(1); n <= maxSignal; n++ {
		switch n {
		case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE, syscall.SIGKILL, syscall.SIGSTOP, 32, 33:
		default:
			signal.Notify(signals, n)
		}
	}
	return signals
}

// isEnd reports whether a signal means that the container is to end.
func isEnd(s os.Signal) bool {
	return s == syscall.SIGTERM || s == syscall.SIGINT || s == syscall.SIGQUIT || s == syscall.SIGHUP
}

const signalTerminate = syscall.SIGTERM
