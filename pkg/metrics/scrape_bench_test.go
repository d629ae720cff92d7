package metrics

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// BenchmarkScrape is a request for /metrics after 10,000 PipelineRuns and as many TaskRuns have ended, while as many of each run, of 100
// Pipelines and Tasks in 20 namespaces.
func BenchmarkScrape(b *testing.B) {
	h := newHarness(b, nil)
	for i := range many {
		run := pipelineRun(fmt.Sprint("run-", i), corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, 62)
		tr := child("release", taskRun(fmt.Sprint("task-", i), corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 41))
		run.Namespace, tr.Namespace = fmt.Sprint("ns-", i%20), fmt.Sprint("ns-", i%20)
		run.Spec.PipelineRef.Name, tr.Spec.TaskRef.Name = fmt.Sprint("pipeline-", i%100), fmt.Sprint("task-", i%100)
		h.ended(run, tr)
		active := pipelineRun(fmt.Sprint("active-", i), corev1.ConditionUnknown, v1.PipelineRunReasonRunning, 5)
		active.Namespace, active.Spec = run.Namespace, run.Spec
		h.pipelineRuns.OnAdd(active, true)
		h.taskRuns.OnAdd(taskRun(fmt.Sprint("active-", i), corev1.ConditionUnknown, v1.TaskRunReasonRunning, 5), true)
	}
	serve := promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{})
	var size int
	for b.Loop() {
		w := httptest.NewRecorder()
		serve.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		size = w.Body.Len()
	}
	b.ReportMetric(float64(size), "bytes")
	b.ReportMetric(float64(h.series(b)), "series")
}

// BenchmarkWritten is what a pass pays for the end of a TaskRun.
func BenchmarkWritten(b *testing.B) {
	h := newHarness(b, nil)
	before, after := taskRun("a", "", "", 0), taskRun("a", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 21)
	for b.Loop() {
		h.TaskRunWritten(b.Context(), before, after, nil)
		<-h.queue
	}
}

// BenchmarkRecord is what the worker pays for it.
func BenchmarkRecord(b *testing.B) {
	h := newHarness(b, nil)
	w := write{taskRun: child("release", taskRun("a", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 21))}
	for b.Loop() {
		h.recorder.record(b.Context(), w)
	}
}
