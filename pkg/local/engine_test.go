package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

// engineFor returns an engine for the last run of some YAML.
func engineFor(t testing.TB, pods Pods, text string, adjust ...func(*Options)) *Engine {
	t.Helper()
	o := Options{Objects: load(t, text), Pods: pods, Folders: fakeFolders{}}
	for _, object := range o.Objects {
		switch run := object.(type) {
		case *v1.TaskRun:
			o.Run = run
		case *v1.PipelineRun:
			o.Run = run
		}
	}
	for _, f := range adjust {
		f(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// never has steps go on for ever.
func never(*corev1.Pod, string) int32 { return -1 }

const oneStep = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: run, namespace: ns}
spec:
  taskSpec:
    steps: [{name: s, image: busybox, script: echo}]
`

const twoTasks = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineSpec:
    tasks:
    - name: a
      taskSpec: &spec {steps: [{name: s, image: busybox, script: echo}]}
    - name: b
      runAfter: [a]
      taskSpec: *spec
    finally:
    - name: end
      taskSpec: *spec
`

func TestTaskRun(t *testing.T) {
	t.Parallel()
	e := engineFor(t, &fakePods{}, oneStep)
	var reasons, events []string
	e.Subscribe(func(event Event) {
		tr, ok := event.Object.(*v1.TaskRun)
		switch {
		case !ok:
		case event.Kubernetes != nil:
			events = append(events, event.Kubernetes.Reason)
		case tr.Status.GetCondition("Succeeded") != nil:
			if reason := tr.Status.GetCondition("Succeeded").Reason; !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
	})
	finish(t, e)
	tr := e.Snapshot().TaskRuns[0]
	if tr.UID == "" || tr.ResourceVersion == "" || tr.CreationTimestamp.Nanosecond() != 0 || tr.Namespace != "ns" || tr.Kind != "TaskRun" {
		t.Errorf("metadata %+v", tr.ObjectMeta)
	}
	if len(tr.Status.Steps) != 1 || tr.Status.Steps[0].Terminated == nil || tr.Status.PodName != "run-pod" {
		t.Errorf("status %+v", tr.Status)
	}
	if diff := cmp.Diff([]string{"Started", "Pending", "Succeeded"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(reasons) < 2 || reasons[len(reasons)-1] != "Succeeded" {
		t.Errorf("reasons %v", reasons)
	}
	if got := len(e.Objects()); got != 1 {
		t.Errorf("%d objects", got)
	}
}

func TestPods(t *testing.T) {
	t.Parallel()
	const sidecar = `
    sidecars: [{name: web, image: "busybox:1", script: sleep 1}]
`
	tests := map[string]struct {
		text   string
		exit   func(*corev1.Pod, string) int32
		reason string
		check  func(*testing.T, *v1.TaskRun)
	}{
		"a step fails": {
			text: oneStep, exit: func(*corev1.Pod, string) int32 { return 3 }, reason: "StepFailed",
			check: func(t *testing.T, tr *v1.TaskRun) {
				t.Helper()
				if code := tr.Status.Steps[0].Terminated.ExitCode; code != 3 {
					t.Errorf("exit code %d", code)
				}
			},
		},
		"a sidecar is stopped": {
			text: oneStep + sidecar, reason: "Succeeded",
			check: func(t *testing.T, tr *v1.TaskRun) {
				t.Helper()
				if len(tr.Status.Sidecars) != 1 || tr.Status.Sidecars[0].Terminated == nil {
					t.Errorf("sidecars %+v", tr.Status.Sidecars)
				}
			},
		},
		"the second attempt succeeds": {
			text: strings.Replace(oneStep, "spec:", "spec:\n  retries: 2", 1), reason: "Succeeded",
			exit: func(pod *corev1.Pod, _ string) int32 {
				if strings.HasSuffix(pod.Name, "retry1") {
					return 0
				}
				return 1
			},
			check: func(t *testing.T, tr *v1.TaskRun) {
				t.Helper()
				if len(tr.Status.RetriesStatus) != 1 || tr.Status.PodName != "run-pod-retry1" {
					t.Errorf("%d retries, pod %s", len(tr.Status.RetriesStatus), tr.Status.PodName)
				}
			},
		},
		"no attempt succeeds": {
			text: strings.Replace(oneStep, "spec:", "spec:\n  retries: 2", 1), reason: "StepFailed",
			exit: func(*corev1.Pod, string) int32 { return 1 },
			check: func(t *testing.T, tr *v1.TaskRun) {
				t.Helper()
				if len(tr.Status.RetriesStatus) != 2 {
					t.Errorf("%d retries", len(tr.Status.RetriesStatus))
				}
			},
		},
		"time is up": {
			text: strings.Replace(oneStep, "spec:", "spec:\n  timeout: 1s", 1), reason: "TaskRunTimeout", exit: never,
		},
		"a pod that the API refuses": {
			text:   strings.Replace(oneStep, "script: echo", `script: echo, volumeMounts: [{name: no-such, mountPath: /x}]`, 1),
			reason: "PodCreationFailed",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pods := &fakePods{exit: tc.exit}
			e := engineFor(t, pods, tc.text)
			finish(t, e)
			tr := e.Snapshot().TaskRuns[0]
			if cond := condition(tr); cond.Reason != tc.reason {
				t.Errorf("reason %s: %s; want %s", cond.Reason, cond.Message, tc.reason)
			}
			if tc.check != nil {
				tc.check(t, tr)
			}
			for _, p := range pods.pods {
				if !p.removed {
					t.Errorf("pod %s was left behind", p.pod.Name)
				}
			}
		})
	}
}

// A sidecar that does not listen is killed soon after the run has ended, and its end is in the status.
func TestDeafSidecar(t *testing.T) {
	t.Parallel()
	e := engineFor(t, &fakePods{deaf: true}, oneStep+"    sidecars: [{name: web, image: 'busybox:1', script: sleep 1}]\n")
	finish(t, e)
	tr := e.Snapshot().TaskRuns[0]
	if !condition(tr).IsTrue() || len(tr.Status.Sidecars) != 1 {
		t.Fatalf("status %+v", tr.Status)
	}
	if ended := tr.Status.Sidecars[0].Terminated; ended == nil || ended.ExitCode != 137 {
		t.Errorf("sidecar %+v", tr.Status.Sidecars[0])
	}
}

// Steps start later only if a sidecar has no probe: its start is all that is known of it.
func TestHeadStartOfSidecars(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		probe  string
		silent bool
	}{
		"without a probe": {silent: true},
		"with a probe":    {probe: ", readinessProbe: {exec: {command: ['true']}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engineFor(t, &fakePods{}, oneStep+"    sidecars: [{name: web, image: 'busybox:1', script: sleep 1"+tc.probe+"}]\n")
			var pending, released int
			var began, ready time.Time
			e.Subscribe(func(event Event) {
				pod, ok := event.Object.(*corev1.Pod)
				switch {
				case !ok:
				case pod.Annotations[pipeline.ReadyAnnotationKey] != pipeline.ReadyAnnotationValue:
					if pending++; pending == 1 {
						began = event.At
					}
				default:
					if released++; released == 1 {
						ready = event.At
					}
				}
			})
			finish(t, e)
			if pending == 0 || released == 0 {
				t.Fatalf("%d changes of the pod before its steps were let go, and %d after", pending, released)
			}
			if waited := ready.Sub(began); tc.silent && waited < headStart {
				t.Errorf("steps were let go after %s, want %s", waited, headStart)
			}
			if hasSilentSidecar(e.podOf(e.Snapshot().TaskRuns[0])) != tc.silent {
				t.Error("the sidecar is taken for one that has a probe, or the other way round")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text, status string
		byContext    bool
		reason       string
		children     int
	}{
		"a TaskRun by its context":            {text: oneStep, byContext: true, reason: "TaskRunCancelled", children: 1},
		"a TaskRun":                           {text: oneStep, reason: "TaskRunCancelled", children: 1},
		"a PipelineRun by its context":        {text: twoTasks, byContext: true, reason: "Cancelled", children: 1},
		"a PipelineRun with its final tasks":  {text: twoTasks, status: "CancelledRunFinally", reason: "Cancelled", children: 2},
		"a PipelineRun after what is running": {text: twoTasks, status: "StoppedRunFinally", reason: "Cancelled", children: 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pods := &fakePods{exit: func(pod *corev1.Pod, _ string) int32 {
				if strings.Contains(pod.Name, "end") || tc.status == "StoppedRunFinally" {
					return 0
				}
				return -1
			}}
			e := engineFor(t, pods, tc.text)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tc.byContext {
				e.Subscribe(func(event Event) {
					if pod, ok := event.Object.(*corev1.Pod); ok && pod.Status.Phase == corev1.PodRunning {
						cancel()
					}
				})
			} else {
				// It comes up after the first pod was made.
				e.Cancel(tc.status)
			}
			if err := e.Run(ctx); err != nil {
				t.Fatal(err)
			}
			tree := e.Snapshot()
			if cond := condition(tree.Root); cond.Reason != tc.reason {
				t.Errorf("reason %s: %s; want %s", cond.Reason, cond.Message, tc.reason)
			}
			if got := len(tree.TaskRuns); got != tc.children {
				t.Errorf("%d TaskRuns, want %d", got, tc.children)
			}
		})
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	pods := &fakePods{exit: never}
	e := engineFor(t, pods, twoTasks)
	e.Subscribe(func(event Event) {
		if pod, ok := event.Object.(*corev1.Pod); ok && pod.Status.Phase == corev1.PodRunning {
			e.Kill()
		}
	})
	if err := e.Run(t.Context()); !errors.Is(err, ErrKilled) {
		t.Fatalf("error %v", err)
	}
	if len(pods.pods) != 1 || !pods.pods[0].removed {
		t.Errorf("%d pods, or the pod was left behind", len(pods.pods))
	}
}

func TestCustomRun(t *testing.T) {
	t.Parallel()
	e := engineFor(t, &fakePods{}, `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineSpec:
    tasks:
    - name: approve
      taskRef: {apiVersion: example.dev/v1, kind: Approval, name: x}
`)
	finish(t, e)
	tree := e.Snapshot()
	cond := tree.CustomRuns[0].Status.GetCondition("Succeeded")
	want := `no controller for custom tasks of apiVersion "example.dev/v1" and kind "Approval" runs on this machine`
	if cond.Reason != reasonNoController || cond.Message != want {
		t.Errorf("condition %+v", cond)
	}
	if cond := condition(tree.Root); cond.Reason != "Failed" {
		t.Errorf("run %+v", cond)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	e := engineFor(t, &fakePods{}, `
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  taskRunTemplate:
    serviceAccountName: builder
    podTemplate:
      nodeSelector: {disk: ssd}
      priorityClassName: high
      schedulerName: mine
      runtimeClassName: gvisor
      tolerations: [{operator: Exists}]
  pipelineSpec:
    tasks:
    - name: a
      taskSpec: &spec {steps: [{name: s, image: busybox, script: echo}]}
    - name: b
      taskSpec: *spec
`)
	finish(t, e)
	const nothing = " means nothing on this machine: there is one node, and no API server"
	want := []string{
		"ResourceQuota means nothing on this machine: it is left out",
		"nodeSelector" + nothing, "tolerations" + nothing, "priorityClassName" + nothing, "schedulerName" + nothing, "runtimeClassName" + nothing,
		"serviceAccountName builder: it is not in the files, so it has no secrets here",
	}
	got := e.Warnings()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestImageCommands(t *testing.T) {
	t.Parallel()
	text := strings.Replace(oneStep, ", script: echo", "", 1)
	tests := map[string]struct {
		images func(context.Context, string, []corev1.Secret) (imageinfo.Image, error)
		reason string
	}{
		"known": {reason: "Succeeded", images: func(_ context.Context, ref string, _ []corev1.Secret) (imageinfo.Image, error) {
			return imageinfo.Image{Ref: ref, Platforms: []imageinfo.Platform{{Name: "linux/amd64", Cmd: []string{"sh"}}}}, nil
		}},
		"no such image": {reason: "PodCreationFailed", images: func(context.Context, string, []corev1.Secret) (imageinfo.Image, error) {
			return imageinfo.Image{}, failure.Invalidf("", "there is no such image")
		}},
		"nobody knows": {reason: "PodCreationFailed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := engineFor(t, &fakePods{}, text, func(o *Options) { o.Images = tc.images })
			finish(t, e)
			if cond := condition(e.Snapshot().Root); cond.Reason != tc.reason {
				t.Errorf("condition %s: %s", cond.Reason, cond.Message)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	other := "example.dev/other"
	for name, tc := range map[string]struct {
		run  metav1.Object
		want string
	}{
		"no name": {&v1.TaskRun{}, "it has neither name nor generateName"},
		"another controller": {
			&v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Spec: v1.PipelineRunSpec{ManagedBy: &other}},
			"spec.managedBy gives it to another controller",
		},
		"another kind":      {&v1.Task{}, "it has to be a TaskRun or a PipelineRun of version v1"},
		"what is not valid": {&v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "r"}}, "denied the request: validation failed: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(Options{Run: tc.run}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
	flags := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "feature-flags"}, Data: map[string]string{"coschedule": "maybe"}}
	if _, err := New(Options{Objects: []runtime.Object{flags}}); err == nil || !strings.Contains(err.Error(), "feature-flags") {
		t.Errorf("error %v", err)
	}
}

func TestGeneratedName(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"a-", strings.Repeat("a", 70)} {
		if got := generated(prefix); len(got) != min(len(prefix), 58)+5 {
			t.Errorf("name %s", got)
		}
	}
}

func chain(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: chain}\nspec:\n  pipelineSpec:\n    tasks:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - name: t%d\n      taskSpec: {steps: [{name: s, image: busybox, script: 'true'}]}\n", i)
		if i > 0 {
			fmt.Fprintf(&b, "      runAfter: [t%d]\n", i-1)
		}
	}
	return b.String()
}

func BenchmarkChainOf50(b *testing.B) {
	text := chain(50)
	for b.Loop() {
		b.StopTimer()
		e := engineFor(b, &fakePods{}, text)
		b.StartTimer()
		if err := e.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		if cond := condition(e.Snapshot().Root); !cond.IsTrue() {
			b.Fatalf("%+v", cond)
		}
	}
	b.ReportMetric(float64(time.Second.Milliseconds())*b.Elapsed().Seconds()/float64(b.N), "ms/chain")
}
