// Command sidecarlogresults writes a TaskRun's results to its log when the steps are over. Its one argument is a
// protocol.ResultsSidecar.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
	"github.com/tenon-ci/tenon/pkg/sidecarlogs"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		warn("%v", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("there are %d arguments instead of one with the configuration", len(args))
	}
	config, err := protocol.DecodeResultsSidecar(args[0])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	reporter := sidecarlogs.Reporter{Config: config, Log: os.Stdout, Warn: warn, Watch: watch.Watcher{Poll: config.PollInterval}}
	if err := reporter.Run(ctx); err != nil {
		return err
	}
	if config.Native {
		// The kubelet would start a native sidecar again.
		<-ctx.Done()
	}
	return nil
}

func warn(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
