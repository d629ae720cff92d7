// Command nop does nothing, successfully: it takes the place of containers that are no longer needed. With the argument
// tekton_run_indefinitely it goes on doing nothing until it is told to end.
package main

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
)

const runIndefinitely = "tekton_run_indefinitely"

func main() {
	if slices.Contains(os.Args[1:], runIndefinitely) {
		wait()
	}
}

// wait returns when the process is told to end. Until then it collects ended processes that were left to it, as the first
// process of a container has to.
func wait() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-end:
			return
		case <-children:
			reap()
		}
	}
}
