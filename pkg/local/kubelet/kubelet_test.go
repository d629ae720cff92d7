package kubelet_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pod      *corev1.Pod
		programs map[string]program
		want     []string
		phase    corev1.PodPhase
	}{
		"one container": {
			pod: pod(named("a")), want: []string{"start a", "end a 0"}, phase: corev1.PodSucceeded,
		},
		"init containers one after the other": {
			pod:   withInit(pod(named("a")), named("i"), named("j")),
			want:  []string{"start i", "end i 0", "start j", "end j 0", "start a", "end a 0"},
			phase: corev1.PodSucceeded,
		},
		"an init container that fails": {
			pod:      withInit(pod(named("a")), named("i"), named("j")),
			programs: map[string]program{"i": func(*fakeContainer) int32 { return 3 }},
			want:     []string{"start i", "end i 3"}, phase: corev1.PodFailed,
		},
		"a hook before the next container": {
			pod: pod(named("a", func(c *corev1.Container) { c.Lifecycle = &corev1.Lifecycle{PostStart: hook("wait")} }), named("b")),
			programs: map[string]program{"a": func(c *fakeContainer) int32 {
				for !slices.Contains(c.noted(), "end b 0") {
					time.Sleep(time.Millisecond)
				}
				return 0
			}},
			want: []string{"start a", "exec a wait", "start b", "end b 0", "end a 0"}, phase: corev1.PodSucceeded,
		},
		"native sidecars stop last, in reverse": {
			pod:      withInit(pod(named("a")), named("s", native), named("r", native)),
			programs: map[string]program{"s": untilTold, "r": untilTold},
			want: []string{
				"start s", "start r", "start a", "end a 0", "signal r 15", "end r 143", "signal s 15", "end s 143",
			},
			phase: corev1.PodSucceeded,
		},
		"a failure": {
			pod:      pod(named("a")),
			programs: map[string]program{"a": func(*fakeContainer) int32 { return 7 }},
			want:     []string{"start a", "end a 7"}, phase: corev1.PodFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rt := newRuntime()
			rt.programs = tc.programs
			st := start(t, rt, tc.pod, fakeObjects{}).untilOver()
			if st.Phase != tc.phase {
				t.Errorf("phase %s, want %s", st.Phase, tc.phase)
			}
			if diff := cmp.Diff(tc.want, rt.noted()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFinalStatus(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = func(c *fakeContainer) int32 {
		_ = os.WriteFile(c.mounted("/dev/termination-log"), []byte("bye"), 0o600)
		return 2
	}
	rt.programs["b"] = func(c *fakeContainer) int32 { c.oom = true; return 137 }
	st := start(t, rt, pod(named("a"), named("b"), named("c")), fakeObjects{}).untilOver()
	type end struct {
		Code            int32
		Reason, Message string
		ID, Image       string
		Ready, Started  bool
	}
	var got []end
	for _, c := range st.ContainerStatuses {
		x := c.State.Terminated
		if x == nil {
			t.Fatalf("%s has not ended", c.Name)
		}
		if x.StartedAt.IsZero() || x.FinishedAt.Before(&x.StartedAt) || x.FinishedAt.Nanosecond() != 0 {
			t.Errorf("%s began at %v and ended at %v", c.Name, x.StartedAt, x.FinishedAt)
		}
		got = append(got, end{x.ExitCode, x.Reason, x.Message, x.ContainerID, c.ImageID, c.Ready, *c.Started})
	}
	want := []end{
		{2, "Error", "bye", "fake://a", "image-a:1@sha256:1", false, false},
		{137, "OOMKilled", "", "fake://b", "image-b:1@sha256:1", false, false},
		{0, "Completed", "", "fake://c", "image-c:1@sha256:1", false, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	conditions := map[corev1.PodConditionType]string{}
	for _, c := range st.Conditions {
		conditions[c.Type] = string(c.Status) + " " + c.Reason
	}
	wantConditions := map[corev1.PodConditionType]string{
		corev1.PodScheduled: "True ", corev1.PodInitialized: "True ", corev1.PodReady: "False PodFailed",
		corev1.ContainersReady: "False PodFailed", corev1.PodReadyToStartContainers: "False ",
	}
	if diff := cmp.Diff(wantConditions, conditions); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if st.HostIP != "127.0.0.1" || st.PodIP != "127.0.0.1" || st.StartTime == nil || st.QOSClass != corev1.PodQOSBestEffort {
		t.Errorf("status %+v", st)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	pull := func(reason, text string) func() (*container.Image, error) {
		return func() (*container.Image, error) {
			return nil, &container.ImageError{Reason: reason, Err: errors.New(text)}
		}
	}
	for name, tc := range map[string]struct {
		image           func() (*container.Image, error)
		reason, message string
	}{
		"pull":     {pull("ErrImagePull", "no such image"), "ErrImagePull", "no such image"},
		"back-off": {pull("ErrImagePull", "no such image"), "ImagePullBackOff", `Back-off pulling image "image-a:1": ErrImagePull: no such image`},
		"never":    {pull("ErrImageNeverPull", "is not present"), "ErrImageNeverPull", "is not present"},
		"name":     {pull("InvalidImageName", "bad"), "InvalidImageName", "bad"},
		"no command": {
			func() (*container.Image, error) { return &container.Image{Ref: "x"}, nil }, "CreateContainerError", "no command specified",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rt := newRuntime()
			rt.images["image-a:1"] = tc.image
			// The others go on.
			p := start(t, rt, pod(named("a"), named("b")), fakeObjects{})
			st := p.until(tc.reason, func(st corev1.PodStatus) bool {
				return waits("a", tc.reason)(st) && statusOf(st, "b").State.Terminated != nil
			})
			if got := statusOf(st, "a").State.Waiting.Message; got != tc.message {
				t.Errorf("message %q, want %q", got, tc.message)
			}
			if st.Phase != corev1.PodPending {
				t.Errorf("phase %s", st.Phase)
			}
		})
	}
}

func TestImageThatComesLate(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	tries := 0
	rt.images["image-a:1"] = func() (*container.Image, error) {
		if tries++; tries < 3 {
			return nil, &container.ImageError{Reason: "ErrImagePull", Err: errors.New("busy")}
		}
		return &container.Image{Ref: "image-a:1", Cmd: []string{"x"}}, nil
	}
	if st := start(t, rt, pod(named("a")), fakeObjects{}).untilOver(); st.Phase != corev1.PodSucceeded || tries != 3 {
		t.Errorf("phase %s after %d tries", st.Phase, tries)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.startErrors["a"] = &container.StartError{Reason: "StartError", ExitCode: 127, Err: errors.New("exec: no")}
	st := start(t, rt, pod(named("a")), fakeObjects{}).untilOver()
	got := statusOf(st, "a").State.Terminated
	if got == nil || got.Reason != "StartError" || got.ExitCode != 127 || got.Message != "exec: no" || got.StartedAt.Unix() != 0 {
		t.Errorf("state %+v", got)
	}
	rt = newRuntime()
	rt.sandboxErr = errors.New("no network")
	p := start(t, rt, pod(named("a")), fakeObjects{})
	st = p.until("the error", waits("a", "CreateContainerError"))
	if got := statusOf(st, "a").State.Waiting.Message; !strings.Contains(got, "no network") {
		t.Errorf("message %q", got)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = untilTold
	rt.programs["b"] = deaf
	rt.images["image-c:1"] = func() (*container.Image, error) {
		return nil, &container.ImageError{Reason: "ErrImagePull", Err: errors.New("busy")}
	}
	spec := pod(named("a"), named("b"), named("c"))
	spec.Spec.TerminationGracePeriodSeconds = ptr.To[int64](1)
	p := start(t, rt, spec, fakeObjects{})
	p.until("b", runs("b"))
	next := spec.DeepCopy()
	next.Spec.ActiveDeadlineSeconds = ptr.To[int64](1)
	p.Update(next)
	st := p.untilOver()
	if st.Phase != corev1.PodFailed || st.Reason != "DeadlineExceeded" || st.Message != "Pod was active on the node longer than the specified deadline" {
		t.Errorf("phase %s, reason %s, message %q", st.Phase, st.Reason, st.Message)
	}
	var codes []int32
	for _, c := range st.ContainerStatuses {
		codes = append(codes, c.State.Terminated.ExitCode)
	}
	if diff := cmp.Diff([]int32{143, 137, 137}, codes); diff != "" {
		t.Errorf("exit codes (-want +got):\n%s", diff)
	}
	if got := statusOf(st, "c").State.Terminated.Reason; got != "ContainerStatusUnknown" {
		t.Errorf("the one that never ran has reason %s", got)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = untilTold
	rt.programs["s"] = untilTold
	spec := withInit(pod(named("a", func(c *corev1.Container) { c.Lifecycle = &corev1.Lifecycle{PreStop: hook("bye")} })), named("s", native))
	var dir string
	p := start(t, rt, spec, fakeObjects{}, func(o *kubelet.Options) { dir = o.Dir })
	p.until("a", runs("a"))
	p.Delete(time.Minute)
	<-p.Done()
	want := []string{"start s", "start a", "exec a bye", "signal a 15", "end a 143", "signal s 15", "end s 143"}
	if diff := cmp.Diff(want, rt.noted()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if st := p.last(); st.Phase != corev1.PodFailed {
		t.Errorf("phase %s", st.Phase)
	}
	if rt.removed != 1 {
		t.Errorf("the sandbox was removed %d times", rt.removed)
	}
	if left, err := os.ReadDir(dir + "/pods"); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = deaf
	rt.execs["a hook"] = func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
	spec := pod(named("a", func(c *corev1.Container) { c.Lifecycle = &corev1.Lifecycle{PostStart: hook("hook")} }), named("b"))
	p := start(t, rt, spec, fakeObjects{})
	p.until("a", runs("a"))
	p.Delete(time.Hour)
	p.Remove()
	<-p.Done()
	if diff := cmp.Diff(int32(137), statusOf(p.last(), "a").State.Terminated.ExitCode); diff != "" {
		t.Error(diff)
	}
}
