# shellcheck shell=bash
# Follows a PipelineRun: each change of its tasks, and the logs of their steps as they are written.

# One line for each change of a TaskRun: task NAME POD REASON STEP CONTAINER..., with the step that runs, which is the first of
# those whose container does, and the containers of all steps that have started. What there is not is a dash.
# shellcheck disable=SC2016 # variables of the template
taskrun_line='task {{index .metadata.labels "tekton.dev/pipelineTask"}}{{" "}}
{{- if and .status .status.podName}}{{.status.podName}}{{else}}-{{end}}{{" "}}
{{- if and .status .status.conditions}}{{(index .status.conditions 0).reason}}{{else}}New{{end}}
{{- $step := "-"}}
{{- if .status}}{{range .status.steps}}{{if and .running (eq $step "-")}}{{$step = .name}}{{end}}{{end}}{{end}}{{" "}}{{$step}}
{{- if .status}}{{range .status.steps}}{{if or .running .terminated}} {{.container}}{{end}}{{end}}{{end}}{{"\n"}}'

# One line for each change of the PipelineRun: run STATUS REASON MESSAGE.
pipelinerun_line='{{if and .status .status.conditions}}{{with index .status.conditions 0}}run {{.status}} {{.reason}} {{.message}}
{{end}}{{end}}'

# follow NAMESPACE RUN SECONDS returns 0 when the run has succeeded, 1 when it has failed or takes longer.
follow() {
	local namespace=$1 run=$2 began=$SECONDS deadline=$((SECONDS + $3)) folder kind words outcome=1
	local -A reasons=() followed=() # what has been printed for each task, and the containers whose logs are followed
	local watches=() logs=()
	folder=$(mktemp -d)
	mkfifo "$folder/changes"
	exec 7<>"$folder/changes"
	watch_changes >&7 &
	watches+=($!)
	watch_outcome >&7 &
	watches+=($!)
	while read -r -t "$((deadline - SECONDS))" -u 7 kind words; do
		case $kind in
		task) show_task "$words" ;;
		run)
			show_run "$words"
			case $words in
			True*) outcome=0 && break ;;
			False*) break ;;
			esac
			;;
		esac
		[ "$SECONDS" -lt "$deadline" ] || break
	done
	kill "${watches[@]}" 2>/dev/null || true
	# The run's end may be told before the last change of its tasks.
	while read -r kind words; do show_task "$words"; done < <(list_tasks)
	[ ${#logs[@]} -eq 0 ] || wait "${logs[@]}" || true
	exec 7>&-
	rm -rf "$folder"
	[ "$SECONDS" -lt "$deadline" ] || say "the run has not ended after $3 s"
	return $outcome
}

# Two watches write to one pipe, and a template is written piece by piece: sed makes one write of each line, so that no line
# is torn by the other watch.
watch_changes() {
	exec kubectl -n "$namespace" get taskruns -l "tekton.dev/pipelineRun=$run" --watch -o go-template="$taskrun_line" \
		> >(exec sed -u '')
}

watch_outcome() {
	exec kubectl -n "$namespace" get pipelinerun "$run" --watch -o go-template="$pipelinerun_line" > >(exec sed -u '')
}

list_tasks() {
	kubectl -n "$namespace" get taskruns -l "tekton.dev/pipelineRun=$run" -o go-template="{{range .items}}$taskrun_line{{end}}"
}

show_task() {
	local task pod reason step containers container
	read -r task pod reason step containers <<<"$1"
	[ "$step" = - ] || reason="$reason: step $step"
	if [ "${reasons[$task]:-}" != "$reason" ]; then
		reasons[$task]=$reason
		printf '%3d s  %-8s %s\n' "$((SECONDS - began))" "$task" "$reason"
	fi
	for container in $containers; do
		[ -z "${followed[$pod/$container]:-}" ] || continue
		followed[$pod/$container]=1
		follow_log "$task" "$pod" "$container" &
		logs+=($!)
	done
}

follow_log() { # TASK POD CONTAINER
	kubectl -n "$namespace" logs -f "$2" -c "$3" 2>&1 | sed -u "s|^|       [$1/${3#step-}] |"
}

show_run() {
	local reason message
	read -r _ reason message <<<"$1"
	if [ "${reasons[run]:-}" != "$reason $message" ]; then
		reasons[run]="$reason $message"
		printf '%3d s  %-8s %s: %s\n' "$((SECONDS - began))" run "$reason" "$message"
	fi
}
