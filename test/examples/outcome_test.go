package examples

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/tenon"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	const text = `{"apiVersion": "v1", "kind": "List", "items": [
	{"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": "build-x1y2z", "generateName": "build-", "namespace": "ns-1"}, "status": {
		"startTime": "2026-01-02T03:04:05Z", "childReferences": [{"name": "build-x1y2z-compile", "pipelineTaskName": "compile"}],
		"conditions": [{"message": "run build-x1y2z in ns-1 of 0a1b2c3d-0000-1111-2222-333344445555 at 2026-01-02T03:04:05Z on vm", "status": "True"}]}},
	{"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "metadata": {"name": "build-x1y2z-compile", "namespace": "ns-1"}, "status": {
		"steps": [{"name": "s", "imageID": "busybox@sha256:abc", "terminated": {"exitCode": 0, "startedAt": "2026-01-02T03:04:05Z"}}]}},
	{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}]}`
	objects := tenon.Outcome{Stdout: text}.Objects(t)
	want := map[string]any{
		"PipelineRun build-…": map[string]any{
			"startTime":       "…",
			"childReferences": []any{map[string]any{"name": "build-…-compile", "pipelineTaskName": "compile"}},
			"conditions":      []any{map[string]any{"message": "run build-… in default of … at … on …", "status": "True"}},
		},
		"TaskRun build-…-compile": map[string]any{
			"steps": []any{map[string]any{"name": "s", "terminated": map[string]any{"exitCode": int64(0), "startedAt": "…"}}},
		},
	}
	got := Outcome(objects, "ns-1", "vm")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}
