package podbuild_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/podbuild"
)

// input is a run of a Task with n steps.
func input(n int) podbuild.Input {
	task := &v1.TaskSpec{}
	for i := range n {
		task.Steps = append(task.Steps, v1.Step{Name: fmt.Sprintf("s%d", i), Image: "busybox", Command: []string{"true"}})
	}
	return podbuild.Input{
		TaskRun:      &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "1234"}},
		Task:         task,
		Config:       config.NewConfig(nil, nil),
		HelperImages: helperImages,
	}
}

func build(t testing.TB, in podbuild.Input) *corev1.Pod {
	t.Helper()
	p, err := podbuild.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// runnerOf decodes what the step runner of a container is told.
func runnerOf(t testing.TB, c corev1.Container) protocol.Step {
	t.Helper()
	if len(c.Args) < 3 || c.Args[0] != protocol.CommandStep || c.Args[2] != "--" {
		t.Fatalf("args of %s = %q", c.Name, c.Args)
	}
	s, err := protocol.DecodeStep(c.Args[1])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBuildErrors(t *testing.T) {
	t.Parallel()
	volume := []corev1.Volume{{Name: "data"}}
	for name, tc := range map[string]struct {
		change func(*podbuild.Input)
		want   string
	}{
		"volume in task and template": {
			change: func(in *podbuild.Input) { in.Task.Volumes = volume; in.PodTemplate = &pod.Template{Volumes: volume} },
			want:   `multiple volumes with same name "data"`,
		},
		"volume with an internal name": {
			change: func(in *podbuild.Input) { in.Task.Volumes = []corev1.Volume{{Name: podbuild.WorkspaceVolume}} },
			want:   `multiple volumes with same name "tekton-internal-workspace"`,
		},
		"no steps": {
			change: func(in *podbuild.Input) { in.Task.Steps = nil },
			want:   "no steps",
		},
		"internal volume in a step, from a parameter": {
			change: func(in *podbuild.Input) { in.Task.Steps[0].VolumeMounts = mounting(podbuild.RunVolume, "/x") },
			want:   `container "step-s0": volumeMount name "tekton-internal-run" cannot start with "tekton-internal-"`,
		},
		"internal volume in the template of steps": {
			change: func(in *podbuild.Input) {
				in.Task.StepTemplate = &v1.StepTemplate{VolumeMounts: mounting(podbuild.RunVolume, "/x")}
			},
			want: `container "step-s0": volumeMount name "tekton-internal-run" cannot start with "tekton-internal-"`,
		},
		"internal volume in a sidecar": {
			change: func(in *podbuild.Input) {
				in.Task.Sidecars = []v1.Sidecar{{Name: "evil", VolumeMounts: mounting(podbuild.RunVolume, "/x")}}
			},
			want: `container "sidecar-evil": volumeMount name "tekton-internal-run" cannot start with "tekton-internal-"`,
		},
		"internal volume as a device": {
			change: func(in *podbuild.Input) {
				in.Task.Steps[0].VolumeDevices = []corev1.VolumeDevice{{Name: podbuild.RunVolume, DevicePath: "/x"}}
			},
			want: `container "step-s0": volumeMount name "tekton-internal-run" cannot start with "tekton-internal-"`,
		},
		"credentials of a step": {
			change: func(in *podbuild.Input) {
				in.Task.Sidecars = []v1.Sidecar{{Name: "evil", VolumeMounts: mounting(podbuild.CredentialsVolume, "/x")}}
			},
			want: `container "sidecar-evil": volumeMount name "tekton-creds-init-home" is that of a volume with credentials`,
		},
		"credentials of all": {
			change: func(in *podbuild.Input) {
				secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, Type: corev1.SecretTypeDockerConfigJson, Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte("{}")}}
				in.Credentials, _ = credentials.Select([]*corev1.Secret{secret}, false)
				in.Task.Steps[0].VolumeMounts = mounting(in.Credentials.Volumes()[0].Name, "/x")
			},
			want: `container "step-s0": volumeMount name "tekton-creds-f60c4582" is that of a volume with credentials`,
		},
		"place that steps need, from a parameter": {
			change: func(in *podbuild.Input) { in.Task.Steps[0].VolumeMounts = mounting("mine", "/tekton//bin/") },
			want:   `container "step-s0": volumeMount cannot be mounted under /tekton/ (volumeMount "mine" mounted at "/tekton//bin/")`,
		},
		"onError from a parameter": {
			change: func(in *podbuild.Input) { in.Task.Steps[0].OnError = "ignore" },
			want:   `container "step-s0": task step onError must be either "continue" or "stopAndFail" but it is set to an invalid value "ignore"`,
		},
		"image that was not looked up": {
			change: func(in *podbuild.Input) { in.Task.Steps[0].Command = nil },
			want:   `container "step-s0": the command of image "busybox" is not known`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(1)
			tc.change(&in)
			_, err := podbuild.Build(in)
			if err == nil || err.Error() != tc.want {
				t.Errorf("Build() error = %v, want %s", err, tc.want)
			}
		})
	}
}

func mounting(volume, path string) []corev1.VolumeMount {
	return []corev1.VolumeMount{{Name: volume, MountPath: path}}
}

func TestNameOfAttempt(t *testing.T) {
	t.Parallel()
	in := input(1)
	if got := build(t, in).Name; got != "run-pod" {
		t.Errorf("name of the first attempt = %q", got)
	}
	in.TaskRun.Status.RetriesStatus = make([]v1.TaskRunStatus, 2)
	if got := build(t, in).Name; got != "run-pod-retry2" {
		t.Errorf("name of the third attempt = %q", got)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		timeout *metav1.Duration
		want    int64
	}{
		"configured":            {want: 5400},
		"none":                  {timeout: &metav1.Duration{}, want: 2147483647},
		"one minute":            {timeout: &metav1.Duration{Duration: time.Minute}, want: 90},
		"fraction is cut":       {timeout: &metav1.Duration{Duration: time.Second}, want: 1},
		"at least a second":     {timeout: &metav1.Duration{Duration: time.Millisecond}, want: 1},
		"at most what fits":     {timeout: &metav1.Duration{Duration: 100 * 365 * 24 * time.Hour}, want: 2147483647},
		"longest that there is": {timeout: &metav1.Duration{Duration: 1<<63 - 1}, want: 2147483647},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(1)
			in.TaskRun.Spec.Timeout = tc.timeout
			if got := *build(t, in).Spec.ActiveDeadlineSeconds; got != tc.want {
				t.Errorf("deadline = %d, want %d", got, tc.want)
			}
		})
	}
}

func TestMessageLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ steps, sidecars, want int }{
		{1, 0, 4096}, {2, 0, 4096}, {3, 0, 3072}, {2, 1, 3072}, {20, 0, 585}, {20, 3, 512},
	} {
		in := input(tc.steps)
		for i := range tc.sidecars {
			in.Task.Sidecars = append(in.Task.Sidecars, v1.Sidecar{Name: fmt.Sprint(i), Image: "busybox"})
		}
		p := build(t, in)
		if got := runnerOf(t, p.Spec.Containers[1]).MessageLimit; got != tc.want {
			t.Errorf("%d steps, %d sidecars: limit %d, want %d", tc.steps, tc.sidecars, got, tc.want)
		}
	}
}

// TestMessageLimitWithInjectedContainers has others add containers, which share what Kubernetes keeps.
func TestMessageLimitWithInjectedContainers(t *testing.T) {
	t.Parallel()
	in := input(1)
	in.Injected = 4
	if got := runnerOf(t, build(t, in).Spec.Containers[1]).MessageLimit; got != 2048 {
		t.Errorf("limit %d, want 2048", got)
	}
}

// TestForms chooses between the two forms of prepare by what the caller knows.
func TestForms(t *testing.T) {
	t.Parallel()
	class := func(name string) *pod.Template { return &pod.Template{RuntimeClassName: &name} }
	for name, tc := range map[string]struct {
		change func(*podbuild.Input)
		init   bool
	}{
		"ordinary":                 {change: func(*podbuild.Input) {}},
		"known to break the order": {change: func(in *podbuild.Input) { in.PrepareInInit = true }, init: true},
		"annotated":                {change: func(in *podbuild.Input) { in.TaskRun.Annotations = map[string]string{"tenon.dev/prepare": "init"} }, init: true},
		"annotated otherwise":      {change: func(in *podbuild.Input) { in.TaskRun.Annotations = map[string]string{"tenon.dev/prepare": "first"} }},
		"runtime class":            {change: func(in *podbuild.Input) { in.PodTemplate = class("gvisor") }, init: true},
		"empty runtime class":      {change: func(in *podbuild.Input) { in.PodTemplate = class("") }},
		"native sidecar": {
			change: func(in *podbuild.Input) {
				always := corev1.ContainerRestartPolicyAlways
				in.NativeSidecars, in.Task.Sidecars = true, []v1.Sidecar{{Name: "db", Image: "db", RestartPolicy: &always}}
			},
			init: true,
		},
		"server knows native sidecars": {change: func(in *podbuild.Input) {
			in.NativeSidecars, in.Task.Sidecars = true, []v1.Sidecar{{Name: "db", Image: "db"}}
		}},
	} {
		in := input(1)
		tc.change(&in)
		if got := len(build(t, in).Spec.InitContainers) > 0; got != tc.init {
			t.Errorf("%s: init container: %v, want %v", name, got, tc.init)
		}
	}
}

func TestNodeKind(t *testing.T) {
	t.Parallel()
	gvisor := "gvisor"
	for want, template := range map[string]*pod.Template{
		"":                                 nil,
		"class=gvisor":                     {RuntimeClassName: &gvisor},
		"scheduler=mine,a=1,b=2":           {SchedulerName: "mine", NodeSelector: map[string]string{"b": "2", "a": "1"}},
		"tolerates=virtual:,tolerates=x:y": {Tolerations: []corev1.Toleration{{Key: "virtual"}, {Key: "x", Value: "y"}}},
	} {
		if got := podbuild.NodeKind(template); got != want {
			t.Errorf("NodeKind = %q, want %q", got, want)
		}
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	const await, injected, native = config.KeyAwaitSidecarReadiness, config.KeyRunningInEnvWithInjectedSidecars, config.KeyEnableKubernetesSidecar
	for name, tc := range map[string]struct {
		flags       map[string]string
		sidecar     bool
		wait, ready bool
	}{
		"no sidecar, perhaps injected": {wait: true, ready: true},
		"no sidecar, none injected":    {flags: map[string]string{injected: "false"}, ready: true},
		"sidecar":                      {sidecar: true, wait: true},
		"sidecar, none injected":       {sidecar: true, flags: map[string]string{injected: "false"}, wait: true},
		"sidecar, not awaited":         {sidecar: true, flags: map[string]string{await: "false"}, ready: true},
		"native, perhaps injected":     {sidecar: true, flags: map[string]string{native: "true"}, wait: true, ready: true},
		"native, none injected":        {sidecar: true, flags: map[string]string{native: "true", injected: "false"}, ready: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(2)
			in.NativeSidecars = true
			flags, err := config.NewFeatureFlagsFromMap(tc.flags)
			if err != nil {
				t.Fatal(err)
			}
			in.Config = config.NewConfig(flags, nil)
			if tc.sidecar {
				in.Task.Sidecars = []v1.Sidecar{{Name: "db", Image: "postgres"}}
			}
			p := build(t, in)
			steps := slices.DeleteFunc(p.Spec.Containers, func(c corev1.Container) bool { return !strings.HasPrefix(c.Name, "step-") })
			if got := runnerOf(t, steps[0]).WaitReady; got != tc.wait {
				t.Errorf("first step waits: %t, want %t", got, tc.wait)
			}
			if runnerOf(t, steps[1]).WaitReady {
				t.Error("the second step waits too")
			}
			if got := p.Annotations["tekton.dev/ready"] == "READY"; got != tc.ready {
				t.Errorf("ready at once: %t, want %t", got, tc.ready)
			}
		})
	}
}

func TestLookupImages(t *testing.T) {
	t.Parallel()
	task := &v1.TaskSpec{Steps: []v1.Step{
		{Image: "a", Args: []string{"x"}}, {Image: "b", Command: []string{"x"}}, {Image: "c", Script: "x"}, {Image: "a"}, {Image: "d"},
	}}
	got, err := podbuild.LookupImages(task)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "d"}, got); diff != "" {
		t.Errorf("LookupImages() (-want +got):\n%s", diff)
	}
	task = &v1.TaskSpec{StepTemplate: &v1.StepTemplate{Image: "t", Command: []string{"x"}}, Steps: []v1.Step{{}, {Image: "a"}}}
	if got, err := podbuild.LookupImages(task); err != nil || len(got) != 0 {
		t.Errorf("LookupImages() = %q, %v, want none: the template has a command", got, err)
	}
}

// TestLargeScripts checks that a lot of text reaches the init container in arguments that the kernel accepts.
func TestLargeScripts(t *testing.T) {
	t.Parallel()
	in := input(3)
	for i := range in.Task.Steps {
		var script strings.Builder
		for line := range 4000 {
			fmt.Fprintf(&script, "echo step %d line %x $(VAR)\n", i, line*7919)
		}
		in.Task.Steps[i].Script = script.String()
	}
	prepare := build(t, in).Spec.Containers[0]
	for _, arg := range prepare.Args {
		if len(arg) >= 128<<10 || strings.Contains(arg, "$") {
			t.Errorf("an argument of %d bytes, or with a dollar sign", len(arg))
		}
	}
	decoded, err := protocol.DecodeInit(prepare.Args[1:])
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range decoded.Scripts {
		if want := "#!/bin/sh\nset -e\n" + in.Task.Steps[i].Script; s.Content != want {
			t.Errorf("script %d arrives as %d bytes, want %d", i, len(s.Content), len(want))
		}
	}
}

// TestInputIsKept builds a Pod with everything in it and changes the Pod: the Input must stay as it was.
func TestInputIsKept(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"testdata/step-template", "testdata/compute-resources", "testdata/pod-template", "testdata/workspaces", "testdata/sidecars", "testdata/affinity-assistant"} {
		in := load(t, dir)
		before := mustJSON(t, in)
		p := build(t, in)
		for i := range p.Spec.Containers {
			scribble(&p.Spec.Containers[i])
		}
		p.Labels["scribble"] = "x"
		for i := range p.Spec.Volumes {
			p.Spec.Volumes[i].Name = "scribble"
		}
		if diff := cmp.Diff(before, mustJSON(t, in)); diff != "" {
			t.Errorf("%s: input was changed (-before +after):\n%s", dir, diff)
		}
	}
}

func scribble(c *corev1.Container) {
	for i := range c.Env {
		c.Env[i].Value = "scribble"
	}
	for name := range c.Resources.Requests {
		delete(c.Resources.Requests, name)
	}
	for i := range c.VolumeMounts {
		c.VolumeMounts[i].MountPath = "scribble"
	}
	if c.SecurityContext != nil {
		c.SecurityContext.RunAsUser = nil
		c.SecurityContext.Privileged = nil
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{1, 20} {
		b.Run(fmt.Sprintf("steps=%d", n), func(b *testing.B) {
			in := input(n)
			for b.Loop() {
				if _, err := podbuild.Build(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestVolumesDoNotGrowWithSteps counts what the kubelet has to make.
func TestVolumesDoNotGrowWithSteps(t *testing.T) {
	t.Parallel()
	volumes := map[int]int{}
	for _, steps := range []int{1, 20} {
		pod := build(t, input(steps))
		volumes[steps] = len(pod.Spec.Volumes)
	}
	if volumes[1] != volumes[20] {
		t.Errorf("volumes by number of steps: %v", volumes)
	}
}
