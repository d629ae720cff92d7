package pipelinerun

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/reconciler/recorder"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
)

// report writes labels and annotations, then the status, then records events, so that a refused write does not repeat them, and
// turns what is left into an answer for the work queue.
func (r *Reconciler) report(ctx context.Context, pr *v1.PipelineRun, next plan.Step) error {
	if r.canWait(pr, next) {
		if again := r.clock.Now().Add(recent.Pause); next.WakeAt.IsZero() || again.Before(next.WakeAt) {
			next.WakeAt = again
		}
		return r.answer(pr, next)
	}
	change := write.Change[v1.PipelineRunStatus]{Labels: next.Labels, Annotations: next.Annotations, Status: next.Status}
	stored, err := write.Object(ctx, r.client.TektonV1().PipelineRuns(pr.Namespace), pr, change, statusOf)
	var unlabelled *write.MetadataError
	if errors.As(err, &unlabelled) {
		r.tell(ctx, pr, plan.Event{Type: corev1.EventTypeWarning, Reason: "Error", Message: err.Error()})
		if !unlabelled.ForGood() {
			return r.retry(pr, next.WakeAt, errors.Join(err, r.reportStart(ctx, pr, next)))
		}
		logging.FromContext(ctx).Warnw("labels and annotations were refused", "error", err)
		err = nil
	}
	if err != nil {
		return r.retry(pr, next.WakeAt, fmt.Errorf("reporting on PipelineRun %s/%s: %w", pr.Namespace, pr.Name, err))
	}
	r.wrote(ctx, pr, stored)
	r.tell(ctx, pr, next.Events...)
	return r.answer(pr, next)
}

// tell records events about a run, and remembers that it did.
func (r *Reconciler) tell(ctx context.Context, pr *v1.PipelineRun, events ...plan.Event) {
	recorder := controller.GetEventRecorder(ctx)
	for _, e := range events {
		recorder.Event(pr, e.Type, e.Reason, e.Message)
		r.recent.Told(pr.UID, e.Reason)
	}
}

// retell makes up for events that an earlier process may have been killed before.
func (r *Reconciler) retell(ctx context.Context, pr *v1.PipelineRun) {
	recorder.Retell(controller.GetEventRecorder(ctx), r.recent, r.clock.Now(), recorder.Run{
		Object: pr, Succeeded: pr.Status.GetCondition(apis.ConditionSucceeded), Start: pr.Status.StartTime, End: pr.Status.CompletionTime,
	})
}

// end fails a run because the controller has a defect that it brings to light. Its children are stopped by the passes that follow.
func (r *Reconciler) end(ctx context.Context, pr *v1.PipelineRun, defect *panics.Error) error {
	if pr.IsDone() {
		return controller.NewPermanentError(defect)
	}
	now := metav1.NewTime(r.clock.Now())
	next := plan.Step{Status: *pr.Status.DeepCopy(), Failure: failure.Invalidf(panics.Reason, "%w", defect)}
	if next.Status.StartTime == nil {
		next.Status.StartTime = &now
	}
	next.Status.CompletionTime = &now
	next.Status.SetCondition(apis.Condition{
		Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: panics.Reason, Message: next.Failure.Message(),
	}, now.Time)
	next.Events = []plan.Event{{Type: corev1.EventTypeWarning, Reason: "Failed", Message: next.Failure.Message()}}
	return r.report(ctx, pr, next)
}

// canWait tells whether the report says nothing new but how far the run has come, so soon after the last one that it can wait.
func (r *Reconciler) canWait(pr *v1.PipelineRun, next plan.Step) bool {
	return next.Failure == nil && len(next.Labels)+len(next.Annotations) == 0 &&
		r.recent.JustReported(pr.UID) && onlyProgress(pr.Status, next.Status)
}

// reportStart writes that a run has started while nothing else about it can be written: its timeouts count from there. It leaves out
// what later passes would take for the whole of an earlier decision.
func (r *Reconciler) reportStart(ctx context.Context, pr *v1.PipelineRun, next plan.Step) error {
	if pr.HasStarted() || next.Status.StartTime == nil {
		return nil
	}
	started := pr.DeepCopy()
	started.Status.StartTime, started.Status.SpanContext = next.Status.StartTime, next.Status.SpanContext
	started.Status.SetCondition(apis.Condition{
		Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: v1.PipelineRunReasonStarted.String(),
	}, r.clock.Now())
	stored, err := write.Status(ctx, r.client.TektonV1().PipelineRuns(pr.Namespace), pr, started, statusOf)
	if err != nil {
		return fmt.Errorf("writing the start of PipelineRun %s/%s: %w", pr.Namespace, pr.Name, err)
	}
	r.wrote(ctx, pr, stored)
	isStart := func(e plan.Event) bool { return e.Reason == v1.PipelineRunReasonStarted.String() }
	if i := slices.IndexFunc(next.Events, isStart); i >= 0 {
		r.tell(ctx, pr, next.Events[i])
	}
	return nil
}

// wrote remembers what was written, if anything was, and tells the observers.
func (r *Reconciler) wrote(ctx context.Context, before, stored *v1.PipelineRun) {
	if stored.ResourceVersion == before.ResourceVersion {
		return
	}
	r.recent.Wrote(stored)
	r.recent.Reported(stored.UID)
	decisionlog.Change(ctx, stored, stored.Labels[pipeline.PipelineTaskLabelKey],
		before.Status.GetCondition(apis.ConditionSucceeded), stored.Status.GetCondition(apis.ConditionSucceeded))
	r.traces.PipelineRunWritten(ctx, before, stored)
	for _, o := range r.observers {
		o.PipelineRunWritten(ctx, before, stored)
	}
}

func statusOf(pr *v1.PipelineRun) *v1.PipelineRunStatus { return &pr.Status }

// answer tells the work queue how to go on with the run: nil if it is looked at again only when something changes, an error that asks
// for another pass at WakeAt, or the failure of the pass, which is tried again unless it is recorded as the end of the run.
func (r *Reconciler) answer(pr *v1.PipelineRun, next plan.Step) error {
	switch {
	case next.Failure != nil && next.Failure.Class == failure.Transient:
		return r.retry(pr, next.WakeAt, next.Failure)
	case next.Failure != nil && next.Failure.Final():
		return controller.NewPermanentError(next.Failure)
	case !next.WakeAt.IsZero():
		return controller.NewRequeueAfter(r.until(next.WakeAt))
	default:
		return nil
	}
}

// retry returns the error of a pass for the work queue, which tries again after a while that gets longer each time. That may be too
// late for what was planned, so the run is looked at at that time as well.
func (r *Reconciler) retry(pr *v1.PipelineRun, wakeAt time.Time, err error) error {
	if !wakeAt.IsZero() {
		r.enqueueAfter(types.NamespacedName{Namespace: pr.Namespace, Name: pr.Name}, r.until(wakeAt))
	}
	return err
}

// until returns how long it is until then, zero for the past.
func (r *Reconciler) until(then time.Time) time.Duration { return max(then.Sub(r.clock.Now()), 0) }
