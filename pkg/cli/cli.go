// Package cli has the commands of the program tenon. What they do is in other packages; here is how people ask for it and what they see.
//
//	cli.go      the program and its exit codes
//	run.go      tenon run: flags; request.go what they mean; follow.go a run from its start to its end
//	clean.go    tenon clean
//	places.go   where the program keeps things
//	console.go  what is known about the terminal
//	wire.go     which packages do the work
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/local/folders"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// Exit codes of the program.
const (
	exitFailed = 1
	// exitRefused is that of wrong flags and of objects that are not admitted.
	exitRefused = 2
	// exitInterrupted is that of a run that was stopped by Ctrl-C, as shells have it.
	exitInterrupted = 130
)

// exitError ends the program with a code. Without an error everything was said already.
type exitError struct {
	code int
	err  error
}

// Error implements error.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

// ExitCode is that of the program.
func (e *exitError) ExitCode() int { return e.code }

func refused(err error) error { return &exitError{code: exitRefused, err: err} }

// Program is what the commands work with.
type Program struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Version  string
	// Interrupts are the signals that ask the program to stop.
	Interrupts <-chan os.Signal
	// Admit reads and admits files.
	Admit func(ctx context.Context, files Files) (*Admitted, error)
	// Start prepares a run; nothing runs before Session.Run.
	Start func(ctx context.Context, s Setup) (Session, error)
	// Clean removes what is asked for and says what it removed, in one line each.
	Clean func(ctx context.Context, c Cleaning) ([]string, error)
	// Others makes the commands of other packages. IsSaid tells of an error of theirs that users know already what it would say.
	Others func() []*cobra.Command
	IsSaid func(error) bool
}

// Files says what to read.
type Files struct {
	// Paths are files and folders; "-" is In.
	Paths []string
	In    io.Reader
	// Features are feature flags, which win over those of the files.
	Features map[string]string
}

// Admitted is what became of the files.
type Admitted struct {
	// Objects are those that are admitted, in version v1, with their defaults.
	Objects []runtime.Object
	// Problems have file, line and column. Refusals keep objects from being run.
	Refusals, Warnings []string
	// Again admits a run that flags made or changed, and returns it with its defaults, or why it is refused.
	Again func(ctx context.Context, run runtime.Object) (admitted runtime.Object, refusals []string)
}

// Setup says what to run, and how.
type Setup struct {
	Objects []runtime.Object
	Run     metav1.Object
	// Backend is oci, docker, host or auto; Network is host, private or none; Pull is empty, always, missing or never.
	Backend, Network, Pull    string
	Images, Mirrors, Insecure []string
	Places                    Places
	State                     *folders.State
	Folders                   *folders.Folders
	// Open returns where the output of a container goes.
	Open func(pod *corev1.Pod, container string) io.WriteCloser
	// Changed is called after each change of an object; it must not block.
	Changed func()
	// Warn hears what can't be as the run asks for it.
	Warn func(string)
}

// Session is a run on this machine.
type Session interface {
	// Run returns when the run is over. The run's failure is not an error.
	Run(ctx context.Context) error
	// Cancel asks the run to end; tasks of finally still run. Kill ends it at once.
	Cancel()
	Kill()
	Snapshot() runtree.Objects
	// Objects are the run and its children.
	Objects() []runtime.Object
	// Warnings are what means nothing on this machine.
	Warnings() []string
	// Close removes what the run has left.
	Close() error
}

// Main carries out a command line and returns the exit code.
func (p *Program) Main(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := exitFailed
	if strings.HasPrefix(err.Error(), "unknown command") {
		code = exitRefused
	}
	if p.IsSaid != nil && p.IsSaid(err) {
		return code
	}
	var withCode interface{ ExitCode() int }
	if errors.As(err, &withCode) {
		code = withCode.ExitCode()
	}
	var silent interface {
		ExitCode() int
		Unwrap() error
	}
	if !errors.As(err, &silent) || silent.Unwrap() != nil {
		_, _ = fmt.Fprintf(p.Err, "tenon: %v\n", err)
	}
	return code
}

const rootHelp = `Tenon runs pipelines that are written for Tekton: Tasks, whose steps are containers, and Pipelines of Tasks.

This program runs them on this machine, in the same way as a cluster does, checks the files, and follows runs in a cluster.

  tenon run pipeline.yaml          run what is in a file, and follow it
  tenon run task.yaml -p who=me    give a parameter its value
  tenon lint .                     find mistakes in all files of a folder
  tenon graph pipeline.yaml        show the order of the tasks
  tenon migrate check --cluster    say what would act otherwise in Tenon than in a cluster now

"tenon COMMAND --help" tells more about each command, with examples.`

func (p *Program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "tenon",
		Short:         "Run pipelines where you write them",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return refused(fmt.Errorf("%w; see %s --help", err, cmd.CommandPath()))
	})
	root.AddCommand(p.runCommand(), p.cleanCommand(), p.versionCommand())
	if p.Others != nil {
		root.AddCommand(p.Others()...)
	}
	return root
}

func (p *Program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.Out, "tenon %s\n", p.Version)
			return err
		},
	}
}
