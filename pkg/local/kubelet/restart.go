package kubelet

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// mayRestart tells whether the container, which has ended, has to be started again.
func (w *worker) mayRestart() bool {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	ok := w.state.Terminated != nil && w.state.Terminated.ExitCode == 0
	w.succeeded = ok
	if w.ctx.Err() != nil {
		return false
	}
	switch policy := w.p.spec.Spec.RestartPolicy; {
	case w.native:
		return true
	case policy == corev1.RestartPolicyNever, w.isInit && ok:
		return false
	case policy == corev1.RestartPolicyOnFailure:
		return !ok
	default:
		return true
	}
}

// restart makes the state that the container has come to its last one.
func (w *worker) restart(reason, message string) {
	w.p.mu.Lock()
	if w.state.Terminated != nil {
		w.last = w.state
	}
	w.restarts++
	if reason != "" {
		w.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
	w.p.mu.Unlock()
	w.p.report()
}

// waitToRestart waits before a container that has ended is started again; the first time it need not. It returns false if it is
// not to be started.
func (w *worker) waitToRestart(delay time.Duration) bool {
	w.p.mu.Lock()
	first := w.restarts == 0
	w.p.mu.Unlock()
	if first {
		w.restart("", "")
		return w.ctx.Err() == nil
	}
	pod, _ := w.spec()
	w.restart(reasonCrashLoop, fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", delay, w.name, podName(pod)))
	return w.sleep(delay)
}

// waitToRetry waits before a container that could not be started is tried again.
func (w *worker) waitToRetry(delay time.Duration) bool {
	w.p.mu.Lock()
	pull := w.failure
	w.p.mu.Unlock()
	if pull == "" {
		return w.sleep(delay)
	}
	if !w.sleep(resync) {
		return false
	}
	_, c := w.spec()
	w.wait("ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", c.Image, pull))
	return w.sleep(delay)
}

// sleep returns early if the container has another image, and false if it is not to be started.
func (w *worker) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.replaced:
	case <-w.ctx.Done():
		return false
	}
	return w.ctx.Err() == nil
}

// wait reports why the container waits.
func (w *worker) wait(reason, message string) {
	w.p.mu.Lock()
	w.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	w.p.mu.Unlock()
	w.p.report()
}
