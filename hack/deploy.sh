#!/usr/bin/env bash
# Builds the images, installs config/ and returns when everything answers. On another cluster than the development cluster,
# set KUBECONFIG, and KO_DOCKER_REPO to a repository it can pull from.
#   hack/deploy.sh --manifests FILE    builds the images and writes the manifests, but installs nothing
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

install_tools ko
ensure_cluster --images
cd "$root"

# use_base_images makes ko take the base images from the development cluster's registry, the only one that can be reached there.
use_base_images() {
	export KO_DEFAULTBASEIMAGE=${KO_DEFAULTBASEIMAGE:-registry.local:5000/base/static} KO_CONFIG_PATH=$1/.ko.yaml
	sed 's#cgr.dev/chainguard/git:latest#registry.local:5000/tools#' .ko.yaml >"$KO_CONFIG_PATH"
}

# resolve_config FILE lets ko build and push an image for each ko:// reference in config/, and labels everything with the build.
resolve_config() {
	local flags=(--base-import-paths --sbom=none --platform="linux/$(go env GOARCH)") manifests=$1 work
	work=$(mktemp -d)
	if uses_development_cluster; then
		flags+=(--insecure-registry)
		use_base_images "$work"
	fi
	say "building the images of $TENON_VERSION"
	ko resolve "${flags[@]}" -R -f config/ 2>"$work/log" >"$manifests" || {
		cat "$work/log" >&2
		rm -rf "$work"
		return 1
	}
	rm -rf "$work"
	sed -i -E 's#^( +((app\.kubernetes\.io/)?version|(pipeline|resolution)\.tekton\.dev/release): )devel$#\1"'"$TENON_VERSION"'"#' "$manifests"
}

apply_config() {
	local manifests code=0
	manifests=$(mktemp)
	# Server-side: the webhook adds its certificate to objects of config/, which must stay when they are applied again.
	resolve_config "$manifests" && quietly kubectl apply --server-side --force-conflicts -f "$manifests" || code=1
	rm -f "$manifests"
	return $code
}

wait_for_deployments() {
	local namespace name
	while read -r namespace name; do
		kubectl -n "$namespace" rollout status "deployment/$name" --timeout=180s >/dev/null || {
			kubectl -n "$namespace" describe "deployment/$name" | tail -n 20 >&2
			kubectl -n "$namespace" get pods >&2
			kubectl -n "$namespace" logs "deployment/$name" --tail=30 >&2 || true
			die "$name did not become available"
		}
	done < <(kubectl get deployments -A -l app.kubernetes.io/part-of=tekton-pipelines \
		-o 'jsonpath={range .items[*]}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}')
}

# wait_for_admission returns when the webhook refuses a Task without steps: the API server can ask it only some time after
# it has started, when it has handed over its certificate and its rules.
wait_for_admission() {
	local task deadline=$((SECONDS + 60)) answer=''
	task='{"apiVersion": "tekton.dev/v1", "kind": "Task", "metadata": {"name": "without-steps"}, "spec": {"steps": []}}'
	until [[ $answer == *validation.webhook.pipeline.tekton.dev*denied* ]]; do
		[ $SECONDS -lt $deadline ] || die "the webhook does not answer: $answer"
		answer=$(kubectl create --namespace default --dry-run=server -f - <<<"$task" 2>&1 || true)
	done
}

began=$SECONDS
TENON_VERSION=$(build_version)
export TENON_VERSION
if [ "${1:-}" = --manifests ]; then
	resolve_config "$2"
	exit
fi
# On a cluster that has just started, the webhook of an earlier installation may not answer yet, and is asked about ConfigMaps.
apply_config || {
	say "waiting for the Tenon that is installed already, then trying again"
	wait_for_deployments
	wait_for_admission
	apply_config
}
wait_for_deployments
wait_for_admission
say "Tenon is installed ($((SECONDS - began)) s)"
