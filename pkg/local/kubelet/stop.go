package kubelet

import (
	"maps"
	"slices"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// killing is why the kubelet itself ends a container.
type killing struct {
	// seconds is the probe's own grace period; nil means the pod's.
	seconds *int64
}

func (k killing) grace(ofPod time.Duration) time.Duration {
	if k.seconds == nil {
		return ofPod
	}
	return time.Duration(*k.seconds) * time.Second
}

// afterKill is how long the end of a killed container is waited for before it is given up, and minGrace what is left to a container
// whose preStop hook has taken all of its time.
const (
	afterKill = 20 * time.Second
	minGrace  = 2 * time.Second
)

// end stops a container: preStop hook, SIGTERM, SIGKILL.
func (w *worker) end(proc *process, grace time.Duration) {
	select {
	case <-proc.Done():
		return
	default:
	}
	deadline := time.Now().Add(grace)
	if grace > 0 && !w.p.isHurried() {
		w.preStop(proc, grace)
	}
	if left := time.Until(deadline); left > 0 || grace > 0 {
		_ = proc.Signal(syscall.SIGTERM)
		timer := time.NewTimer(max(left, min(minGrace, grace)))
		defer timer.Stop()
		select {
		case <-proc.Done():
			return
		case <-timer.C:
		case <-w.p.ctx.Done():
		}
	}
	_ = proc.Signal(syscall.SIGKILL)
	select {
	case <-proc.Done():
	case <-time.After(afterKill):
		w.p.o.Logger.Warn("a killed container does not end", "pod", proc.pod.Name, "container", w.name)
		<-proc.Done()
	}
}

func (p *pod) isHurried() bool { return p.ctx.Err() != nil }

// stopAll ends all containers, native sidecars after all others and in the reverse of their order, and returns when they have ended.
func (p *pod) stopAll() {
	p.halt(p.regular)
	p.halt(slices.DeleteFunc(slices.Clone(p.inits), func(w *worker) bool { return w.native }))
	for _, w := range slices.Backward(p.inits) {
		if w.native {
			p.halt([]*worker{w})
		}
	}
}

// halt ends containers and keeps them from being started.
func (p *pod) halt(list []*worker) {
	p.mu.Lock()
	p.isStopping = true
	for _, w := range list {
		if !w.begun && !w.ended {
			w.ended = true
			close(w.over)
		}
		w.stop()
	}
	p.mu.Unlock()
	for _, w := range list {
		<-w.over
	}
}

// Update implements Pod.
func (p *pod) Update(spec *corev1.Pod) {
	p.mu.Lock()
	old := p.spec
	next := old.DeepCopy()
	next.Annotations, next.Labels = spec.DeepCopy().Annotations, spec.DeepCopy().Labels
	next.ResourceVersion = spec.ResourceVersion
	next.DeletionTimestamp = spec.DeletionTimestamp.DeepCopy()
	if seconds := spec.Spec.ActiveDeadlineSeconds; seconds != nil {
		value := *seconds
		next.Spec.ActiveDeadlineSeconds = &value
	}
	var replaced []*worker
	for _, w := range p.workers() {
		image := find(spec, w.name).Image
		if image == "" || image == find(old, w.name).Image {
			continue
		}
		find(next, w.name).Image = image
		replaced = append(replaced, w)
	}
	p.spec = next
	p.mu.Unlock()
	if !maps.Equal(old.Annotations, next.Annotations) || !maps.Equal(old.Labels, next.Labels) {
		if err := p.volumes.refresh(); err != nil {
			p.o.Logger.Warn("updating files of the downward API", "pod", spec.Name, "error", err)
		}
	}
	for _, w := range replaced {
		select {
		case w.replaced <- struct{}{}:
		default:
		}
	}
	p.touch()
}

// Delete implements Pod.
func (p *pod) Delete(grace time.Duration) {
	p.mu.Lock()
	if p.grace == nil || grace < *p.grace {
		p.grace = &grace
	}
	p.mu.Unlock()
	if grace <= 0 {
		p.kill()
	} else {
		// The time is that of the whole pod: what is being stopped already may have been given more, native sidecars stop after all
		// others, and what does not come to its end otherwise does so now.
		timer := time.AfterFunc(grace+minGrace, p.kill)
		go func() {
			<-p.done
			timer.Stop()
		}()
	}
	p.markDeleted()
}

// Remove implements Pod.
func (p *pod) Remove() {
	p.kill()
	p.markDeleted()
}

func (p *pod) markDeleted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isDeleted {
		p.isDeleted = true
		close(p.deleted)
	}
}
