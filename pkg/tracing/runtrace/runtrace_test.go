package runtrace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) metav1.Time {
	return metav1.NewTime(epoch.Add(time.Duration(seconds) * time.Second))
}

func when(seconds int) *metav1.Time {
	t := at(seconds)
	return &t
}

func identity(uid types.UID, parent trace.SpanContext) trace.SpanContext {
	return spancontext.New(uid, parent, func(trace.TraceID) bool { return true })
}

// tree shows spans one a line: indented below their parents, with seconds since epoch, and how they failed. Spans whose parent is not
// there stand at the left.
func tree(spans []span.Span) []string {
	below := map[trace.SpanID][]span.Span{}
	known := map[trace.SpanID]bool{}
	for _, s := range spans {
		known[s.Context.SpanID()] = true
	}
	for _, s := range spans {
		above := s.Parent.SpanID()
		if !known[above] {
			above = trace.SpanID{}
		}
		below[above] = append(below[above], s)
	}
	var lines []string
	var show func(above trace.SpanID, indent string)
	show = func(above trace.SpanID, indent string) {
		list := below[above]
		slices.SortStableFunc(list, func(a, b span.Span) int { return a.Start.Compare(b.Start) })
		for _, s := range list {
			line := fmt.Sprintf("%s%s %v-%v", indent, s.Name, s.Start.Sub(epoch).Seconds(), s.End.Sub(epoch).Seconds())
			if s.Failed {
				line += " !" + s.Problem
			}
			for _, e := range s.Events {
				line += fmt.Sprintf(" [%s %v]", e.Name, e.At.Sub(epoch).Seconds())
			}
			lines = append(lines, line)
			show(s.Context.SpanID(), indent+"  ")
		}
	}
	show(trace.SpanID{}, "")
	return lines
}

func attributes(s span.Span) map[string]string {
	out := map[string]string{}
	for _, a := range s.Attributes {
		out[string(a.Key)] = a.Value.String()
	}
	return out
}

func condition(status corev1.ConditionStatus, reason, message string) apis.Condition {
	return apis.Condition{Type: apis.ConditionSucceeded, Status: status, Reason: reason, Message: message}
}

func pipelineRun() *v1.PipelineRun {
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{
		Name: "run-x", GenerateName: "run-", Namespace: "ns", UID: "pr-uid", CreationTimestamp: at(0), Labels: map[string]string{pipeline.PipelineLabelKey: "build-and-test"},
	}}
	pr.Spec.PipelineRef = &v1.PipelineRef{Name: "build-and-test"}
	pr.Status.SpanContext = spancontext.Carrier(identity(pr.UID, trace.SpanContext{}))
	pr.Status.StartTime, pr.Status.CompletionTime, pr.Status.FinallyStartTime = when(1), when(60), when(50)
	pr.Status.SkippedTasks = []v1.SkippedTask{{Name: "deploy", Reason: v1.StoppingSkip}}
	pr.Status.SetCondition(condition(corev1.ConditionFalse, "Failed", "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 1"), at(60).Time)
	return pr
}

// taskRun is a child of pipelineRun.
func taskRun(name string, created, completed int, c apis.Condition) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{
		Name: "run-x-" + name, Namespace: "ns", UID: types.UID(name + "-uid"), CreationTimestamp: at(created),
		Labels: map[string]string{
			pipeline.PipelineTaskLabelKey: name, pipeline.PipelineLabelKey: "build-and-test",
			pipeline.PipelineRunLabelKey: "run-x", pipeline.PipelineRunUIDLabelKey: "pr-uid",
		},
		Annotations: map[string]string{pipeline.TaskRunSpanContextAnnotationKey: spancontext.Annotation(pipelineRun().Status.SpanContext)},
	}}
	tr.Status.SpanContext = spancontext.Carrier(identity(tr.UID, spancontext.Of(pipelineRun().Status.SpanContext)))
	tr.Status.StartTime, tr.Status.CompletionTime, tr.Status.PodName = when(created), when(completed), tr.Name+"-pod"
	tr.Status.SetCondition(c, at(completed).Time)
	return tr
}

func step(name string, code int32, start, end int, reason string) v1.StepState {
	return v1.StepState{
		Name: name, Container: "step-" + name, ImageID: "img@sha256:1", TerminationReason: reason,
		ContainerState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, StartedAt: at(start), FinishedAt: at(end)}},
	}
}

func pod(tr *v1.TaskRun, created, scheduled, started int) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: tr.Status.PodName, Namespace: "ns", CreationTimestamp: at(created)}, Spec: corev1.PodSpec{NodeName: "node-1"}}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at(scheduled)}}
	for _, s := range tr.Status.Steps {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: s.Container, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: at(started), FinishedAt: s.Terminated.FinishedAt}},
		})
	}
	return p
}

// A run with a failed step, a retried task, a custom task and a skipped one is one tree with one root.
func TestTree(t *testing.T) {
	t.Parallel()
	pr := pipelineRun()
	build := taskRun("build", 2, 20, condition(corev1.ConditionTrue, "Succeeded", "All Steps have completed executing"))
	build.Status.Steps = []v1.StepState{step("compile", 0, 8, 15, "Completed"), step("lint", 3, 15, 18, "Continued")}
	test := taskRun("test", 20, 50, condition(corev1.ConditionFalse, "Failed", `"step-unit" exited with code 1`))
	first := v1.TaskRunStatus{}
	first.StartTime, first.CompletionTime, first.PodName = when(21), when(30), "run-x-test-pod"
	first.Steps = []v1.StepState{step("unit", 137, 25, 29, "OOMKilled")}
	first.SetCondition(condition(corev1.ConditionFalse, "Failed", `"step-unit" exited with code 137`), at(30).Time)
	test.Status.RetriesStatus = []v1.TaskRunStatus{first}
	test.Status.StartTime, test.Status.PodName = when(31), "run-x-test-pod-retry1"
	test.Status.Steps = []v1.StepState{step("unit", 1, 40, 48, "Error"), step("report", 1, 48, 48, "Skipped")}
	approve := &v1beta1.CustomRun{ObjectMeta: metav1.ObjectMeta{
		Name: "run-x-approve", Namespace: "ns", UID: "cr-uid", CreationTimestamp: at(3), Labels: map[string]string{pipeline.PipelineTaskLabelKey: "approve"},
	}}
	approve.Status.CompletionTime = when(9)
	approve.Status.SetConditions(apis.Conditions{condition(corev1.ConditionTrue, "Approved", "")})

	spans := runtrace.PipelineRun(pr, runtrace.Children{First: at(2).Time, CustomRuns: []*v1beta1.CustomRun{approve}})
	spans = append(spans, runtrace.TaskRun(build, pod(build, 3, 4, 7))...)
	spans = append(spans, runtrace.TaskRun(test, pod(test, 32, 33, 38))...)
	want := []string{
		"RUN build-and-test 0-60 !Failed: Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 1 [finally 50] [task skipped 60]",
		"  queue 0-1",
		"  resolve 1-2",
		"  build 2-20",
		"    start attempt 2-3",
		"    schedule pod 3-4",
		"    set up pod, pull images and start containers 4-7",
		"    wait for sidecars 7-8",
		"    step compile 8-15",
		"    step lint 15-18 !Continued: exit code 3, which the Task tolerates",
		"    report 18-20",
		"  approve 3-9",
		`  test 20-50 !Failed: "step-unit" exited with code 1`,
		"    queue 20-21",
		`    attempt 21-30 !Failed: "step-unit" exited with code 137`,
		"      step unit 25-29 !OOMKilled: exit code 137",
		`    attempt 31-50 !Failed: "step-unit" exited with code 1`,
		"      start attempt 31-32",
		"      schedule pod 32-33",
		"      set up pod, pull images and start containers 33-38",
		"      wait for sidecars 38-40",
		"      step unit 40-48 !Error: exit code 1",
		"      report 48-50",
		"      step report 48-48",
	}
	if diff := cmp.Diff(want, tree(spans)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	checkIDs(t, spans)
}

// checkIDs checks that all spans are of one trace with one root, and that each has an ID of its own.
func checkIDs(t *testing.T, spans []span.Span) {
	t.Helper()
	seen := map[trace.SpanID]string{}
	roots := 0
	for _, s := range spans {
		id := s.Context.SpanID()
		if seen[id] != "" {
			t.Errorf("%q and %q have the same ID", s.Name, seen[id])
		}
		seen[id] = s.Name
		if s.Context.TraceID() != spans[0].Context.TraceID() {
			t.Errorf("%q is of another trace", s.Name)
		}
		if !s.Parent.IsValid() {
			roots++
		}
	}
	if roots != 1 {
		t.Errorf("%d roots", roots)
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	pr := pipelineRun()
	want := map[string]string{
		"cicd.pipeline.name": "build-and-test", "cicd.pipeline.run.id": "pr-uid", "cicd.pipeline.action.name": "RUN", "cicd.pipeline.result": "failure",
		"k8s.namespace.name": "ns", "namespace": "ns", "pipelinerun": "run-x", "tenon.reason": "Failed", "error.type": "Failed",
	}
	root := runtrace.PipelineRun(pr, runtrace.Children{})[0]
	if diff := cmp.Diff(want, attributes(root)); diff != "" || root.Kind != trace.SpanKindServer {
		t.Errorf("PipelineRun, kind %v (-want +got):\n%s", root.Kind, diff)
	}
	tr := taskRun("build", 2, 20, condition(corev1.ConditionFalse, "TaskRunTimeout", "too long"))
	tr.Status.Steps = []v1.StepState{step("a", 137, 5, 20, "Error")}
	spans := runtrace.TaskRun(tr, pod(tr, 3, 4, 5))
	want = map[string]string{
		"cicd.pipeline.name": "build-and-test", "cicd.pipeline.run.id": "pr-uid", "cicd.pipeline.task.name": "build",
		"cicd.pipeline.task.run.id": "build-uid", "cicd.pipeline.task.run.result": "timeout", "k8s.namespace.name": "ns", "namespace": "ns",
		"k8s.pod.name": "run-x-build-pod", "k8s.node.name": "node-1", "taskrun": "run-x-build", "pipelinerun": "run-x",
		"tenon.reason": "TaskRunTimeout", "error.type": "TaskRunTimeout",
	}
	if diff := cmp.Diff(want, attributes(spans[0])); diff != "" {
		t.Errorf("TaskRun (-want +got):\n%s", diff)
	}
	want = map[string]string{
		"tenon.step.name": "a", "tenon.step.termination_reason": "Error", "k8s.container.name": "step-a", "container.image.id": "img@sha256:1",
		"process.exit.code": "137", "error.type": "Error",
	}
	last := spans[len(spans)-1]
	if diff := cmp.Diff(want, attributes(last)); diff != "" {
		t.Errorf("step (-want +got):\n%s", diff)
	}
	// What a step gets as TRACEPARENT is the span that it has here.
	if got, own := spancontext.Traceparent(last.Context), spancontext.Of(tr.Status.SpanContext); got != spancontext.Traceparent(spancontext.Step(own, 0, "step-a")) {
		t.Errorf("step has %s", got)
	}
	var known []string
	for _, key := range runtrace.AttributeKeys() {
		known = append(known, string(key))
	}
	for _, s := range spans {
		for key := range attributes(s) {
			if !slices.Contains(known, key) {
				t.Errorf("attribute %q of %q is not listed", key, s.Name)
			}
		}
	}
}

func TestRoots(t *testing.T) {
	t.Parallel()
	ok := condition(corev1.ConditionTrue, "Succeeded", "")
	elsewhere := `{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`
	alone := func(change func(*v1.TaskRun)) *v1.TaskRun {
		tr := taskRun("x", 0, 5, ok)
		tr.Labels, tr.Annotations, tr.Name = map[string]string{}, nil, "hello-abc"
		tr.Status.SpanContext = spancontext.Carrier(identity(tr.UID, trace.SpanContext{}))
		change(tr)
		return tr
	}
	for name, tc := range map[string]struct {
		tr           *v1.TaskRun
		want, parent string
	}{
		"of a Task": {tr: alone(func(tr *v1.TaskRun) {
			tr.Labels[pipeline.TaskLabelKey], tr.Spec.TaskRef = "hello", &v1.TaskRef{Name: "hello"}
		}), want: "RUN hello"},
		"inline, generated name": {tr: alone(func(tr *v1.TaskRun) { tr.GenerateName = "hello-" }), want: "RUN hello"},
		"inline, own name":       {tr: alone(func(*v1.TaskRun) {}), want: "RUN"},
		"called from elsewhere": {tr: alone(func(tr *v1.TaskRun) {
			tr.Annotations = map[string]string{pipeline.TaskRunSpanContextAnnotationKey: elsewhere}
			above, _ := spancontext.Parse(elsewhere)
			tr.Status.SpanContext = spancontext.Carrier(identity(tr.UID, above))
		}), want: "RUN", parent: "b7ad6b7169203331"},
		"annotation of another trace": {tr: alone(func(tr *v1.TaskRun) {
			tr.Annotations = map[string]string{pipeline.TaskRunSpanContextAnnotationKey: elsewhere}
		}), want: "RUN"},
		"annotation that is wrong": {tr: alone(func(tr *v1.TaskRun) {
			tr.Annotations = map[string]string{pipeline.TaskRunSpanContextAnnotationKey: "x"}
		}), want: "RUN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := runtrace.TaskRun(tc.tr, nil)[0]
			parent := ""
			if root.Parent.IsValid() {
				parent = root.Parent.SpanID().String()
			}
			if root.Name != tc.want || parent != tc.parent || root.Kind != trace.SpanKindServer {
				t.Errorf("root %q of kind %v under %q, want %q under %q", root.Name, root.Kind, parent, tc.want, tc.parent)
			}
		})
	}
}

func TestNotTraced(t *testing.T) {
	t.Parallel()
	ok := condition(corev1.ConditionTrue, "Succeeded", "")
	for name, carrier := range map[string]map[string]string{
		"no context": nil, "wrong context": {"traceparent": "00-1"},
		"not sampled": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"},
	} {
		pr, tr := pipelineRun(), taskRun("x", 0, 5, ok)
		pr.Status.SpanContext, tr.Status.SpanContext = carrier, carrier
		if spans := append(runtrace.PipelineRun(pr, runtrace.Children{}), runtrace.TaskRun(tr, nil)...); len(spans) != 0 {
			t.Errorf("%s: %s", name, strings.Join(tree(spans), "\n"))
		}
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{"Failed": "failure", "PipelineRunTimeout": "timeout", "Cancelled": "cancellation", "CouldntGetPipeline": "error"} {
		pr := pipelineRun()
		pr.Status.SetCondition(condition(corev1.ConditionFalse, reason, ""), at(60).Time)
		if got := attributes(runtrace.PipelineRun(pr, runtrace.Children{})[0])["cicd.pipeline.result"]; got != want {
			t.Errorf("PipelineRun, %s: %s, want %s", reason, got, want)
		}
	}
	for reason, want := range map[string]string{"Failed": "failure", "TaskRunTimeout": "timeout", "TaskRunCancelled": "cancellation", "TaskRunImagePullFailed": "error"} {
		tr := taskRun("x", 0, 5, condition(corev1.ConditionFalse, reason, ""))
		if got := attributes(runtrace.TaskRun(tr, nil)[0])["cicd.pipeline.task.run.result"]; got != want {
			t.Errorf("TaskRun, %s: %s, want %s", reason, got, want)
		}
	}
}
