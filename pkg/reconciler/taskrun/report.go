package taskrun

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/write"
	"github.com/tenon-ci/tenon/pkg/taskplan"
)

// report writes labels, annotations and status, records the events, and turns what is left into a verdict for the work queue.
func (r *Reconciler) report(ctx context.Context, tr *v1.TaskRun, next taskplan.Step) error {
	if err := r.write(ctx, tr, next); err != nil {
		return r.again(ctx, tr, next, err)
	}
	recorder := controller.GetEventRecorder(ctx)
	for _, e := range next.Events {
		recorder.Event(tr, e.Type, e.Reason, e.Message)
	}
	return r.verdict(ctx, tr, next)
}

// write puts the decision into the TaskRun. Labels and annotations go first: what a run inherits from its Task is known only in
// the pass in which the Task is stored.
func (r *Reconciler) write(ctx context.Context, tr *v1.TaskRun, next taskplan.Step) error {
	client := r.client.TektonV1().TaskRuns(tr.Namespace)
	desired := tr.DeepCopy()
	patcher := &recording{client: client}
	if err := write.Metadata(ctx, patcher, tr, next.Labels, next.Annotations); err != nil {
		controller.GetEventRecorder(ctx).Event(tr, corev1.EventTypeWarning, "Error", err.Error())
		if !refusedForGood(err) {
			return err
		}
		logging.FromContext(ctx).Warnw("labels and annotations were refused", "error", err)
	}
	if stored := patcher.stored; stored != nil {
		if !equality.Semantic.DeepEqual(stored.Status, tr.Status) {
			return apierrors.NewConflict(pipeline.TaskRunResource, tr.Name, errors.New("the decision was made on a status that is outdated"))
		}
		desired = stored
		r.written.Note(stored)
	}
	desired.Status = next.Status
	stored, err := write.Status(ctx, client, tr, desired, statusOf)
	if err != nil {
		return fmt.Errorf("writing status of TaskRun %s/%s: %w", tr.Namespace, tr.Name, err)
	}
	if stored.ResourceVersion != tr.ResourceVersion {
		r.written.Note(stored)
	}
	return nil
}

func statusOf(tr *v1.TaskRun) *v1.TaskRunStatus { return &tr.Status }

// recording remembers what a patch has made of the TaskRun.
type recording struct {
	client write.PatchClient[*v1.TaskRun]
	stored *v1.TaskRun
}

// Patch implements write.PatchClient.
func (r *recording) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, sub ...string) (*v1.TaskRun, error) {
	stored, err := r.client.Patch(ctx, name, pt, data, opts, sub...)
	if err == nil {
		r.stored = stored
	}
	return stored, err
}

// refusedForGood tells whether writing the same again is useless.
func refusedForGood(err error) bool {
	switch apierror.Classify(err) {
	case apierror.Invalid, apierror.Forbidden, apierror.Policy:
		return true
	default:
		return false
	}
}

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
