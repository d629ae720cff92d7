// Command entrypoint-cel is command entrypoint for pods with guards in CEL, whose library is larger than all the rest.
package main

import (
	"os"

	"github.com/tenon-ci/tenon/pkg/entrypoint"
	"github.com/tenon-ci/tenon/pkg/when"
	"github.com/tenon-ci/tenon/pkg/when/cel"
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
		CEL:          func() (when.Evaluator, error) { return cel.New() },
	}
	os.Exit(runner.Main(os.Args[1:]))
}
