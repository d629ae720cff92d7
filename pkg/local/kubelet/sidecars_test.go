package kubelet_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/local/kubelet"
)

// TestReplacedImage stops a sidecar by the nop image, as the controller does. The status is what a kubelet shows although the pod is
// never restarted: a container with another image is started again whatever the policy.
func TestReplacedImage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		command []string
		code    int32
		reason  string
	}{
		"no command":        {nil, 0, "Completed"},
		"a command":         {[]string{"sh"}, 128, "StartError"},
		"a script's runner": {[]string{"/tekton/scripts/entrypoint", "sidecar", "/x"}, 0, "Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rt := newRuntime()
			rt.programs["b"] = untilTold
			spec := pod(named("a"), named("b", func(c *corev1.Container) { c.Command = tc.command }))
			p := start(t, rt, spec, fakeObjects{})
			p.until("a's end", func(st corev1.PodStatus) bool {
				return statusOf(st, "a").State.Terminated != nil && statusOf(st, "b").State.Running != nil
			})
			next := spec.DeepCopy()
			for i := range next.Spec.Containers {
				next.Spec.Containers[i].Image = kubelet.NopImage
			}
			p.Update(next)
			st := p.untilOver()
			b := statusOf(st, "b")
			if got := b.State.Terminated; got.ExitCode != tc.code || got.Reason != tc.reason {
				t.Errorf("state %+v", got)
			}
			if last := b.LastTerminationState.Terminated; last == nil || last.ExitCode != 143 || b.RestartCount != 1 || b.Image != kubelet.NopImage {
				t.Errorf("status %+v", b)
			}
			if a := statusOf(st, "a"); a.RestartCount != 0 {
				t.Errorf("what had ended was started again: %+v", a)
			}
			if want := corev1.PodSucceeded; tc.code == 0 && st.Phase != want {
				t.Errorf("phase %s", st.Phase)
			}
		})
	}
}

func TestNativeSidecarStartsAgain(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	var runs atomic.Int32
	rt.programs["s"] = func(c *fakeContainer) int32 {
		if runs.Add(1) < 3 {
			return 1
		}
		return untilTold(c)
	}
	rt.programs["a"] = func(*fakeContainer) int32 {
		for runs.Load() < 3 {
			time.Sleep(time.Millisecond)
		}
		return 0
	}
	st := start(t, rt, withInit(pod(named("a")), named("s", native)), fakeObjects{}).untilOver()
	if got := statusOf(st, "s"); st.Phase != corev1.PodSucceeded || got.RestartCount != 2 || got.LastTerminationState.Terminated.ExitCode != 1 {
		t.Errorf("phase %s, status %+v", st.Phase, got)
	}
}

func TestRestartPolicies(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	var runs atomic.Int32
	rt.programs["a"] = func(*fakeContainer) int32 { return 2 - runs.Add(1) }
	spec := pod(named("a"))
	spec.Spec.RestartPolicy = corev1.RestartPolicyOnFailure
	st := start(t, rt, spec, fakeObjects{}).untilOver()
	if got := statusOf(st, "a"); st.Phase != corev1.PodSucceeded || got.RestartCount != 1 {
		t.Errorf("phase %s, status %+v", st.Phase, got)
	}
	spec.Spec.RestartPolicy = corev1.RestartPolicyAlways
	p := start(t, newRuntime(), spec, fakeObjects{})
	p.until("a back-off", waits("a", "CrashLoopBackOff"))
}

func TestStartupProbe(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["s"] = untilTold
	var tries atomic.Int32
	rt.execs["s up"] = func(context.Context) (int, error) {
		if tries.Add(1) < 2 {
			return 1, nil
		}
		return 0, nil
	}
	up := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"up"}}}, PeriodSeconds: 1}
	start(t, rt, withInit(pod(named("a")), named("s", native, func(c *corev1.Container) { c.StartupProbe = up })), fakeObjects{}).untilOver()
	want := []string{"start s", "exec s up", "exec s up", "start a", "end a 0", "signal s 15", "end s 143"}
	if diff := cmp.Diff(want, rt.noted()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestLivenessProbe(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = deaf
	rt.execs["a up"] = func(context.Context) (int, error) { return 1, nil }
	probe := &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"up"}}},
		PeriodSeconds: 1, FailureThreshold: 1, TerminationGracePeriodSeconds: ptr.To[int64](0),
	}
	st := start(t, rt, pod(named("a", func(c *corev1.Container) { c.LivenessProbe = probe })), fakeObjects{}).untilOver()
	if got := statusOf(st, "a").State.Terminated; got.ExitCode != 137 || st.Phase != corev1.PodFailed {
		t.Errorf("phase %s, state %+v", st.Phase, got)
	}
}

func TestPostStartThatFails(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = untilTold
	rt.execs["a hook"] = func(context.Context) (int, error) { return 1, nil }
	st := start(t, rt, pod(named("a", func(c *corev1.Container) {
		c.Lifecycle = &corev1.Lifecycle{PostStart: hook("hook")}
	}), named("b")), fakeObjects{}).untilOver()
	if a, b := statusOf(st, "a").State.Terminated, statusOf(st, "b").State.Terminated; a.ExitCode != 143 || b.ExitCode != 0 {
		t.Errorf("a %+v, b %+v", a, b)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	healthy := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(healthy))
	t.Cleanup(server.Close)
	at := port(t, server.URL)
	for name, tc := range map[string]struct {
		handler corev1.ProbeHandler
		want    bool
	}{
		"http":         {corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ok", Port: intstr.FromString("web")}}, true},
		"http refused": {corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/bad", Port: intstr.FromInt(at)}}, false},
		"tcp":          {corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt(at)}}, true},
		"no port":      {corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromString("none")}}, false},
		"grpc":         {corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: int32(grpcHealth(t, 1)), Service: ptr.To("s")}}, true},
		"grpc sick":    {corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: int32(grpcHealth(t, 2))}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rt := newRuntime()
			rt.programs["a"] = untilTold
			p := start(t, rt, pod(named("a", func(c *corev1.Container) {
				c.ReadinessProbe = &corev1.Probe{ProbeHandler: tc.handler, PeriodSeconds: 1}
				c.Ports = []corev1.ContainerPort{{Name: "web", ContainerPort: int32(at)}}
			})), fakeObjects{})
			p.until("running", runs("a"))
			if !tc.want {
				time.Sleep(100 * time.Millisecond)
				if statusOf(p.last(), "a").Ready {
					t.Error("it is ready")
				}
				return
			}
			p.until("ready", func(st corev1.PodStatus) bool {
				ready := false
				for _, c := range st.Conditions {
					ready = ready || c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
				}
				return ready && statusOf(st, "a").Ready
			})
		})
	}
}

// grpcHealth serves one health status by gRPC, and returns the port.
func grpcHealth(t *testing.T, status byte) int {
	t.Helper()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		w.Header().Set("Content-Type", "application/grpc")
		_, _ = w.Write([]byte{0, 0, 0, 0, 2, 8, status})
		w.Header().Set("Grpc-Status", "0")
	}))
	s.Config.Protocols = &protocols
	s.Start()
	t.Cleanup(s.Close)
	return port(t, s.URL)
}

func port(t *testing.T, url string) int {
	t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return addr.Port
}

// sink keeps what is written, by container.
type sink struct {
	mu   sync.Mutex
	text map[string]string
}

func (s *sink) Open(_ *corev1.Pod, container string) io.WriteCloser { return &sinkWriter{s, container} }

type sinkWriter struct {
	s    *sink
	name string
}

func (w *sinkWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.text[w.name] += string(b)
	return len(b), nil
}

func (w *sinkWriter) Close() error {
	_, err := w.Write([]byte("."))
	return err
}

func TestLogs(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = func(c *fakeContainer) int32 { _, _ = c.Output.Write([]byte("hello\n")); return 0 }
	to := &sink{text: map[string]string{}}
	p := start(t, rt, pod(named("a"), named("b")), fakeObjects{}, func(o *kubelet.Options) { o.Logs = to })
	p.untilOver()
	p.Remove()
	<-p.Done()
	if diff := cmp.Diff(map[string]string{"a": "hello\n.", "b": "."}, to.text); diff != "" {
		t.Errorf("sink (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"a": "hello\n", "b": ""} {
		r, err := p.Log(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want || r.Close() != nil {
			t.Errorf("log of %s: %q, %v", name, got, err)
		}
	}
	if _, err := p.Log("c"); err == nil {
		t.Error("there is a log of a container that is not there")
	}
}
