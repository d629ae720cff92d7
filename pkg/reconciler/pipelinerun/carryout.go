package pipelinerun

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/backoff"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

// parallelWrites bounds the writes of one pass that are under way at once. A fan of a hundred tasks is created in a
// handful of round trips, and one large run can't take the whole rate limit of the client.
const parallelWrites = 16

// protectionFinalizer keeps a claim while a Pod refers to it, be it long finished.
const protectionFinalizer = "kubernetes.io/pvc-protection"

// carryOut does what was planned. Neighbouring creations of children run side by side, and so do the requests to stop
// them; everything else runs in order. It ends at the first refusal, but every child is asked to stop.
func (r *Reconciler) carryOut(ctx context.Context, cfg *config.Config, pr *v1.PipelineRun, actions []plan.Action) []plan.Refused {
	var refused []plan.Refused
	for len(actions) > 0 {
		n := batch(actions)
		refused = append(refused, r.together(ctx, cfg, pr, actions[:n])...)
		actions = actions[n:]
		if len(refused) > 0 {
			var stops []plan.Action
			for _, a := range actions {
				if kindOf(a) == stopping {
					stops = append(stops, a)
					continue
				}
				refused = append(refused, plan.Refused{Action: a, Kind: plan.NotTried})
			}
			actions = stops
		}
	}
	return refused
}

type actionKind int

const (
	single actionKind = iota
	creating
	stopping
)

func kindOf(a plan.Action) actionKind {
	switch a.(type) {
	case plan.CreateTaskRun, plan.CreateCustomRun, plan.CreatePipelineRun:
		return creating
	case plan.StopChild:
		return stopping
	default:
		return single
	}
}

// batch returns how many of the first actions can be carried out side by side.
func batch(actions []plan.Action) int {
	kind := kindOf(actions[0])
	n := 1
	for kind != single && n < len(actions) && kindOf(actions[n]) == kind {
		n++
	}
	return n
}

// together carries out actions side by side, and returns the refusals in the order of the actions. Creations that have not begun
// when one is refused are not tried.
func (r *Reconciler) together(ctx context.Context, cfg *config.Config, pr *v1.PipelineRun, actions []plan.Action) []plan.Refused {
	var (
		failed   atomic.Bool
		group    errgroup.Group
		outcomes = make([]*plan.Refused, len(actions))
	)
	ctx, end := startBatch(ctx, pr, actions)
	group.SetLimit(parallelWrites)
	for i, action := range actions {
		if failed.Load() && kindOf(action) == creating {
			outcomes[i] = &plan.Refused{Action: action, Kind: plan.NotTried}
			continue
		}
		group.Go(func() error {
			return panics.Catch(ctx, func() error {
				if err := r.do(ctx, cfg, pr, action); err != nil {
					failed.Store(true)
					outcomes[i] = &plan.Refused{Action: action, Err: err, Kind: passes.RefusedChild(err)}
				}
				return nil
			})
		})
	}
	if defect := group.Wait(); defect != nil {
		panic(defect)
	}
	var refused []plan.Refused
	for _, outcome := range outcomes {
		if outcome != nil {
			refused = append(refused, *outcome)
		}
	}
	end(firstOf(refused))
	return refused
}

// act does what an action asks for.
func (r *Reconciler) act(ctx context.Context, cfg *config.Config, pr *v1.PipelineRun, action plan.Action) error {
	ns := pr.Namespace
	switch a := action.(type) {
	case plan.CreateTaskRun:
		if err := passes.AdmitTaskRun(ctx, cfg, r.release, a.TaskRun); err != nil {
			return err
		}
		child, err := createChild(ctx, cfg, pr, a.TaskRun, r.client.TektonV1().TaskRuns(ns))
		return r.children.created(pr, child, err)
	case plan.CreateCustomRun:
		child, err := createChild(ctx, cfg, pr, a.CustomRun, r.client.TektonV1beta1().CustomRuns(ns))
		return r.children.created(pr, child, err)
	case plan.CreatePipelineRun:
		child, err := createChild(ctx, cfg, pr, a.PipelineRun, r.client.TektonV1().PipelineRuns(ns))
		return r.children.created(pr, child, err)
	case plan.StopChild:
		return r.stopChild(ctx, ns, a)
	case plan.CreateClaim:
		_, err := r.kube.CoreV1().PersistentVolumeClaims(ns).Create(ctx, a.Claim, metav1.CreateOptions{})
		return ignore(apierrors.IsAlreadyExists, err)
	case plan.CreateAffinityAssistant:
		_, err := r.kube.AppsV1().StatefulSets(ns).Create(ctx, a.StatefulSet, metav1.CreateOptions{})
		return ignore(apierrors.IsAlreadyExists, err)
	case plan.RestartAffinityAssistant:
		return ignore(isGone, r.kube.CoreV1().Pods(ns).Delete(ctx, a.Pod, only(a.UID)))
	case plan.DeleteAffinityAssistant:
		opts := only(a.UID)
		opts.PropagationPolicy = ptr.To(metav1.DeletePropagationBackground)
		return ignore(isGone, r.kube.AppsV1().StatefulSets(ns).Delete(ctx, a.Name, opts))
	case plan.DeleteClaim:
		return r.deleteClaim(ctx, ns, a.Name)
	default:
		return fmt.Errorf("carrying out %T: the action is not known", action)
	}
}

// only restricts a deletion to the object with that UID; an empty one restricts nothing.
func only(uid types.UID) metav1.DeleteOptions {
	if uid == "" {
		return metav1.DeleteOptions{}
	}
	return metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}
}

// isGone tells whether what was to be deleted is not there any more. A conflict says that the name belongs to another object.
func isGone(err error) bool { return apierrors.IsNotFound(err) || apierrors.IsConflict(err) }

func ignore(expected func(error) bool, err error) error {
	if expected(err) {
		return nil
	}
	return err
}

// childClient is the part of a generated client that createChild needs.
type childClient[T metav1.Object] interface {
	Create(ctx context.Context, child T, opts metav1.CreateOptions) (T, error)
	Get(ctx context.Context, name string, opts metav1.GetOptions) (T, error)
}

// createChild creates a child of pr, or takes over one that exists already.
func createChild[T metav1.Object](ctx context.Context, cfg *config.Config, pr *v1.PipelineRun, child T, client childClient[T]) (T, error) {
	created, err := backoff.Create(ctx, cfg, func(ctx context.Context) (T, error) { return client.Create(ctx, child, metav1.CreateOptions{}) })
	if !apierrors.IsAlreadyExists(err) {
		return created, err
	}
	existing, getErr := client.Get(ctx, child.GetName(), metav1.GetOptions{})
	if getErr != nil {
		return existing, fmt.Errorf("reading %s, which exists already: %w", child.GetName(), getErr)
	}
	return existing, passes.TakeOver(pr, existing, child, err)
}

func (r *Reconciler) stopChild(ctx context.Context, namespace string, a plan.StopChild) error {
	patch, err := a.Patch()
	if err != nil {
		return err
	}
	switch a.Kind {
	case "TaskRun":
		_, err = r.client.TektonV1().TaskRuns(namespace).Patch(ctx, a.Name, types.JSONPatchType, patch, metav1.PatchOptions{})
		if apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "no updates are allowed") {
			return nil // it is done already
		}
	case "CustomRun":
		_, err = r.client.TektonV1beta1().CustomRuns(namespace).Patch(ctx, a.Name, types.JSONPatchType, patch, metav1.PatchOptions{})
	case "PipelineRun":
		_, err = r.client.TektonV1().PipelineRuns(namespace).Patch(ctx, a.Name, types.JSONPatchType, patch, metav1.PatchOptions{})
		if apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "no updates are allowed") {
			return nil
		}
	}
	return ignore(apierrors.IsNotFound, err)
}

// deleteClaim deletes a claim and lets it go although finished Pods still refer to it.
func (r *Reconciler) deleteClaim(ctx context.Context, namespace, name string) error {
	client := r.kube.CoreV1().PersistentVolumeClaims(namespace)
	if err := client.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return ignore(apierrors.IsNotFound, err)
	}
	claim, err := client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return ignore(apierrors.IsNotFound, err)
	}
	return ignore(apierrors.IsNotFound, r.releaseClaim(ctx, claim))
}

func (r *Reconciler) releaseClaim(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	at := slices.Index(claim.Finalizers, protectionFinalizer)
	if at < 0 {
		return nil
	}
	// The test makes the removal hit the right entry although others may change the list meanwhile.
	path := fmt.Sprintf("/metadata/finalizers/%d", at)
	patch, err := json.Marshal([]map[string]string{
		{"op": "test", "path": path, "value": protectionFinalizer},
		{"op": "remove", "path": path},
	})
	if err != nil {
		return fmt.Errorf("writing finalizer patch of %s: %w", claim.Name, err)
	}
	_, err = r.kube.CoreV1().PersistentVolumeClaims(claim.Namespace).Patch(ctx, claim.Name, types.JSONPatchType, patch, metav1.PatchOptions{})
	return err
}
