package kubelet_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
)

// program is what the process of a fake container does; it returns the exit code.
type program func(c *fakeContainer) int32

// fakeRuntime runs functions as processes.
type fakeRuntime struct {
	mu sync.Mutex
	// images are what is said of an image; others have the command "run".
	images map[string]func() (*container.Image, error)
	// programs are by the name of a container; others end well at once.
	programs map[string]program
	// startErrors are by the name of a container.
	startErrors map[string]error
	// execs answer hooks and probes by "container command"; others succeed.
	execs map[string]func(ctx context.Context) (int, error)
	// sandboxErr keeps pods from having a sandbox.
	sandboxErr error
	events     []string
	specs      map[string]container.Spec
	removed    int
	request    container.SandboxRequest
}

func newRuntime() *fakeRuntime {
	return &fakeRuntime{
		images: map[string]func() (*container.Image, error){}, programs: map[string]program{}, startErrors: map[string]error{},
		execs: map[string]func(context.Context) (int, error){}, specs: map[string]container.Spec{},
	}
}

func (r *fakeRuntime) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, fmt.Sprintf(format, args...))
}

func (r *fakeRuntime) noted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.events...)
}

func (r *fakeRuntime) spec(name string) container.Spec { //nolint:unparam // tests of one container
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.specs[name]
}

func (*fakeRuntime) Name() string { return "fake" }
func (*fakeRuntime) Close() error { return nil }

func (r *fakeRuntime) Image(_ context.Context, req container.ImageRequest) (*container.Image, error) {
	r.mu.Lock()
	make := r.images[req.Ref]
	r.mu.Unlock()
	if make != nil {
		return make()
	}
	return &container.Image{Ref: req.Ref, ID: req.Ref + "@sha256:1", Cmd: []string{"run"}}, nil
}

func (r *fakeRuntime) NewSandbox(_ context.Context, req container.SandboxRequest) (container.Sandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.request = req
	if r.sandboxErr != nil {
		return nil, r.sandboxErr
	}
	return &fakeSandbox{r}, nil
}

type fakeSandbox struct{ *fakeRuntime }

func (*fakeSandbox) IP() string { return "127.0.0.1" }

func (s *fakeSandbox) Remove(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed++
	return nil
}

func (s *fakeSandbox) Start(_ context.Context, spec container.Spec) (container.Container, error) {
	s.mu.Lock()
	err, run := s.startErrors[spec.Name], s.programs[spec.Name]
	s.specs[spec.Name] = spec
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	c := &fakeContainer{fakeRuntime: s.fakeRuntime, Spec: spec, started: time.Now(), done: make(chan struct{}), signals: make(chan syscall.Signal, 10)}
	s.note("start %s", spec.Name)
	go func() {
		code := int32(0)
		if run != nil {
			code = run(c)
		}
		c.end(code)
	}()
	return c, nil
}

type fakeContainer struct {
	*fakeRuntime
	container.Spec
	started time.Time
	done    chan struct{}
	signals chan syscall.Signal
	once    sync.Once
	exit    container.Exit
	oom     bool
}

func (c *fakeContainer) end(code int32) {
	c.once.Do(func() {
		c.note("end %s %d", c.Spec.Name, code)
		c.exit = container.Exit{Code: code, OOMKilled: c.oom, At: time.Now()}
		close(c.done)
	})
}

func (c *fakeContainer) ID() string            { return "fake://" + c.Spec.Name }
func (c *fakeContainer) Started() time.Time    { return c.started }
func (c *fakeContainer) Done() <-chan struct{} { return c.done }
func (c *fakeContainer) Exit() container.Exit  { return c.exit }

func (c *fakeContainer) Signal(sig syscall.Signal) error {
	select {
	case <-c.done:
		return nil
	default:
	}
	c.note("signal %s %d", c.Spec.Name, sig)
	if sig == syscall.SIGKILL {
		c.end(137)
		return nil
	}
	c.signals <- sig
	return nil
}

func (c *fakeContainer) Exec(ctx context.Context, args []string) (int, []byte, error) {
	command := c.Spec.Name + " " + strings.Join(args, " ")
	c.mu.Lock()
	run := c.execs[command]
	c.mu.Unlock()
	c.note("exec %s", command)
	if run == nil {
		return 0, nil, nil
	}
	code, err := run(ctx)
	return code, nil, err
}

// untilTold runs until SIGTERM.
func untilTold(c *fakeContainer) int32 {
	select {
	case <-c.signals:
		return 143
	case <-c.done:
		return 137
	}
}

// deaf runs until it is killed.
func deaf(c *fakeContainer) int32 {
	<-c.done
	return 137
}

// mounted is the file of this machine behind a path of the container.
func (c *fakeContainer) mounted(path string) string { return hostPath(c.Spec, path) }

func hostPath(spec container.Spec, path string) string {
	best := container.Mount{}
	for _, m := range spec.Mounts {
		if (path == m.Target || strings.HasPrefix(path, m.Target+"/")) && len(m.Target) >= len(best.Target) {
			best = m
		}
	}
	return best.Source + strings.TrimPrefix(path, best.Target)
}

// fakeObjects are what pods refer to.
type fakeObjects struct {
	configMaps map[string]*corev1.ConfigMap
	secrets    map[string]*corev1.Secret
	claims     map[string]string
}

func (o fakeObjects) ConfigMap(_, name string) (*corev1.ConfigMap, error) {
	if cm := o.configMaps[name]; cm != nil {
		return cm, nil
	}
	return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "configmaps"}, name)
}

func (o fakeObjects) Secret(_, name string) (*corev1.Secret, error) {
	if s := o.secrets[name]; s != nil {
		return s, nil
	}
	return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, name)
}

func (o fakeObjects) Claim(_, name string) (string, error) {
	if dir := o.claims[name]; dir != "" {
		return dir, nil
	}
	return "", errors.New("not found")
}

// started is a pod with all of its statuses.
type started struct {
	kubelet.Pod
	t *testing.T

	mu       sync.Mutex
	statuses []corev1.PodStatus
	changed  chan struct{}
}

// start begins a pod that is killed at the end of the test.
func start(t *testing.T, rt container.Runtime, pod *corev1.Pod, objects kubelet.Objects, options ...func(*kubelet.Options)) *started {
	t.Helper()
	o := kubelet.Options{Dir: t.TempDir(), BackOff: 50 * time.Millisecond, Node: "laptop"}
	for _, f := range options {
		f(&o)
	}
	k := kubelet.New(rt, o)
	s := &started{t: t, changed: make(chan struct{}, 1)}
	s.Pod = k.Start(pod, objects, func(status corev1.PodStatus) {
		s.mu.Lock()
		s.statuses = append(s.statuses, status)
		s.mu.Unlock()
		select {
		case s.changed <- struct{}{}:
		default:
		}
	})
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// patience is how long anything may take.
const patience = 20 * time.Second

// until returns the first status, from the beginning on, that fits.
func (s *started) until(what string, fits func(corev1.PodStatus) bool) corev1.PodStatus {
	s.t.Helper()
	timeout := time.After(patience)
	for seen := 0; ; {
		s.mu.Lock()
		list := s.statuses[seen:]
		seen = len(s.statuses)
		s.mu.Unlock()
		for _, status := range list {
			if fits(status) {
				return status
			}
		}
		select {
		case <-s.changed:
		case <-timeout:
			s.t.Fatalf("no status with %s; the last is %+v", what, s.last())
		}
	}
}

func (s *started) last() corev1.PodStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.statuses) == 0 {
		return corev1.PodStatus{}
	}
	return s.statuses[len(s.statuses)-1]
}

// untilOver returns the final status.
func (s *started) untilOver() corev1.PodStatus {
	s.t.Helper()
	return s.until("a final phase", func(st corev1.PodStatus) bool {
		return st.Phase == corev1.PodSucceeded || st.Phase == corev1.PodFailed
	})
}

// waits is a condition: the container waits with that reason.
func waits(name, reason string) func(corev1.PodStatus) bool { //nolint:unparam // like the others
	return func(st corev1.PodStatus) bool {
		w := statusOf(st, name).State.Waiting
		return w != nil && w.Reason == reason
	}
}

func runs(name string) func(corev1.PodStatus) bool {
	return func(st corev1.PodStatus) bool { return statusOf(st, name).State.Running != nil }
}

func statusOf(st corev1.PodStatus, name string) corev1.ContainerStatus {
	for _, list := range [][]corev1.ContainerStatus{st.InitContainerStatuses, st.ContainerStatuses} {
		for _, c := range list {
			if c.Name == name {
				return c
			}
		}
	}
	return corev1.ContainerStatus{}
}

// pod has containers, and is never restarted.
func pod(containers ...corev1.Container) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "11-22"},
		Spec:       corev1.PodSpec{Containers: containers, RestartPolicy: corev1.RestartPolicyNever},
	}
}

func withInit(p *corev1.Pod, containers ...corev1.Container) *corev1.Pod {
	p.Spec.InitContainers = containers
	return p
}

func named(name string, changes ...func(*corev1.Container)) corev1.Container {
	c := corev1.Container{Name: name, Image: "image-" + name + ":1"}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func native(c *corev1.Container) {
	always := corev1.ContainerRestartPolicyAlways
	c.RestartPolicy = &always
}

func hook(command ...string) *corev1.LifecycleHandler {
	return &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: command}}
}
