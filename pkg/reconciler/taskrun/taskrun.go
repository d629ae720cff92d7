// Package taskrun keeps TaskRuns moving. It observes a run and its pod, asks [taskplan.Next] what to do, carries that out and reports
// it. Everything that is decided is decided there; this package only reads and writes.
package taskrun

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"knative.dev/pkg/controller"
	pkgreconciler "knative.dev/pkg/reconciler"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	clientset "github.com/tenon-ci/tenon/pkg/client/clientset/versioned"
	"github.com/tenon-ci/tenon/pkg/definition"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
	"github.com/tenon-ci/tenon/pkg/passes"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
	"github.com/tenon-ci/tenon/pkg/resolve"
	"github.com/tenon-ci/tenon/pkg/resultlog"
	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// ImageFinder finds out about container images.
type ImageFinder interface {
	// Ask tells what is known without waiting, and calls wake when more is.
	Ask(ctx context.Context, req registry.Request, wake func()) registry.Answer
}

// Reconciler reconciles TaskRuns.
type Reconciler struct {
	client         clientset.Interface
	kube           kubernetes.Interface
	pods           podCache
	events         podEvents
	logs           resultlog.Opener
	definitions    *resolve.Resolver
	accounts       accounts
	limitRanges    corelisters.LimitRangeLister
	options        Options
	injected       injections
	unordered      *kinds
	recent         *recent.Memory[*corev1.Pod]
	nativeSidecars func() bool
	enqueueAfter   func(key types.NamespacedName, delay time.Duration)
}

// ReconcileKind makes one pass over a run.
func (r *Reconciler) ReconcileKind(ctx context.Context, tr *v1.TaskRun) pkgreconciler.Event {
	if !tr.IsManagedHere() || tr.DeletionTimestamp != nil {
		return nil
	}
	if wait, outdated := r.recent.Outdated(tr); outdated {
		return controller.NewRequeueAfter(wait)
	}
	carrier := r.options.Traces.TaskRunContext(ctx, tr)
	ctx, ended := r.options.Traces.TaskRunPass(ctx, tr, carrier)
	err := panics.Catch(ctx, func() error { return r.pass(ctx, tr, carrier) })
	if defect, ok := panics.As(err); ok {
		err = r.end(ctx, tr, defect)
	}
	if err == nil {
		err = r.ObserveKind(ctx, tr)
	}
	return ended(err)
}

// ObserveKind is what a replica does that does not lead: it keeps no more of runs that are done than the one that does.
func (r *Reconciler) ObserveKind(_ context.Context, tr *v1.TaskRun) pkgreconciler.Event {
	if tr.IsDone() {
		r.pods.leave(tr)
	}
	return nil
}

func (r *Reconciler) pass(ctx context.Context, tr *v1.TaskRun, carrier map[string]string) error {
	r.retell(ctx, tr)
	seen := taskplan.Seen{
		TaskRun: tr, SpanContext: carrier,
		Now:      r.options.Clock.Now(),
		Config:   config.FromContextOrDefaults(ctx),
		Release:  r.options.Release,
		NopImage: r.options.NopImage, HelperImages: r.options.Images,
		Pod: r.pods.of(tr),
	}
	seen.Cause = r.events.of(seen.Pod)
	preparing, end := span.Look(ctx, span.Prepare)
	next, err := passes.TaskRun(preparing, &seen, lookUps{r})
	end(err)
	if err != nil {
		return err
	}
	if cached.IsCut(tr) && changes(tr, next) {
		return r.passOnWhole(ctx, tr, carrier)
	}
	reconciling, end := span.Look(ctx, span.Reconcile)
	refused := r.carryOut(reconciling, seen.Config, tr, next.Actions)
	end(firstOf(refused))
	if len(refused) > 0 {
		next = taskplan.Amend(seen, next, refused)
	}
	return r.report(ctx, tr, next)
}

// changes tells whether something is to be written into a run.
func changes(tr *v1.TaskRun, next taskplan.Step) bool {
	return len(next.Labels)+len(next.Annotations) > 0 || !write.Equal(tr.Status, next.Status)
}

// passOnWhole makes the pass over a run of which the cache has a part only. It is rare: the end of a sidecar is noted after that of the
// run.
func (r *Reconciler) passOnWhole(ctx context.Context, tr *v1.TaskRun, carrier map[string]string) error {
	whole, err := r.client.TektonV1().TaskRuns(tr.Namespace).Get(ctx, tr.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err), err == nil && whole.UID != tr.UID:
		return nil
	case err != nil:
		return fmt.Errorf("reading TaskRun %s/%s: %w", tr.Namespace, tr.Name, err)
	}
	return r.pass(ctx, whole, carrier)
}

// lookUps implements passes.TaskLookUps.
type lookUps struct{ *Reconciler }

// Task implements passes.TaskLookUps.
func (r lookUps) Task(ctx context.Context, seen *taskplan.Seen, order *taskplan.TaskOrder) *taskplan.Task {
	return definition.OfTaskRun(ctx, r.definitions, seen, order)
}

// Parts implements passes.TaskLookUps.
func (r lookUps) Parts(ctx context.Context, seen *taskplan.Seen, order *taskplan.PartsOrder) *taskplan.Parts {
	return r.parts(ctx, seen, order)
}

// Cause implements passes.TaskLookUps.
func (r lookUps) Cause(ctx context.Context, seen *taskplan.Seen) *taskplan.Cause {
	return r.events.look(ctx, seen.Pod)
}

// Log implements passes.TaskLookUps.
func (r lookUps) Log(ctx context.Context, seen *taskplan.Seen) *taskplan.ResultLog {
	return r.logs.Read(ctx, seen.Pod, seen.Config.FeatureFlags.MaxResultSize)
}

func keyOf(tr *v1.TaskRun) types.NamespacedName {
	return types.NamespacedName{Namespace: tr.Namespace, Name: tr.Name}
}
