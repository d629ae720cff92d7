package monitoring

// metrics lists what the components have: the names of contract 4 §6.1 and §6.2, the conventions of OpenTelemetry for CI/CD, and Tenon's
// own.
func metrics() []string {
	return []string{
		"tekton_pipelines_controller_pipelinerun_duration_seconds", "tekton_pipelines_controller_pipelinerun_taskrun_duration_seconds",
		"tekton_pipelines_controller_taskrun_duration_seconds", "tekton_pipelines_controller_pipelinerun_total",
		"tekton_pipelines_controller_taskrun_total", "tekton_pipelines_controller_running_pipelineruns",
		"tekton_pipelines_controller_running_taskruns",
		"tekton_pipelines_controller_running_pipelineruns_waiting_on_pipeline_resolution",
		"tekton_pipelines_controller_running_pipelineruns_waiting_on_task_resolution",
		"tekton_pipelines_controller_running_taskruns_waiting_on_task_resolution_count",
		"tekton_pipelines_controller_running_taskruns_throttled_by_quota", "tekton_pipelines_controller_running_taskruns_throttled_by_node",
		"tekton_pipelines_controller_taskruns_pod_latency_milliseconds",

		"cicd_pipeline_run_duration_seconds", "cicd_pipeline_run_active", "cicd_pipeline_run_errors_total", "cicd_system_errors_total",

		"tenon_pipelinerun_outcome_total", "tenon_taskrun_outcome_total", "tenon_taskrun_phase_duration_seconds", "tenon_metrics_dropped_total",
		"tenon_cloudevents_total", "tenon_cloudevents_delivery_duration_seconds", "tenon_cloudevents_pending", "tenon_tracing_spans_total",
		"tenon_resolver_request_duration_seconds",

		"kn_workqueue_depth", "kn_workqueue_adds_total", "kn_workqueue_queue_duration_seconds", "kn_workqueue_process_duration_seconds",
		"kn_workqueue_retries_total", "kn_workqueue_unfinished_work_seconds",
		"http_client_request_duration_seconds", "kn_k8s_client_http_response_status_code_total", "kn_webhook_handler_duration_seconds",
		"process_cpu_seconds_total", "process_resident_memory_bytes", "go_goroutines",
	}
}
