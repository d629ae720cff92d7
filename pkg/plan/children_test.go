package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

func owner() []metav1.OwnerReference {
	yes := true
	return []metav1.OwnerReference{{
		APIVersion: "tekton.dev/v1", Kind: "PipelineRun", Name: "pr", UID: "pr-uid", Controller: &yes, BlockOwnerDeletion: &yes,
	}}
}

func labels(task, member string, more ...string) map[string]string {
	out := map[string]string{
		"tekton.dev/pipeline": "pr", "tekton.dev/pipelineRun": "pr", "tekton.dev/pipelineRunUID": "pr-uid",
		"tekton.dev/pipelineTask": task, "tekton.dev/memberOf": member,
	}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// created returns the objects that a step creates, by name.
func created(step plan.Step) map[string]any {
	out := map[string]any{}
	for _, action := range step.Actions {
		switch a := action.(type) {
		case plan.CreateTaskRun:
			out[a.TaskRun.Name] = a.TaskRun
		case plan.CreateCustomRun:
			out[a.CustomRun.Name] = a.CustomRun
		case plan.CreatePipelineRun:
			out[a.PipelineRun.Name] = a.PipelineRun
		}
	}
	return out
}

func TestTaskRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata:
  name: pr
  labels: {team: x, tekton.dev/pipelineTask: parent}
  annotations: {note: a, chains.tekton.dev/signed: "true", kubectl.kubernetes.io/last-applied-configuration: "{}"}
spec:
  params: [{name: who, value: world}]
  taskRunTemplate:
    serviceAccountName: robot
    podTemplate: {nodeSelector: {disk: ssd}, env: [{name: A, value: "1"}]}
  taskRunSpecs:
  - pipelineTaskName: a
    serviceAccountName: special
    podTemplate: {env: [{name: B, value: "2"}]}
    metadata: {labels: {team: mine, extra: l, tekton.dev/pipelineRun: other}, annotations: {note: b}}
    stepSpecs: [{name: s, computeResources: {limits: {cpu: "1"}}}]
    sidecarSpecs: [{name: c, computeResources: {}}]
    computeResources: {limits: {cpu: "2"}}
  pipelineSpec:
    tasks:
    - name: a
      retries: 2
      params: [{name: p, value: $(params.who)}]
      taskSpec:
        metadata: {labels: {team: inline, low: l}, annotations: {note: inline, low: a}}
        params: [{name: p, type: string}]
        steps: [{name: s, image: i, script: echo $(params.p) $(params.who) $(context.pipelineRun.name)}]
`)
	w.pr.Status.SpanContext = map[string]string{"traceparent": "00-1"}
	step := w.pass()
	want := &v1.TaskRun{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "TaskRun"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "pr-a", Namespace: "ns", OwnerReferences: owner(),
			CreationTimestamp: metav1.NewTime(epoch), UID: "uid-of-pr-a",
			Labels: labels("a", "tasks", "team", "mine", "extra", "l", "low", "l"),
			Annotations: map[string]string{
				"note": "b", "low": "a", "tekton.dev/taskrunSpanContext": `{"traceparent":"00-1"}`,
			},
		},
		Spec: v1.TaskRunSpec{
			Params:             v1.Params{{Name: "p", Value: *v1.NewString("world")}},
			Retries:            2,
			ServiceAccountName: "special",
			PodTemplate: &pod.Template{
				NodeSelector: map[string]string{"disk": "ssd"},
				Env:          []corev1.EnvVar{{Name: "B", Value: "2"}, {Name: "A", Value: "1"}},
			},
			StepSpecs:        w.pr.Spec.TaskRunSpecs[0].StepSpecs,
			SidecarSpecs:     w.pr.Spec.TaskRunSpecs[0].SidecarSpecs,
			ComputeResources: w.pr.Spec.TaskRunSpecs[0].ComputeResources,
			TaskSpec: &v1.TaskSpec{
				Params: v1.ParamSpecs{{Name: "p", Type: v1.ParamTypeString}},
				Steps:  []v1.Step{{Name: "s", Image: "i", Script: "echo world world pr"}},
			},
		},
	}
	if diff := cmp.Diff(want, created(step)["pr-a"]); diff != "" {
		t.Errorf("TaskRun (-want +got):\n%s", diff)
	}
}

func TestTaskRunOfAReference(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.pr.Spec.PipelineSpec.Tasks[0].TaskRef.Kind = v1.NamespacedTaskKind
	definition := w.tasks["task"].DeepCopy()
	definition.Labels = map[string]string{"a": "task", "tekton.dev/pipelineTask": "other"}
	definition.Annotations = map[string]string{"b": "task", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
	w.tasks["task"] = definition
	w.pass()
	w.succeed("pr-a")
	step := w.pass()
	wantLabels := labels("last", "finally")
	wantLabels["a"], wantLabels["tekton.dev/task"] = "task", "task"
	want := &v1.TaskRun{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "TaskRun"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "pr-last", Namespace: "ns", OwnerReferences: owner(), Labels: wantLabels, Annotations: map[string]string{"b": "task"},
			CreationTimestamp: metav1.NewTime(epoch), UID: "uid-of-pr-last",
		},
		Spec: v1.TaskRunSpec{TaskRef: &v1.TaskRef{Name: "task"}},
	}
	if diff := cmp.Diff(want, created(step)["pr-last"]); diff != "" {
		t.Errorf("TaskRun (-want +got):\n%s", diff)
	}
}

func TestTaskWithoutNameIsEmbedded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFinally)
	w.tasks["task"].Name = ""
	w.pass()
	tr := w.taskRuns["pr-a"]
	if tr.Spec.TaskRef != nil || tr.Spec.TaskSpec == nil || len(tr.Spec.TaskSpec.Results) != 1 {
		t.Errorf("task ref %v, spec %v", tr.Spec.TaskRef, tr.Spec.TaskSpec)
	}
}

func TestCustomRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
metadata: {name: pr, labels: {team: x}}
spec:
  taskRunTemplate: {serviceAccountName: robot}
  taskRunSpecs: [{pipelineTaskName: ref, metadata: {labels: {never: seen}}}]
  workspaces: [{name: ws, emptyDir: {}}]
  pipelineSpec:
    tasks:
    - name: ref
      retries: 1
      timeout: 5m
      taskRef: {apiVersion: example.dev/v1, kind: Wait, name: w}
      params: [{name: p, value: [a, b]}]
      workspaces: [{name: ws}]
    - name: inline
      taskSpec:
        apiVersion: example.dev/v1
        kind: Wait
        metadata: {labels: {l: "1"}}
        spec: {seconds: $(params.unknown)}
    - name: next
      params: [{name: p, value: $(tasks.ref.results.out)}, {name: q, value: "$(tasks.ref.results.list[*])"}]
      taskSpec: {steps: [{image: i}]}
`)
	step := w.pass()
	objects := created(step)
	ref, ok := objects["pr-ref"].(*v1beta1.CustomRun)
	if !ok {
		t.Fatalf("created %v", objects)
	}
	want := &v1beta1.CustomRun{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1beta1", Kind: "CustomRun"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "pr-ref", Namespace: "ns", OwnerReferences: owner(), Labels: labels("ref", "tasks", "team", "x"),
			Annotations: map[string]string{}, CreationTimestamp: metav1.NewTime(epoch), UID: "uid-of-pr-ref",
		},
		Spec: v1beta1.CustomRunSpec{
			CustomRef:          &v1beta1.TaskRef{APIVersion: "example.dev/v1", Kind: "Wait", Name: "w"},
			Params:             v1.Params{{Name: "p", Value: *v1.NewArray("a", "b")}},
			Retries:            1,
			Timeout:            minutes(5),
			ServiceAccountName: "robot",
			Workspaces:         []v1.WorkspaceBinding{{Name: "ws", EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		},
	}
	if diff := cmp.Diff(want, ref); diff != "" {
		t.Errorf("CustomRun (-want +got):\n%s", diff)
	}
	inline := w.customRuns["pr-inline"].Spec.CustomSpec
	if inline.APIVersion != "example.dev/v1" || inline.Kind != "Wait" || inline.Metadata.Labels["l"] != "1" ||
		string(inline.Spec.Raw) != `{"seconds":"$(params.unknown)"}` {
		t.Errorf("custom spec %+v", inline)
	}
	if got := w.pr.Status.ChildReferences[0]; got.APIVersion != "tekton.dev/v1beta1" || got.Kind != "CustomRun" {
		t.Errorf("reference %+v", got)
	}
	w.succeed("pr-ref", "out", "text", "list", `["x"]`)
	w.pass()
	wantParams := v1.Params{{Name: "p", Value: *v1.NewString("text")}, {Name: "q", Value: *v1.NewArray("x")}}
	if diff := cmp.Diff(wantParams, w.taskRuns["pr-next"].Spec.Params); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
}

func TestCustomRunCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskRef: {apiVersion: example.dev/v1, kind: Wait}}
`)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelledRunFinally
	w.expect(w.pass(), "cancel CustomRun pr-a")
	w.obey()
	w.pass()
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
}

const nested = `
metadata: {name: pr, labels: {team: x}}
spec:
  params: [{name: who, value: world}]
  taskRunTemplate: {serviceAccountName: robot}
  pipelineSpec:
    tasks:
    - name: ref
      retries: 3
      timeout: 5m
      params: [{name: p, value: $(params.who)}]
      pipelineRef: {name: inner}
    - name: inline
      pipelineSpec: {tasks: [{name: x, taskRef: {name: task}}]}
    - {name: after, runAfter: [ref], taskSpec: {steps: [{image: i}]}}
---
kind: Pipeline
metadata: {name: inner}
spec: {tasks: [{name: x, taskRef: {name: task}}]}
`

func TestChildPipelineRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nested)
	step := w.pass()
	w.expect(step, "create PipelineRun pr-ref", "create PipelineRun pr-inline")
	want := &v1.PipelineRun{
		TypeMeta: metav1.TypeMeta{APIVersion: "tekton.dev/v1", Kind: "PipelineRun"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "pr-ref", Namespace: "ns", OwnerReferences: owner(),
			Labels:      labels("ref", "tasks", "team", "x", "tekton.dev/pipeline", "inner"),
			Annotations: map[string]string{}, CreationTimestamp: metav1.NewTime(epoch), UID: "uid-of-pr-ref",
		},
		Spec: v1.PipelineRunSpec{
			PipelineRef:     &v1.PipelineRef{Name: "inner"},
			Params:          v1.Params{{Name: "p", Value: *v1.NewString("world")}},
			TaskRunTemplate: v1.PipelineTaskRunTemplate{ServiceAccountName: "robot"},
		},
	}
	if diff := cmp.Diff(want, created(step)["pr-ref"]); diff != "" {
		t.Errorf("PipelineRun (-want +got):\n%s", diff)
	}
	if got := w.pipelineRuns["pr-inline"].Labels["tekton.dev/pipeline"]; got != "pr" {
		t.Errorf("label of the inline child %q, want the parent's", got)
	}
	w.succeed("pr-ref")
	w.expect(w.pass(), "create TaskRun pr-after")
}

func TestChildPipelineRunIsStoppedAndAwaited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nested)
	w.pass()
	w.pr.Spec.Status = v1.PipelineRunSpecStatusCancelledRunFinally
	w.expect(w.pass(), "cancel PipelineRun pr-inline", "cancel PipelineRun pr-ref")
	w.conditionStarts("Unknown CancelledRunningFinally: ")
	w.obey()
	w.expect(w.pass())
	w.condition(`False Cancelled: PipelineRun "pr" was cancelled`)
}

func TestChildPipelineRunOutOfTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nested)
	w.pr.Spec.Timeouts = &v1.TimeoutFields{Pipeline: minutes(60), Tasks: minutes(10)}
	w.pr.Spec.PipelineSpec.Finally = []v1.PipelineTask{{
		Name: "last", TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Image: "i"}}}},
	}}
	w.pass()
	w.succeed("pr-inline")
	w.after(10)
	w.expect(w.pass(), "time out PipelineRun pr-ref")
	w.obey()
	w.expect(w.pass(), "create TaskRun pr-last")
	w.condition("Unknown PipelineRunTimeoutRunningFinally: Tasks Completed: 2 (Failed: 1, Cancelled 0), Incomplete: 1, Skipped: 1")
}

func TestPipelineCycle(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		ancestors []string
		want      string
	}{
		"of itself":       {want: `detected cycle in pipeline-in-pipeline: pipeline "inner" is already running in ancestor chain [inner]`},
		"further out":     {ancestors: []string{"middle", "inner"}, want: `detected cycle in pipeline-in-pipeline: pipeline "inner" is already running in ancestor chain [outer middle inner]`},
		"no cycle at all": {ancestors: []string{"middle"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := "outer"
			if tc.ancestors == nil {
				own = "inner"
			}
			w := newWorld(t, `
spec: {pipelineRef: {name: `+own+`}}
---
kind: Pipeline
metadata: {name: `+own+`}
spec: {tasks: [{name: a, pipelineRef: {name: inner}}]}
`)
			if own != "inner" {
				w.pipelines["inner"] = w.pipelines["outer"].DeepCopy()
				w.pipelines["inner"].Name = "inner"
			}
			w.ancestors = tc.ancestors
			step := w.pass()
			if tc.want == "" {
				w.expect(step, "create PipelineRun pr-a")
				return
			}
			w.condition("False CreateRunFailed: " + tc.want)
		})
	}
}

func TestPipelineLabel(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		adjust func(pr *v1.PipelineRun)
		want   string
	}{
		"inline":         {adjust: func(*v1.PipelineRun) {}, want: "pr"},
		"generated name": {adjust: func(pr *v1.PipelineRun) { pr.GenerateName = "build-" }, want: "build"},
		"already set": {
			adjust: func(pr *v1.PipelineRun) {
				pr.GenerateName = "build-"
				pr.Labels = map[string]string{"tekton.dev/pipeline": "mine"}
			},
			want: "mine",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, chain)
			tc.adjust(w.pr)
			w.pass()
			if got := w.pr.Labels["tekton.dev/pipeline"]; got != tc.want {
				t.Errorf("label %q, want %q", got, tc.want)
			}
			if got := w.taskRuns["pr-a"].Labels["tekton.dev/pipeline"]; got != tc.want {
				t.Errorf("label of the child %q, want %q", got, tc.want)
			}
		})
	}
}

func TestNestingHasALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `spec: {pipelineSpec: {tasks: [{name: a, pipelineSpec: {tasks: [{name: x, taskRef: {name: task}}]}}]}}`)
	w.ancestors = make([]string, 50)
	w.expect(w.pass())
	w.condition("False CreateRunFailed: pipelines in pipelines can be nested 50 deep at most: pipeline task \"a\" would go deeper")
}

func TestChildOfAnotherTaskHasTheName(t *testing.T) {
	t.Parallel()
	const (
		matrixed = `{name: build, matrix: {params: [{name: p, value: [x, z]}]}, taskSpec: {steps: [{image: i}]}}`
		plain    = `{name: build-0, runAfter: [%s], taskSpec: {steps: [{image: i}]}}`
	)
	t.Run("in the same pass", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, `spec: {pipelineSpec: {tasks: [`+matrixed+`, `+fmt.Sprintf(plain, "")+`]}}`)
		w.expect(w.pass())
		w.condition(`False CreateRunFailed: TaskRun "pr-build-0" of pipeline task "build-0" cannot be created: ` +
			`its name belongs to that of pipeline task "build"; rename one of the tasks`)
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, `spec: {pipelineSpec: {tasks: [`+matrixed+`, `+fmt.Sprintf(plain, "build")+`]}}`)
		w.pass()
		w.succeed("pr-build-0")
		w.succeed("pr-build-1")
		w.expect(w.pass())
		w.conditionStarts(`False CreateRunFailed: TaskRun "pr-build-0" of pipeline task "build-0" cannot be created: `)
	})
}
