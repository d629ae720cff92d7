// Package pipelinerun keeps PipelineRuns moving. It observes a run and its children, asks [plan.Next] what to do, carries
// that out and reports it. Everything that is decided is decided there; this package only reads and writes.
package pipelinerun

import (
	"context"
	"time"

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
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/observer"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/tracing"
	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/when"
)

// definitions fetches what runs refer to. It is used by many goroutines.
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
	recent      *recent.Memory[metav1.Object]
	observers   []observer.PipelineRuns
	traces      *tracing.Provider
	clock       clock.PassiveClock
	// enqueueAfter asks for another pass over a run.
	enqueueAfter func(key types.NamespacedName, delay time.Duration)
}

// ReconcileKind makes one pass over a run.
func (r *Reconciler) ReconcileKind(ctx context.Context, pr *v1.PipelineRun) pkgreconciler.Event {
	if !pr.IsManagedHere() || pr.DeletionTimestamp != nil {
		return nil
	}
	if wait, outdated := r.recent.Outdated(pr); outdated {
		return controller.NewRequeueAfter(wait)
	}
	carrier := r.traces.PipelineRunContext(ctx, pr)
	ctx, ended := r.traces.PipelineRunPass(ctx, pr, carrier)
	err := panics.Catch(ctx, func() error { return r.pass(ctx, pr, carrier) })
	if defect, ok := panics.As(err); ok {
		err = r.end(ctx, pr, defect)
	}
	return ended(err)
}

func (r *Reconciler) pass(ctx context.Context, pr *v1.PipelineRun, carrier map[string]string) error {
	r.retell(ctx, pr)
	cfg := config.FromContextOrDefaults(ctx)
	seen := r.observe(ctx, cfg, pr)
	seen.SpanContext = carrier
	if len(carrier) > 0 {
		ctx = tracing.WithChildren(ctx, func() runtrace.Children { return tracedChildren(seen.Children) })
	}
	reconciling, end := span.Look(ctx, span.Reconcile)
	next, err := passes.PipelineRun(reconciling, &seen, r.lookUp)
	if err != nil {
		end(err)
		return err
	}
	refused := r.carryOut(reconciling, cfg, pr, next.Actions)
	end(firstOf(refused))
	if len(refused) > 0 {
		next = plan.Amend(seen, next, refused)
	} else if pr.IsDone() && claimsGone(seen.Claims) {
		r.recent.CleanedUp(pr.UID)
	}
	return r.report(ctx, pr, next)
}
