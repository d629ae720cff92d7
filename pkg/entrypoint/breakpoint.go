package entrypoint

import (
	"context"
	"os"
	"strconv"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// breakpoint is a kind of pause (contract 2 §3.8). Its scripts leave a file named for the step and the script in
// DebugInfoDir; a marker there says that the step is paused.
type breakpoint struct {
	// notice is the log line, without the scripts.
	notice string
	// marker is the suffix of the file that exists during the pause.
	marker string
	// goOn and fail are the scripts.
	goOn, fail string
}

var (
	onFailure = breakpoint{
		notice: "debug onFailure breakpoint has taken effect, waiting for user's decision:",
		marker: "paused-onfailure",
		goOn:   "debug-continue",
		fail:   "debug-fail-continue",
	}
	beforeStep = breakpoint{
		notice: "debug before step breakpoint has taken effect, waiting for user's decision:",
		marker: "paused-beforestep",
		goOn:   "debug-beforestep-continue",
		fail:   "debug-beforestep-fail-continue",
	}
)

// script is the content of one of the scripts. It runs in the container of the paused step, where nothing but that
// step's directory exists, and needs a shell alone.
func (b breakpoint) script(name string) string {
	return `#!/bin/sh
set -e
for dir in ` + protocol.DebugInfoDir + `/*; do
	step="${dir##*/}"
	if [ ! -e "$dir/$step-` + b.marker + `" ]; then
		echo "step $step is not paused at a breakpoint of this kind" >&2
		exit 1
	fi
	: > "$dir/$step-` + name + `"
	echo "step $step: ` + name + `"
done
`
}

// pauseBefore pauses before the process. It returns false with the outcome if the step is over then.
func (s *step) pauseBefore(ctx context.Context) (outcome, bool) {
	if !s.PauseBefore {
		return outcome{}, true
	}
	switch choice, err := s.pause(ctx, beforeStep); {
	case err != nil:
		return s.interrupted(err), false
	case choice == choseCancel:
		s.logf("Step was cancelled")
		return outcome{ending: cancelled}, false
	case choice == choseFail:
		return outcome{ending: refused}, false
	default:
		return outcome{}, true
	}
}

// pauseAfter pauses after a failure and returns what the step's outcome is then.
func (s *step) pauseAfter(ctx context.Context, o outcome) outcome {
	failed := o.ending == notStarted || o.ending == exited && o.exit != (process.Exit{})
	if !s.PauseOnFailure || !failed || ctx.Err() != nil {
		return o
	}
	if o.err != nil {
		s.logf("Error executing command: %v", o.err)
		o.err = nil
	}
	switch choice, err := s.pause(ctx, onFailure); {
	case err != nil:
		return o
	case choice == choseCancel:
		s.logf("Step was cancelled")
		o.ending = cancelled
	case choice == choseFail:
		o.ending = refused
	default:
		o.ending = released
	}
	return o
}

type choice int

const (
	choseGoOn choice = iota
	choseFail
	choseCancel
)

// pause waits for the user's decision, the run's cancellation, or a signal, which is the error.
func (s *step) pause(ctx context.Context, b breakpoint) (choice, error) {
	dir := s.Layout.Path(protocol.DebugInfoDir + "/" + strconv.Itoa(s.Index))
	file := func(suffix string) string { return dir + "/" + strconv.Itoa(s.Index) + "-" + suffix }
	_ = makeDir(dir, sharedDir)
	// What a script left when nothing was paused does not count.
	_, _ = os.Remove(file(b.goOn)), os.Remove(file(b.fail))
	if err := writeFile(file(b.marker), nil, publicFile); err != nil {
		s.logf("warning: %v", err)
	}
	defer os.Remove(file(b.marker)) //nolint:errcheck // a left marker harms nobody
	s.logf("%s\n1) %s/%s\n2) %s/%s", b.notice, protocol.DebugScriptsDir, b.goOn, protocol.DebugScriptsDir, b.fail)
	dirs := []string{dir}
	if s.WatchCancel {
		dirs = append(dirs, s.Layout.Path(protocol.DownwardDir))
	}
	var chosen choice
	err := s.Watch.Until(ctx, dirs, nil, func() (bool, error) {
		switch {
		case s.runCancelled():
			chosen = choseCancel
		case exists(file(b.fail)):
			chosen = choseFail
		case exists(file(b.goOn)):
			chosen = choseGoOn
		default:
			return false, nil
		}
		return true, nil
	})
	return chosen, err
}
