package metrics

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/timing"
)

// phaseBounds are finer than those of whole runs: what one waits for is often short.
var phaseBounds = []float64{1, 2, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 10800, 43200}

// recorder records what reconcilers wrote. One goroutine uses it.
type recorder struct {
	attempts  attempts
	durations *atomic.Pointer[durations]

	taskRuns, pipelineRuns               metric.Int64Counter
	taskRunOutcomes, pipelineRunOutcomes metric.Int64Counter
	phases                               metric.Float64Histogram
	cicd                                 conventional
	cicdNames                            *conventionalNames
}

func newRecorder(meter metric.Meter, current *atomic.Pointer[durations]) (*recorder, error) {
	r := &recorder{attempts: attempts{}, durations: current, cicdNames: &conventionalNames{durations: current}}
	var errs []error
	for _, c := range []struct {
		target *metric.Int64Counter
		entry  Entry
	}{
		{&r.taskRuns, taskRunTotal},
		{&r.pipelineRuns, pipelineRunTotal},
		{&r.taskRunOutcomes, taskRunOutcome},
		{&r.pipelineRunOutcomes, pipelineRunOutcome},
	} {
		counter, err := meter.Int64Counter(c.entry.instrument, metric.WithDescription(c.entry.Description))
		*c.target, errs = counter, append(errs, err)
	}
	phases, err := meter.Float64Histogram(phaseDuration.instrument, metric.WithDescription(phaseDuration.Description),
		metric.WithUnit(phaseDuration.Unit), metric.WithExplicitBucketBoundaries(phaseBounds...))
	r.phases = phases
	errs = append(errs, err, r.cicd.make(meter))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("making metrics of runs: %w", err)
	}
	return r, nil
}

func (r *recorder) record(ctx context.Context, w write) {
	switch {
	case w.gone != "":
		delete(r.attempts, w.gone)
	case w.taskRun != nil:
		r.taskRunWritten(ctx, w)
	case w.pipelineRun != nil:
		r.pipelineRunDone(ctx, w.pipelineRun)
	}
}

func (r *recorder) taskRunWritten(ctx context.Context, w write) {
	marks, bound := r.attempts.see(w)
	if bound {
		r.durations.Load().ofPod(ctx, w.taskRun, w.pod)
	}
	if !w.taskRun.IsDone() {
		return
	}
	end := taskRunOutcomeOf(w.taskRun)
	r.durations.Load().ofTaskRun(ctx, w.taskRun, end)
	r.taskRuns.Add(ctx, 1, with(labelStatus, end.status))
	r.taskRunOutcomes.Add(ctx, 1, with(labelReason, end.reason))
	for _, phase := range marks.Of(w.taskRun, w.pod) {
		r.phases.Record(ctx, phase.Duration().Seconds(), with(labelPhase, phase.Name))
	}
	if parentName(w.taskRun) != "" {
		r.cicd.pipelineErrors(ctx, r.cicdNames.admit(pipelineNameOfTaskRun(w.taskRun)), end)
	}
	r.cicd.systemErrors(ctx, componentTaskRun, end)
}

func (r *recorder) pipelineRunDone(ctx context.Context, pr *v1.PipelineRun) {
	end := pipelineRunOutcomeOf(pr)
	r.durations.Load().ofPipelineRun(ctx, pr, end)
	r.pipelineRuns.Add(ctx, 1, with(labelStatus, end.status))
	r.pipelineRunOutcomes.Add(ctx, 1, with(labelReason, end.reason))
	name := r.cicdNames.admit(pipelineName(pr))
	r.cicd.states(ctx, pr, name, end)
	if end.reason != string(v1.PipelineRunReasonFailed) { // it failed because of TaskRuns, which are errors of their own
		r.cicd.pipelineErrors(ctx, name, end)
	}
	r.cicd.systemErrors(ctx, componentPipelineRun, end)
}

func with(key, value string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(key, value)))
}

// attempts has what is known of the attempts of TaskRuns that are not done.
type attempts map[types.UID]attempt

type attempt struct {
	number int
	marks  timing.Marks
	// pod is that whose latency was recorded.
	pod types.UID
}

// see notes what a write shows. It returns the marks of the attempt, and whether it is the first to show the pod on its node.
func (a attempts) see(w write) (marks timing.Marks, bound bool) {
	tr, pod := w.taskRun, w.pod
	now, known := a[tr.UID]
	if number := len(tr.Status.RetriesStatus); number != now.number {
		now = attempt{number: number}
	}
	if pod != nil && !timing.Scheduled(pod).IsZero() && now.pod != pod.UID {
		// After a restart, what an earlier process recorded is not recorded again.
		bound = known || !w.bound
		now.pod, now.marks.SandboxReady = pod.UID, time.Time{}
	}
	now.marks = now.marks.See(tr, pod)
	if tr.IsDone() {
		delete(a, tr.UID)
	} else {
		a[tr.UID] = now
	}
	return now.marks, bound
}
