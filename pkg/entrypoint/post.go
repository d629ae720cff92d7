package entrypoint

import (
	"encoding/json"
	"errors"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// unknownIndex is the index of a step whose configuration can't be read.
const unknownIndex = -1

// finish tells everybody how the step ended, the next step last, and returns the container's exit code.
func (s *step) finish(o outcome) (code int) {
	v := verdict{code: codeFailed, failed: true}
	defer func() {
		if p := recover(); p != nil {
			s.logf("the runner has a bug: %v\n%s", p, debug.Stack())
			v, code = verdict{failed: true}, codeFailed
		}
		s.handOver(v.failed)
	}()
	s.logOutcome(o)
	v = s.report(o)
	return v.code
}

func (s *step) logOutcome(o outcome) {
	switch {
	case o.err == nil:
	case o.ending == notStarted && s.OnErrorContinue:
		s.logf("Error executing command: %v (onError: continue is for commands that were started)", o.err)
	case o.ending == notStarted:
		s.logf("Error executing command: %v", o.err)
	case o.ending == timedOut && s.OnErrorContinue:
		s.logf("%v (onError: continue has no effect on that)", o.err)
	default:
		s.logf("%v", o.err)
	}
}

// report writes the termination message and the exit code file.
func (s *step) report(o outcome) verdict {
	v := judge(o, s.OnErrorContinue && !s.PauseOnFailure)
	book := termination.Bookkeeping{StartedAt: s.startedAt, ExitCode: v.exitCode, Reason: v.reason}
	var entries []termination.Entry
	var err error
	if o.ran {
		s.publish()
		entries, err = s.collect()
	}
	message := ""
	if err == nil {
		message, err = s.encode(entries, book)
	}
	var tooLarge *termination.Overflow
	switch {
	case errors.As(err, &tooLarge):
		s.logf("Termination message is above max allowed size %d, caused by large task result.\n%v", s.limit(), tooLarge)
		v = v.withOverflow()
		message = s.encodeOverflow(termination.Bookkeeping{StartedAt: s.startedAt, Reason: v.reason, Overflow: tooLarge})
	case err != nil:
		s.logf("warning: %v", err)
	}
	s.write(message, v.exitFile)
	return v
}

// write leaves the files about the step. The message's file belongs to the kubelet, so it is written in place.
func (s *step) write(message, exitCode string) {
	if s.Index == unknownIndex {
		return
	}
	if exitCode != "" {
		file := s.Layout.Path(protocol.StepStatusDir(s.Index)) + "/exitCode"
		if err := writeFile(file, []byte(exitCode), publicFile); err != nil {
			s.logf("warning: %v", err)
		}
	}
	if err := os.WriteFile(s.Layout.Path(protocol.TerminationFile), []byte(message), publicFile); err != nil {
		s.logf("warning: writing termination message: %v", err)
	}
}

func (s *step) encode(entries []termination.Entry, b termination.Bookkeeping) (string, error) {
	return termination.Encode(append(entries, b.Entries()...), termination.EncodeOptions{Limit: s.limit(), Compress: s.Compress})
}

// encodeOverflow drops the start time, and then everything, where the limit is that small.
func (s *step) encodeOverflow(b termination.Bookkeeping) string {
	message, err := s.encode(nil, b)
	if err != nil {
		b.StartedAt = time.Time{}
		message, err = s.encode(nil, b)
	}
	if err != nil {
		return ""
	}
	return message
}

// handOver tells the steps after this one that it is over. It must not fail: if the file can't be written, the end of
// this program, which holds a lock, says that the step failed.
func (s *step) handOver(failed bool) {
	if s.Index == unknownIndex {
		return
	}
	if err := handover.Give(s.Index, failed, s.Layout.Path); err != nil {
		s.logf("%v", err)
	}
	if s.hold != nil {
		_ = s.hold.Close()
	}
}

// guessIndex finds the index in a configuration that is not valid as a whole.
func guessIndex(text string) int {
	d := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return unknownIndex
		}
		if token != "index" {
			continue
		}
		var index int
		if d.Decode(&index) != nil || index < 0 {
			return unknownIndex
		}
		return index
	}
}
