// Command entrypoint-cel is command entrypoint for pods with guards in CEL, whose library is larger than all the rest.
package main

import (
	"os"

	"github.com/tenon-ci/tenon/pkg/entrypoint"
	"github.com/tenon-ci/tenon/pkg/when"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

func main() {
	runner := newRunner()
	runner.Signals = entrypoint.NotifySignals()
	os.Exit(runner.Main(os.Args[1:]))
}

func newRunner() *entrypoint.Runner {
	executable, _ := os.Executable()
	return &entrypoint.Runner{
		Env:          os.Environ(),
		Stdout:       os.Stdout,
		Stderr:       os.Stderr,
		Executable:   executable,
		FirstProcess: os.Getpid() == 1,
		CEL:          func() (when.Evaluator, error) { return cel.New() },
	}
}
