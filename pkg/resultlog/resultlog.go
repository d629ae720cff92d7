// Package resultlog reads the results and artifacts that the sidecar of a pod has reported in its log (contract 2 §4.4).
package resultlog

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// Timeout limits reading a log, which comes from the kubelet of the pod's node: a worker must not wait for a node that hangs.
const Timeout = 10 * time.Second

// Opener opens the log of a container.
type Opener func(ctx context.Context, pod *corev1.Pod, container string) (io.ReadCloser, error)

// Read reads what the sidecar of a finished pod has reported, in lines of at most limit bytes.
func (open Opener) Read(ctx context.Context, pod *corev1.Pod, limit int) *taskplan.ResultLog {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	stream, err := open(ctx, pod, podstatus.ResultSidecarContainer)
	if err != nil {
		return &taskplan.ResultLog{Err: fmt.Errorf("reading the log of container %s: %w", podstatus.ResultSidecarContainer, err)}
	}
	defer stream.Close() //nolint:errcheck // nothing was written
	return parse(stream, firstStep(pod), limit)
}

func firstStep(pod *corev1.Pod) string {
	for i := range pod.Spec.Containers {
		if podstatus.IsStep(pod.Spec.Containers[i].Name) {
			return pod.Spec.Containers[i].Name
		}
	}
	return ""
}

// logLine is one line of the log.
type logLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// Types of lines.
const (
	lineTask         = "task"
	lineStep         = "step"
	lineStepArtifact = "stepArtifact"
	lineTaskArtifact = "taskArtifact"
)

// parse reads lines of at most limit bytes. What belongs to no step, the results and artifacts of the Task, is put down to
// the first one. Lines that are no report are left out: the program may have written a warning.
func parse(log io.Reader, first string, limit int) *taskplan.ResultLog {
	out := &taskplan.ResultLog{Entries: map[string][]termination.Entry{}}
	lines := bufio.NewReaderSize(log, max(limit, 16))
	for {
		text, size, err := readLine(lines, limit)
		if size > limit {
			out.TooLarge, out.TooLargeName = size, nameIn(text)
			return out
		}
		var line logLine
		if json.Unmarshal([]byte(text), &line) == nil {
			if container, entry, ok := line.entry(first); ok {
				out.Entries[container] = append(out.Entries[container], entry)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			out.Err = fmt.Errorf("reading results: %w", err)
			return out
		}
	}
}

// nameIn returns the name in a line of which only the beginning is there, empty if that does not show it.
func nameIn(beginning string) string {
	decoder := json.NewDecoder(strings.NewReader(beginning))
	for _, want := range []json.Token{json.Delim('{'), "name"} {
		if token, err := decoder.Token(); err != nil || token != want {
			return ""
		}
	}
	token, err := decoder.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return ""
	}
	return name
}

// readLine returns the next line, without more than limit bytes of it, and its size.
func readLine(r *bufio.Reader, limit int) (text string, size int, err error) {
	var b strings.Builder
	for {
		part, err := r.ReadSlice('\n')
		more := errors.Is(err, bufio.ErrBufferFull)
		part = []byte(strings.TrimSuffix(string(part), "\n"))
		size += len(part)
		if size <= limit {
			b.Write(part)
		}
		if !more {
			return b.String(), size, err
		}
	}
}

func (l logLine) entry(first string) (string, termination.Entry, bool) {
	e := termination.Entry{Key: l.Name, Value: l.Value}
	switch l.Type {
	case lineTask:
		e.Type = termination.TaskResult
		return first, e, true
	case lineTaskArtifact:
		e.Type = termination.TaskArtifacts
		return first, e, true
	case lineStepArtifact:
		e.Type = termination.StepArtifacts
		return l.Name, e, true
	case lineStep:
		// Names of containers have no dots.
		container, result, ok := strings.Cut(l.Name, ".")
		e.Key, e.Type = result, termination.StepResult
		return container, e, ok
	default:
		return "", e, false
	}
}
