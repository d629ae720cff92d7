//go:build e2e

package observability

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// prefix is that of the metrics of runs.
const prefix = "tekton_pipelines_controller_"

// definitions are what the runs below refer to. nobody is a resolver that there is not.
const definitions = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: good}
spec: {steps: [{name: work, image: busybox, script: "sleep 1"}]}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: bad}
spec: {steps: [{name: work, image: busybox, script: "exit 1"}]}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: endless}
spec: {steps: [{name: work, image: busybox, script: "exec sleep 600"}]}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: line}
spec: {tasks: [{name: first, taskRef: {name: good}}, {name: second, taskRef: {name: good}, runAfter: [first]}]}
`

// script is one run of each kind of end.
const script = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: succeeds}
spec: {taskRef: {name: good}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: succeeds-too}
spec: {taskRef: {name: good}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: fails}
spec: {taskRef: {name: bad}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: cancelled}
spec: {taskRef: {name: endless}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: pipeline-succeeds}
spec: {pipelineRef: {name: line}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: pipeline-fails}
spec: {pipelineSpec: {tasks: [{name: only, taskRef: {name: bad}}]}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: pipeline-cancelled}
spec: {pipelineSpec: {tasks: [{name: only, taskRef: {name: endless}}]}}
`

// waiting are runs that wait for a definition until they are given up, and one that no node is large enough for.
const waiting = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: waits-for-task}
spec: {taskRef: {resolver: nobody}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: waits-for-pipeline}
spec: {pipelineRef: {resolver: nobody}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: waits-for-task-of-pipeline}
spec: {pipelineSpec: {tasks: [{name: only, taskRef: {resolver: nobody}}]}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: waits-for-node}
spec: {taskRef: {name: good}, computeResources: {requests: {cpu: "1000"}}}
`

// TestMetrics has Prometheus scrape all components while runs of every kind go by, and compares with what the API server says of them.
func TestMetrics(t *testing.T) {
	// Names that tests before this one have used up count against a limit of the process.
	if err := receiver.ReplacePods(t.Context(), cluster.SystemNamespace, "tekton-pipelines-controller"); err != nil {
		t.Fatal(err)
	}
	p := startPrometheus(t)
	awaitQuiet(t, p)
	before := map[string]float64{}
	for _, kind := range []string{"taskrun", "pipelinerun"} {
		for _, status := range statusesOfRuns {
			before[kind+" "+status] = p.total(t, kind, status)
		}
	}
	ns, full := cluster.New(t), cluster.New(t)
	checkWaiting(t, p, ns, full)
	ns.Create(script)
	ns.AwaitTaskRun("cancelled", "to run", isRunning)
	ns.AwaitTaskRun("pipeline-cancelled-only", "to run", isRunning)
	p.awaitSum(t, prefix+"running_taskruns", func() float64 { return float64(countTaskRuns(t, func(*v1.TaskRun) bool { return true })) })
	p.awaitSum(t, prefix+"running_pipelineruns", func() float64 { return float64(countPipelineRuns(t, func(*v1.PipelineRun) bool { return true })) })
	ns.PatchStatus("taskruns", "cancelled", string(v1.TaskRunSpecStatusCancelled))
	ns.PatchStatus("pipelineruns", "pipeline-cancelled", string(v1.PipelineRunSpecStatusCancelled))
	awaitAllDone(t, ns)
	awaitAllDone(t, full)

	ended := ends(t, ns, full)
	for _, status := range statusesOfRuns {
		if ended["taskrun_duration_seconds "+status+" "+ns.Name].started == 0 {
			t.Errorf("no TaskRun of the script has the status %s", status)
		}
	}
	for key, want := range ended {
		words := strings.Fields(key)
		series := fmt.Sprintf(`%s%%s{status=%q,namespace=%q}`, prefix, words[1], words[2])
		p.awaitSum(t, fmt.Sprintf(series, words[0]+"_count"), func() float64 { return float64(want.started) })
		got, err := p.Sum(t.Context(), fmt.Sprintf(series, words[0]+"_sum"))
		if err != nil || math.Abs(got-want.seconds) > float64(want.started) {
			t.Errorf("%s: %v seconds (%v), want %v", key, got, err, want.seconds)
		}
	}
	for _, status := range statusesOfRuns {
		taskRuns, pipelineRuns := 0, 0
		for key, end := range ended {
			switch words := strings.Fields(key); {
			case words[1] != status:
			case words[0] == "pipelinerun_duration_seconds":
				pipelineRuns += end.all
			default:
				taskRuns += end.all
			}
		}
		p.awaitSum(t, totalOf("taskrun", status), func() float64 { return before["taskrun "+status] + float64(taskRuns) })
		p.awaitSum(t, totalOf("pipelinerun", status), func() float64 { return before["pipelinerun "+status] + float64(pipelineRuns) })
	}
	checkSeries(t, p, ns)
	checkNames(t, p)
}

// statusesOfRuns are the values of the label status.
var statusesOfRuns = []string{"success", "failed", "cancelled"}

func totalOf(kind, status string) string {
	return fmt.Sprintf(`%s%s_total{status=%q}`, prefix, kind, status)
}

func (p *Prometheus) total(t *testing.T, kind, status string) float64 {
	t.Helper()
	got, err := p.Sum(t.Context(), totalOf(kind, status))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// awaitQuiet waits until nothing of tests before this one runs any more, so that all that is counted is what this one makes.
func awaitQuiet(t *testing.T, p *Prometheus) {
	t.Helper()
	eventually(t, 3*time.Minute, func() error {
		running, err := p.Query(t.Context(), fmt.Sprintf(`{__name__=~"%srunning_(taskruns|pipelineruns)"} > 0`, prefix))
		if err == nil && len(running) > 0 {
			err = fmt.Errorf("there are still runs: %v", running)
		}
		return err
	})
}

func isRunning(tr *v1.TaskRun) bool {
	return tr.Status.GetCondition(apis.ConditionSucceeded).GetReason() == string(v1.TaskRunReasonRunning)
}

// countTaskRuns counts the TaskRuns of the cluster that are under way and for which ok is true.
func countTaskRuns(t *testing.T, ok func(*v1.TaskRun) bool) int {
	t.Helper()
	list, err := receiver.Tekton.TektonV1().TaskRuns("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range list.Items {
		if tr := &list.Items[i]; tr.Status.GetCondition(apis.ConditionSucceeded).IsUnknown() && ok(tr) {
			n++
		}
	}
	return n
}

func countPipelineRuns(t *testing.T, ok func(*v1.PipelineRun) bool) int {
	t.Helper()
	list, err := receiver.Tekton.TektonV1().PipelineRuns("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range list.Items {
		if pr := &list.Items[i]; pr.Status.GetCondition(apis.ConditionSucceeded).IsUnknown() && ok(pr) {
			n++
		}
	}
	return n
}

// checkWaiting has runs wait for everything that runs can wait for, looks at the gauges, and cancels the runs. The namespace full has no
// room for pods.
func checkWaiting(t *testing.T, p *Prometheus, ns, full *cluster.Namespace) {
	t.Helper()
	// What waits must not be given up before it was seen.
	cluster.SetConfig(t, "config-defaults", map[string]string{"default-maximum-resolution-timeout": "10m"})
	ns.Create(definitions)
	full.Create(definitions)
	full.Create("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pods}\nspec: {hard: {pods: 0}}")
	eventually(t, 30*time.Second, func() error {
		quota, err := full.Kube.CoreV1().ResourceQuotas(full.Name).Get(t.Context(), "pods", metav1.GetOptions{})
		if err == nil && len(quota.Status.Hard) == 0 {
			err = fmt.Errorf("the quota is not in force")
		}
		return err
	})
	full.Create("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: waits-for-quota}\nspec: {taskRef: {name: good}}")
	ns.Create(waiting)
	for _, gauge := range []string{
		"running_taskruns_waiting_on_task_resolution_count", "running_pipelineruns_waiting_on_pipeline_resolution",
		"running_pipelineruns_waiting_on_task_resolution", "running_taskruns_throttled_by_quota", "running_taskruns_throttled_by_node",
	} {
		p.awaitSum(t, prefix+gauge, func() float64 { return 1 })
	}
	for _, name := range []string{"waits-for-task", "waits-for-node"} {
		ns.PatchStatus("taskruns", name, string(v1.TaskRunSpecStatusCancelled))
	}
	full.PatchStatus("taskruns", "waits-for-quota", string(v1.TaskRunSpecStatusCancelled))
	for _, name := range []string{"waits-for-pipeline", "waits-for-task-of-pipeline"} {
		ns.PatchStatus("pipelineruns", name, string(v1.PipelineRunSpecStatusCancelled))
	}
	for _, gauge := range []string{"running_taskruns_throttled_by_quota", "running_taskruns_throttled_by_node"} {
		eventually(t, time.Minute, func() error {
			samples, err := p.Query(t.Context(), prefix+gauge)
			if err == nil && len(samples) > 0 {
				err = fmt.Errorf("%s has still series: %v", gauge, samples)
			}
			return err
		})
	}
}

func awaitAllDone(t *testing.T, ns *cluster.Namespace) {
	t.Helper()
	for _, run := range ns.Runs() {
		switch run.GetKind() {
		case "TaskRun":
			ns.TaskRunDone(run.GetName())
		case "PipelineRun":
			ns.PipelineRunDone(run.GetName())
		}
	}
}

// end is what metrics should say of runs with the same end. Those that never started have no duration.
type end struct {
	all, started int
	seconds      float64
}

// ends returns what the API server says of the runs, by metric, status and namespace.
func ends(t *testing.T, namespaces ...*cluster.Namespace) map[string]end {
	t.Helper()
	out := map[string]end{}
	add := func(metric, namespace string, c *apis.Condition, start, completion *metav1.Time) {
		status := "failed"
		switch reason := c.GetReason(); {
		case c.IsTrue():
			status = "success"
		case reason == string(v1.TaskRunReasonCancelled), reason == string(v1.PipelineRunReasonCancelled):
			status = "cancelled"
		}
		key := metric + " " + status + " " + namespace
		now := out[key]
		now.all++
		if start != nil && completion != nil {
			now.started++
			now.seconds += completion.Sub(start.Time).Seconds()
		}
		out[key] = now
	}
	for _, ns := range namespaces {
		taskRuns, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range taskRuns.Items {
			tr, metric := &taskRuns.Items[i], "taskrun_duration_seconds"
			if tr.Labels[pipeline.PipelineRunLabelKey] != "" {
				metric = "pipelinerun_taskrun_duration_seconds"
			}
			add(metric, ns.Name, tr.Status.GetCondition(apis.ConditionSucceeded), tr.Status.StartTime, tr.Status.CompletionTime)
		}
		pipelineRuns, err := ns.Tekton.TektonV1().PipelineRuns(ns.Name).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range pipelineRuns.Items {
			pr := &pipelineRuns.Items[i]
			add("pipelinerun_duration_seconds", ns.Name, pr.Status.GetCondition(apis.ConditionSucceeded), pr.Status.StartTime, pr.Status.CompletionTime)
		}
	}
	return out
}

// checkSeries looks at the labels of durations: names of Tasks and Pipelines, and none of runs.
func checkSeries(t *testing.T, p *Prometheus, ns *cluster.Namespace) {
	t.Helper()
	got := map[string]bool{}
	for _, metric := range []string{"taskrun", "pipelinerun_taskrun", "pipelinerun"} {
		samples, err := p.Query(t.Context(), fmt.Sprintf(`%s%s_duration_seconds_count{namespace=%q,status="success"}`, prefix, metric, ns.Name))
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range samples {
			labels := maps.Clone(sample.Labels)
			for _, name := range []string{"__name__", "instance", "job", "namespace", "status"} {
				delete(labels, name)
			}
			maps.DeleteFunc(labels, func(name, _ string) bool { return strings.HasPrefix(name, "otel_scope_") })
			text, err := json.Marshal(labels)
			if err != nil {
				t.Fatal(err)
			}
			got[metric+" "+string(text)] = true
		}
	}
	want := map[string]bool{
		`taskrun {"task":"good"}`: true, `pipelinerun_taskrun {"pipeline":"line","task":"good"}`: true, `pipelinerun {"pipeline":"line"}`: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("labels of durations (-want +got):\n%s", diff)
	}
}

// checkNames checks that Prometheus has seen every metric of the contract, and those of the framework from every component.
func checkNames(t *testing.T, p *Prometheus) {
	t.Helper()
	names, err := p.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range contractMetrics {
		if !names[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
	for _, name := range frameworkMetrics {
		samples, err := p.Query(t.Context(), fmt.Sprintf(`count by (job) ({__name__=~"%s(_count)?"})`, name))
		if err != nil {
			t.Fatal(err)
		}
		jobs := map[string]bool{}
		for _, sample := range samples {
			jobs[sample.Labels["job"]] = true
		}
		for _, apps := range components {
			for _, app := range apps {
				if !jobs[app] {
					t.Errorf("%s does not have the metric %s", app, name)
				}
			}
		}
	}
	for _, name := range metricsOfWork {
		if !names[name] && !names[name+"_count"] {
			t.Errorf("there is no metric %s", name)
		}
	}
}

// contractMetrics are those of contract 4 §6.1.
var contractMetrics = []string{
	prefix + "pipelinerun_duration_seconds", prefix + "pipelinerun_taskrun_duration_seconds", prefix + "taskrun_duration_seconds",
	prefix + "pipelinerun_total", prefix + "taskrun_total", prefix + "running_pipelineruns", prefix + "running_taskruns",
	prefix + "running_pipelineruns_waiting_on_pipeline_resolution", prefix + "running_pipelineruns_waiting_on_task_resolution",
	prefix + "running_taskruns_waiting_on_task_resolution_count", prefix + "running_taskruns_throttled_by_quota",
	prefix + "running_taskruns_throttled_by_node", prefix + "taskruns_pod_latency_milliseconds",
}

// metricsOfWork are those of contract 4 §6.2 that a component has when there was work for it.
var metricsOfWork = []string{
	"kn_workqueue_depth", "kn_workqueue_adds_total", "kn_workqueue_queue_duration_seconds", "kn_workqueue_process_duration_seconds",
	"kn_webhook_handler_duration_seconds",
}

// frameworkMetrics are those of contract 4 §6.2 that every component has.
var frameworkMetrics = []string{
	"kn_workqueue_unfinished_work_seconds", "http_client_request_duration_seconds", "kn_k8s_client_http_response_status_code_total", "go_goroutines",
	"go_memstats_heap_alloc_bytes", "process_cpu_seconds_total", "target_info",
}

// TestReasonOfDurations has the label that tells why a run ended, which is switched on without a restart.
func TestReasonOfDurations(t *testing.T) {
	p := startPrometheus(t)
	cluster.SetConfig(t, "config-observability", map[string]string{"metrics.count.enable-reason": "true"})
	ns := cluster.New(t)
	ns.Create(definitions)
	ns.Create("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: fails}\nspec: {taskRef: {name: bad}}")
	tr := ns.TaskRunDone("fails")
	reason := tr.Status.GetCondition(apis.ConditionSucceeded).GetReason()
	p.awaitSum(t, fmt.Sprintf(`%staskrun_duration_seconds_count{namespace=%q,reason=%q}`, prefix, ns.Name, reason), func() float64 { return 1 })
}
