package entrypoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
	"github.com/tenon-ci/tenon/pkg/when"
)

// Runner is the surroundings of a call. The zero value of every optional member is what fits a container.
type Runner struct {
	Layout Layout
	// Env is the environment, in the form of os.Environ.
	Env []string
	// Stdout and Stderr are the container's log. The runner's own lines go to Stderr.
	Stdout, Stderr *os.File
	// Log gets the runner's own lines; nil means Stderr.
	Log io.Writer
	// Executable is the file of the runner that CommandInit copies to where steps find it.
	Executable string
	// Link lets CommandInit make hard links to Executable in the place of copies where it can.
	Link bool
	// Signals delivers what the container is told. It may be nil.
	Signals <-chan os.Signal
	// FirstProcess says that this is process 1 of the container: ended processes without a parent are its to collect.
	FirstProcess bool
	// CEL makes the evaluator for guards in CEL; nil makes such a guard an error.
	CEL func() (when.Evaluator, error)
	// Platform is the node's, such as linux/arm64/v8. Empty means that of this program.
	Platform string
	// Watch says how to wait for files.
	Watch watch.Watcher
	// CancelGrace is how long a cancelled process may take to end by itself; 0 means five seconds.
	CancelGrace time.Duration
}

const (
	defaultCancelGrace = 5 * time.Second
	// killGrace is how long the end of a killed process is waited for; only a process stuck in the kernel takes long.
	killGrace = 10 * time.Second
)

const subcommands = protocol.CommandInit + ", " + protocol.CommandAwait + ", " + protocol.CommandStep + ", " + protocol.CommandSidecar

// Main runs the subcommand that args name and returns the exit code.
func (r *Runner) Main(args []string) int {
	if len(args) == 0 {
		r.logf("the first argument must be one of %s", subcommands)
		return codeMisconfigured
	}
	switch args[0] {
	case protocol.CommandInit:
		if err := r.prepare(args[1:]); err != nil {
			r.logf("preparing the pod: %v", err)
			return codeFailed
		}
		return 0
	case protocol.CommandAwait:
		if err := r.await(); err != nil {
			r.logf("waiting for the pod's preparation: %v", err)
			return codeFailed
		}
		return 0
	case protocol.CommandStep:
		return r.step(args[1:])
	case protocol.CommandSidecar:
		return r.sidecar(args[1:])
	default:
		r.logf("unknown subcommand %q: use one of %s", args[0], subcommands)
		return codeMisconfigured
	}
}

// logf writes one line to the container's log.
func (r *Runner) logf(format string, args ...any) {
	var to io.Writer = r.Stderr
	if r.Log != nil {
		to = r.Log
	}
	_, _ = io.WriteString(to, fmt.Sprintf(format, args...)+"\n")
}

// step is one run of a step.
type step struct {
	*Runner
	protocol.Step
	// argv is the user's command line.
	argv []string
	// startedAt is when the process was about to start.
	startedAt time.Time
	relay     *relay
	hold      io.Closer
}

// step runs one step and returns the container's exit code.
func (r *Runner) step(args []string) int {
	config, argv, err := parseStep(args)
	s := &step{Runner: r, Step: config, argv: argv}
	if err != nil {
		return s.finish(outcome{ending: misconfigured, err: err})
	}
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	s.relay = relaySignals(r.Signals, stop)
	return s.finish(s.guarded(ctx))
}

// parseStep takes apart the arguments after CommandStep. Of a configuration it can't read it returns the step's index at
// least, so that the other steps can be told.
func parseStep(args []string) (protocol.Step, []string, error) {
	if len(args) == 0 {
		return protocol.Step{Index: unknownIndex}, nil, errors.New("the step's configuration is missing")
	}
	config, err := protocol.DecodeStep(args[0])
	if err != nil {
		return protocol.Step{Index: guessIndex(args[0])}, nil, err
	}
	if len(args) < 2 || args[1] != "--" {
		return config, nil, errors.New(`the step's configuration is not followed by "--"`)
	}
	if config.Index < 0 || !isName(config.Container) {
		return config, nil, fmt.Errorf("step %d has container name %q", config.Index, config.Container)
	}
	return config, args[2:], nil
}

// isName reports whether a name from the configuration is one element of a path.
func isName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\\x00")
}

// guarded is run with panics made into an outcome.
func (s *step) guarded(ctx context.Context) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			s.logf("%s", debug.Stack())
			o = outcome{ending: broken, err: fmt.Errorf("the runner has a bug: %v", p)}
		}
	}()
	return s.run(ctx)
}

// run takes a step through its phases up to the end of its process.
func (s *step) run(ctx context.Context) outcome {
	if err := s.checkPrepared(); err != nil {
		return outcome{ending: unprepared, err: err}
	}
	if err := s.makeDirs(); err != nil {
		return outcome{ending: broken, err: err}
	}
	if err := s.credentials(); err != nil {
		return outcome{ending: misconfigured, err: err}
	}
	if o, ok := s.waitForTurn(ctx); !ok {
		return o
	}
	if o, ok := s.pauseBefore(ctx); !ok {
		return o
	}
	s.startedAt = time.Now()
	work, o, ok := s.plan()
	if !ok {
		return o
	}
	o = s.execute(ctx, work)
	return s.pauseAfter(ctx, o)
}

// makeDirs makes the directories that others expect of this step, and shows that it is alive.
func (s *step) makeDirs() error {
	status := s.Layout.Path(protocol.StepStatusDir(s.Index))
	err := errors.Join(makeDir(status, publicDir), makeDir(status+"/results", sharedDir), makeDir(status+"/artifacts", sharedDir))
	if err != nil {
		return fmt.Errorf("making the step's directories: %w", err)
	}
	hold, err := handover.Hold(s.Index, s.Layout.Path)
	if err != nil {
		// Others notice the death of this step's container later then; that's no reason to fail.
		s.logf("warning: %v", err)
		return nil
	}
	s.hold = hold
	return nil
}
