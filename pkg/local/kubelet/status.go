package kubelet

import (
	"reflect"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// Limits of termination messages in bytes: of one container, and of all of a pod together, which share it equally.
const (
	maxMessage    = 4096
	maxPodMessage = 12288
)

// reporter hands statuses on. A slow receiver gets the newest one.
type reporter struct {
	send func(corev1.PodStatus)
	wake chan struct{}
	quit chan struct{}
	over chan struct{}

	mu     sync.Mutex
	latest *corev1.PodStatus
	sent   corev1.PodStatus
}

func newReporter(send func(corev1.PodStatus)) *reporter {
	return &reporter{send: send, wake: make(chan struct{}, 1), quit: make(chan struct{}), over: make(chan struct{})}
}

func (r *reporter) run() {
	defer close(r.over)
	for {
		select {
		case <-r.wake:
			r.flush()
		case <-r.quit:
			r.flush()
			return
		}
	}
}

func (r *reporter) flush() {
	r.mu.Lock()
	next := r.latest
	r.latest = nil
	r.mu.Unlock()
	if next == nil || reflect.DeepEqual(*next, r.sent) {
		return
	}
	r.sent = *next.DeepCopy()
	if r.send != nil {
		r.send(*next)
	}
}

func (r *reporter) put(status *corev1.PodStatus) {
	r.mu.Lock()
	r.latest = status
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// stop returns when the last status was handed on.
func (r *reporter) stop() {
	close(r.quit)
	<-r.over
}

// report tells what the pod has come to. Statuses are made and put under one lock, so that none overtakes another.
func (p *pod) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reporter.put(p.status())
}

func (p *pod) status() *corev1.PodStatus {
	s := &corev1.PodStatus{
		Phase: p.phaseNow(), Reason: p.reasonNow(), Message: p.messageNow(),
		HostIP: p.o.HostIP, HostIPs: []corev1.HostIP{{IP: p.o.HostIP}},
		PodIP: p.ip, StartTime: p.startTime.DeepCopy(), QOSClass: qosClass(p.spec),
	}
	if p.ip != "" {
		s.PodIPs = []corev1.PodIP{{IP: p.ip}}
	}
	share := maxPodMessage / max(1, len(p.inits)+len(p.regular))
	for _, w := range p.inits {
		s.InitContainerStatuses = append(s.InitContainerStatuses, w.status(share))
	}
	for _, w := range p.regular {
		s.ContainerStatuses = append(s.ContainerStatuses, w.status(share))
	}
	s.Conditions = p.conditionsNow(s)
	return s
}

// The reason of a pod that exceeds its deadline goes with the phase that follows from it.
func (p *pod) reasonNow() string {
	if p.phase == "" {
		return ""
	}
	return p.reason
}

func (p *pod) messageNow() string {
	if p.phase == "" {
		return ""
	}
	return p.message
}

func (w *worker) status(share int) corev1.ContainerStatus {
	started := w.started
	s := corev1.ContainerStatus{
		Name: w.name, State: *w.state.DeepCopy(), LastTerminationState: *w.last.DeepCopy(),
		Ready: w.ready, RestartCount: w.restarts, Image: w.imageName, ImageID: w.imageID, ContainerID: w.id, Started: &started,
	}
	if w.isInit && !w.native {
		s.Ready = w.state.Terminated != nil && w.state.Terminated.ExitCode == 0
	}
	for _, t := range []*corev1.ContainerStateTerminated{s.State.Terminated, s.LastTerminationState.Terminated} {
		if t != nil {
			t.Message = head(t.Message, share)
		}
	}
	return s
}

func head(text string, limit int) string {
	if len(text) > limit {
		return text[:limit]
	}
	return text
}

// qosClass is how a cluster would rank the pod when memory runs out.
func qosClass(pod *corev1.Pod) corev1.PodQOSClass {
	any, guaranteed := false, true
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			r := list[i].Resources
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				limit, request := r.Limits[name], r.Requests[name]
				any = any || !limit.IsZero() || !request.IsZero()
				if _, ok := r.Requests[name]; !ok {
					request = limit
				}
				guaranteed = guaranteed && !limit.IsZero() && limit.Cmp(request) == 0
			}
		}
	}
	switch {
	case !any:
		return corev1.PodQOSBestEffort
	case guaranteed:
		return corev1.PodQOSGuaranteed
	default:
		return corev1.PodQOSBurstable
	}
}
