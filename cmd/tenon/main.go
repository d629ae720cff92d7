// Command tenon runs pipelines on this machine, checks them, and follows runs in clusters. Under other names it is the programs that its
// backends start: the step runner in containers, and what holds namespaces open.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/tenon-ci/tenon/pkg/cli"
	"github.com/tenon-ci/tenon/pkg/entrypoint"
	"github.com/tenon-ci/tenon/pkg/local/docker"
	"github.com/tenon-ci/tenon/pkg/local/oci"
	"github.com/tenon-ci/tenon/pkg/local/process"
	"github.com/tenon-ci/tenon/pkg/resolver/git/helper"
	"github.com/tenon-ci/tenon/pkg/when"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

// version is set when releases are built.
var version string

func main() { os.Exit(run()) }

func run() int {
	if filepath.Base(os.Args[0]) == "entrypoint" {
		return stepRunner()
	}
	if code, done := oci.Main(os.Args); done {
		return code
	}
	if len(os.Args) > 1 && os.Args[1] == process.Command {
		return process.Main(os.Args[2:])
	}
	if len(os.Args) > 1 && os.Args[1] == docker.Command {
		return docker.Main(os.Args[2:], os.Stderr)
	}
	if code, ended := inUserNamespace(os.Args); ended {
		return code
	}
	// git runs this program for what it must not do itself.
	helper.Run()
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	p := &cli.Program{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Version: versionOf(), Interrupts: interrupts,
	}
	p.Wire()
	return p.Main(context.Background(), os.Args[1:])
}

// inUserNamespace lets an ordinary user's containers be carried out by this program in a namespace in which it is root; ended says that
// this has been done. If it can't be, the commands say why, or choose another backend.
func inUserNamespace(args []string) (exitCode int, ended bool) {
	if len(args) < 2 || args[1] != "run" && args[1] != "clean" {
		return 0, false
	}
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, "--backend=")
		if arg == "--backend" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok && value != "oci" && value != "auto" {
			return 0, false
		}
	}
	exitCode, parent, err := oci.EnterUserNamespace()
	return exitCode, parent && err == nil
}

// stepRunner is the first process of steps where no smaller program is at hand for it.
func stepRunner() int {
	executable, _ := os.Executable()
	runner := &entrypoint.Runner{
		Env: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr, Executable: executable, Signals: entrypoint.NotifySignals(),
		FirstProcess: os.Getpid() == 1,
		CEL:          func() (when.Evaluator, error) { return cel.New() },
	}
	return runner.Main(os.Args[1:])
}

func versionOf() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
