package resultlog

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/pkg/termination"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		log   string
		limit int
		want  *taskplan.ResultLog
	}{
		"nothing": {limit: 100, want: &taskplan.ResultLog{Entries: map[string][]termination.Entry{}}},
		"all types": {
			log: `{"name":"r","value":"1","type":"task"}
{"name":"step-b.s.t","value":"2","type":"step"}
warning: something
{"name":"step-b","value":"{}","type":"stepArtifact"}
{"name":"x","value":"{}","type":"taskArtifact"}
{"name":"y","value":"{}","type":"unknown"}
`,
			limit: 100,
			want: &taskplan.ResultLog{Entries: map[string][]termination.Entry{
				"step-a": {{Key: "r", Value: "1", Type: termination.TaskResult}, {Key: "x", Value: "{}", Type: termination.TaskArtifacts}},
				"step-b": {{Key: "s.t", Value: "2", Type: termination.StepResult}, {Key: "step-b", Value: "{}", Type: termination.StepArtifacts}},
			}},
		},
		"no newline at the end": {
			log: `{"name":"r","value":"1","type":"task"}`, limit: 38,
			want: &taskplan.ResultLog{Entries: map[string][]termination.Entry{"step-a": {{Key: "r", Value: "1", Type: termination.TaskResult}}}},
		},
		"too large": {
			log: `{"name":"r","value":"` + strings.Repeat("x", 5000) + `","type":"task"}`, limit: 4096,
			want: &taskplan.ResultLog{Entries: map[string][]termination.Entry{}, TooLarge: 5037, TooLargeName: "r"},
		},
		"too large, and the name too": {
			log: `{"name":"` + strings.Repeat("x", 5000) + `","value":"","type":"task"}`, limit: 4096,
			want: &taskplan.ResultLog{Entries: map[string][]termination.Entry{}, TooLarge: 5036},
		},
		"too large, and no report": {
			log: strings.Repeat("x", 5000), limit: 4096,
			want: &taskplan.ResultLog{Entries: map[string][]termination.Entry{}, TooLarge: 5000},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, parse(strings.NewReader(tc.log), "step-a", tc.limit)); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// A node that never answers does not keep a worker.
func TestResultLogHasADeadline(t *testing.T) {
	t.Parallel()
	started := time.Now()
	var deadline time.Time
	open := Opener(func(ctx context.Context, _ *corev1.Pod, container string) (io.ReadCloser, error) {
		deadline, _ = ctx.Deadline()
		return nil, errors.New(container)
	})
	got := open.Read(t.Context(), &corev1.Pod{}, 100)
	if late := deadline.Sub(started.Add(Timeout)); deadline.IsZero() || late < 0 || late > Timeout {
		t.Errorf("the deadline is at %v", deadline)
	}
	if want := "reading the log of container sidecar-tekton-log-results: sidecar-tekton-log-results"; got.Err == nil || got.Err.Error() != want {
		t.Errorf("error %v, want %s", got.Err, want)
	}
}
