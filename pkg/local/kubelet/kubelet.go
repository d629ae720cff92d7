// Package kubelet carries out pods on this machine and reports on them as the kubelet of a node does: it is to the engine of
// tenon run what a node is to a cluster. How containers come about is the business of a container.Runtime.
//
//	kubelet.go    what there is to call: Kubelet, Start
//	pod.go        one pod: its way from Pending to its end
//	worker.go     one container: starting, watching, its end; restart.go when it is started again
//	stop.go       how containers and pods are stopped
//	status.go     what is reported, phase.go and conditions.go what follows from the states of containers
//	images.go     pulling with back-off; keychain.go the pod's credentials
//	spec.go       a container as the runtime wants it; security.go as whom
//	env.go        the environment; expand.go $(VAR); fields.go what pods tell containers of themselves
//	volumes.go    folders for volumes; memory_linux.go where small ones lie; payload.go files of ConfigMaps, Secrets and of the pod; mounts.go where they go
//	hooks.go      postStart and preStop; probes.go the probes
//	builtin.go    containers of ours, which need no container; program.go the step runner
//	logs.go       what containers write; message.go what they leave as they end
package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Images of ours. They never come from a registry: their containers are carried out in this process.
const (
	EntrypointImage    = "tenon.local/entrypoint"
	EntrypointCELImage = "tenon.local/entrypoint-cel"
	ResultsImage       = "tenon.local/sidecarlogresults"
	NopImage           = "tenon.local/nop"
)

// Runner finds the program of the step runner; *runner.Programs is one.
type Runner interface {
	// Path returns its file, with CEL or without.
	Path(cel bool) (string, error)
}

// Objects are what pods refer to.
type Objects interface {
	// ConfigMap and Secret return an error that is NotFound if there is none.
	ConfigMap(namespace, name string) (*corev1.ConfigMap, error)
	Secret(namespace, name string) (*corev1.Secret, error)
	// Claim returns the folder of a PersistentVolumeClaim on this machine, which exists.
	Claim(namespace, name string) (dir string, err error)
}

// LogSink is where the output of containers goes, besides the file that Pod.Log reads.
type LogSink interface {
	// Open is called once for each start of a container.
	Open(pod *corev1.Pod, container string) io.WriteCloser
}

// Options are the settings of a Kubelet.
type Options struct {
	// Dir is the state of this run, which exists: each pod has a folder in it until it is removed.
	Dir string
	// Memory is a folder in memory, from which programs can be executed, for what is small or secret: volumes that pods have for the
	// step runner, emptyDirs of that medium, files of Secrets and ConfigMaps, termination messages. It exists; empty means Dir. To make
	// a file there takes a tenth of the time or less. See MemoryPlace.
	Memory string
	// Logs may be nil.
	Logs LogSink
	// Runner is the step runner for pods that have a container of EntrypointImage.
	Runner Runner
	// PullPolicy, if not empty, takes the place of that of all containers.
	PullPolicy corev1.PullPolicy
	// Node is the name that pods see; empty means that of this machine. HostIP is its address; empty means 127.0.0.1.
	Node, HostIP string
	// Progress hears what is done about the image of a container; it may be nil.
	Progress func(pod *corev1.Pod, container, what string)
	// BackOff is the first time between two attempts to pull an image or to start a container again, doubled each time up to five
	// minutes; 0 means ten seconds.
	BackOff time.Duration
	// Logger hears of trouble that no status tells; nil means nobody.
	Logger *slog.Logger
}

// Kubelet carries out pods.
type Kubelet struct {
	runtime container.Runtime
	o       Options
	// plain and cel return the step runner for linking into pods.
	plain, cel func() (string, error)

	mu   sync.Mutex
	pods map[*pod]bool
}

// New returns a Kubelet that works with rt, which it does not close.
func New(rt container.Runtime, o Options) *Kubelet {
	if o.Node == "" {
		o.Node, _ = os.Hostname()
	}
	if o.HostIP == "" {
		o.HostIP = "127.0.0.1"
	}
	if o.BackOff == 0 {
		o.BackOff = 10 * time.Second
	}
	// What is mounted must have no links on its way.
	o.Dir = resolved(o.Dir)
	if o.Memory == "" {
		o.Memory = o.Dir
	}
	o.Memory = resolved(o.Memory)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	k := &Kubelet{runtime: rt, o: o, pods: map[*pod]bool{}}
	k.plain = sync.OnceValues(func() (string, error) { return k.copyRunner("entrypoint", false) })
	k.cel = sync.OnceValues(func() (string, error) { return k.copyRunner("entrypoint-cel", true) })
	return k
}

// resolved is the absolute path of a folder without links, as far as it is there.
func resolved(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir
}

// Pod is a pod that was started.
type Pod interface {
	// Update takes over what may change in a pod: annotations, which files of the downward API show at once; images of containers,
	// which are stopped and started again for that; activeDeadlineSeconds.
	Update(pod *corev1.Pod)
	// Delete stops the pod: preStop hooks, SIGTERM, SIGKILL after grace; then it is removed. It does not wait.
	Delete(grace time.Duration)
	// Remove takes away the volumes and the sandbox of a pod that has ended, and kills one that has not. It does not wait.
	Remove()
	// Done is closed when the pod is removed. Its logs stay until Kubelet.Close.
	Done() <-chan struct{}
	// Log returns what a container has written so far, of all its starts.
	Log(container string) (io.ReadCloser, error)
}

// Start begins a pod. report gets its statuses, one at a time, the newest one only if it is slow, until the pod is removed. They are
// report's to keep. It must not wait for Done.
func (k *Kubelet) Start(spec *corev1.Pod, objects Objects, report func(corev1.PodStatus)) Pod {
	p := newPod(k, spec.DeepCopy(), objects, report)
	k.mu.Lock()
	k.pods[p] = true
	k.mu.Unlock()
	go p.run()
	return p
}

// Close kills everything that is left, waits for its end, and removes the logs.
func (k *Kubelet) Close() error {
	k.mu.Lock()
	var left []*pod
	for p := range k.pods {
		left = append(left, p)
	}
	k.mu.Unlock()
	for _, p := range left {
		p.Remove()
	}
	var errs []error
	for _, p := range left {
		<-p.Done()
		errs = append(errs, p.removeErr)
	}
	for _, dir := range []string{filepath.Join(k.o.Dir, logsDir), filepath.Join(k.o.Memory, runnerDir)} {
		if err := os.RemoveAll(dir); err != nil {
			errs = append(errs, fmt.Errorf("removing what is left of pods: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (k *Kubelet) forget(p *pod) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.pods, p)
}

// removal limits how long taking a sandbox away may take.
const removal = 30 * time.Second

func withRemoval(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), removal)
}
