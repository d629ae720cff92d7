package entrypoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

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
		if err := s.collectFile(&entries, protocol.ResultsDir, r.Name, termination.TaskResult); err != nil {
			return nil, err
		}
	}
	for _, r := range s.StepResults {
		if err := s.collectFile(&entries, protocol.StepStatusDir(s.Index)+"/results", r.Name, termination.StepResult); err != nil {
			return nil, err
		}
	}
	if !s.Artifacts {
		return entries, nil
	}
	own := protocol.StepStatusDir(s.Index) + "/artifacts/" + protocol.ProvenanceFile
	if err := s.collectArtifacts(&entries, own, termination.StepArtifacts); err != nil {
		return nil, err
	}
	return entries, s.collectArtifacts(&entries, protocol.TaskArtifactsFile(), termination.TaskArtifacts)
}

func (s *step) collectFile(entries *[]termination.Entry, dir, name string, kind termination.Type) error {
	if !isName(name) {
		s.logf("warning: %q is no name of a result", name)
		return nil
	}
	content, ok, err := s.readOutput(dir+"/"+name, name, kind)
	if ok {
		*entries = append(*entries, termination.Entry{Key: name, Value: string(content), Type: kind})
	}
	return err
}

// collectArtifacts adds an artifacts file in compact form; what is not of the expected form is left out.
func (s *step) collectArtifacts(entries *[]termination.Entry, file string, kind termination.Type) error {
	content, ok, err := s.readOutput(file, artifactsKey, kind)
	if err != nil || !ok {
		return err
	}
	a, err := parseArtifacts(content)
	if err != nil {
		s.logf("warning: %s: %v", file, err)
		return nil
	}
	*entries = append(*entries, termination.Entry{Key: artifactsKey, Value: compactJSON(a), Type: kind})
	return nil
}

// readOutput reads a file that the process may have left. It returns false if there is none, or none that can be read.
func (s *step) readOutput(file, name string, kind termination.Type) ([]byte, bool, error) {
	f, size, err := openRegular(s.Layout.Path(file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		s.logf("warning: %s is left out: %v", kind, err)
		return nil, false, nil
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if size > maxRead {
		return nil, false, &termination.Overflow{Type: kind, Name: name, Bytes: int(size), Message: int(size), Limit: s.limit()}
	}
	content, err := io.ReadAll(io.LimitReader(f, maxRead))
	if err != nil {
		s.logf("warning: %s is left out: %v", kind, fmt.Errorf("reading %s: %w", file, err))
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
