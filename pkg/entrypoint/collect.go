package entrypoint

import (
	"errors"
	"io/fs"

	"github.com/tenon-ci/tenon/pkg/entrypoint/foreign"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// maxRead is the most bytes read of a file for the termination message: more than fits into any.
const maxRead = 1 << 20

// artifactsKey is the key of entries with artifacts.
const artifactsKey = "artifacts"

// collect returns the results and artifacts that the step left (contract 2 §4). A file that is too large for any message
// is an *termination.Overflow.
func (s *step) collect() ([]termination.Entry, error) {
	if s.ResultsFrom == protocol.ResultsFromSidecarLogs {
		return nil, nil
	}
	var entries []termination.Entry
	for _, r := range s.TaskResults {
		if err := s.collectFile(&entries, protocol.TaskResult(r.Name), r.Name, termination.TaskResult); err != nil {
			return nil, err
		}
	}
	for _, r := range s.StepResults {
		if err := s.collectFile(&entries, protocol.StepResult(s.Index, r.Name), r.Name, termination.StepResult); err != nil {
			return nil, err
		}
	}
	if !s.Artifacts {
		return entries, nil
	}
	if err := s.collectArtifacts(&entries, protocol.StepArtifacts(s.Index), termination.StepArtifacts); err != nil {
		return nil, err
	}
	return entries, s.collectArtifacts(&entries, protocol.TaskArtifacts(), termination.TaskArtifacts)
}

// publish lets every user read what the step left, whatever the umask of its process: the results sidecar and the
// runners of other steps may be other users.
func (s *step) publish() {
	var left []protocol.Left
	for _, r := range s.TaskResults {
		left = append(left, protocol.TaskResult(r.Name))
	}
	for _, r := range s.StepResults {
		left = append(left, protocol.StepResult(s.Index, r.Name))
	}
	if s.Artifacts {
		left = append(left, protocol.StepArtifacts(s.Index), protocol.TaskArtifacts())
	}
	for _, l := range left {
		// What is wrong with a file is told when it is read; that of another user is that user's to give.
		_ = foreign.Publish(s.Layout.Path(l.Dir), l.Name)
	}
}

func (s *step) collectFile(entries *[]termination.Entry, left protocol.Left, name string, kind termination.Type) error {
	if !isName(name) {
		s.logf("warning: %q is no name of a result", name)
		return nil
	}
	content, ok, err := s.readOutput(left, name, kind)
	if ok {
		*entries = append(*entries, termination.Entry{Key: name, Value: string(content), Type: kind})
	}
	return err
}

// collectArtifacts adds an artifacts file in compact form; what is not of the expected form is left out.
func (s *step) collectArtifacts(entries *[]termination.Entry, left protocol.Left, kind termination.Type) error {
	content, ok, err := s.readOutput(left, artifactsKey, kind)
	if err != nil || !ok {
		return err
	}
	a, err := parseArtifacts(content)
	if err != nil {
		s.logf("warning: %s: %v", left.File(), err)
		return nil
	}
	*entries = append(*entries, termination.Entry{Key: artifactsKey, Value: compactJSON(a), Type: kind})
	return nil
}

// readOutput reads a file that a process may have left. It returns false if there is none, or none that can be read.
func (s *step) readOutput(left protocol.Left, name string, kind termination.Type) ([]byte, bool, error) {
	content, err := foreign.Read(s.Layout.Path(left.Dir), left.Name, maxRead)
	var tooLarge *foreign.TooLargeError
	switch {
	case errors.As(err, &tooLarge):
		size := int(tooLarge.Size)
		return nil, false, &termination.Overflow{Type: kind, Name: name, Bytes: size, Message: size, Limit: s.limit()}
	case err != nil:
		if !errors.Is(err, fs.ErrNotExist) {
			s.logf("warning: %s is left out: %s: %v", kind, left.File(), err)
		}
		return nil, false, nil
	}
	return content, true, nil
}

// limit is the most bytes of this container's message.
func (s *step) limit() int {
	if s.MessageLimit > 0 {
		return s.MessageLimit
	}
	return protocol.MaxTerminationMessage
}
