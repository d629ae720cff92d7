package metrics

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// The gauges follow TaskRuns through their lives. Series of what waits for room are there while something does.
func TestTaskRunGauges(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	last := taskRun("a", "", "", 0)
	expect := func(when string, running, resolving int, throttled ...string) {
		t.Helper()
		want := append([]string{
			fmt.Sprint("tekton_pipelines_controller_running_taskruns ", running),
		}, throttled...)
		want = append(want, fmt.Sprint("tekton_pipelines_controller_running_taskruns_waiting_on_task_resolution_count ", resolving))
		if diff := cmp.Diff(want, h.lines(t, "running_taskruns")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	expect("nothing", 0, 0)
	h.taskRuns.OnAdd(last, true)
	expect("new", 1, 0)
	become := func(status corev1.ConditionStatus, reason v1.TaskRunReason) {
		next := taskRun("a", status, reason, 5)
		h.taskRuns.OnUpdate(last, next)
		last = next
	}
	become(corev1.ConditionUnknown, v1.TaskRunReasonResolvingTaskRef)
	expect("resolving", 1, 1)
	become(corev1.ConditionUnknown, v1.TaskRunReasonExceededResourceQuota)
	h.taskRuns.OnUpdate(last, last)
	expect("quota", 1, 0, "tekton_pipelines_controller_running_taskruns_throttled_by_quota 1")
	become(corev1.ConditionUnknown, v1.TaskRunReasonExceededNodeResources)
	expect("node", 1, 0, "tekton_pipelines_controller_running_taskruns_throttled_by_node 1")
	h.set(t, map[string]string{config.KeyMetricsThrottleEnableNamespace: "true"})
	expect("node, with namespace", 1, 0, `tekton_pipelines_controller_running_taskruns_throttled_by_node{namespace="team"} 1`)
	become(corev1.ConditionUnknown, v1.TaskRunReasonRunning)
	expect("running", 1, 0)
	become(corev1.ConditionTrue, v1.TaskRunReasonSuccessful)
	expect("done", 0, 0)
	h.taskRuns.OnDelete(last)
	expect("deleted", 0, 0)
	waiting := taskRun("b", corev1.ConditionUnknown, v1.TaskRunReasonResolvingTaskRef, 1)
	h.taskRuns.OnAdd(waiting, false)
	expect("another one", 1, 1)
	h.taskRuns.OnDelete(cache.DeletedFinalStateUnknown{Key: "team/b", Obj: waiting})
	expect("whose deletion was missed", 0, 0)
	foreign := taskRun("c", "", "", 0)
	foreign.Spec.ManagedBy = ptr.To("example.com/other")
	h.taskRuns.OnAdd(foreign, false)
	expect("of another controller", 0, 0)
}

func TestPipelineRunGauges(t *testing.T) {
	t.Parallel()
	h := newHarness(t, nil)
	run := pipelineRun("a", corev1.ConditionUnknown, v1.PipelineRunReasonRunning, 1)
	h.pipelineRuns.OnAdd(run, true)
	h.pipelineRuns.OnAdd(pipelineRun("b", corev1.ConditionUnknown, v1.PipelineRunReasonResolvingPipelineRef, 1), true)
	h.pipelineRuns.OnAdd(pipelineRun("c", corev1.ConditionUnknown, v1.PipelineRunReasonResolvingTaskRef, 1), true)
	h.pipelineRuns.OnAdd(pipelineRun("d", corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, 1), true)
	const name = "tekton_pipelines_controller_running_pipelineruns"
	waiting := []string{name + "_waiting_on_pipeline_resolution 1", name + "_waiting_on_task_resolution 1"}
	for _, level := range []struct {
		name string
		want []string
	}{
		{"", nil},
		{"namespace", []string{name + `{namespace="team"} 3`}},
		{"pipeline", []string{name + `{namespace="team",pipeline="release"} 3`}},
		{"pipelinerun", []string{
			name + `{namespace="team",pipeline="release",pipelinerun="a"} 1`, name + `{namespace="team",pipeline="release",pipelinerun="b"} 1`,
			name + `{namespace="team",pipeline="release",pipelinerun="c"} 1`,
		}},
	} {
		h.set(t, map[string]string{config.KeyMetricsRunningPipelineRunLevel: level.name})
		want := append(append([]string{name + " 3"}, level.want...), waiting...)
		if diff := cmp.Diff(want, h.lines(t, name)); diff != "" {
			t.Errorf("level %q (-want +got):\n%s", level.name, diff)
		}
	}
	want := []string{
		`cicd_pipeline_run_active{cicd_pipeline_name="release",cicd_pipeline_run_state="executing"} 1`,
		`cicd_pipeline_run_active{cicd_pipeline_name="release",cicd_pipeline_run_state="pending"} 2`,
	}
	if diff := cmp.Diff(want, h.lines(t, "cicd_pipeline_run_active")); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
	h.pipelineRuns.OnUpdate(run, pipelineRun("a", corev1.ConditionTrue, v1.PipelineRunReasonSuccessful, 9))
	if diff := cmp.Diff(want[1:], h.lines(t, "cicd_pipeline_run_active")); diff != "" {
		t.Errorf("active after an end (-want +got):\n%s", diff)
	}
}

// Names of running PipelineRuns are labels up to the limit; they stay so, and leave room when their runs end.
func TestRunningNamesHaveALimit(t *testing.T) {
	t.Parallel()
	h := newHarness(t, map[string]string{config.KeyMetricsRunningPipelineRunLevel: "pipelinerun", config.KeyMetricsMaxNames: "2"})
	runs := map[string]*v1.PipelineRun{}
	add := func(names ...string) {
		for _, name := range names {
			runs[name] = pipelineRun(name, corev1.ConditionUnknown, v1.PipelineRunReasonRunning, 1)
			h.pipelineRuns.OnAdd(runs[name], false)
		}
	}
	expect := func(when string, want map[string]string) {
		t.Helper()
		got := map[string]string{}
		for _, line := range h.lines(t, `pipelinerun="`) {
			_, rest, _ := strings.Cut(line, `pipelinerun="`)
			name, value, _ := strings.Cut(rest, `"} `)
			got[name] = value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	add("m", "n")
	expect("as many as there is room for", map[string]string{"m": "1", "n": "1"})
	add("a", "b", "c")
	expect("more", map[string]string{"m": "1", "n": "1", other: "3"})
	h.pipelineRuns.OnDelete(runs["n"])
	expect("one is gone", map[string]string{"m": "1", "a": "1", other: "2"})
}
