// Command entrypoint is the first process of every step: it waits for the step's turn, runs the user's command and
// reports how it ended. As init container it copies itself to where the steps find it.
package main

import (
	"os"

	"github.com/tenon-ci/tenon/pkg/entrypoint"
)

func main() {
	executable, _ := os.Executable()
	runner := &entrypoint.Runner{
		Env:          os.Environ(),
		Stdout:       os.Stdout,
		Stderr:       os.Stderr,
		Executable:   executable,
		Signals:      entrypoint.NotifySignals(),
		FirstProcess: os.Getpid() == 1,
	}
	os.Exit(runner.Main(os.Args[1:]))
}
