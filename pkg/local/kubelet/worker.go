package kubelet

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// worker takes one container through all its starts. Its fields below mu are guarded by that of the pod.
type worker struct {
	p      *pod
	name   string
	isInit bool
	native bool
	// ctx ends when the container is to be started no more.
	ctx    context.Context
	stop   context.CancelFunc
	lookup chan imageResult
	// attempted is closed after the first attempt to start; running when the container counts as started for the first time; over
	// when it will run no more.
	attempted, running, over chan struct{}
	// replaced gets a value when the container has another image.
	replaced chan struct{}
	// killed gets why the container has to end by itself: a probe or a hook.
	killed chan killing

	// mu
	begun     bool
	ended     bool
	succeeded bool
	isRunning bool
	state     corev1.ContainerState
	last      corev1.ContainerState
	restarts  int32
	starts    int
	started   bool
	ready     bool
	imageName string
	imageID   string
	id        string
	failure   string // of the last attempt to pull, for the message of the back-off
}

// attempt is what became of trying to start a container.
type attempt int

const (
	// runs: there is a process. neverRan: there was to be one, and the state says terminated. waiting: it is tried again.
	runs attempt = iota
	neverRan
	waiting
)

// Reasons of waiting containers.
const (
	reasonCreating     = "ContainerCreating"
	reasonInitializing = "PodInitializing"
	reasonConfigError  = "CreateContainerConfigError"
	reasonCreateError  = "CreateContainerError"
	reasonStartError   = "StartError"
	reasonCrashLoop    = "CrashLoopBackOff"
)

// maxBackOff is the longest time between two attempts; resync about the time after which a kubelet looks at a pod again by itself.
const (
	maxBackOff = 5 * time.Minute
	resync     = 100 * time.Millisecond
	// crashFree is how long a container has to run for its back-off to begin anew.
	crashFree = 10 * time.Minute
)

func newWorker(p *pod, c *corev1.Container, isInit bool) *worker {
	w := &worker{
		p: p, name: c.Name, isInit: isInit,
		native:    isInit && c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways,
		attempted: make(chan struct{}), running: make(chan struct{}), over: make(chan struct{}),
		replaced: make(chan struct{}, 1), killed: make(chan killing, 1),
		imageName: c.Image,
	}
	reason := reasonCreating
	if len(p.spec.Spec.InitContainers) > 0 {
		reason = reasonInitializing
	}
	w.state.Waiting = &corev1.ContainerStateWaiting{Reason: reason}
	w.ctx, w.stop = context.WithCancel(p.ctx)
	return w
}

// spec is the container as it stands in the pod now. The lock must not be held.
func (w *worker) spec() (*corev1.Pod, *corev1.Container) {
	pod := w.p.current()
	return pod, find(pod, w.name)
}

// find returns the container of that name: no two of a pod have the same.
func find(pod *corev1.Pod, name string) *corev1.Container {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return &corev1.Container{Name: name}
}

// begin claims the container for its goroutine, unless it is not to be started any more.
func (w *worker) begin() bool {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	if w.begun || w.ended {
		return false
	}
	w.begun = true
	return true
}

// startInit starts an init container and returns when the next one may start; false if none may.
func (w *worker) startInit() bool {
	if !w.begin() {
		return false
	}
	if w.native {
		go w.run()
		select {
		case <-w.running:
			return true
		case <-w.over:
			return false
		}
	}
	w.run()
	w.p.mu.Lock()
	ok := w.succeeded
	if !ok && !w.p.isStopping {
		w.p.failed = true
	}
	w.p.mu.Unlock()
	w.p.touch()
	return ok
}

// startRegular starts an ordinary container and returns when the next one may start: after its postStart hook, or when it cannot
// be started now.
func (w *worker) startRegular() {
	if !w.begin() {
		return
	}
	go w.run()
	select {
	case <-w.attempted:
	case <-w.over:
	}
}

// run starts the container as often as its policy says.
func (w *worker) run() {
	defer w.finish()
	first := true
	delay := w.p.o.BackOff
	for w.ctx.Err() == nil {
		w.forgetSignals()
		began := time.Now()
		c, outcome := w.try()
		if first {
			close(w.attempted)
			first = false
		}
		replaced := false
		if outcome == runs {
			replaced = w.follow(c)
		}
		switch {
		case outcome == waiting:
			if !w.waitToRetry(delay) {
				return
			}
			delay = min(2*delay, maxBackOff)
			continue
		case replaced:
			w.restart("", "")
			continue
		case !w.mayRestart():
			return
		}
		if time.Since(began) > crashFree {
			delay = w.p.o.BackOff
		}
		if !w.waitToRestart(delay) {
			return
		}
		delay = min(2*delay, maxBackOff)
	}
}

// forgetSignals drops what was meant for the process before.
func (w *worker) forgetSignals() {
	select {
	case <-w.replaced:
	default:
	}
	select {
	case <-w.killed:
	default:
	}
}

// finish settles that the container will not run again.
func (w *worker) finish() {
	w.p.mu.Lock()
	w.ended = true
	w.stop()
	w.p.mu.Unlock()
	close(w.over)
	w.p.touch()
}

// try tries once to start the container, and runs its postStart hook.
func (w *worker) try() (*process, attempt) {
	proc, err := w.launch()
	if err != nil {
		return nil, w.refuse(err)
	}
	w.p.mu.Lock()
	started := metav1.NewTime(proc.Started().Truncate(time.Second))
	w.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}}
	w.id = proc.ID()
	w.imageID = proc.imageID
	w.isRunning = true
	w.failure = ""
	w.p.mu.Unlock()
	w.p.report()
	w.postStart(proc)
	w.watchProbes(proc)
	return proc, runs
}

// launch starts the process of the container.
func (w *worker) launch() (*process, error) {
	pod, c := w.spec()
	w.p.mu.Lock()
	w.starts++
	start := w.starts
	w.imageName = c.Image
	w.p.mu.Unlock()
	out, err := w.openLog(pod)
	if err != nil {
		return nil, &container.StartError{Reason: reasonCreateError, Err: err}
	}
	proc := &process{pod: pod, spec: c, out: out, number: start}
	if isOurs(c.Image) {
		proc.Container, err = w.startBuiltin(pod, c, out)
		proc.imageID = c.Image
	} else {
		err = w.startReal(proc)
	}
	if err != nil {
		out.Close()
		return nil, err
	}
	return proc, nil
}

// startReal starts a container of the runtime.
func (w *worker) startReal(proc *process) error {
	image, err := w.pull(proc.pod, proc.spec)
	if err != nil {
		return err
	}
	sandbox, err := w.p.sandbox()
	if err != nil {
		return &container.StartError{Reason: reasonCreateError, Err: err}
	}
	proc.messageFile = filepath.Join(w.p.memory, "termination", fmt.Sprintf("%s-%d", w.name, proc.number))
	spec, err := w.containerSpec(proc, image)
	if err != nil {
		return configError(err)
	}
	spec.Output = proc.out
	proc.imageID = image.ID
	proc.Container, err = sandbox.Start(w.p.ctx, spec)
	return err
}

// configError is about what the pod says, unless the error tells otherwise.
func configError(err error) error {
	var start *container.StartError
	var image *container.ImageError
	if errors.As(err, &start) || errors.As(err, &image) {
		return err
	}
	return &container.StartError{Reason: reasonConfigError, Err: err}
}

// refuse reports why there is no process.
func (w *worker) refuse(err error) attempt {
	if w.ctx.Err() != nil {
		return waiting
	}
	var image *container.ImageError
	var start *container.StartError
	w.p.mu.Lock()
	w.failure = ""
	switch {
	case errors.As(err, &image):
		if image.Reason == "ErrImagePull" {
			w.failure = image.Err.Error()
		}
		w.p.mu.Unlock()
		w.wait(image.Reason, err.Error())
		return waiting
	case errors.As(err, &start) && (start.Reason == reasonConfigError || start.Reason == reasonCreateError):
		w.p.mu.Unlock()
		w.wait(start.Reason, err.Error())
		return waiting
	case !errors.As(err, &start):
		w.p.mu.Unlock()
		w.wait(reasonCreateError, err.Error())
		return waiting
	}
	w.p.mu.Unlock()
	code := start.ExitCode
	if code == 0 {
		code = 128
	}
	// A container that never ran began at the beginning of time, as runtimes say.
	w.setTerminated(corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reasonStartError, Message: head(err.Error(), maxMessage),
		StartedAt: metav1.Unix(0, 0), FinishedAt: metav1.NewTime(time.Now().Truncate(time.Second)),
	})
	return neverRan
}

func (w *worker) setTerminated(t corev1.ContainerStateTerminated) {
	w.p.mu.Lock()
	w.state = corev1.ContainerState{Terminated: &t}
	w.started, w.ready, w.isRunning = false, false, false
	w.succeeded = t.ExitCode == 0
	w.p.mu.Unlock()
	w.p.touch()
}

// follow returns when the process has ended, and whether it did because the container has another image.
func (w *worker) follow(proc *process) (replaced bool) {
	select {
	case <-proc.Done():
	case <-w.replacedBy(proc):
		replaced = true
		w.end(proc, w.p.graceOf())
	case why := <-w.killed:
		w.end(proc, why.grace(w.p.graceOf()))
	case <-w.ctx.Done():
		w.end(proc, w.p.graceOf())
	}
	proc.stopProbes()
	proc.out.Close()
	w.setTerminated(w.terminated(proc))
	return replaced && w.ctx.Err() == nil
}

// replacedBy delivers when the container has another image than the process was started from. The news of an update may come after the
// start that has heeded it already.
func (w *worker) replacedBy(proc *process) <-chan struct{} {
	other := make(chan struct{})
	go func() {
		for {
			select {
			case <-w.replaced:
				if _, c := w.spec(); c.Image != proc.spec.Image {
					close(other)
					return
				}
			case <-proc.Done():
				return
			}
		}
	}()
	return other
}

// terminated is the state of a container whose process has ended.
func (w *worker) terminated(proc *process) corev1.ContainerStateTerminated {
	exit := proc.Exit()
	t := corev1.ContainerStateTerminated{
		ExitCode: exit.Code, Reason: "Completed", ContainerID: proc.ID(),
		StartedAt:  metav1.NewTime(proc.Started().Truncate(time.Second)),
		FinishedAt: metav1.NewTime(exit.At.Truncate(time.Second)),
	}
	switch {
	case exit.OOMKilled:
		t.Reason = "OOMKilled"
	case exit.Code != 0:
		t.Reason = "Error"
	}
	t.Message = w.message(proc, exit.Code)
	return t
}

// process is one start of a container.
type process struct {
	container.Container
	pod    *corev1.Pod
	spec   *corev1.Container
	out    *output
	number int
	// messageFile is the file of this machine with the termination message; empty if there is none.
	messageFile string
	imageID     string
	stopProbing context.CancelFunc
}

func (p *process) stopProbes() {
	if p.stopProbing != nil {
		p.stopProbing()
	}
}

// podName is how kubelets write a pod.
func podName(pod *corev1.Pod) string {
	return fmt.Sprintf("%s_%s(%s)", pod.Name, pod.Namespace, pod.UID)
}
