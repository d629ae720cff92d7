// Package pipelinerun keeps PipelineRuns moving. It observes a run and its children, asks [plan.Next] what to do, carries
// that out and reports it. Everything that is decided is decided there; this package only reads and writes.
package pipelinerun

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"
	"knative.dev/pkg/controller"
	pkgreconciler "knative.dev/pkg/reconciler"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
	"github.com/tenon-ci/tenon/pkg/when"
)

// rounds bounds how often one pass may ask for more to be looked up. The planner asks for the Pipeline, then for its
// tasks, then for claims and affinity assistants.
const rounds = 8

// definitions fetches what runs refer to.
type definitions interface {
	// Pipeline fetches the Pipeline of the run, which ref refers to.
	Pipeline(ctx context.Context, pr *v1.PipelineRun, ref v1.PipelineRef) plan.PipelineDefinition
	// Definition fetches the Task or the child Pipeline of a pipeline task.
	Definition(ctx context.Context, pr *v1.PipelineRun, ref plan.Reference) plan.Definition
}

// Reconciler reconciles PipelineRuns.
type Reconciler struct {
	client      versioned.Interface
	kube        kubernetes.Interface
	runs        listers.PipelineRunLister
	children    children
	assistants  assistants
	definitions definitions
	cel         when.Evaluator
	nopImage    string
	release     string
	written     write.Versions
	// settling has the runs whose status was just written, by their UID.
	settling *recent.Memory[types.UID, struct{}]
	clock    clock.PassiveClock
}

// ReconcileKind makes one pass over a run.
func (r *Reconciler) ReconcileKind(ctx context.Context, pr *v1.PipelineRun) pkgreconciler.Event {
	if !pr.IsManagedHere() || pr.DeletionTimestamp != nil || r.written.Outdated(pr) {
		return nil
	}
	cfg := config.FromContextOrDefaults(ctx)
	seen, err := r.observe(ctx, cfg, pr)
	if err != nil {
		return err
	}
	next, err := r.next(ctx, &seen)
	if err != nil {
		return err
	}
	refused := r.carryOut(ctx, cfg, pr, next.Actions)
	if len(refused) > 0 {
		next = plan.Amend(seen, next, refused)
	}
	return r.report(ctx, pr, next)
}

// next asks the planner, and looks up what it wants to know, until there is an answer.
func (r *Reconciler) next(ctx context.Context, seen *plan.Seen) (plan.Step, error) {
	for range rounds {
		next := plan.Next(*seen)
		if next.Wants.Empty() {
			return next, nil
		}
		if err := r.lookUp(ctx, seen, next.Wants); err != nil {
			return plan.Step{}, err
		}
	}
	return plan.Step{}, fmt.Errorf("planning PipelineRun %s/%s: more than %d rounds of look-ups", seen.PipelineRun.Namespace, seen.PipelineRun.Name, rounds)
}

// report writes the status, then records events, so that a refused write does not repeat them, then writes additional
// labels and annotations, and turns what is left into a verdict for the work queue.
func (r *Reconciler) report(ctx context.Context, pr *v1.PipelineRun, next plan.Step) error {
	if next.Failure == nil && r.settling.Has(pr.UID) && onlyProgress(pr.Status, next.Status) {
		if again := r.clock.Now().Add(settle); next.WakeAt.IsZero() || again.Before(next.WakeAt) {
			next.WakeAt = again
		}
		return verdict(next, r.clock)
	}
	recorder := controller.GetEventRecorder(ctx)
	client := r.client.TektonV1().PipelineRuns(pr.Namespace)
	desired := pr.DeepCopy()
	desired.Status = next.Status
	stored, err := write.Status(ctx, client, pr, desired, statusOf)
	if err != nil {
		return fmt.Errorf("writing status of PipelineRun %s/%s: %w", pr.Namespace, pr.Name, err)
	}
	if stored.ResourceVersion != pr.ResourceVersion {
		r.written.Note(stored)
		r.settling.Add(pr.UID, struct{}{})
	}
	for _, e := range next.Events {
		recorder.Event(pr, e.Type, e.Reason, e.Message)
	}
	if err := write.Metadata(ctx, noting{client, &r.written}, pr, next.Labels, next.Annotations); err != nil {
		recorder.Event(pr, corev1.EventTypeWarning, "Error", err.Error())
		return err
	}
	return verdict(next, r.clock)
}

// noting remembers the version that a patch makes.
type noting struct {
	write.PatchClient[*v1.PipelineRun]
	versions *write.Versions
}

// Patch implements write.PatchClient.
func (n noting) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, sub ...string) (*v1.PipelineRun, error) {
	stored, err := n.PatchClient.Patch(ctx, name, pt, data, opts, sub...)
	if err == nil {
		n.versions.Note(stored)
	}
	return stored, err
}

// ObserveDeletion forgets a PipelineRun that is gone.
func (r *Reconciler) ObserveDeletion(_ context.Context, key types.NamespacedName) error {
	r.written.Forget(key)
	return nil
}

func statusOf(pr *v1.PipelineRun) *v1.PipelineRunStatus { return &pr.Status }

// verdict is nil if the run is looked at again only when something changes, an error that asks for another look at
// WakeAt, or the failure of the pass, which is tried again unless it is recorded as the end of the run.
func verdict(next plan.Step, clock clock.PassiveClock) error {
	switch {
	case next.Failure != nil && next.Failure.Class == failure.Transient:
		return errors.New(next.Failure.Message())
	case next.Failure != nil && next.Failure.Final():
		return controller.NewPermanentError(errors.New(next.Failure.Message()))
	case !next.WakeAt.IsZero():
		return controller.NewRequeueAfter(max(next.WakeAt.Sub(clock.Now()), 0))
	default:
		return nil
	}
}
