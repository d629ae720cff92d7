package metrics

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/otlptranslator"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

var epoch = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

func at(second int) metav1.Time {
	return metav1.NewTime(epoch.Add(time.Duration(second) * time.Second))
}

func ref(second int) *metav1.Time {
	t := at(second)
	return &t
}

// harness has metrics that a test scrapes, and records what they are told without a goroutine.
type harness struct {
	*Metrics
	recorder               *recorder
	registry               *prometheus.Registry
	taskRuns, pipelineRuns cache.ResourceEventHandler
}

func newHarness(t testing.TB, data map[string]string) *harness {
	t.Helper()
	h := &harness{Metrics: New(), registry: prometheus.NewRegistry()}
	exporter, err := otelprom.New(otelprom.WithRegisterer(h.registry), otelprom.WithoutTargetInfo(),
		otelprom.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithResource(resource.Empty()))
	if h.recorder, err = h.prepare(provider, h.registry); err != nil {
		t.Fatal(err)
	}
	h.set(t, data)
	h.taskRuns, h.pipelineRuns = h.taskRunHandler(), h.pipelineRunHandler()
	return h
}

func (h *harness) set(t testing.TB, data map[string]string) {
	t.Helper()
	settings, err := config.NewObservabilityFromMap(data)
	if err == nil {
		err = h.configure(settings)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// drain records what waits.
func (h *harness) drain() {
	for len(h.queue) > 0 {
		h.recorder.record(context.Background(), <-h.queue)
	}
}

// ended tells of the end of a run that was not done before.
func (h *harness) ended(runs ...any) {
	for _, run := range runs {
		switch run := run.(type) {
		case *v1.TaskRun:
			before := run.DeepCopy()
			before.Status.Conditions = nil
			h.TaskRunWritten(context.Background(), before, run, nil)
		case *v1.PipelineRun:
			before := run.DeepCopy()
			before.Status.Conditions = nil
			h.PipelineRunWritten(context.Background(), before, run)
		}
		h.drain()
	}
}

// scrape returns what Prometheus would be served.
func (h *harness) scrape(t testing.TB) string {
	t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&out, family); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// lines returns the lines of a scrape that contain a text, without the labels of the scope.
func (h *harness) lines(t testing.TB, with string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(h.scrape(t)) {
		if strings.Contains(line, with) && !strings.HasPrefix(line, "#") {
			out = append(out, withoutScope(strings.TrimSpace(line)))
		}
	}
	return out
}

func withoutScope(line string) string {
	for _, label := range []string{
		`otel_scope_name="` + scope + `"`, `otel_scope_schema_url=""`, `otel_scope_version=""`,
	} {
		line = strings.Replace(strings.Replace(line, ","+label, "", 1), label+",", "", 1)
		line = strings.Replace(line, "{"+label+"}", "", 1)
	}
	return line
}

func (h *harness) series(t testing.TB) int {
	t.Helper()
	n := 0
	for line := range strings.Lines(h.scrape(t)) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}

// taskRun is a TaskRun that refers to Task build, started at 1 and has that condition.
func taskRun(name string, status corev1.ConditionStatus, reason v1.TaskRunReason, end int) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: name, UID: types.UID(name), CreationTimestamp: at(0)}}
	tr.Spec.TaskRef = &v1.TaskRef{Name: "build"}
	tr.Status.StartTime = ref(1)
	if status != "" {
		tr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: status, Reason: reason.String()}, at(end).Time)
	}
	if status != corev1.ConditionUnknown && status != "" {
		tr.Status.CompletionTime = ref(end)
	}
	return tr
}

// child is a TaskRun of PipelineRun <pipeline>-1.
func child(ofPipeline string, tr *v1.TaskRun) *v1.TaskRun {
	tr.Labels = map[string]string{
		pipeline.PipelineLabelKey: ofPipeline, pipeline.PipelineRunLabelKey: ofPipeline + "-1", pipeline.PipelineTaskLabelKey: "compile",
	}
	return tr
}

func pipelineRun(name string, status corev1.ConditionStatus, reason v1.PipelineRunReason, end int) *v1.PipelineRun {
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: name, UID: types.UID(name), CreationTimestamp: at(0)}}
	pr.Spec.PipelineRef = &v1.PipelineRef{Name: "release"}
	pr.Status.StartTime = ref(2)
	if status != "" {
		pr.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: status, Reason: reason.String()}, at(end).Time)
	}
	if status != corev1.ConditionUnknown && status != "" {
		pr.Status.CompletionTime = ref(end)
	}
	return pr
}

// podOf is the pod of a TaskRun, made at 3 and on a node since then, unless that is 0.
func podOf(tr *v1.TaskRun, scheduled int) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: tr.Name + "-pod", UID: tr.UID + "-pod", CreationTimestamp: at(3)}}
	if scheduled > 0 {
		pod.Status.Conditions = []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at(scheduled)},
			{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue, LastTransitionTime: at(scheduled + 2)},
		}
	}
	return pod
}

// everything lets each metric have a value.
func everything(h *harness) {
	ctx := context.Background()
	tr := taskRun("alone", corev1.ConditionUnknown, v1.TaskRunReasonPending, 1)
	done := taskRun("alone", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 41)
	pod := podOf(tr, 5)
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "step-a", State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{StartedAt: at(10), FinishedAt: at(40)},
	}}}
	done.Status.Steps = []v1.StepState{{ImageID: "i", ContainerState: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{StartedAt: at(12), FinishedAt: at(40)},
	}}}
	h.TaskRunWritten(ctx, tr, tr, pod)
	h.TaskRunWritten(ctx, tr, done, pod)
	h.TaskRunWritten(ctx, done, done, pod)
	h.drain()
	h.ended(
		child("release", taskRun("c1", corev1.ConditionFalse, v1.TaskRunReasonFailed, 100)),
		child("release", taskRun("c2", corev1.ConditionFalse, v1.TaskRunReasonCancelled, 50)),
		child("release", taskRun("c3", corev1.ConditionFalse, v1.TaskRunReasonPodEvicted, 50)),
		pipelineRun("p1", corev1.ConditionTrue, v1.PipelineRunReasonCompleted, 62),
		pipelineRun("p2", corev1.ConditionFalse, v1.PipelineRunReasonFailed, 62),
		pipelineRun("p3", corev1.ConditionFalse, v1.PipelineRunReasonCancelled, 62),
		pipelineRun("p4", corev1.ConditionFalse, "Custom", 62),
	)
	for i, reason := range []v1.TaskRunReason{
		v1.TaskRunReasonRunning, v1.TaskRunReasonResolvingTaskRef, v1.TaskRunReasonExceededResourceQuota, v1.TaskRunReasonExceededNodeResources,
	} {
		h.taskRuns.OnAdd(taskRun(fmt.Sprint("now-", i), corev1.ConditionUnknown, reason, 1), true)
	}
	for i, reason := range []v1.PipelineRunReason{
		v1.PipelineRunReasonRunning, v1.PipelineRunReasonResolvingPipelineRef, v1.PipelineRunReasonResolvingTaskRef, v1.PipelineRunReasonStoppedRunningFinally,
	} {
		h.pipelineRuns.OnAdd(pipelineRun(fmt.Sprint("now-", i), corev1.ConditionUnknown, reason, 1), true)
	}
}

// The golden file is what Prometheus sees: names, labels and values.
func TestScrape(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	everything(h)
	golden(t, "scrape.txt", h.scrape(t))
}

func TestScrapeWithAllLabels(t *testing.T) {
	t.Parallel()
	h := newHarness(t, map[string]string{
		config.KeyMetricsTaskRunLevel: "taskrun", config.KeyMetricsPipelineRunLevel: "pipelinerun", config.KeyMetricsRunningPipelineRunLevel: "pipelinerun",
		config.KeyMetricsTaskRunDurationType: "lastvalue", config.KeyMetricsPipelineRunDurationType: "lastvalue",
		config.KeyMetricsCountEnableReason: "", config.KeyMetricsThrottleEnableNamespace: "true",
	})
	everything(h)
	golden(t, "labels.txt", h.scrape(t))
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("what Prometheus sees (-want +got):\n%s", diff)
	}
}

// Each metric is described as Prometheus sees it, and no other is there.
func TestCatalog(t *testing.T) {
	t.Parallel()
	h := newHarness(t, map[string]string{
		config.KeyMetricsTaskRunLevel: "taskrun", config.KeyMetricsPipelineRunLevel: "pipelinerun", config.KeyMetricsRunningPipelineRunLevel: "pipelinerun",
		config.KeyMetricsCountEnableReason: "true", config.KeyMetricsThrottleEnableNamespace: "true",
	})
	everything(h)
	families, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	type shown struct {
		Type   string
		Help   string
		Labels map[string]bool
	}
	got, want := map[string]shown{}, map[string]shown{}
	for _, family := range families {
		s := shown{Type: strings.ToLower(family.GetType().String()), Help: family.GetHelp(), Labels: map[string]bool{}}
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if !strings.HasPrefix(label.GetName(), "otel_scope_") {
					s.Labels[label.GetName()] = true
				}
			}
		}
		got[family.GetName()] = s
	}
	for _, e := range Catalog() {
		s := shown{Type: string(e.Type), Help: e.Description, Labels: map[string]bool{}}
		if e.Type == HistogramOrGauge {
			s.Type = string(Histogram)
		}
		for _, label := range e.Labels {
			s.Labels[strings.Trim(label, "[]")] = true
		}
		want[e.Name] = s
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-described +shown):\n%s", diff)
	}
}

// An end is recorded once, and nothing else is one.
func TestOnlyEndsCount(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	running := taskRun("a", corev1.ConditionUnknown, v1.TaskRunReasonRunning, 5)
	retried := taskRun("a", corev1.ConditionUnknown, v1.TaskRunReasonToBeRetried, 9)
	retried.Status.RetriesStatus = []v1.TaskRunStatus{{}}
	done := taskRun("a", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 21)
	done.Status.RetriesStatus = retried.Status.RetriesStatus
	for _, write := range [][2]*v1.TaskRun{{running, running}, {running, retried}, {retried, running}, {running, done}, {done, done}} {
		h.TaskRunWritten(t.Context(), write[0], write[1], podOf(running, 4))
	}
	unstarted, started := pipelineRun("p", "", "", 0), pipelineRun("p", corev1.ConditionUnknown, v1.PipelineRunReasonRunning, 3)
	ended := pipelineRun("p", corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, 22)
	for _, write := range [][2]*v1.PipelineRun{{unstarted, started}, {started, started}, {started, ended}, {ended, ended}} {
		h.PipelineRunWritten(t.Context(), write[0], write[1])
	}
	h.drain()
	want := []string{
		`tekton_pipelines_controller_pipelinerun_total{status="success"} 1`,
		`tekton_pipelines_controller_taskrun_total{status="success"} 1`,
	}
	if diff := cmp.Diff(want, h.lines(t, "run_total{")); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
	if left := len(h.recorder.attempts); left != 0 {
		t.Errorf("%d TaskRuns that are done are remembered", left)
	}
}

// Each pod is recorded once, whatever else is written of it.
func TestPodLatency(t *testing.T) {
	t.Parallel()
	tr := taskRun("a", corev1.ConditionUnknown, v1.TaskRunReasonPending, 5)
	stepped := tr.DeepCopy()
	stepped.Status.PodName = "a-pod"
	stepped.Status.Steps = []v1.StepState{{ContainerState: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	again := podOf(tr, 8)
	again.UID = "second"
	for name, tc := range map[string]struct {
		writes []write
		want   string
	}{
		"waits":                          {[]write{{taskRun: tr, pod: podOf(tr, 0)}}, ""},
		"is on a node":                   {[]write{{taskRun: tr, pod: podOf(tr, 0)}, {taskRun: tr, pod: podOf(tr, 5)}, {taskRun: tr, pod: podOf(tr, 5)}}, "1 2000"},
		"is made again":                  {[]write{{taskRun: tr, pod: podOf(tr, 5)}, {taskRun: tr, pod: again}}, "2 7000"},
		"was on a node before a restart": {[]write{{taskRun: stepped, pod: podOf(tr, 5), bound: true}, {taskRun: stepped, pod: podOf(tr, 5), bound: true}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, nil)
			for _, w := range tc.writes {
				h.recorder.record(t.Context(), w)
			}
			got := ""
			for _, suffix := range []string{"_count", "_sum"} {
				for _, line := range h.lines(t, podLatency.Name+suffix) {
					got = strings.TrimSpace(got + " " + line[strings.LastIndex(line, " ")+1:])
				}
			}
			if got != tc.want {
				t.Errorf("count and sum are %q, want %q", got, tc.want)
			}
		})
	}
	if !hadRun(stepped, stepped) || hadRun(tr, stepped) {
		t.Error("a pod one of whose steps runs was on its node before")
	}
}

func TestDeletedTaskRunsAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	tr := taskRun("a", corev1.ConditionUnknown, v1.TaskRunReasonRunning, 5)
	h.TaskRunWritten(t.Context(), tr, tr, podOf(tr, 4))
	h.drain()
	if n := len(h.recorder.attempts); n != 1 {
		t.Fatalf("%d TaskRuns are remembered", n)
	}
	h.taskRuns.OnDelete(cache.DeletedFinalStateUnknown{Obj: tr})
	h.drain()
	if n := len(h.recorder.attempts); n != 0 {
		t.Errorf("%d TaskRuns are remembered", n)
	}
	h.taskRuns.OnDelete(taskRun("b", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 5))
	if n := len(h.queue); n != 0 {
		t.Error("the deletion of a TaskRun that is done is worth nothing")
	}
}

// When more comes than is recorded, it is dropped and counted, and nobody waits.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	done := taskRun("a", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 21)
	for range queueLength + 3 {
		h.TaskRunWritten(t.Context(), taskRun("a", "", "", 0), done, nil)
	}
	if diff := cmp.Diff([]string{"tenon_metrics_dropped_total 3"}, h.lines(t, "tenon_metrics_dropped_total")); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

// Types and labels of durations change while the process runs. What was recorded before is gone then.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	alone := taskRun("a", corev1.ConditionTrue, v1.TaskRunReasonSuccessful, 21)
	for _, step := range []struct {
		data map[string]string
		want []string
	}{
		{map[string]string{config.KeyMetricsTaskRunDurationType: "lastvalue"}, []string{
			`tekton_pipelines_controller_taskrun_duration_seconds{namespace="team",status="success",task="build"} 20`,
		}},
		{map[string]string{config.KeyMetricsTaskRunDurationType: "lastvalue", config.KeyMetricsTaskRunLevel: "namespace", config.KeyMetricsCountEnableReason: "true"}, []string{
			`tekton_pipelines_controller_taskrun_duration_seconds{namespace="team",reason="Succeeded",status="success"} 20`,
		}},
		{map[string]string{config.KeyMetricsThrottleEnableNamespace: "true"}, []string{
			`tekton_pipelines_controller_taskrun_duration_seconds_sum{namespace="team",status="success",task="build"} 20`,
			`tekton_pipelines_controller_taskrun_duration_seconds_count{namespace="team",status="success",task="build"} 1`,
		}},
		{nil, []string{ // what does not matter for durations leaves them alone
			`tekton_pipelines_controller_taskrun_duration_seconds_sum{namespace="team",status="success",task="build"} 40`,
			`tekton_pipelines_controller_taskrun_duration_seconds_count{namespace="team",status="success",task="build"} 2`,
		}},
	} {
		h.set(t, step.data)
		h.ended(alone)
		var got []string
		for _, line := range h.lines(t, taskRunDuration.Name) {
			if !strings.Contains(line, "_bucket") {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", step.data, diff)
		}
	}
}
