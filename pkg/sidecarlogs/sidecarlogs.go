// Package sidecarlogs is the sidecar that writes a TaskRun's results to its log, one JSON object a line, once the steps
// are over (contract 2 §4.4). Reporter.Run is the one entry point.
//
// What it reads was written by the user's processes, in other containers and perhaps as other users, so package foreign
// reads it.
package sidecarlogs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/tenon-ci/tenon/pkg/entrypoint/foreign"
	"github.com/tenon-ci/tenon/pkg/entrypoint/handover"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
)

// Types of lines.
const (
	typeTask         = "task"
	typeStep         = "step"
	typeStepArtifact = "stepArtifact"
	typeTaskArtifact = "taskArtifact"
)

// taskArtifactName is the name of the line with the task's artifacts, of which there is one.
const taskArtifactName = "artifacts"

// maxRead is the most bytes read of one file. It is more than the largest max-result-size, so that the controller sees
// that a result is too large.
const maxRead = 2 << 20

// line is one line of the log. For steps Name is <container>.<result>, for their artifacts the container.
type line struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// Reporter reports the results of one pod.
type Reporter struct {
	Config protocol.ResultsSidecar
	// Root is put before every path of the protocol. It is empty in a container.
	Root string
	// Place, if it is not nil, takes the place of Root: it tells where a path of the container lies for this process.
	Place func(path string) string
	// Log gets the lines; Warn what is left out and why. Both end up in the container's log, which tells them apart.
	Log  io.Writer
	Warn func(format string, args ...any)
	// Watch says how to wait.
	Watch watch.Watcher
}

// Run waits for the end of the steps and reports. If ctx ends before, it reports what there is.
func (r *Reporter) Run(ctx context.Context) error {
	r.wait(ctx)
	return r.report()
}

func (r *Reporter) place(p string) string {
	if r.Place != nil {
		return r.Place(p)
	}
	if r.Root == "" {
		return p
	}
	return filepath.Join(r.Root, filepath.FromSlash(p))
}

// wait returns when the last step is over or, unless steps go on after a failure, one has failed.
func (r *Reporter) wait(ctx context.Context) {
	wake := make(chan struct{}, 1)
	var steps []*handover.Tracker
	var dirs []string
	for i := range r.Config.Containers {
		t := handover.Track(i, r.place, wake)
		steps = append(steps, t)
		dirs = append(dirs, t.Dir())
	}
	// There is no error but the end of ctx, after which there is nothing to wait for.
	_ = r.Watch.Until(ctx, dirs, wake, func() (bool, error) {
		for i, step := range steps {
			state := step.State()
			last := i == len(steps)-1
			if state == handover.Failed && (last || !r.Config.PauseOnFailure) || state == handover.Done && last {
				return true, nil
			}
		}
		return len(steps) == 0, nil
	})
}

func (r *Reporter) report() error {
	out := bufio.NewWriter(r.Log)
	encoder := json.NewEncoder(out)
	// Escaping for HTML would count against the size of results.
	encoder.SetEscapeHTML(false)
	for l := range r.lines() {
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("writing %s %s: %w", l.Type, l.Name, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// lines yields everything that there is to report.
func (r *Reporter) lines() func(yield func(line) bool) {
	return func(yield func(line) bool) {
		for _, result := range r.Config.TaskResults {
			content, ok := r.read(protocol.TaskResult(result.Name))
			if ok && !yield(line{Name: result.Name, Value: string(content), Type: typeTask}) {
				return
			}
		}
		for i, container := range r.Config.Containers {
			for _, result := range r.Config.StepResults[container] {
				content, ok := r.read(protocol.StepResult(i, result.Name))
				if ok && !yield(line{Name: container + "." + result.Name, Value: string(content), Type: typeStep}) {
					return
				}
			}
			if text, ok := r.artifacts(protocol.StepArtifacts(i)); ok {
				if !yield(line{Name: container, Value: text, Type: typeStepArtifact}) {
					return
				}
			}
		}
		if text, ok := r.artifacts(protocol.TaskArtifacts()); ok {
			yield(line{Name: taskArtifactName, Value: text, Type: typeTaskArtifact})
		}
		r.warnUnknown()
	}
}

// warnUnknown tells of results of containers that are no steps: a mistake in making the pod.
func (r *Reporter) warnUnknown() {
	for _, container := range slices.Sorted(maps.Keys(r.Config.StepResults)) {
		if !slices.Contains(r.Config.Containers, container) {
			r.Warn("warning: there is no step container %s", container)
		}
	}
}

// artifacts reads an artifacts file and takes the white space out. What is not JSON is left out.
func (r *Reporter) artifacts(left protocol.Left) (string, bool) {
	if !r.Config.Artifacts {
		return "", false
	}
	content, ok := r.read(left)
	if !ok {
		return "", false
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, content); err != nil {
		r.Warn("warning: %s is left out: %v", left.File(), err)
		return "", false
	}
	return compact.String(), true
}

// read reads a file that a step may have left, and the beginning of one that is too large. It returns false if there is
// none or it can't be read.
func (r *Reporter) read(left protocol.Left) ([]byte, bool) {
	content, err := foreign.Read(r.place(left.Dir), left.Name, maxRead)
	var tooLarge *foreign.TooLargeError
	if err != nil && !errors.As(err, &tooLarge) {
		if !errors.Is(err, fs.ErrNotExist) {
			r.Warn("warning: %s is left out: %v", left.File(), err)
		}
		return nil, false
	}
	return content, true
}
