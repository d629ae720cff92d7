package entrypoint

import (
	"errors"
	"fmt"
	"os"
)

// streams are the process's output, each with or without a copy to a file (contract 2 §3.9).
type streams struct{ out, err *stream }

func (s *step) openStreams() (streams, error) {
	out, err := openStream(s.Runner.Stdout, s.Step.Stdout)
	if err != nil {
		return streams{}, err
	}
	errs, err := openStream(s.Runner.Stderr, s.Step.Stderr)
	if err != nil {
		return streams{}, errors.Join(err, out.finish())
	}
	return streams{out: out, err: errs}, nil
}

// finish is to be called when the process has ended, or could not be started.
func (s streams) finish() error { return errors.Join(s.out.finish(), s.err.finish()) }

// stream is one output of the process: the container's log itself, or a pipe whose content goes both there and into the
// file.
type stream struct {
	log  *os.File
	copy *copyFile
}

// file is what the process writes to.
func (s *stream) file() *os.File {
	if s.copy != nil {
		return s.copy.in
	}
	return s.log
}

func (s *stream) finish() error {
	if s.copy == nil {
		return nil
	}
	return s.copy.finish()
}

func openStream(log *os.File, path string) (*stream, error) {
	if path == "" {
		return &stream{log: log}, nil
	}
	c, err := openCopy(log, path)
	if err != nil {
		return nil, fmt.Errorf("copying output: %w", err)
	}
	return &stream{log: log, copy: c}, nil
}
