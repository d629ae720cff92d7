#!/usr/bin/env bash
# Removes what hack/deploy.sh installed, with all Tasks, Pipelines and runs. Never starts a cluster.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if uses_development_cluster; then
	"$cluster" status >/dev/null 2>&1 || die "the development cluster does not run"
	KUBECONFIG=$("$cluster" kubeconfig)
	export KUBECONFIG
fi
cd "$root"

remove() { kubectl delete --ignore-not-found -R -f "$1"; }

# Admission first, so that no webhook without a server stands in the way; then the definitions, and with them their objects,
# while the controller is still there to do what their finalizers ask for.
remove config/500-webhooks
remove config/300-crds
remove config
