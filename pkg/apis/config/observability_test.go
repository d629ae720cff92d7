package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"
)

func TestObservability(t *testing.T) {
	t.Parallel()
	all := &Observability{
		TaskRunLevel: LevelTaskRun, PipelineRunLevel: LevelPipelineRun, RunningPipelineRunLevel: LevelPipeline,
		TaskRunDuration: DurationLastValue, PipelineRunDuration: DurationLastValue, Reason: true, ThrottleNamespace: true, MaxNames: 7,
	}
	for name, tc := range map[string]struct {
		data map[string]string
		want *Observability
		err  string
	}{
		"nothing":            {want: DefaultObservability()},
		"keys of others":     {data: map[string]string{"metrics-protocol": "grpc", "metrics.backend-destination": "x"}, want: DefaultObservability()},
		"no running level":   {data: map[string]string{KeyMetricsRunningPipelineRunLevel: ""}, want: DefaultObservability()},
		"labels are off":     {data: map[string]string{KeyMetricsCountEnableReason: "false", KeyMetricsThrottleEnableNamespace: "false"}, want: DefaultObservability()},
		"empty level":        {data: map[string]string{KeyMetricsTaskRunLevel: ""}, err: `invalid value "" for "metrics.taskrun.level"`},
		"level of the other": {data: map[string]string{KeyMetricsPipelineRunLevel: "task"}, err: `must be one of "pipelinerun", "pipeline", "namespace"`},
		"running level":      {data: map[string]string{KeyMetricsRunningPipelineRunLevel: "all"}, err: `invalid value "all" for "metrics.running-pipelinerun.level"`},
		"TaskRun type":       {data: map[string]string{KeyMetricsTaskRunDurationType: "gauge"}, err: `for "metrics.taskrun.duration-type": must be one of "histogram", "lastvalue"`},
		"PipelineRun type":   {data: map[string]string{KeyMetricsPipelineRunDurationType: "gauge"}, err: `for "metrics.pipelinerun.duration-type"`},
		"limit of nothing":   {data: map[string]string{KeyMetricsMaxNames: "0"}, err: `invalid value "0" for "metrics.max-names": must be a whole number, 1 or more`},
		"limit of words":     {data: map[string]string{KeyMetricsMaxNames: "many"}, err: `invalid value "many" for "metrics.max-names"`},
		"everything": {data: map[string]string{
			KeyMetricsTaskRunLevel: "taskrun", KeyMetricsPipelineRunLevel: "pipelinerun", KeyMetricsRunningPipelineRunLevel: "pipeline",
			KeyMetricsTaskRunDurationType: "lastvalue", KeyMetricsPipelineRunDurationType: "lastvalue",
			KeyMetricsCountEnableReason: "true", KeyMetricsThrottleEnableNamespace: "yes", KeyMetricsMaxNames: "7",
		}, want: all},
	} {
		got, err := NewObservabilityFromConfigMap(&corev1.ConfigMap{Data: tc.data})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: error %v, want one with %q", name, err, tc.err)
		}
	}
}

// The ConfigMap is in two namespaces, so its file has two documents.
func TestShippedObservability(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(shippedDir, "observability.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	documents := strings.Split(string(text), "\n---\n")
	if len(documents) != 2 {
		t.Fatalf("%d documents", len(documents))
	}
	for i, keys := range [][]string{
		{
			KeyMetricsTaskRunLevel, KeyMetricsPipelineRunLevel, KeyMetricsRunningPipelineRunLevel, KeyMetricsTaskRunDurationType,
			KeyMetricsPipelineRunDurationType, KeyMetricsCountEnableReason, KeyMetricsThrottleEnableNamespace, KeyMetricsMaxNames,
		},
		nil,
	} {
		cm := &corev1.ConfigMap{}
		if err := yaml.UnmarshalStrict([]byte(documents[i]), cm); err != nil {
			t.Fatal(err)
		}
		var example map[string]string
		if err := yaml.UnmarshalStrict([]byte(cm.Data["_example"]), &example); err != nil {
			t.Fatal(err)
		}
		for name, values := range map[string]map[string]string{"shipped": cm.Data, "documented": example} {
			got, err := NewObservabilityFromMap(values)
			if diff := cmp.Diff(DefaultObservability(), got); diff != "" || err != nil {
				t.Errorf("%s values of %s: error %v (-compiled +%s):\n%s", name, cm.Namespace, err, name, diff)
			}
		}
		framework := []string{
			"metrics-protocol", "metrics-endpoint", "metrics-export-interval", "tracing-protocol", "tracing-endpoint", "tracing-sampling-rate",
			"runtime-profiling", "runtime-export-interval",
		}
		if diff := cmp.Diff(sets.New(append(keys, framework...)...), sets.KeySet(example)); diff != "" {
			t.Errorf("documented keys of %s (-want +got):\n%s", cm.Namespace, diff)
		}
	}
}
