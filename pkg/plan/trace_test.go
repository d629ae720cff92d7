package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

const (
	traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	// ofEachKind has a child of each kind.
	ofEachKind = `
metadata: {name: pr, annotations: {tekton.dev/pipelinerunSpanContext: "of whoever created the run"}}
spec:
  pipelineSpec:
    tasks:
    - name: task
      taskSpec: {steps: [{image: i}]}
    - name: custom
      taskRef: {apiVersion: example.dev/v1, kind: Wait, name: w}
    - name: child
      pipelineSpec: {tasks: [{name: x, taskSpec: {steps: [{image: i}]}}]}
`
)

func TestChildrenJoinTheTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ofEachKind)
	w.trace = map[string]string{"traceparent": traced}
	step := w.pass()
	if diff := cmp.Diff(w.trace, step.Status.SpanContext); diff != "" {
		t.Errorf("span context of the run (-want +got):\n%s", diff)
	}
	run := `{"traceparent":"` + traced + `"}`
	custom := spancontext.Annotation(spancontext.Carrier(spancontext.CustomRun(spancontext.Of(w.trace), "pr-custom")))
	want := map[string]map[string]string{
		"pr-task":   {"tekton.dev/taskrunSpanContext": run, "tekton.dev/pipelinerunSpanContext": "of whoever created the run"},
		"pr-custom": {"tekton.dev/customrunSpanContext": custom, "tekton.dev/pipelinerunSpanContext": "of whoever created the run"},
		"pr-child":  {"tekton.dev/pipelinerunSpanContext": run},
	}
	got := map[string]map[string]string{}
	for name, object := range created(step) {
		child, _ := object.(metav1.Object)
		got[name] = child.GetAnnotations()
	}
	if diff := cmp.Diff(want, got); diff != "" || custom == "" || custom == run {
		t.Errorf("annotations, CustomRun %s (-want +got):\n%s", custom, diff)
	}
}

func TestSpanContextStays(t *testing.T) {
	t.Parallel()
	given, stored := map[string]string{"traceparent": traced}, map[string]string{"traceparent": "stored"}
	for name, tc := range map[string]struct {
		change func(*world)
		want   map[string]string
	}{
		"not traced":     {change: func(w *world) { w.trace = nil }},
		"first pass":     {change: func(*world) {}, want: given},
		"stored already": {change: func(w *world) { w.pr.Status.SpanContext = stored }, want: stored},
		"pending":        {change: func(w *world) { w.pr.Spec.Status = v1.PipelineRunSpecStatusPending }},
		"started without": {change: func(w *world) {
			start := metav1.NewTime(epoch)
			w.pr.Status.StartTime = &start
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ofEachKind)
			w.trace = given
			tc.change(w)
			if diff := cmp.Diff(tc.want, w.pass().Status.SpanContext); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithoutTraceNothingIsHandedOnButWhatTheRunCameWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ofEachKind)
	for name, object := range created(w.pass()) {
		child, _ := object.(metav1.Object)
		want := map[string]string{"tekton.dev/pipelinerunSpanContext": "of whoever created the run"}
		if diff := cmp.Diff(want, child.GetAnnotations()); diff != "" {
			t.Errorf("annotations of %s (-want +got):\n%s", name, diff)
		}
	}
}
