#!/usr/bin/env bash
# Measures what telemetry costs: throughput of the load tool with CloudEvents, traces and the finest metrics on, over that with all of them
# off, several times in turn. It changes settings of the whole installation and puts them back.
#   hack/telemetry/compare.sh [-n TIMES] [ARGUMENTS OF test/load]
# TIMES is 3. The arguments of the load tool are "-shape chain -runs 200 -raw 0" unless given. Prints runs per second of each measurement
# and the ratio of the medians; the exit code is 1 if it is below TENON_LEAST_RATIO (0.95). TENON_TELEMETRY names what is turned on:
# "events traces metrics", or some of them, to see what each costs.
set -euo pipefail
# shellcheck source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$root"
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"

times=3
if [ "${1:-}" = -n ]; then
	times=${2:?"-n needs the number of measurements"}
	shift 2
fi
[ $# -gt 0 ] || set -- -shape chain -runs 200 -raw 0
least=${TENON_LEAST_RATIO:-0.95}
parts=" ${TENON_TELEMETRY:-events traces metrics} "

ensure_cluster --images
system=tekton-pipelines
namespace=tenon-compare-$$
work=$(mktemp -d)
configs=(config-events config-tracing config-observability)

# put_back replaces the data of the ConfigMaps by what it was: keys that were added go.
put_back() {
	local name
	for name in "${configs[@]}"; do
		[ ! -e "$work/$name.json" ] || kubectl -n $system patch configmap "$name" --type json --patch-file "$work/$name.json" >/dev/null || true
	done
	kubectl delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null || true
	rm -rf "$work"
}
trap put_back EXIT

for name in "${configs[@]}"; do
	data=$(kubectl -n $system get configmap "$name" -o jsonpath='{.data}')
	printf '[{"op": "add", "path": "/data", "value": %s}]' "${data:-"{}"}" >"$work/$name.json"
done

# The receivers take part in the measurement: they run on the same machine. They do little.
receivers() {
	kubectl create namespace "$namespace" >/dev/null
	kubectl -n "$namespace" apply -f - >/dev/null <<-'YAML'
		apiVersion: v1
		kind: Service
		metadata: {name: telemetry}
		spec:
		  selector: {app: telemetry}
		  ports: [{name: sink, port: 8080}, {name: http, port: 4318}]
		---
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: telemetry}
		spec:
		  selector: {matchLabels: {app: telemetry}}
		  template:
		    metadata: {labels: {app: telemetry}}
		    spec:
		      terminationGracePeriodSeconds: 1
		      containers:
		      - name: telemetry
		        image: registry.local:5000/telemetry
		        readinessProbe: {httpGet: {path: /-/ready, port: 4318}, periodSeconds: 1}
	YAML
	kubectl -n "$namespace" rollout status deployment/telemetry --timeout=120s >/dev/null
}

set_keys() { # CONFIGMAP JSON
	kubectl -n $system patch configmap "$1" --type merge -p "{\"data\": $2}" >/dev/null
}

turn_on() { # HOST
	if [[ $parts == *" events "* ]]; then set_keys config-events "{\"sink\": \"http://$1:8080\"}"; fi
	if [[ $parts == *" traces "* ]]; then
		set_keys config-tracing "{\"enabled\": \"true\", \"endpoint\": \"http://$1:4318/v1/traces\", \"sampling-rate\": \"1\"}"
	fi
	if [[ $parts == *" metrics "* ]]; then
		set_keys config-observability '{"metrics-protocol": "prometheus", "metrics.count.enable-reason": "true", "metrics.taskrun.level": "taskrun",
			"metrics.pipelinerun.level": "pipelinerun", "metrics.running-pipelinerun.level": "pipelinerun"}'
	fi
}

# switch on|off restarts the controllers, so that each measurement begins alike. Metrics cannot be switched off while a process runs, so
# the protocol is none then.
switch() {
	local host=telemetry.$namespace.svc
	set_keys config-events '{"sink": ""}'
	set_keys config-tracing '{"enabled": "false"}'
	set_keys config-observability '{"metrics-protocol": "none", "metrics.count.enable-reason": "false", "metrics.taskrun.level": "namespace",
		"metrics.pipelinerun.level": "namespace", "metrics.running-pipelinerun.level": ""}'
	[ "$1" = off ] || turn_on "$host"
	local name
	for name in tekton-pipelines-controller tekton-pipelines-webhook tekton-events-controller; do
		kubectl -n $system rollout restart "deployment/$name" >/dev/null
	done
	for name in tekton-pipelines-controller tekton-pipelines-webhook tekton-events-controller; do
		kubectl -n $system rollout status "deployment/$name" --timeout=180s >/dev/null
	done
}

# wait_for_quiet returns when what was measured before and the controllers before are gone: taking them away costs as much as they did, and
# the next measurement would pay for it.
wait_for_quiet() {
	local namespaces deadline=$((SECONDS + 300))
	mapfile -t namespaces < <(kubectl get namespaces -o name | grep '/tenon-load-' || true)
	[ ${#namespaces[@]} -eq 0 ] || kubectl wait --for=delete --timeout=300s "${namespaces[@]}" >/dev/null
	while kubectl -n $system get pods -o 'jsonpath={.items[*].metadata.deletionTimestamp}' | grep -q .; do
		[ $SECONDS -lt $deadline ] || die "pods of $system do not end"
		sleep 1
	done
}

# measure prints runs per second.
measure() {
	local rate
	wait_for_quiet
	"$work/load" "$@" >"$work/report" || die "the load tool failed: $(tail -n 20 "$work/report")"
	rate=$(awk '/(TaskRun|PipelineRun)s per second/ {print $NF; exit}' "$work/report")
	[ -n "$rate" ] || die "the report has no throughput: $(cat "$work/report")"
	echo "$rate"
}

median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

go build -o "$work/load" ./test/load
receivers
for ((i = 1; i <= times; i++)); do
	for state in off on; do
		switch $state
		rate=$(measure "$@")
		echo "$rate" >>"$work/$state"
		say "measurement $i, telemetry $state: $rate runs per second"
	done
done
off=$(median <"$work/off") on=$(median <"$work/on")
awk -v on="$on" -v off="$off" -v least="$least" 'BEGIN {
	printf "telemetry off: %s runs per second; on: %s; ratio %.3f, least %s\n", off, on, on / off, least
	exit on / off < least
}'
