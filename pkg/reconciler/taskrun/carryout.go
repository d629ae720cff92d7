package taskrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/discovery"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/reconciler/backoff"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// createPod makes the claims and the pod of an attempt. A pod that exists already is taken over if it belongs to the run.
func (r *Reconciler) createPod(ctx context.Context, cfg *config.Config, order *taskplan.PodOrder) *taskplan.Created {
	tr := order.TaskRun
	for _, claim := range order.Claims {
		_, err := r.kube.CoreV1().PersistentVolumeClaims(tr.Namespace).Create(ctx, claim, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return &taskplan.Created{Err: taskplan.ClaimRefused(tr, err)}
		}
	}
	in, missing, err := r.podInput(ctx, cfg, order)
	if err != nil {
		return &taskplan.Created{Err: err, MissingSecrets: missing}
	}
	pod, err := r.makePod(ctx, cfg, in)
	if err == nil {
		r.pods.remember(tr, pod)
	}
	return &taskplan.Created{Pod: pod, Err: err, MissingSecrets: missing}
}

func (r *Reconciler) makePod(ctx context.Context, cfg *config.Config, in podbuild.Input) (*corev1.Pod, error) {
	tr := in.TaskRun
	pod, err := podbuild.Build(in)
	if err != nil {
		return nil, final(err)
	}
	mayInject := taskplan.MayInject(cfg)
	if mayInject && r.injected.in(tr.Namespace).holds {
		// Containers will be added; the first step has to wait for them.
		delete(pod.Annotations, pipeline.ReadyAnnotationKey)
	}
	created, err := backoff.Create(ctx, cfg, func(ctx context.Context) (*corev1.Pod, error) {
		return r.kube.CoreV1().Pods(tr.Namespace).Create(ctx, pod, metav1.CreateOptions{})
	})
	if apierrors.IsAlreadyExists(err) {
		return r.pods.live(ctx, tr, pod.Name)
	}
	if err != nil {
		return nil, err
	}
	r.injected.note(pod, created)
	if mayInject && podstatus.HasInjected(created) && created.Annotations[pipeline.ReadyAnnotationKey] != "" {
		return r.annotatePod(ctx, created, pipeline.ReadyAnnotationKey, "")
	}
	return created, nil
}

// final marks an error that trying again does not change.
func final(err error) error {
	if _, ok := failure.As(err); ok {
		return err
	}
	return failure.Invalidf("", "%w", err)
}

// podInput gathers what building the pod takes.
func (r *Reconciler) podInput(ctx context.Context, cfg *config.Config, order *taskplan.PodOrder) (podbuild.Input, []string, error) {
	in := podbuild.Input{
		TaskRun: order.TaskRun, Task: order.Spec, PodTemplate: order.PodTemplate, Bindings: order.Bindings,
		Config: cfg, HelperImages: r.options.Images, Release: r.options.Release,
	}
	in.NativeSidecars = cfg.FeatureFlags.EnableKubernetesSidecar && r.nativeSidecars()
	account := order.TaskRun.Spec.ServiceAccountName
	if account == "" {
		account = cfg.Defaults.DefaultServiceAccount
	}
	var missing []string
	if !cfg.FeatureFlags.DisableCredsInit {
		gathered, err := credentials.Gather(ctx, r.accounts.of(order.TaskRun), order.TaskRun.Namespace, account)
		if err != nil {
			return in, nil, err
		}
		missing = gathered.Missing
		if in.Credentials, err = credentials.Select(gathered.Secrets, cfg.FeatureFlags.RequireGitSSHSecretKnownHosts); err != nil {
			return in, missing, err
		}
	}
	var err error
	if in.Images, err = r.images(ctx, order, account); err != nil {
		return in, missing, err
	}
	if in.LimitRanges, err = r.limitRanges.LimitRanges(order.TaskRun.Namespace).List(labels.Everything()); err != nil {
		return in, missing, fmt.Errorf("listing limit ranges: %w", err)
	}
	return in, missing, nil
}

// images looks up the commands of images for steps that name none.
func (r *Reconciler) images(ctx context.Context, order *taskplan.PodOrder, account string) (map[string]imageinfo.Image, error) {
	refs, err := podbuild.LookupImages(order.Spec)
	if err != nil {
		return nil, final(err)
	}
	if len(refs) == 0 {
		return nil, nil
	}
	tr := order.TaskRun
	var template []corev1.LocalObjectReference
	if order.PodTemplate != nil {
		template = order.PodTemplate.ImagePullSecrets
	}
	secrets, err := credentials.PullSecrets(ctx, r.accounts.of(tr), tr.Namespace, account, template)
	if err != nil {
		return nil, err
	}
	return r.options.Registry.Resolve(ctx, registry.Request{Scope: tr.Namespace + "/" + string(tr.UID), Images: refs, PullSecrets: secrets})
}

// carryOut does what was planned, all of it; the errors are joined.
func (r *Reconciler) carryOut(ctx context.Context, tr *v1.TaskRun, actions []taskplan.Action) error {
	var errs []error
	for _, action := range actions {
		if err := r.do(ctx, tr, action); err != nil && !apierrors.IsNotFound(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (r *Reconciler) do(ctx context.Context, tr *v1.TaskRun, action taskplan.Action) error {
	switch a := action.(type) {
	case taskplan.DeletePod:
		pod, err := r.pods.live(ctx, tr, a.Name)
		if errors.Is(err, taskplan.ErrForeignPod) {
			return nil
		}
		if err != nil {
			return err
		}
		err = r.kube.CoreV1().Pods(tr.Namespace).Delete(ctx, a.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
		if err != nil {
			return fmt.Errorf("deleting pod %s: %w", a.Name, err)
		}
		return nil
	case taskplan.CancelPod:
		pod, err := r.pods.live(ctx, tr, a.Name)
		if errors.Is(err, taskplan.ErrForeignPod) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = r.annotatePod(ctx, pod, pipeline.CancelAnnotationKey, pipeline.CancelAnnotationValue)
		return err
	case taskplan.ReleaseSteps:
		_, err := r.annotatePod(ctx, a.Pod, pipeline.ReadyAnnotationKey, pipeline.ReadyAnnotationValue)
		return err
	case taskplan.HoldSteps:
		_, err := r.annotatePod(ctx, a.Pod, pipeline.ReadyAnnotationKey, "")
		return err
	case taskplan.StopSidecars:
		return r.stopSidecars(ctx, a)
	default:
		return fmt.Errorf("no way to carry out %T", action)
	}
}

// annotatePod sets an annotation. The UID makes the patch fail if the name belongs to another pod by now.
func (r *Reconciler) annotatePod(ctx context.Context, pod *corev1.Pod, key, value string) (*corev1.Pod, error) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID, "annotations": map[string]string{key: value}}})
	if err != nil {
		return nil, fmt.Errorf("writing patch of pod %s: %w", pod.Name, err)
	}
	patched, err := r.kube.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return nil, fmt.Errorf("setting annotation %s of pod %s: %w", key, pod.Name, err)
	}
	return patched, nil
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
	if err != nil {
		return fmt.Errorf("stopping sidecars of pod %s: %w", a.Pod.Name, err)
	}
	return nil
}

// nativeSidecarVersion is the first version of Kubernetes whose init containers may go on running.
var nativeSidecarVersion = version.MajorMinor(1, 29)

// serverAtLeast returns a function that tells whether the API server has the version. It asks once; a server that does not say
// counts as older, until it says.
func serverAtLeast(d discovery.ServerVersionInterface, least *version.Version) func() bool {
	var (
		mu     sync.Mutex
		known  bool
		answer bool
	)
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		if known {
			return answer
		}
		info, err := d.ServerVersion()
		if err != nil {
			return false
		}
		have, err := version.ParseGeneric(strings.TrimPrefix(info.GitVersion, "v"))
		known, answer = true, err == nil && have.AtLeast(least)
		return answer
	}
}
