package local

import (
	"context"
	"errors"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/resultlog"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// passTaskRun makes one pass over a TaskRun.
func (e *Engine) passTaskRun(k key, tr *v1.TaskRun) error {
	seen := taskplan.Seen{
		TaskRun: tr, Now: e.options.Clock.Now(), Config: e.config, Release: e.options.Release,
		NopImage: kubelet.NopImage, HelperImages: helperImages(), Pod: e.podOf(tr),
	}
	if live := e.liveOf(seen.Pod); live != nil {
		seen.Cause = live.cause
	}
	next, err := passes.TaskRun(e.ctx, &seen, taskLookUps{e})
	if err != nil {
		return err
	}
	if refused := e.carryOutTaskRun(tr, next.Actions); len(refused) > 0 {
		next = taskplan.Amend(seen, next, refused)
	}
	after := *tr
	after.Status = next.Status
	out := outcome{next.Labels, next.Annotations, next.Events, next.WakeAt, next.Failure}
	e.report(k, tr, &after, same(&tr.Status, &next.Status), out)
	e.tidy(&after)
	return nil
}

// podOf returns the pod of the current attempt of a TaskRun, nil if there is none. One that has ended may not be live any more.
func (e *Engine) podOf(tr *v1.TaskRun) *corev1.Pod {
	pod, ok := find[*corev1.Pod](e.store, key{kindPod, tr.Namespace, taskplan.PodName(tr)})
	if !ok || !metav1.IsControlledBy(pod, tr) {
		return nil
	}
	return pod
}

// liveOf returns what is known of a pod that is still there, nil if it is not or if there is no pod.
func (e *Engine) liveOf(pod *corev1.Pod) *livePod {
	if pod == nil {
		return nil
	}
	return e.pods[pod.UID]
}

// taskLookUps implements passes.TaskLookUps.
type taskLookUps struct{ *Engine }

// Task implements passes.TaskLookUps.
func (e taskLookUps) Task(ctx context.Context, seen *taskplan.Seen, order *taskplan.TaskOrder) *taskplan.Task {
	return definition.OfTaskRun(ctx, e.source, seen, order)
}

// Parts implements passes.TaskLookUps.
func (e taskLookUps) Parts(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder) *taskplan.Parts {
	return e.parts(ctx, seen, order)
}

// Cause implements passes.TaskLookUps. Whoever carries out pods here says all in their statuses.
func (e taskLookUps) Cause(_ context.Context, seen *taskplan.Seen) *taskplan.Cause {
	cause := &taskplan.Cause{At: e.options.Clock.Now()}
	if p := e.pods[seen.Pod.UID]; p != nil {
		p.cause = cause
	}
	return cause
}

// Log implements passes.TaskLookUps.
func (e taskLookUps) Log(ctx context.Context, seen *taskplan.Seen) *taskplan.ResultLog {
	open := resultlog.Opener(func(_ context.Context, pod *corev1.Pod, container string) (io.ReadCloser, error) {
		p := e.pods[pod.UID]
		if p == nil {
			return nil, errors.New("the pod is gone")
		}
		return p.handle.Log(container)
	})
	return open.Read(ctx, seen.Pod, seen.Config.FeatureFlags.MaxResultSize)
}

// carryOutTaskRun does what was planned, in order, until something is refused.
func (e *Engine) carryOutTaskRun(tr *v1.TaskRun, actions []taskplan.Action) []taskplan.Refused {
	for i, action := range actions {
		err := e.doTaskRun(tr, action)
		if err == nil {
			continue
		}
		refused := []taskplan.Refused{{Action: action, Err: err, Kind: passes.RefusedPod(err)}}
		for _, left := range actions[i+1:] {
			refused = append(refused, taskplan.Refused{Action: left, Kind: decision.NotTried})
		}
		return refused
	}
	return nil
}

func (e *Engine) doTaskRun(tr *v1.TaskRun, action taskplan.Action) error {
	switch a := action.(type) {
	case taskplan.CreateClaim:
		e.claims.create(a.Claim)
	case taskplan.CreatePod:
		return e.createPod(tr, a.Pod)
	case taskplan.DeletePod:
		e.withPod(tr, a.Name, e.deletePod)
	case taskplan.ReplacePod:
		e.withPod(tr, a.Pod.Name, e.deletePod)
	case taskplan.CancelPod:
		e.withPod(tr, a.Name, func(pod *corev1.Pod) {
			e.annotatePod(pod, pipeline.CancelAnnotationKey, pipeline.CancelAnnotationValue)
		})
	case taskplan.ReleaseSteps:
		e.withPod(tr, a.Pod.Name, func(pod *corev1.Pod) { e.releaseSteps(tr, pod) })
	case taskplan.HoldSteps:
		e.withPod(tr, a.Pod.Name, func(pod *corev1.Pod) { e.annotatePod(pod, pipeline.ReadyAnnotationKey, "") })
	case taskplan.StopSidecars:
		e.withPod(tr, a.Pod.Name, func(pod *corev1.Pod) { e.stopSidecars(pod, a.Containers) })
	case taskplan.StopPod:
		e.withPod(tr, a.Pod.Name, e.limitPod)
	default:
		return fmt.Errorf("no way to carry out %T", action)
	}
	return nil
}

// createPod starts the pod of an attempt. One of that name that is still there is another run's, or about to go.
func (e *Engine) createPod(tr *v1.TaskRun, wanted *corev1.Pod) error {
	k := key{kindPod, tr.Namespace, wanted.Name}
	if existing, ok := find[*corev1.Pod](e.store, k); ok {
		if existing.DeletionTimestamp != nil || !metav1.IsControlledBy(existing, tr) {
			return taskplan.ErrForeignPod
		}
		return nil
	}
	pod := wanted.DeepCopy()
	pod.Namespace = tr.Namespace
	fillIn(pod)
	if errs := checkPod(pod); len(errs) > 0 {
		return apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind(kindPod).GroupKind(), pod.Name, errs)
	}
	e.warnings.ofPod(pod)
	e.startPod(k, pod)
	return nil
}
