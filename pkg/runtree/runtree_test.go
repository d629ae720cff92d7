package runtree

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/selection"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

var start = time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)

func read[T any](t *testing.T, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// dump writes a tree as one line per node.
func dump(root *Node) string {
	var out strings.Builder
	root.Walk(func(n *Node, depth int) bool {
		fmt.Fprintf(&out, "%s%s %s: %s", strings.Repeat("  ", depth), n.Kind, n.Name, n.State)
		for _, part := range []string{n.Reason, n.Message} {
			if part != "" {
				fmt.Fprintf(&out, ", %s", part)
			}
		}
		if d := n.Duration(start.Add(time.Minute)); d != 0 {
			fmt.Fprintf(&out, ", %s", d)
		}
		if n.ExitCode != nil {
			fmt.Fprintf(&out, ", exit %d", *n.ExitCode)
		}
		if n.Attempt > 1 {
			fmt.Fprintf(&out, ", attempt %d", n.Attempt)
		}
		if n.Finally {
			out.WriteString(", finally")
		}
		if n.Ignored {
			out.WriteString(", ignored")
		}
		if len(n.Needs) > 0 {
			fmt.Fprintf(&out, ", after %s", strings.Join(n.Needs, " "))
		}
		for _, r := range n.Results {
			fmt.Fprintf(&out, ", %s=%s", r.Name, r.Value)
		}
		out.WriteString("\n")
		return true
	})
	return out.String()
}

const pipelineRun = `
metadata: {name: ci, namespace: default, uid: "1"}
status:
  startTime: "2026-11-27T10:00:00Z"
  conditions: [{type: Succeeded, status: Unknown, reason: Running, message: "Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 2"}]
  childReferences:
  - {kind: TaskRun, name: ci-fetch, pipelineTaskName: fetch}
  - {kind: TaskRun, name: ci-test-0, pipelineTaskName: test}
  - {kind: TaskRun, name: ci-test-1, pipelineTaskName: test, displayName: slow one}
  - {kind: PipelineRun, name: ci-nested, pipelineTaskName: nested}
  - {kind: CustomRun, name: ci-approve, pipelineTaskName: approve}
  - {kind: TaskRun, name: ci-gone, pipelineTaskName: gone}
  skippedTasks:
  - {name: release, reason: When Expressions evaluated to false, whenExpressions: [{input: main, operator: in, values: [release]}]}
  - {name: announce, reason: Parent Tasks were skipped}
  pipelineSpec:
    tasks:
    - {name: announce, runAfter: [release]}
    - {name: release, runAfter: [test]}
    - {name: test, displayName: "Test on $(params.os)", params: [{name: commit, value: $(tasks.fetch.results.commit)}],
       matrix: {params: [{name: os, value: [linux, windows]}]}}
    - {name: fetch, displayName: Get the sources}
    - {name: nested, pipelineSpec: {tasks: [{name: inner}]}}
    - {name: approve}
    - {name: gone}
    finally:
    - {name: report, params: [{name: s, value: $(tasks.status)}]}
`

func someTaskRun(t *testing.T, name, task string, more string) *v1.TaskRun {
	t.Helper()
	return read[v1.TaskRun](t, `
metadata: {name: `+name+`, namespace: default, labels: {tekton.dev/pipelineRun: ci, tekton.dev/pipelineTask: `+task+`}}
`+more)
}

func TestPipelineRun(t *testing.T) {
	t.Parallel()
	pr := read[v1.PipelineRun](t, pipelineRun)
	nested := read[v1.PipelineRun](t, `
metadata: {name: ci-nested, namespace: default}
spec: {pipelineSpec: {tasks: [{name: inner}]}}
`)
	custom := read[v1beta1.CustomRun](t, `
metadata: {name: ci-approve, namespace: default}
status:
  startTime: "2026-11-27T10:00:00Z"
  completionTime: "2026-11-27T10:00:07Z"
  conditions: [{type: Succeeded, status: "False", reason: CustomRunTimedOut, message: nobody came}]
  results: [{name: who, value: me}]
`)
	fetch := someTaskRun(t, "ci-fetch", "fetch", `
status:
  podName: ci-fetch-pod
  startTime: "2026-11-27T10:00:01Z"
  completionTime: "2026-11-27T10:00:03Z"
  conditions: [{type: Succeeded, status: "True", reason: Succeeded}]
  results: [{name: commit, value: abc}, {name: files, value: [a, b]}]
  steps: [{name: clone, container: step-clone, terminated: {exitCode: 0, reason: Completed, startedAt: "2026-11-27T10:00:01Z", finishedAt: "2026-11-27T10:00:03Z"}}]
`)
	test0 := someTaskRun(t, "ci-test-0", "test", `
spec: {params: [{name: commit, value: abc}, {name: os, value: linux}]}
status:
  podName: ci-test-0-pod
  startTime: "2026-11-27T10:00:03Z"
  conditions: [{type: Succeeded, status: Unknown, reason: Running, message: Not all Steps in the Task have finished executing}]
  steps:
  - {name: build, container: step-build, terminated: {exitCode: 0, reason: Completed, startedAt: "2026-11-27T10:00:03Z", finishedAt: "2026-11-27T10:00:30Z"}}
  - {name: test, container: step-test, running: {startedAt: "2026-11-27T10:00:03Z"}}
  - {name: upload, container: step-upload, running: {startedAt: "2026-11-27T10:00:03Z"}}
  sidecars: [{name: db, container: sidecar-db, running: {startedAt: "2026-11-27T10:00:03Z"}}]
`)
	// The status does not name it yet.
	inner := read[v1.TaskRun](t, `
metadata: {name: ci-nested-inner, namespace: default, labels: {tekton.dev/pipelineRun: ci-nested, tekton.dev/pipelineTask: inner}}
spec: {taskSpec: {steps: [{name: a}, {image: b}]}}
`)
	test1 := someTaskRun(t, "ci-test-1", "test", "")
	got := dump(Build(Objects{
		Root: pr, PipelineRuns: []*v1.PipelineRun{pr, nested}, TaskRuns: []*v1.TaskRun{inner, test1, test0, fetch}, CustomRuns: []*v1beta1.CustomRun{custom},
	}))
	want := `PipelineRun ci: Running, Running, Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 2, 1m0s
  TaskRun Get the sources: Succeeded, Succeeded, 2s, commit=abc, files=["a","b"]
    Step clone: Succeeded, Completed, 2s, exit 0
  PipelineRun nested: Waiting
    TaskRun inner: Waiting
      Step a: Waiting
      Step unnamed-1: Waiting
  CustomRun approve: TimedOut, CustomRunTimedOut, nobody came, 7s, who=me
  TaskRun gone: Unknown, the object is gone
  Task test: Running, 57s, after fetch
    TaskRun os=linux: Running, Running, Not all Steps in the Task have finished executing, 57s
      Step build: Succeeded, Completed, 27s, exit 0
      Step test: Running, 30s
      Step upload: Waiting
      Sidecar db: Running, 57s
    TaskRun slow one: Waiting
  Task release: Skipped, When Expressions evaluated to false, "main" is not "release", after test
  Task announce: Skipped, Parent Tasks were skipped, release was skipped, after release
  Task report: Waiting, finally
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTaskRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ status, want string }{
		"nothing known": {"{}", "TaskRun t: Waiting\n"},
		"waits for its pod": {`
startTime: "2026-11-27T10:00:00Z"
conditions: [{type: Succeeded, status: Unknown, reason: ExceededNodeResources, message: no room}]
steps: [{name: a, waiting: {reason: ContainerCreating}}]`, `TaskRun t: Waiting, ExceededNodeResources, no room, 1m0s
  Step a: Waiting, ContainerCreating
`},
		"failed": {`
startTime: "2026-11-27T10:00:00Z"
completionTime: "2026-11-27T10:00:05Z"
conditions: [{type: Succeeded, status: "False", reason: StepFailed, message: bad}]
steps:
- {name: a, terminationReason: Continued, terminated: {exitCode: 3, reason: Error, startedAt: "2026-11-27T10:00:00Z", finishedAt: "2026-11-27T10:00:01Z"}}
- {name: b, terminationReason: Error, terminated: {exitCode: 4, reason: Error, startedAt: "2026-11-27T10:00:01Z", finishedAt: "2026-11-27T10:00:05Z"}}
- {name: c, terminationReason: Skipped, terminated: {exitCode: 1, reason: Error, startedAt: "2026-11-27T10:00:05Z", finishedAt: "2026-11-27T10:00:05Z"}}
sidecars: [{name: s, terminated: {exitCode: 137, reason: Error, startedAt: "2026-11-27T10:00:00Z", finishedAt: "2026-11-27T10:00:05Z"}}]`, `TaskRun t: Failed, StepFailed, bad, 5s
  Step a: Failed, Continued, 1s, exit 3, ignored
  Step b: Failed, Error, 4s, exit 4
  Step c: Skipped, Skipped, a step before it failed, exit 1
  Sidecar s: Succeeded, Error, 5s, exit 137
`},
		"sidecar failed": {`
conditions: [{type: Succeeded, status: "False", reason: SidecarFailed, message: bad}]
sidecars: [{name: s, terminated: {exitCode: 1, reason: Error}}]`, `TaskRun t: Failed, SidecarFailed, bad
  Sidecar s: Failed, Error, exit 1
`},
		"cancelled": {`
startTime: "2026-11-27T10:00:00Z"
completionTime: "2026-11-27T10:00:05Z"
conditions: [{type: Succeeded, status: "False", reason: TaskRunCancelled, message: stopped}]
steps: [{name: a, terminationReason: TaskRunCancelled, terminated: {exitCode: 1, reason: TaskRunCancelled}}, {name: b, waiting: {reason: PodInitializing}}]`,
			`TaskRun t: Cancelled, TaskRunCancelled, stopped, 5s
  Step a: Cancelled, TaskRunCancelled, exit 1
  Step b: Skipped, PodInitializing, its task ended before it could start
`},
		"timed out, ended before it began": {`
conditions: [{type: Succeeded, status: "False", reason: TaskRunTimeout, message: late}]
taskSpec: {steps: [{name: a}]}`, `TaskRun t: TimedOut, TaskRunTimeout, late
  Step a: Skipped, its task ended before it could start
`},
		"failure that does not count": {`
conditions: [{type: Succeeded, status: "False", reason: FailureIgnored, message: bad}]`, "TaskRun t: Failed, FailureIgnored, bad, ignored\n"},
		"second attempt": {`
startTime: "2026-11-27T10:00:30Z"
conditions: [{type: Succeeded, status: Unknown, reason: Running}]
steps: [{name: a, running: {startedAt: "2026-11-27T10:00:31Z"}}]
retriesStatus:
- startTime: "2026-11-27T10:00:00Z"
  completionTime: "2026-11-27T10:00:10Z"
  conditions: [{type: Succeeded, status: "False", reason: Failed}]
  steps: [{name: a, terminated: {exitCode: 1, reason: Error, startedAt: "2026-11-27T10:00:00Z", finishedAt: "2026-11-27T10:00:10Z"}}]`, `TaskRun t: Running, Running, 1m0s, attempt 2
  TaskRun attempt 1: Failed, Failed, 10s
    Step a: Failed, Error, 10s, exit 1
  Step a: Running, 29s
`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "t"}, Status: *read[v1.TaskRunStatus](t, test.status)}
			if diff := cmp.Diff(test.want, dump(Build(Objects{Root: tr}))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhereItRuns(t *testing.T) {
	t.Parallel()
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "t", Namespace: "ns"}}
	tr.Status.PodName = "t-pod"
	tr.Status.Steps = []v1.StepState{{Name: "a", Container: "step-a", ContainerState: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	step := Build(Objects{Root: tr}).Children[0]
	if got := []string{step.Namespace, step.Object, step.Pod, step.Container}; !cmp.Equal(got, []string{"ns", "t", "t-pod", "step-a"}) {
		t.Errorf("a step is at %q", got)
	}
}

func TestObjectsThatNobodyExpects(t *testing.T) {
	t.Parallel()
	loop := read[v1.PipelineRun](t, `
metadata: {name: loop, namespace: default, labels: {tekton.dev/pipelineRun: loop, tekton.dev/pipelineTask: again}}
spec: {pipelineSpec: {tasks: [{name: again, runAfter: [again, other]}, {name: other, runAfter: [again]}]}}
`)
	loop.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: "Cancelled"}, start)
	want := `PipelineRun loop: Cancelled, Cancelled
  PipelineRun again: Unknown, the object is gone, after other
  Task other: Skipped, the run ended before it could start, after again
`
	if diff := cmp.Diff(want, dump(Build(Objects{Root: loop, PipelineRuns: []*v1.PipelineRun{loop}}))); diff != "" {
		t.Error(diff)
	}
	noSpec := read[v1.PipelineRun](t, `
metadata: {name: far}
status: {childReferences: [{kind: Other, name: x, pipelineTaskName: a}, {kind: TaskRun, name: z, pipelineTaskName: a}]}
`)
	want = `PipelineRun far: Waiting
  Task a: Unknown
    Other x: Unknown, the object is gone
    TaskRun z: Unknown, the object is gone
`
	if diff := cmp.Diff(want, dump(Build(Objects{Root: noSpec}))); diff != "" {
		t.Error(diff)
	}
	if got := Build(Objects{}); got.State != Unknown {
		t.Errorf("nothing is %v", got)
	}
}

func TestChildrenOfAnEarlierRunOfThatName(t *testing.T) {
	t.Parallel()
	pr := read[v1.PipelineRun](t, `{metadata: {name: ci, namespace: default, uid: new}, spec: {pipelineSpec: {tasks: [{name: a}]}}}`)
	tr := read[v1.TaskRun](t, `
metadata:
  name: ci-a
  namespace: default
  labels: {tekton.dev/pipelineRun: ci, tekton.dev/pipelineTask: a}
  ownerReferences: [{apiVersion: tekton.dev/v1, kind: PipelineRun, name: ci, uid: old, controller: true}]
`)
	got := dump(Build(Objects{Root: pr, TaskRuns: []*v1.TaskRun{tr}}))
	if diff := cmp.Diff("PipelineRun ci: Waiting\n  Task a: Waiting\n", got); diff != "" {
		t.Error(diff)
	}
}

func TestSkippedInWords(t *testing.T) {
	t.Parallel()
	when := func(input, operator string, values ...string) []v1.WhenExpression {
		return []v1.WhenExpression{{CEL: "1 == 1"}, {Input: input, Operator: "in", Values: []string{input}}, {Input: input, Operator: selection.Operator(operator), Values: values}}
	}
	tests := []struct {
		skip v1.SkippedTask
		want string
	}{
		{v1.SkippedTask{Reason: v1.WhenExpressionsSkip, WhenExpressions: when("a", "in", "b", "c")}, `"a" is not one of "b", "c"`},
		{v1.SkippedTask{Reason: v1.WhenExpressionsSkip, WhenExpressions: when("a", "notin", "a", "c")}, `"a" is one of "a", "c"`},
		{v1.SkippedTask{Reason: v1.WhenExpressionsSkip, WhenExpressions: when("a", "notin", "a")}, `it runs only if the value is not "a"`},
		{v1.SkippedTask{Reason: v1.WhenExpressionsSkip, WhenExpressions: []v1.WhenExpression{{CEL: "'a' == 'b'"}}}, `the condition is false: 'a' == 'b'`},
		{v1.SkippedTask{Reason: v1.WhenExpressionsSkip}, `a condition is false`},
		{v1.SkippedTask{Reason: v1.StoppingSkip}, "another task failed"},
		{v1.SkippedTask{Reason: "Else"}, "Else"},
	}
	for _, test := range tests {
		if got := skippedBecause(test.skip); got != test.want {
			t.Errorf("%v in words: %q, want %q", test.skip, got, test.want)
		}
	}
}
