package taskrun

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog"
	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
	"github.com/tenon-ci/tenon/pkg/reconciler/recorder"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// report writes labels, annotations and status, records the events, and turns what is left into a verdict for the work queue.
func (r *Reconciler) report(ctx context.Context, tr *v1.TaskRun, next taskplan.Step) error {
	if err := r.write(ctx, tr, next); err != nil {
		return r.again(ctx, tr, next, err)
	}
	for _, e := range next.Events {
		controller.GetEventRecorder(ctx).Event(tr, e.Type, e.Reason, e.Message)
		r.recent.Told(tr.UID, e.Reason)
	}
	return r.verdict(ctx, tr, next)
}

// write puts the decision into the TaskRun.
func (r *Reconciler) write(ctx context.Context, tr *v1.TaskRun, next taskplan.Step) error {
	change := write.Change[v1.TaskRunStatus]{Labels: next.Labels, Annotations: next.Annotations, Status: next.Status}
	stored, err := write.Object(ctx, r.client.TektonV1().TaskRuns(tr.Namespace), tr, change, statusOf)
	var unlabelled *write.MetadataError
	if errors.As(err, &unlabelled) {
		controller.GetEventRecorder(ctx).Event(tr, corev1.EventTypeWarning, "Error", err.Error())
		if unlabelled.ForGood() {
			logging.FromContext(ctx).Warnw("labels and annotations were refused", "error", err)
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("reporting on TaskRun %s/%s: %w", tr.Namespace, tr.Name, err)
	}
	if stored.ResourceVersion != tr.ResourceVersion {
		r.recent.Wrote(stored)
		decisionlog.Change(ctx, stored, stored.Labels[pipeline.PipelineTaskLabelKey],
			tr.Status.GetCondition(apis.ConditionSucceeded), stored.Status.GetCondition(apis.ConditionSucceeded))
		r.tellObservers(ctx, tr, stored)
	}
	return nil
}

func (r *Reconciler) tellObservers(ctx context.Context, before, after *v1.TaskRun) {
	if len(r.options.Observers) == 0 && r.options.Traces == nil {
		return
	}
	pod := r.pods.of(after)
	r.options.Traces.TaskRunWritten(ctx, before, after, pod)
	for _, o := range r.options.Observers {
		o.TaskRunWritten(ctx, before, after, pod)
	}
}

// retell makes up for events that an earlier process may have been killed before.
func (r *Reconciler) retell(ctx context.Context, tr *v1.TaskRun) {
	recorder.Retell(controller.GetEventRecorder(ctx), r.recent, r.options.Clock.Now(), recorder.Run{
		Object: tr, Succeeded: tr.Status.GetCondition(apis.ConditionSucceeded), Start: tr.Status.StartTime, End: tr.Status.CompletionTime,
	})
}

// end fails a run because the controller has a defect that it brings to light, and deletes its pod, which nobody would look after.
func (r *Reconciler) end(ctx context.Context, tr *v1.TaskRun, defect *panics.Error) error {
	if tr.IsDone() {
		return controller.NewPermanentError(defect)
	}
	now := metav1.NewTime(r.options.Clock.Now())
	status := *tr.Status.DeepCopy()
	if status.StartTime == nil {
		status.StartTime = &now
	}
	status.CompletionTime = &now
	status.SetCondition(apis.Condition{
		Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: panics.Reason, Message: defect.Error(),
	}, now.Time)
	if pod := r.pods.of(tr); pod != nil {
		refused := r.carryOut(ctx, config.FromContextOrDefaults(ctx), tr, []taskplan.Action{taskplan.DeletePod{Name: pod.Name}})
		if len(refused) > 0 {
			return fmt.Errorf("deleting pod %s/%s: %w", tr.Namespace, pod.Name, refused[0].Err)
		}
	}
	failed := taskplan.Event{Type: corev1.EventTypeWarning, Reason: "Failed", Message: defect.Error()}
	if err := r.report(ctx, tr, taskplan.Step{Status: status, Events: []taskplan.Event{failed}}); err != nil {
		return err
	}
	return controller.NewPermanentError(defect)
}

func statusOf(tr *v1.TaskRun) *v1.TaskRunStatus { return &tr.Status }

// verdict is nil if the run is looked at again only when something changes, and else an error that makes the queue try again: at
// the time that was planned, or with rate limit.
func (r *Reconciler) verdict(ctx context.Context, tr *v1.TaskRun, next taskplan.Step) error {
	switch {
	case next.Failure != nil:
		return r.again(ctx, tr, next, next.Failure)
	case next.WakeAt.IsZero():
		return nil
	}
	return controller.NewRequeueAfter(r.until(next.WakeAt))
}

// again returns err, which makes the queue try again with rate limit, and sees to it that this is not later than what was planned.
func (r *Reconciler) again(ctx context.Context, tr *v1.TaskRun, next taskplan.Step, err error) error {
	if !next.WakeAt.IsZero() {
		delay := r.until(next.WakeAt)
		r.enqueueAfter(keyOf(tr), delay)
		logging.FromContext(ctx).Debugw("looking again, at the latest as planned", "delay", delay)
	}
	return err
}

func (r *Reconciler) until(at time.Time) time.Duration { return max(at.Sub(r.options.Clock.Now()), 0) }
