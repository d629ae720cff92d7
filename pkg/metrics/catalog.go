package metrics

import (
	"slices"

	"go.opentelemetry.io/otel/semconv/v1.41.0/cicdconv"
)

// Type is what kind of metric it is, in the words of Prometheus.
type Type string

// Types of metrics.
const (
	Histogram Type = "histogram"
	Gauge     Type = "gauge"
	Counter   Type = "counter"
	// HistogramOrGauge depends on metrics.taskrun.duration-type or metrics.pipelinerun.duration-type.
	HistogramOrGauge Type = "histogram or gauge"
)

// Entry describes a metric.
type Entry struct {
	// Name is how Prometheus shows it. Histograms have series with the suffixes _bucket, _sum and _count.
	Name string
	// Type is the kind of metric.
	Type Type
	// Unit is what the value counts; empty for things.
	Unit string
	// Labels are those it can have; those in brackets depend on settings.
	Labels []string
	// Description says what is measured.
	Description string

	// instrument is its name for OpenTelemetry.
	instrument string
}

// Labels.
const (
	labelNamespace   = "namespace"
	labelStatus      = "status"
	labelReason      = "reason"
	labelPipeline    = "pipeline"
	labelPipelineRun = "pipelinerun"
	labelTask        = "task"
	labelTaskRun     = "taskrun"
	labelPhase       = "phase"

	labelConventionalName  = "cicd_pipeline_name"
	labelConventionalState = "cicd_pipeline_run_state"
	labelErrorType         = "error_type"
)

// prefix starts the names that the API promises (contract 4 §6.1).
const prefix = "tekton_pipelines_controller_"

// Metrics of how runs ended, and where their time went.
var (
	pipelineRunDuration = promised("pipelinerun_duration_seconds", HistogramOrGauge, "s",
		"Time from the start of a PipelineRun to its end.",
		labelNamespace, labelStatus, "[pipeline]", "[pipelinerun]", "[reason]")
	pipelineRunTaskRunDuration = promised("pipelinerun_taskrun_duration_seconds", HistogramOrGauge, "s",
		"Time from the start of the last attempt of a TaskRun that belongs to a PipelineRun to its end.",
		labelNamespace, labelStatus, "[pipeline]", "[pipelinerun]", "[task]", "[taskrun]", "[reason]")
	taskRunDuration = promised("taskrun_duration_seconds", HistogramOrGauge, "s",
		"Time from the start of the last attempt of a TaskRun that belongs to no PipelineRun to its end.",
		labelNamespace, labelStatus, "[task]", "[taskrun]", "[reason]")
	podLatency = promised("taskruns_pod_latency_milliseconds", Histogram, "ms",
		"Time from the creation of the Pod of a TaskRun to its binding to a node, exact to one second.",
		labelNamespace, "[task]", "[taskrun]")
	pipelineRunTotal   = promised("pipelinerun_total", Counter, "", "PipelineRuns that ended.", labelStatus)
	taskRunTotal       = promised("taskrun_total", Counter, "", "TaskRuns that ended.", labelStatus)
	pipelineRunOutcome = own("tenon_pipelinerun_outcome_total", Counter, "", "PipelineRuns that ended, by the reason of the condition Succeeded.", labelReason)
	taskRunOutcome     = own("tenon_taskrun_outcome_total", Counter, "", "TaskRuns that ended, by the reason of the condition Succeeded.", labelReason)
	phaseDuration      = own("tenon_taskrun_phase_duration_seconds", Histogram, "s",
		"Time that the last attempt of a TaskRun spent in a phase, recorded at its end, exact to one second.", labelPhase)
	droppedTotal = own("tenon_metrics_dropped_total", Counter, "", "Changes of runs that were not recorded because too many came at once.")
)

// Metrics of what there is at the moment.
var (
	runningPipelineRuns = promised("running_pipelineruns", Gauge, "",
		"PipelineRuns that are not done: in total, and by names if there is a level for that.", "[namespace]", "[pipeline]", "[pipelinerun]")
	runningTaskRuns          = promised("running_taskruns", Gauge, "", "TaskRuns that are not done.")
	waitingOnPipeline        = promised("running_pipelineruns_waiting_on_pipeline_resolution", Gauge, "", "PipelineRuns whose Pipeline a resolver fetches.")
	waitingOnTask            = promised("running_pipelineruns_waiting_on_task_resolution", Gauge, "", "PipelineRuns one of whose Tasks a resolver fetches.")
	taskRunsWaitingOnTask    = promised("running_taskruns_waiting_on_task_resolution_count", Gauge, "", "TaskRuns whose Task a resolver fetches.")
	taskRunsThrottledByQuota = promised("running_taskruns_throttled_by_quota", Gauge, "", "TaskRuns whose Pod the quota of the namespace has no room for.", "[namespace]")
	taskRunsThrottledByNode  = promised("running_taskruns_throttled_by_node", Gauge, "", "TaskRuns whose Pod no node has room for.", "[namespace]")
)

// Metrics by the OpenTelemetry conventions for CI/CD.
var (
	cicdDuration = Entry{
		Name: "cicd_pipeline_run_duration_seconds", Type: Histogram, Unit: "s", instrument: cicdconv.PipelineRunDuration{}.Name(),
		Labels:      []string{labelConventionalName, labelConventionalState, "cicd_pipeline_result", labelErrorType},
		Description: cicdconv.PipelineRunDuration{}.Description(),
	}
	cicdActive = Entry{
		Name: "cicd_pipeline_run_active", Type: Gauge, instrument: cicdconv.PipelineRunActive{}.Name(),
		Labels: []string{labelConventionalName, labelConventionalState}, Description: cicdconv.PipelineRunActive{}.Description(),
	}
	cicdErrors = Entry{
		Name: "cicd_pipeline_run_errors_total", Type: Counter, instrument: cicdconv.PipelineRunErrors{}.Name(),
		Labels: []string{labelConventionalName, labelErrorType}, Description: cicdconv.PipelineRunErrors{}.Description(),
	}
	cicdSystemErrors = Entry{
		Name: "cicd_system_errors_total", Type: Counter, instrument: cicdconv.SystemErrors{}.Name(),
		Labels: []string{"cicd_system_component", labelErrorType}, Description: cicdconv.SystemErrors{}.Description(),
	}
)

// Catalog lists the metrics that this package records.
func Catalog() []Entry {
	return []Entry{
		pipelineRunDuration, pipelineRunTaskRunDuration, taskRunDuration, podLatency, pipelineRunTotal, taskRunTotal,
		runningPipelineRuns, runningTaskRuns, waitingOnPipeline, waitingOnTask, taskRunsWaitingOnTask, taskRunsThrottledByQuota, taskRunsThrottledByNode,
		pipelineRunOutcome, taskRunOutcome, phaseDuration, droppedTotal,
		cicdDuration, cicdActive, cicdErrors, cicdSystemErrors,
	}
}

// FrameworkNames lists the metrics that the framework records in all programs, by the names that Prometheus shows; those of the Go runtime
// and of the process are too many and known by their prefixes. The resolvers add that of their own.
func FrameworkNames() []string {
	return slices.Clone(frameworkNames)
}

var frameworkNames = []string{
	"kn_workqueue_depth", "kn_workqueue_adds_total", "kn_workqueue_queue_duration_seconds", "kn_workqueue_process_duration_seconds",
	"kn_workqueue_retries_total", "kn_workqueue_unfinished_work_seconds",
	"http_client_request_duration_seconds", "kn_k8s_client_http_response_status_code_total", "kn_webhook_handler_duration_seconds",
	"go_goroutines", "target_info", "tenon_resolver_request_duration_seconds",
}

func promised(name string, kind Type, unit, description string, labels ...string) Entry {
	return own(prefix+name, kind, unit, description, labels...)
}

// own describes a metric whose name for OpenTelemetry is that for Prometheus, whose exporter adds no suffix that is there already.
func own(name string, kind Type, unit, description string, labels ...string) Entry {
	return Entry{Name: name, Type: kind, Unit: unit, Labels: labels, Description: description, instrument: name}
}
