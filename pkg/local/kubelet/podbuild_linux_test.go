package kubelet_test

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/podstatus"
)

// self is the runner that this program is.
type self struct{}

func (self) Path(bool) (string, error) { return os.Executable() }

func script(name, text string) v1.Step { return v1.Step{Name: name, Image: "tools", Script: text} }

// buildPod makes the pod of a Task as the controller does.
func buildPod(t testing.TB, flags map[string]string, task *v1.TaskSpec) *corev1.Pod {
	t.Helper()
	c := config.NewConfig(nil, nil)
	if flags != nil {
		features, err := config.NewFeatureFlagsFromMap(flags)
		if err != nil {
			t.Fatal(err)
		}
		c.FeatureFlags = features
	}
	p, err := podbuild.Build(podbuild.Input{
		TaskRun: &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "1234"}},
		Task:    task, Config: c, NativeSidecars: true,
		HelperImages: podbuild.Images{
			Entrypoint: kubelet.EntrypointImage, EntrypointCEL: kubelet.EntrypointCELImage, ResultsSidecar: kubelet.ResultsImage,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.UID = "pod-uid"
	return p
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root makes mount namespaces")
	}
}

func withRunner(o *kubelet.Options) { o.Runner = self{} }

// TestBuiltPods carries out pods as the controller makes them, with the real step runner.
func TestBuiltPods(t *testing.T) {
	t.Parallel()
	needRoot(t)
	result := []v1.TaskResult{{Name: "r", Type: v1.ResultsTypeString}}
	for name, tc := range map[string]struct {
		flags map[string]string
		task  *v1.TaskSpec
		logs  map[string]string
		codes map[string]int32
		phase corev1.PodPhase
	}{
		"steps after one another": {
			task: &v1.TaskSpec{Results: result, Steps: []v1.Step{
				script("a", "echo -n x > /tekton/results/r\necho one"), script("b", "cat /tekton/results/r\necho\nls /tekton/steps"),
			}},
			logs:  map[string]string{"step-a": "one\n", "step-b": "x\n0\n1\nstep-a\nstep-b\n", "prepare": ""},
			codes: map[string]int32{"step-a": 0, "step-b": 0, "prepare": 0}, phase: corev1.PodSucceeded,
		},
		"a failure": {
			task: &v1.TaskSpec{Steps: []v1.Step{script("a", "exit 3"), script("b", "echo never")}},
			logs: map[string]string{"step-b": "Skipping step because a previous step failed\n"}, codes: map[string]int32{"step-a": 3, "step-b": 1, "prepare": 0}, phase: corev1.PodFailed,
		},
		"results through the log": {
			flags: map[string]string{"results-from": "sidecar-logs"},
			task:  &v1.TaskSpec{Results: result, Steps: []v1.Step{script("a", "echo -n y > /tekton/results/r")}},
			logs:  map[string]string{"sidecar-tekton-log-results": `{"name":"r","value":"y","type":"task"}` + "\n"},
			codes: map[string]int32{"step-a": 0, "sidecar-tekton-log-results": 0}, phase: corev1.PodSucceeded,
		},
		"native results sidecar": {
			flags: map[string]string{"results-from": "sidecar-logs", "enable-kubernetes-sidecar": "true"},
			task:  &v1.TaskSpec{Results: result, Steps: []v1.Step{script("a", "echo -n y > /tekton/results/r")}},
			logs:  map[string]string{"sidecar-tekton-log-results": `{"name":"r","value":"y","type":"task"}` + "\n"},
			codes: map[string]int32{"step-a": 0, "sidecar-tekton-log-results": 0, "prepare": 0}, phase: corev1.PodSucceeded,
		},
		"a working directory and a read-only runner": {
			task: &v1.TaskSpec{Steps: []v1.Step{{
				Name: "a", Image: "tools", WorkingDir: "/workspace/x/y", Script: "pwd\necho > /tekton/run/bin/entrypoint || echo no\ntouch /tekton/run/1/out || echo no",
			}}},
			logs: map[string]string{"step-a": "/workspace/x/y\n"}, phase: corev1.PodSucceeded, codes: map[string]int32{"step-a": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := buildPod(t, tc.flags, tc.task)
			p := start(t, processRuntime{newRuntime()}, spec, fakeObjects{}, withRunner)
			st := p.untilOver()
			if st.Phase != tc.phase {
				t.Errorf("phase %s, want %s", st.Phase, tc.phase)
			}
			checkCodes(t, st, tc.codes)
			for container, want := range tc.logs {
				if got := readLog(t, p, container); !strings.HasPrefix(got, want) || want == "" && got != "" {
					t.Errorf("log of %s: %q, want %q", container, got, want)
				}
			}
			if log := readLog(t, p, "step-a"); strings.Contains(name, "read-only") && strings.Count(log, "no\n") != 2 {
				t.Errorf("log %q", log)
			}
		})
	}
}

func checkCodes(t *testing.T, st corev1.PodStatus, codes map[string]int32) {
	t.Helper()
	for container, want := range codes {
		if got := statusOf(st, container).State.Terminated; got == nil || got.ExitCode != want {
			t.Errorf("%s ended with %+v, want exit code %d", container, got, want)
		}
	}
}

func readLog(t *testing.T, p kubelet.Pod, container string) string {
	t.Helper()
	r, err := p.Log(container)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inMemory is a folder in memory for the test, empty if there is no place for it.
func inMemory(t testing.TB) string {
	t.Helper()
	place := kubelet.MemoryPlace()
	if place == "" {
		return ""
	}
	dir, err := os.MkdirTemp(place, ".test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// TestMemory carries out a pod whose small folders are in memory, and looks what is left there.
func TestMemory(t *testing.T) {
	t.Parallel()
	needRoot(t)
	memory := inMemory(t)
	if memory == "" {
		t.Skip("there is no place in memory to execute programs from")
	}
	spec := buildPod(t, nil, &v1.TaskSpec{Steps: []v1.Step{script("a", "echo out")}})
	rt := newRuntime()
	p := start(t, processRuntime{rt}, spec, fakeObjects{}, withRunner, func(o *kubelet.Options) { o.Memory = memory })
	if st := p.untilOver(); st.Phase != corev1.PodSucceeded || readLog(t, p, "step-a") != "out\n" {
		t.Errorf("phase %s, log %q", st.Phase, readLog(t, p, "step-a"))
	}
	p.Remove()
	<-p.Done()
	left, err := os.ReadDir(memory + "/pods")
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestSidecarOfTask goes the way of a Task with a sidecar: the first step waits for the annotation, and the sidecar is stopped by
// another image in the end.
func TestSidecarOfTask(t *testing.T) {
	t.Parallel()
	needRoot(t)
	spec := buildPod(t, nil, &v1.TaskSpec{
		Steps:    []v1.Step{script("a", "true")},
		Sidecars: []v1.Sidecar{{Name: "s", Image: "tools", Script: "trap 'exit 0' TERM\necho up\nwhile true; do sleep 0.05; done"}},
	})
	p := start(t, processRuntime{newRuntime()}, spec, fakeObjects{}, withRunner)
	p.until("all running", func(st corev1.PodStatus) bool {
		return runs("step-a")(st) && statusOf(st, "sidecar-s").Ready && statusOf(st, "prepare").Ready
	})
	for readLog(t, p, "sidecar-s") == "" {
		time.Sleep(time.Millisecond)
	}
	next := spec.DeepCopy()
	next.Annotations[pipeline.ReadyAnnotationKey] = pipeline.ReadyAnnotationValue
	p.Update(next)
	p.until("the step's end", func(st corev1.PodStatus) bool { return statusOf(st, "step-a").State.Terminated != nil })
	stopped := next.DeepCopy()
	for i := range stopped.Spec.Containers {
		if podstatus.IsSidecar(stopped.Spec.Containers[i].Name) {
			stopped.Spec.Containers[i].Image = kubelet.NopImage
		}
	}
	p.Update(stopped)
	st := p.untilOver()
	stopped.Status = st
	states := podstatus.SidecarStates(stopped, kubelet.NopImage)
	if len(states) != 1 || states[0].Terminated == nil || states[0].Terminated.ExitCode != 0 || states[0].Terminated.Reason != "Completed" {
		t.Errorf("states %+v", states)
	}
	if got := readLog(t, p, "sidecar-s"); got != "up\n" {
		t.Errorf("log %q", got)
	}
}

// BenchmarkStart is the time from Start until the runtime is asked for the first step: what the Kubelet itself takes.
func BenchmarkStart(b *testing.B) {
	spec := buildPod(b, nil, &v1.TaskSpec{Steps: []v1.Step{script("a", "true"), script("b", "true"), script("c", "true")}})
	rt := newRuntime()
	began := make(chan time.Time, 1)
	rt.programs["step-a"] = func(*fakeContainer) int32 { began <- time.Now(); return 0 }
	memory := inMemory(b)
	k := kubelet.New(rt, kubelet.Options{Dir: b.TempDir(), Memory: memory, Runner: small(b)})
	var total time.Duration
	for b.Loop() {
		begin := time.Now()
		p := k.Start(spec, fakeObjects{}, func(corev1.PodStatus) {})
		total += (<-began).Sub(begin)
		b.StopTimer()
		p.Remove()
		<-p.Done()
		b.StartTimer()
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N)/1000, "ms/first-step")
	if diff := cmp.Diff(nil, k.Close()); diff != "" {
		b.Error(diff)
	}
}

type file string

func (f file) Path(bool) (string, error) { return string(f), nil }

// small is a runner of about the size of the real one.
func small(b *testing.B) kubelet.Runner {
	b.Helper()
	name := b.TempDir() + "/entrypoint"
	if err := os.WriteFile(name, make([]byte, 4<<20), 0o700); err != nil { //nolint:gosec // a program
		b.Fatal(err)
	}
	return file(name)
}
