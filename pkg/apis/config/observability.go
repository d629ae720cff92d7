package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Keys of the ConfigMap config-observability that say which metrics of runs there are (contract 4 §6.2). The other keys of that
// ConfigMap, about protocols and endpoints, are read by the framework.
const (
	// KeyMetricsTaskRunLevel selects which names are labels of the metrics of TaskRuns.
	KeyMetricsTaskRunLevel = "metrics.taskrun.level"
	// KeyMetricsPipelineRunLevel selects which names are labels of the metrics of PipelineRuns.
	KeyMetricsPipelineRunLevel = "metrics.pipelinerun.level"
	// KeyMetricsRunningPipelineRunLevel selects which names are labels of the number of running PipelineRuns.
	KeyMetricsRunningPipelineRunLevel = "metrics.running-pipelinerun.level"
	// KeyMetricsTaskRunDurationType selects the type of the durations of TaskRuns.
	KeyMetricsTaskRunDurationType = "metrics.taskrun.duration-type"
	// KeyMetricsPipelineRunDurationType selects the type of the durations of PipelineRuns.
	KeyMetricsPipelineRunDurationType = "metrics.pipelinerun.duration-type"
	// KeyMetricsCountEnableReason adds the label reason to durations.
	KeyMetricsCountEnableReason = "metrics.count.enable-reason"
	// KeyMetricsThrottleEnableNamespace adds the label namespace to the numbers of throttled TaskRuns.
	KeyMetricsThrottleEnableNamespace = "metrics.taskrun.throttle.enable-namespace"
	// KeyMetricsMaxNames limits how many combinations of names the labels of one metric have. Tenon's own.
	KeyMetricsMaxNames = "metrics.max-names"
)

// MetricsLevel says how exactly the labels of a metric tell which run it was.
type MetricsLevel string

// Levels, from the finest to none.
const (
	// LevelTaskRun has the labels namespace, task and taskrun.
	LevelTaskRun MetricsLevel = "taskrun"
	// LevelTask has the labels namespace and task.
	LevelTask MetricsLevel = "task"
	// LevelPipelineRun has the labels namespace, pipeline and pipelinerun.
	LevelPipelineRun MetricsLevel = "pipelinerun"
	// LevelPipeline has the labels namespace and pipeline.
	LevelPipeline MetricsLevel = "pipeline"
	// LevelNamespace has the label namespace.
	LevelNamespace MetricsLevel = "namespace"
	// LevelNone has no labels.
	LevelNone MetricsLevel = ""
)

// DurationType is the type of a metric of durations.
type DurationType string

// Types of durations.
const (
	// DurationHistogram counts runs by how long they took.
	DurationHistogram DurationType = "histogram"
	// DurationLastValue is how long the last run took, a gauge.
	DurationLastValue DurationType = "lastvalue"
)

// DefaultMetricsMaxNames is the default of KeyMetricsMaxNames.
const DefaultMetricsMaxNames = 200

// Observability is one parsed state of the keys metrics.* of the ConfigMap config-observability.
type Observability struct {
	// TaskRunLevel is LevelTaskRun, LevelTask or LevelNamespace; default LevelTask.
	TaskRunLevel MetricsLevel
	// PipelineRunLevel is LevelPipelineRun, LevelPipeline or LevelNamespace; default LevelPipeline.
	PipelineRunLevel MetricsLevel
	// RunningPipelineRunLevel is LevelPipelineRun, LevelPipeline, LevelNamespace or LevelNone; default LevelNone.
	RunningPipelineRunLevel MetricsLevel
	// TaskRunDuration and PipelineRunDuration are the types of durations; default DurationHistogram.
	TaskRunDuration, PipelineRunDuration DurationType
	// Reason adds the label reason to durations; default false.
	Reason bool
	// ThrottleNamespace adds the label namespace to the numbers of throttled TaskRuns; default false.
	ThrottleNamespace bool
	// MaxNames is how many combinations of names the labels of one metric have, one or more; default DefaultMetricsMaxNames.
	MaxNames int
}

// DefaultObservability returns the settings of an empty ConfigMap.
func DefaultObservability() *Observability {
	return &Observability{
		TaskRunLevel: LevelTask, PipelineRunLevel: LevelPipeline, RunningPipelineRunLevel: LevelNone,
		TaskRunDuration: DurationHistogram, PipelineRunDuration: DurationHistogram, MaxNames: DefaultMetricsMaxNames,
	}
}

// ObservabilityConfigName returns the name of the ConfigMap config-observability, from env CONFIG_OBSERVABILITY_NAME if set.
func ObservabilityConfigName() string {
	return nameFromEnv("CONFIG_OBSERVABILITY_NAME", "config-observability")
}

// NewObservabilityFromConfigMap parses the data of a ConfigMap, see [NewObservabilityFromMap].
func NewObservabilityFromConfigMap(cm *corev1.ConfigMap) (*Observability, error) {
	return NewObservabilityFromMap(cm.Data)
}

// NewObservabilityFromMap parses the keys metrics.*. Unknown levels and types, and a limit that is no positive number, are errors. Any
// value but "false" switches a label on.
func NewObservabilityFromMap(data map[string]string) (*Observability, error) {
	o := DefaultObservability()
	for _, s := range []struct {
		key    string
		target *MetricsLevel
		values []MetricsLevel
	}{
		{KeyMetricsTaskRunLevel, &o.TaskRunLevel, []MetricsLevel{LevelTaskRun, LevelTask, LevelNamespace}},
		{KeyMetricsPipelineRunLevel, &o.PipelineRunLevel, []MetricsLevel{LevelPipelineRun, LevelPipeline, LevelNamespace}},
		{KeyMetricsRunningPipelineRunLevel, &o.RunningPipelineRunLevel, []MetricsLevel{LevelPipelineRun, LevelPipeline, LevelNamespace, LevelNone}},
	} {
		if err := choose(data, s.key, s.target, s.values); err != nil {
			return nil, err
		}
	}
	types := []DurationType{DurationHistogram, DurationLastValue}
	if err := choose(data, KeyMetricsTaskRunDurationType, &o.TaskRunDuration, types); err != nil {
		return nil, err
	}
	if err := choose(data, KeyMetricsPipelineRunDurationType, &o.PipelineRunDuration, types); err != nil {
		return nil, err
	}
	o.Reason = switchedOn(data, KeyMetricsCountEnableReason)
	o.ThrottleNamespace = switchedOn(data, KeyMetricsThrottleEnableNamespace)
	if text, ok := data[KeyMetricsMaxNames]; ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("invalid value %q for %q: must be a whole number, 1 or more", text, KeyMetricsMaxNames)
		}
		o.MaxNames = n
	}
	return o, nil
}

// choose puts the value of a key, if there is one, into the target; it has to be one of the values.
func choose[T ~string](data map[string]string, key string, target *T, values []T) error {
	text, ok := data[key]
	if !ok {
		return nil
	}
	if !slices.Contains(values, T(text)) {
		quoted := make([]string, len(values))
		for i, value := range values {
			quoted[i] = strconv.Quote(string(value))
		}
		return fmt.Errorf("invalid value %q for %q: must be one of %s", text, key, strings.Join(quoted, ", "))
	}
	*target = T(text)
	return nil
}

func switchedOn(data map[string]string, key string) bool {
	text, ok := data[key]
	return ok && text != "false"
}
