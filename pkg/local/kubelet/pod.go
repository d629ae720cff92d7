package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// pod is one pod. Its run goroutine takes it through its stages; each container has a worker.
type pod struct {
	*Kubelet
	objects Objects
	// dir and memory are its folders on disk and in memory.
	dir, memory string
	// ctx ends when everything has to end at once.
	ctx  context.Context
	kill context.CancelFunc
	// deleted is closed when the pod is to be removed, whether it has ended or not.
	deleted chan struct{}
	done    chan struct{}
	// stopping is closed when no container is to be started any more.
	stopping chan struct{}
	// changed gets a value when something has happened that the end of the pod or its deadline may depend on.
	changed  chan struct{}
	reporter *reporter
	// hasReal says that there is a container that needs a sandbox.
	hasReal bool
	volumes *volumes
	sandbox func() (container.Sandbox, error)
	// removeErr is what kept the pod from being taken away wholly; after done.
	removeErr error

	mu      sync.Mutex
	spec    *corev1.Pod
	inits   []*worker
	regular []*worker
	// What is reported besides containers.
	startTime   metav1.Time
	ip          string
	ready       bool
	initialized bool
	failed      bool // an init container failed for good
	reason      string
	message     string
	phase       corev1.PodPhase // the final one, once everything has ended
	conditions  []corev1.PodCondition
	grace       *time.Duration // of Delete
	isStopping  bool
	isDeleted   bool
}

func newPod(k *Kubelet, spec *corev1.Pod, objects Objects, report func(corev1.PodStatus)) *pod {
	ctx, kill := context.WithCancel(context.Background())
	p := &pod{
		Kubelet: k, objects: objects, spec: spec, dir: filepath.Join(k.o.Dir, "pods", podID(spec)), memory: filepath.Join(k.o.Memory, "pods", podID(spec)),
		ctx: ctx, kill: kill,
		deleted: make(chan struct{}), done: make(chan struct{}), stopping: make(chan struct{}), changed: make(chan struct{}, 1),
		startTime: metav1.NewTime(time.Now().Truncate(time.Second)),
	}
	p.reporter = newReporter(report)
	p.volumes = newVolumes(p)
	p.sandbox = sync.OnceValues(p.makeSandbox)
	for i := range spec.Spec.InitContainers {
		p.inits = append(p.inits, newWorker(p, &spec.Spec.InitContainers[i], true))
	}
	for i := range spec.Spec.Containers {
		p.regular = append(p.regular, newWorker(p, &spec.Spec.Containers[i], false))
	}
	for _, w := range p.workers() {
		p.hasReal = p.hasReal || !isOurs(w.imageName)
	}
	return p
}

// podID is fit for the name of a file.
func podID(spec *corev1.Pod) string {
	if uid := string(spec.UID); uid != "" && filepath.Base(uid) == uid && uid != "." && uid != ".." {
		return uid
	}
	return fmt.Sprintf("%x", spec.Namespace+"/"+spec.Name)
}

// Done implements Pod.
func (p *pod) Done() <-chan struct{} { return p.done }

// run takes the pod from its start to its removal.
func (p *pod) run() {
	defer close(p.done)
	go p.reporter.run()
	p.report()
	p.begin()
	go p.start()
	p.watch()
	<-p.deleted
	p.remove()
}

// begin starts what takes time and needs nothing: images and the sandbox.
func (p *pod) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.workers() {
		w.lookUp()
	}
	if p.hasReal {
		go func() { _, _ = p.sandbox() }()
	}
	if err := p.volumes.make(); err != nil {
		p.o.Logger.Warn("making the folder of a pod", "pod", p.spec.Name, "error", err)
	}
}

// workers returns those of all containers, in the order in which they start.
func (p *pod) workers() []*worker { return append(append([]*worker(nil), p.inits...), p.regular...) }

func (p *pod) makeSandbox() (container.Sandbox, error) {
	spec := p.current()
	dir := filepath.Join(p.dir, "sandbox")
	if err := os.MkdirAll(dir, privateDir); err != nil {
		return nil, fmt.Errorf("making the folder of the pod: %w", err)
	}
	sandbox, err := p.runtime.NewSandbox(p.ctx, sandboxRequest(spec, dir))
	if err != nil {
		return nil, fmt.Errorf("making the sandbox of pod %s: %w", spec.Name, err)
	}
	p.mu.Lock()
	p.ip, p.ready = sandbox.IP(), true
	p.mu.Unlock()
	p.report()
	return sandbox, nil
}

func sandboxRequest(spec *corev1.Pod, dir string) container.SandboxRequest {
	req := container.SandboxRequest{
		ID: podID(spec), Hostname: hostname(spec), Dir: dir,
		HostNetwork: spec.Spec.HostNetwork, HostPID: spec.Spec.HostPID,
		ShareProcesses: spec.Spec.ShareProcessNamespace != nil && *spec.Spec.ShareProcessNamespace,
		DNS:            spec.Spec.DNSConfig,
	}
	for _, alias := range spec.Spec.HostAliases {
		line := alias.IP
		for _, name := range alias.Hostnames {
			line += "\t" + name
		}
		req.Hosts = append(req.Hosts, line)
	}
	if sc := spec.Spec.SecurityContext; sc != nil && len(sc.Sysctls) > 0 {
		req.Sysctls = map[string]string{}
		for _, s := range sc.Sysctls {
			req.Sysctls[s.Name] = s.Value
		}
	}
	return req
}

// maxHostname is what the kernel takes less the zero at the end.
const maxHostname = 63

func hostname(spec *corev1.Pod) string {
	name := spec.Spec.Hostname
	if name == "" {
		name = spec.Name
	}
	if len(name) > maxHostname {
		name = name[:maxHostname]
	}
	for len(name) > 0 && (name[len(name)-1] == '-' || name[len(name)-1] == '.') {
		name = name[:len(name)-1]
	}
	return name
}

// start begins the containers in their order.
func (p *pod) start() {
	for _, w := range p.inits {
		if !w.startInit() {
			return
		}
	}
	p.mu.Lock()
	p.initialized = true
	if !p.hasReal {
		p.ready = true
	}
	p.mu.Unlock()
	p.report()
	for _, w := range p.regular {
		w.startRegular()
	}
}

// current is the pod as it was last updated. It must not be changed.
func (p *pod) current() *corev1.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spec
}

// touch tells watch and those who look at statuses that something has changed.
func (p *pod) touch() {
	p.report()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// watch returns when the pod has ended, by itself, by its deadline or because it was told to.
func (p *pod) watch() {
	deadline := time.NewTimer(time.Hour)
	defer deadline.Stop()
	for {
		if p.isOver() {
			p.finish()
			return
		}
		left, limited := p.deadline()
		if limited && left <= 0 {
			p.mu.Lock()
			p.reason, p.message = "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
			p.mu.Unlock()
			p.stopAll()
			p.finish()
			return
		}
		if limited {
			deadline.Reset(left)
		}
		select {
		case <-p.changed:
		case <-deadline.C:
		case <-p.deleted:
			p.stopAll()
			p.finish()
			return
		}
	}
}

// deadline is how long the pod may still be active.
func (p *pod) deadline() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spec.Spec.ActiveDeadlineSeconds == nil {
		return 0, false
	}
	return time.Until(p.startTime.Add(time.Duration(*p.spec.Spec.ActiveDeadlineSeconds) * time.Second)), true
}

const defaultGrace = 30 * time.Second

// graceOf is how long containers may take to end.
func (p *pod) graceOf() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch s := p.spec.Spec.TerminationGracePeriodSeconds; {
	case p.grace != nil:
		return *p.grace
	case s != nil:
		return time.Duration(*s) * time.Second
	default:
		return defaultGrace
	}
}

// isOver tells whether no ordinary container runs or will run again.
func (p *pod) isOver() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed {
		return true
	}
	for _, w := range p.regular {
		if !w.ended {
			return false
		}
	}
	return true
}

// finish stops native sidecars, which end last, and settles the phase.
func (p *pod) finish() {
	p.stopAll()
	p.mu.Lock()
	p.settle()
	p.ready = false
	p.mu.Unlock()
	p.report()
}

// remove takes away everything but the logs.
func (p *pod) remove() {
	p.kill()
	ctx, cancel := withRemoval(p.ctx)
	defer cancel()
	var errs []error
	if sandbox, err := p.sandboxIfMade(); err == nil && sandbox != nil {
		errs = append(errs, sandbox.Remove(ctx))
	}
	errs = append(errs, p.volumes.remove(), os.RemoveAll(p.dir), os.RemoveAll(p.memory))
	if err := errors.Join(errs...); err != nil {
		p.removeErr = fmt.Errorf("removing pod %s: %w", p.spec.Name, err)
		p.o.Logger.Warn("removing a pod", "pod", p.spec.Name, "error", err)
	}
	p.reporter.stop()
	p.forget(p)
}

// sandboxIfMade does not begin to make one.
func (p *pod) sandboxIfMade() (container.Sandbox, error) {
	if !p.hasReal {
		return nil, nil
	}
	return p.sandbox()
}
