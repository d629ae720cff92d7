#!/usr/bin/env bash
# Runs the checks and tests: all stages, or those named.
#   hack/test.sh [lint] [codegen] [licenses] [unit] [e2e] [demo] [demo-cluster]
# The end-to-end tests and demo-cluster run on the development cluster, or on that of KUBECONFIG if it names another one. Every
# stage runs, whatever came of those before; the exit code is 1 if one of them failed.
#   TENON_E2E_PARALLEL  end-to-end tests at a time (4)
#   TENON_E2E_ARGS      more arguments for go test, such as "-run TestFinally"
#   CI=true             start with an empty cluster
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

# The flags of the images' build, so that all stages share one compilation of the dependencies.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"

stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(lint codegen licenses unit e2e demo demo-cluster)

durations=() failed=() background=''
logs=$(mktemp -d)
trap finish EXIT

finish() {
	if [ -n "$background" ]; then kill -- "-$background" 2>/dev/null || true; fi
	rm -rf "$logs"
}

# stage NAME COMMAND... runs a stage and notes how long it took and whether it failed.
stage() {
	local name=$1 began=$SECONDS outcome=passed
	shift
	printf '\n=== %s\n' "$name"
	if ! "$@"; then
		outcome=FAILED
		failed+=("$name")
	fi
	durations+=("$(printf '%-12s %5d s  %s' "$name" $((SECONDS - began)) "$outcome")")
}

wants() {
	local name
	for name in "${stages[@]}"; do [ "$name" != "$1" ] || return 0; done
	return 1
}

lint() {
	install_tools golangci-lint
	# Each is run even if the one before has failed. Without -e, since this is the condition of an if.
	local code=0
	golangci-lint run --allow-serial-runners ./... || code=1
	lint_scripts || code=1
	return $code
}

lint_scripts() {
	if ! command -v shellcheck >/dev/null; then
		say "shellcheck is not installed: scripts are not checked"
		return 0
	fi
	shellcheck hack/*.sh hack/*/*.sh test/upgrade/*.sh hack/cluster/cluster hack/cluster/lib/*.sh .ci/run
}

unit() {
	install_tools helm
	go test ./...
}

# prepare_cluster makes everything that the end-to-end tests need. It runs beside the other stages: it waits for downloads
# while they compute, and the other way round.
prepare_cluster() {
	if uses_development_cluster; then
		nice "$cluster" build
		if [ -n "${CI:-}" ]; then ensure_cluster --fresh --images; else ensure_cluster --images; fi
		(cd hack/cluster/kubelocal && GOFLAGS=-trimpath go test ./volumes)
	fi
	hack/deploy.sh
}

start_preparing() {
	# A process group of its own, so that it can be ended with everything that it started, but for the cluster itself.
	set -m
	(set -e; prepare_cluster) >"$logs/prepare" 2>&1 </dev/null &
	background=$!
	set +m
}

await_cluster() {
	local code=0
	wait "$background" || code=1
	background=''
	cat "$logs/prepare"
	return $code
}

# Tests that take the installation or the cluster apart come last, in this order: what goes wrong there would fail all others.
last=(restart takeover upgrade drain install)

e2e_packages() {
	local name only
	only=$(IFS='|' && echo "release|${last[*]}")
	go list -tags e2e ./test/... | grep -Ev "/test/($only)$"
	for name in "${last[@]}"; do [ ! -d "test/$name" ] || echo "./test/$name"; done
}

# e2e runs the test of releases beside the others: it compiles and needs no cluster, while they wait for theirs most of the time.
e2e() {
	ensure_cluster
	local packages code=0 release
	mapfile -t packages < <(e2e_packages)
	# shellcheck disable=SC2086 # several arguments
	nice -n 19 go test -tags e2e -count=1 -v -timeout 60m ./test/release ${TENON_E2E_ARGS:-} >"$logs/release" 2>&1 &
	release=$!
	# One package at a time, since some change settings of the whole installation. It also shows results as they come.
	# shellcheck disable=SC2086 # several arguments
	go test -tags e2e -count=1 -v -p 1 -parallel "${TENON_E2E_PARALLEL:-4}" -timeout 40m "${packages[@]}" ${TENON_E2E_ARGS:-} || code=1
	[ $code = 0 ] || hack/diagnose.sh
	wait $release || code=1
	cat "$logs/release"
	return $code
}

# Tests of what runs without a cluster, of alerts (promtool) and of metrics (prometheus) are left out where these are missing.
if [ "$(id -u)" = 0 ] && { wants unit || wants e2e; }; then
	ensure_packages crun:crun newuidmap:uidmap busybox:busybox-static git:git ssh:openssh-client promtool:prometheus openssl:openssl
fi
if wants e2e; then start_preparing; fi
if wants lint; then stage lint lint; fi
if wants codegen; then stage codegen hack/verify-codegen.sh; fi
if wants licenses; then stage licenses hack/update-licenses.sh --check; fi
if wants unit; then stage unit unit; fi
if wants e2e; then
	stage cluster await_cluster
	if [[ " ${failed[*]} " == *" cluster "* ]]; then hack/diagnose.sh; else stage e2e e2e; fi
fi
if wants demo; then stage demo hack/demo.sh; fi
if wants demo-cluster; then stage demo-cluster hack/demo-cluster.sh; fi

printf '\n=== durations\n'
printf '%s\n' "${durations[@]}"
[ ${#failed[@]} -eq 0 ] || die "failed: ${failed[*]}"
