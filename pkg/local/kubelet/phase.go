package kubelet

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// phaseNow is what the states of the containers make of the pod. The lock must be held, as for all in this file.
func (p *pod) phaseNow() corev1.PodPhase {
	if p.phase != "" {
		return p.phase
	}
	for _, w := range p.inits {
		if !w.isDoneStarting() {
			return corev1.PodPending
		}
	}
	for _, w := range p.regular {
		if w.state.Waiting != nil && w.last.Terminated == nil {
			return corev1.PodPending
		}
	}
	return corev1.PodRunning
}

// isDoneStarting tells whether the containers after this init container may start.
func (w *worker) isDoneStarting() bool {
	if !w.native {
		return w.ended && w.succeeded
	}
	select {
	case <-w.running:
		return true
	default:
		return false
	}
}

// settle fixes the phase of a pod of which everything has ended.
func (p *pod) settle() {
	if p.phase != "" {
		return
	}
	p.phase = corev1.PodSucceeded
	if p.reason != "" || p.failed || !p.initialized {
		p.phase = corev1.PodFailed
	}
	for _, w := range p.regular {
		if p.initialized && w.state.Terminated == nil {
			w.state = corev1.ContainerState{Terminated: unknownEnd()}
		}
		if t := w.state.Terminated; t != nil && t.ExitCode != 0 {
			p.phase = corev1.PodFailed
		}
	}
}

// unknownEnd is that of a container that was never there when its pod ended, as kubelets say it.
func unknownEnd() *corev1.ContainerStateTerminated {
	return &corev1.ContainerStateTerminated{
		ExitCode: 137, Reason: "ContainerStatusUnknown", Message: "The container could not be located when the pod was terminated",
	}
}

// conditionsNow returns the conditions that go with a status. One that stays as it is keeps its time.
func (p *pod) conditionsNow(s *corev1.PodStatus) []corev1.PodCondition {
	ended := s.Phase == corev1.PodSucceeded || s.Phase == corev1.PodFailed
	next := []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: truth(p.ready && !ended)},
		p.initializedNow(s),
		{Type: corev1.PodReady},
		{Type: corev1.ContainersReady},
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
	}
	ready := p.containersReady(s.Phase)
	for i := range next {
		if t := next[i].Type; t == corev1.PodReady || t == corev1.ContainersReady {
			next[i].Status, next[i].Reason, next[i].Message = ready.Status, ready.Reason, ready.Message
		}
		next[i].LastTransitionTime = metav1.NewTime(time.Now().Truncate(time.Second))
		for _, old := range p.conditions {
			if old.Type == next[i].Type && old.Status == next[i].Status {
				next[i].LastTransitionTime = old.LastTransitionTime
			}
		}
	}
	p.conditions = next
	return append([]corev1.PodCondition(nil), next...)
}

func truth(b bool) corev1.ConditionStatus {
	if b {
		return corev1.ConditionTrue
	}
	return corev1.ConditionFalse
}

func (p *pod) initializedNow(s *corev1.PodStatus) corev1.PodCondition {
	c := corev1.PodCondition{Type: corev1.PodInitialized}
	if s.Phase == corev1.PodSucceeded {
		c.Status, c.Reason = corev1.ConditionTrue, "PodCompleted"
		return c
	}
	var incomplete []string
	for _, w := range p.inits {
		if !w.isDoneStarting() {
			incomplete = append(incomplete, w.name)
		}
	}
	c.Status = truth(len(incomplete) == 0)
	if len(incomplete) > 0 {
		c.Reason, c.Message = "ContainersNotInitialized", "containers with incomplete status: "+list(incomplete)
	}
	return c
}

func (p *pod) containersReady(phase corev1.PodPhase) corev1.PodCondition {
	switch phase {
	case corev1.PodSucceeded:
		return corev1.PodCondition{Status: corev1.ConditionFalse, Reason: "PodCompleted"}
	case corev1.PodFailed:
		return corev1.PodCondition{Status: corev1.ConditionFalse, Reason: "PodFailed"}
	}
	var unready []string
	for _, w := range p.inits {
		if w.native && !w.ready {
			unready = append(unready, w.name)
		}
	}
	for _, w := range p.regular {
		if !w.ready {
			unready = append(unready, w.name)
		}
	}
	if len(unready) == 0 {
		return corev1.PodCondition{Status: corev1.ConditionTrue}
	}
	return corev1.PodCondition{
		Status: corev1.ConditionFalse, Reason: "ContainersNotReady", Message: "containers with unready status: " + list(unready),
	}
}

// list writes names as kubelets do.
func list(names []string) string {
	text := "["
	for i, name := range names {
		if i > 0 {
			text += " "
		}
		text += name
	}
	return text + "]"
}
