#!/usr/bin/env bash
# Prints what helps to find out why an installation or a test does not work: pods, events and logs.
set -uo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if uses_development_cluster; then
	KUBECONFIG=$("$cluster" kubeconfig)
	export KUBECONFIG
	"$cluster" status || exit 0
fi

title() { printf '\n--- %s\n' "$*"; }

title "pods that are neither running nor completed, and those of the installation"
kubectl get pods -A -o wide | grep -vE ' (Running|Completed) ' || true
kubectl get pods -A -o wide -l app.kubernetes.io/part-of=tekton-pipelines
title "runs that are not done"
kubectl get pipelineruns,taskruns -A 2>/dev/null | grep -vE ' (True|False) ' || true
title "latest warnings"
kubectl get events -A --field-selector type=Warning --sort-by=.lastTimestamp | tail -n 40
for deployment in tekton-pipelines/tekton-pipelines-controller tekton-pipelines/tekton-pipelines-webhook tekton-pipelines/tekton-events-controller \
	tekton-pipelines-resolvers/tekton-pipelines-remote-resolvers; do
	title "log of $deployment"
	kubectl -n "${deployment%/*}" logs "deployment/${deployment#*/}" --all-containers --tail=150
done
exit 0
