package local

import (
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// livePod is a pod that was started and is not removed yet.
type livePod struct {
	key    key
	handle kubelet.Pod
	// removing says that Remove was called, releasing that the first step starts when the sidecars had their head start.
	removing, releasing bool
	cause               *taskplan.Cause
}

// startPod stores a pod and has it carried out.
func (e *Engine) startPod(k key, pod *corev1.Pod) {
	e.store.create(k, pod)
	live := &livePod{key: k}
	e.pods[pod.UID] = live
	e.changed(nil, pod)
	uid := pod.UID
	live.handle = e.options.Pods.Start(pod.DeepCopy(), e.claims, func(status corev1.PodStatus) {
		e.loop.post(func() { e.podReported(uid, status) })
	})
	e.logsMu.Lock()
	e.logs[pod.Name] = live.handle
	e.logsMu.Unlock()
	go func() {
		<-live.handle.Done()
		e.loop.post(func() { e.podGone(uid) })
	}()
}

// podReported takes over the status of a pod.
func (e *Engine) podReported(uid types.UID, status corev1.PodStatus) {
	live := e.pods[uid]
	if live == nil {
		return
	}
	if pod, ok := find[*corev1.Pod](e.store, live.key); ok && pod.UID == uid {
		after := *pod
		after.Status = status
		e.replacePod(pod, &after)
	}
}

// podGone forgets a pod that was deleted. One that has ended and was only tidied up stays in the store, as its TaskRun names it.
func (e *Engine) podGone(uid types.UID) {
	live := e.pods[uid]
	if live == nil {
		return
	}
	pod, ok := find[*corev1.Pod](e.store, live.key)
	delete(e.pods, uid)
	if !ok || pod.UID != uid || live.removing {
		return
	}
	e.store.remove(live.key)
	e.notes.add(Event{Object: pod, Deleted: true, At: e.options.Clock.Now()})
	e.touch(nil, pod)
}

// withPod does something to a pod of a TaskRun that is still there.
func (e *Engine) withPod(tr *v1.TaskRun, name string, do func(*corev1.Pod)) {
	pod, ok := find[*corev1.Pod](e.store, key{kindPod, tr.Namespace, name})
	if ok && metav1.IsControlledBy(pod, tr) && e.pods[pod.UID] != nil {
		do(pod)
	}
}

// deletePod asks for the end of a pod, as the API does.
func (e *Engine) deletePod(pod *corev1.Pod) {
	if pod.DeletionTimestamp != nil {
		return
	}
	grace := ptr.Deref(pod.Spec.TerminationGracePeriodSeconds, defaultGrace)
	after := *pod
	now := metav1.NewTime(e.options.Clock.Now().Add(time.Duration(grace) * time.Second)).Rfc3339Copy()
	after.DeletionTimestamp, after.DeletionGracePeriodSeconds = &now, &grace
	e.replacePod(pod, &after)
	e.pods[pod.UID].handle.Delete(time.Duration(grace) * time.Second)
}

func (e *Engine) annotatePod(pod *corev1.Pod, key, value string) {
	after := *pod
	after.Annotations = maps.Clone(pod.Annotations)
	if after.Annotations == nil {
		after.Annotations = map[string]string{}
	}
	after.Annotations[key] = value
	e.updatePod(pod, &after)
}

// headStart is how long steps wait for sidecars that do not say when they are ready. In a cluster it takes about a second until a step
// learns that sidecars run, and there are Tasks that rely on what a sidecar does in that time.
const headStart = 500 * time.Millisecond

// releaseSteps lets the first step of a pod start, at once or after the head start of its sidecars.
func (e *Engine) releaseSteps(tr *v1.TaskRun, pod *corev1.Pod) {
	if !hasSilentSidecar(pod) {
		e.annotatePod(pod, pipeline.ReadyAnnotationKey, pipeline.ReadyAnnotationValue)
		return
	}
	live := e.pods[pod.UID]
	if live.releasing {
		return
	}
	live.releasing = true
	over := e.options.Clock.After(headStart)
	go func() {
		<-over
		e.loop.post(func() {
			live.releasing = false
			e.withPod(tr, pod.Name, func(now *corev1.Pod) {
				// Another pod may have come in its place.
				if now.UID == pod.UID {
					e.annotatePod(now, pipeline.ReadyAnnotationKey, pipeline.ReadyAnnotationValue)
				}
			})
		})
	}()
}

// hasSilentSidecar tells whether the pod has a sidecar without a probe that says when it is ready.
func hasSilentSidecar(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool {
		return podstatus.IsSidecar(c.Name) && !podstatus.IsResultSidecar(c.Name) && c.ReadinessProbe == nil && c.StartupProbe == nil
	})
}

// stopSidecars replaces the images of containers with that of a program that ends.
func (e *Engine) stopSidecars(pod *corev1.Pod, containers []int) {
	after := *pod
	after.Spec = *pod.Spec.DeepCopy()
	for _, i := range containers {
		if i < len(after.Spec.Containers) {
			after.Spec.Containers[i].Image = kubelet.NopImage
		}
	}
	e.updatePod(pod, &after)
}

// limitPod has all containers of a pod stopped, and the pod kept.
func (e *Engine) limitPod(pod *corev1.Pod) {
	after := *pod
	after.Spec.ActiveDeadlineSeconds = ptr.To[int64](taskplan.StopDeadline)
	e.updatePod(pod, &after)
}

// updatePod stores a pod that was changed, and has the change carried out.
func (e *Engine) updatePod(before, after *corev1.Pod) {
	e.replacePod(before, after)
	e.pods[after.UID].handle.Update(after.DeepCopy())
}

func (e *Engine) replacePod(before, after *corev1.Pod) {
	e.store.replace(keyOf(after), after)
	e.changed(before, after)
}

// tidy gives back what pods of a TaskRun hold that have ended and that nobody looks at any more: those of earlier attempts, and the last
// one of a run that is done.
func (e *Engine) tidy(tr *v1.TaskRun) {
	for _, o := range e.store.controlled(tr.UID) {
		pod, ok := o.(*corev1.Pod)
		if !ok || !hasEnded(pod) || pod.DeletionTimestamp != nil || !tr.IsDone() && pod.Name == taskplan.PodName(tr) {
			continue
		}
		live := e.pods[pod.UID]
		if live == nil || live.removing {
			continue
		}
		live.removing = true
		live.handle.Remove()
	}
}

func hasEnded(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// endLingering sees to pods that go on although all runs ended at a time. It returns the next time to do so; zero if nothing is left.
// Sidecars that do not listen get less time than in a cluster, where nobody waits for them: they are killed in the end there too.
// Steps that were asked to end because their run was stopped get all of theirs.
func (e *Engine) endLingering(since time.Time) time.Time {
	now, last := e.options.Clock.Now(), since.Add(lingering)
	if !now.Before(last) {
		e.killPods()
		clear(e.pods)
		return time.Time{}
	}
	next := last
	for _, live := range e.pods {
		pod, ok := find[*corev1.Pod](e.store, live.key)
		due := since.Add(sidecarPatience)
		switch {
		case !ok || live.removing || pod.DeletionTimestamp != nil:
		case now.Before(due):
			next = due
		default:
			live.removing = true
			live.handle.Delete(0)
		}
	}
	return next
}

// killPods kills all pods, and waits a while until they are gone.
func (e *Engine) killPods() {
	var group sync.WaitGroup
	for _, p := range e.pods {
		group.Go(func() {
			if !p.removing {
				p.handle.Delete(0)
			}
			select {
			case <-p.handle.Done():
			case <-time.After(killTime):
			}
		})
	}
	group.Wait()
}
