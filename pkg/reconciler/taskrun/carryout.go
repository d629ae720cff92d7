package taskrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/reconciler/backoff"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// carryOut does what was planned, in order, until something is refused.
func (r *Reconciler) carryOut(ctx context.Context, cfg *config.Config, tr *v1.TaskRun, actions []taskplan.Action) []taskplan.Refused {
	for i, action := range actions {
		err := r.do(ctx, cfg, tr, action)
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

// act does what an action asks for.
func (r *Reconciler) act(ctx context.Context, cfg *config.Config, tr *v1.TaskRun, action taskplan.Action) error {
	switch a := action.(type) {
	case taskplan.CreateClaim:
		_, err := r.kube.CoreV1().PersistentVolumeClaims(tr.Namespace).Create(ctx, a.Claim, metav1.CreateOptions{})
		return ignore(apierrors.IsAlreadyExists, err)
	case taskplan.CreatePod:
		return r.createPod(ctx, cfg, tr, a)
	default:
		return ignore(apierrors.IsNotFound, r.change(ctx, tr, action))
	}
}

func ignore(expected func(error) bool, err error) error {
	if expected(err) {
		return nil
	}
	return err
}

// createPod makes the pod of an attempt. One that exists already is taken over if it belongs to the run.
func (r *Reconciler) createPod(ctx context.Context, cfg *config.Config, tr *v1.TaskRun, a taskplan.CreatePod) error {
	created, err := backoff.Create(ctx, cfg, func(ctx context.Context) (*corev1.Pod, error) {
		return r.kube.CoreV1().Pods(tr.Namespace).Create(ctx, a.Pod, metav1.CreateOptions{})
	})
	switch {
	case apierrors.IsAlreadyExists(err):
		created, err = r.pods.live(ctx, tr, a.Pod.Name)
		switch {
		case apierrors.IsNotFound(err):
			// The pod of an earlier run of that name has just gone.
			return taskplan.ErrForeignPod
		case err != nil:
			return err
		case created.DeletionTimestamp != nil:
			return taskplan.ErrForeignPod
		}
	case err != nil:
		return err
	}
	if !podstatus.IsForeign(created) {
		r.injected.note(a.Pod, created)
	}
	r.pods.remember(tr, r.held(ctx, a, created))
	return nil
}

// held makes the first step of a new pod wait for containers that were injected. What fails here is planned again in the next pass.
func (r *Reconciler) held(ctx context.Context, a taskplan.CreatePod, pod *corev1.Pod) *corev1.Pod {
	if !a.HoldInjected || podstatus.IsForeign(pod) || !podstatus.HasInjected(pod) || pod.Status.Phase != corev1.PodPending || pod.Annotations[pipeline.ReadyAnnotationKey] == "" {
		return pod
	}
	held, err := r.annotatePod(ctx, pod, pipeline.ReadyAnnotationKey, "")
	if err != nil {
		logging.FromContext(ctx).Warnw("the first step does not wait for injected containers yet", "pod", pod.Name, "error", err)
		return pod
	}
	return held
}

// change carries out an action on a pod that exists.
func (r *Reconciler) change(ctx context.Context, tr *v1.TaskRun, action taskplan.Action) error {
	var err error
	switch a := action.(type) {
	case taskplan.DeletePod:
		return r.withPod(ctx, tr, a.Name, r.deletePod)
	case taskplan.ReplacePod:
		if a.Unordered {
			r.unordered.add(a.NodeKind)
		}
		return r.deletePod(ctx, a.Pod)
	case taskplan.CancelPod:
		return r.withPod(ctx, tr, a.Name, func(ctx context.Context, pod *corev1.Pod) error {
			_, err := r.annotatePod(ctx, pod, pipeline.CancelAnnotationKey, pipeline.CancelAnnotationValue)
			return err
		})
	case taskplan.ReleaseSteps:
		_, err = r.annotatePod(ctx, a.Pod, pipeline.ReadyAnnotationKey, pipeline.ReadyAnnotationValue)
	case taskplan.HoldSteps:
		_, err = r.annotatePod(ctx, a.Pod, pipeline.ReadyAnnotationKey, "")
	case taskplan.StopSidecars:
		err = r.stopSidecars(ctx, a)
	case taskplan.StopPod:
		_, err = r.patchPod(ctx, a.Pod, map[string]any{"metadata": map[string]any{"uid": a.Pod.UID}, "spec": map[string]any{"activeDeadlineSeconds": taskplan.StopDeadline}})
	default:
		err = fmt.Errorf("no way to carry out %T", action)
	}
	return err
}

// withPod does something to the pod of that name, if the run owns it.
func (r *Reconciler) withPod(ctx context.Context, tr *v1.TaskRun, name string, do func(context.Context, *corev1.Pod) error) error {
	pod, err := r.pods.live(ctx, tr, name)
	if errors.Is(err, taskplan.ErrForeignPod) {
		return nil
	}
	if err != nil {
		return err
	}
	return do(ctx, pod)
}

func (r *Reconciler) deletePod(ctx context.Context, pod *corev1.Pod) error {
	return r.kube.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
}

// annotatePod sets an annotation.
func (r *Reconciler) annotatePod(ctx context.Context, pod *corev1.Pod, key, value string) (*corev1.Pod, error) {
	return r.patchPod(ctx, pod, map[string]any{"metadata": map[string]any{"uid": pod.UID, "annotations": map[string]string{key: value}}})
}

// patchPod merges a change into a pod. With the UID in it, the patch fails if the name belongs to another pod by now.
func (r *Reconciler) patchPod(ctx context.Context, pod *corev1.Pod, change map[string]any) (*corev1.Pod, error) {
	patch, err := json.Marshal(change)
	if err != nil {
		return nil, fmt.Errorf("writing patch of pod %s: %w", pod.Name, err)
	}
	return r.kube.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{})
}

// stopSidecars replaces the images of running containers, so that the kubelet restarts them with a program that ends.
func (r *Reconciler) stopSidecars(ctx context.Context, a taskplan.StopSidecars) error {
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value string `json:"value"`
	}
	patch := []operation{{"test", "/metadata/uid", string(a.Pod.UID)}}
	for _, i := range a.Containers {
		patch = append(patch, operation{"replace", "/spec/containers/" + strconv.Itoa(i) + "/image", r.options.NopImage})
	}
	data, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("writing patch of pod %s: %w", a.Pod.Name, err)
	}
	_, err = r.kube.CoreV1().Pods(a.Pod.Namespace).Patch(ctx, a.Pod.Name, types.JSONPatchType, data, metav1.PatchOptions{})
	return err
}
