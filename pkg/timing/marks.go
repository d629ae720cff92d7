package timing

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Marks are times of an attempt that objects show for a while only. The zero value knows of none.
type Marks struct {
	// QuotaSince is when the quota of the namespace first had no room for the Pod; zero if it had, or if that is not known.
	QuotaSince time.Time
	// SandboxReady is when volumes and network of the Pod were set up; zero if that is not known.
	SandboxReady time.Time
}

// See returns the marks with what a TaskRun and its Pod, nil if there is none, show now. Those of an earlier attempt have to be dropped
// by the caller.
func (m Marks) See(tr *v1.TaskRun, pod *corev1.Pod) Marks {
	if m.QuotaSince.IsZero() && pod == nil && IsThrottledByQuota(tr) {
		m.QuotaSince = tr.Status.GetCondition(apis.ConditionSucceeded).LastTransitionTime.Inner.Time
	}
	if at := conditionTime(pod, corev1.PodReadyToStartContainers); !at.IsZero() {
		m.SandboxReady = at
	}
	return m
}

// IsThrottledByQuota tells whether a TaskRun waits for room in the quota of its namespace.
func IsThrottledByQuota(tr *v1.TaskRun) bool {
	return waitsFor(tr, v1.TaskRunReasonExceededResourceQuota)
}

// IsThrottledByNode tells whether a TaskRun waits for a node with room for its Pod.
func IsThrottledByNode(tr *v1.TaskRun) bool {
	return waitsFor(tr, v1.TaskRunReasonExceededNodeResources)
}

func waitsFor(tr *v1.TaskRun, reason v1.TaskRunReason) bool {
	c := tr.Status.GetCondition(apis.ConditionSucceeded)
	return c.IsUnknown() && c.GetReason() == reason.String()
}

// Scheduled returns when a Pod was bound to a node; zero if it was not.
func Scheduled(pod *corev1.Pod) time.Time { return conditionTime(pod, corev1.PodScheduled) }

// Of is like the function of that name, with the marks.
func (m Marks) Of(tr *v1.TaskRun, pod *corev1.Pod) []Phase {
	if !tr.HasStarted() {
		return nil
	}
	m = m.See(tr, pod)
	line := timeline{at: tr.Status.StartTime.Time}
	if tr.Status.CompletionTime != nil {
		line.completed = tr.Status.CompletionTime.Time
	}
	if len(tr.Status.RetriesStatus) == 0 && !tr.CreationTimestamp.IsZero() {
		line.at = tr.CreationTimestamp.Time
		line.reach(Queue, tr.Status.StartTime.Time)
	}
	created, containers := podTimes(pod)
	first, last := stepTimes(tr, pod, containers)
	if !m.QuotaSince.IsZero() {
		line.reach(Starting, m.QuotaSince)
		line.reach(Quota, created)
	} else {
		line.reach(Starting, created)
	}
	line.reach(Node, Scheduled(pod))
	line.reach(Sandbox, m.SandboxReady)
	line.reach(Images, containers)
	line.reach(Sidecars, first)
	line.reach(Running, last)
	line.complete()
	return line.phases
}

// timeline puts phases one after the other. What is not reached is kept, until something later is.
type timeline struct {
	phases    []Phase
	at        time.Time
	completed time.Time
	unreached []string
}

// reach ends the phase at that time, which may be before its start when two clocks differ. Zero means that its end is not known.
func (l *timeline) reach(phase string, end time.Time) {
	if end.IsZero() {
		l.unreached = append(l.unreached, phase)
		return
	}
	l.add(merged(append(l.unreached, phase)), end)
	l.unreached = nil
}

// merged is the name of phases that nothing tells apart.
func merged(names []string) string {
	switch {
	case len(names) == 1:
		return names[0]
	case slices.Equal(names, []string{Sandbox, Images}):
		return SandboxAndImages
	default:
		return Unattributed
	}
}

// complete ends the last phase of a TaskRun that is done.
func (l *timeline) complete() {
	switch {
	case l.completed.IsZero():
	case len(l.unreached) > 0:
		l.add(l.unreached[0], l.completed)
	default:
		l.add(Reporting, l.completed)
	}
}

func (l *timeline) add(phase string, end time.Time) {
	if end.Before(l.at) {
		end = l.at
	}
	l.phases = append(l.phases, Phase{Name: phase, Start: l.at, End: end})
	l.at = end
}

// podTimes returns when the Pod was created, and when the last of the containers of its steps started; zero if that did not happen.
// Sidecars do not count: the first step waits for them, and one that was stopped shows when its replacement started.
func podTimes(pod *corev1.Pod) (created, containers time.Time) {
	if pod == nil {
		return created, containers
	}
	return pod.CreationTimestamp.Time, lastStart(pod)
}
