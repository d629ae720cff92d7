#!/usr/bin/env bash
# Shows Tenon at work on a cluster: installs it, runs a pipeline that clones, builds and tests a program, and follows the run. Starts the
# development cluster if KUBECONFIG names no other. Exits with 1 if anything goes otherwise than it should.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=demo/follow.sh
source "$root/hack/demo/follow.sh"

demo=$root/examples/_demo
namespace=tenon-demo
patience=300 # seconds for the run, on a slow machine

title() {
	if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n=== %s\n' "$*"; fi
}

on_cluster() { kubectl --namespace "$namespace" "$@"; }

# make_namespace starts from nothing, so that the demo can be repeated.
make_namespace() {
	kubectl delete namespace "$namespace" --ignore-not-found >/dev/null
	kubectl create namespace "$namespace" >/dev/null
}

git_server_image() {
	if uses_development_cluster; then
		echo registry.local:5000/gitserver
		return
	fi
	# Elsewhere, on a base image that has git.
	install_tools ko
	(cd "$root" && KO_DEFAULTBASEIMAGE=${TENON_GIT_BASE_IMAGE:-docker.io/library/buildpack-deps:bookworm-scm} \
		ko build --base-import-paths --sbom=none ./hack/gitserver)
}

# serve_repository puts the files of the demo's repository into a ConfigMap and starts a Git server on it.
serve_repository() {
	local file files=() image
	while read -r file; do
		files+=("--from-file=${file//\//__}=$demo/repository/$file")
	done < <(cd "$demo/repository" && find . -type f -printf '%P\n')
	on_cluster create configmap greet-repository "${files[@]}" >/dev/null
	image=$(git_server_image)
	sed "s|registry.local:5000/gitserver|$image|" "$demo/git-server.yaml" | on_cluster apply -f - >/dev/null
	on_cluster rollout status deployment/git --timeout=120s >/dev/null || die "the Git server does not start"
}

start_run() { on_cluster create -f "$demo/run.yaml" -o 'jsonpath={.metadata.name}'; }

print_results() {
	on_cluster get pipelinerun "$1" -o go-template='{{range .status.results}}{{printf "  %-10s %s\n" .name .value}}{{end}}'
}

# check_results compares what must come out of the run, so that the demo fails if it does not.
check_results() {
	local results
	results=$(print_results "$1")
	[[ $results == *"Guten Tag, World!"* && $results == *"5 tests passed"* && $results == *"Succeeded"* ]] ||
		die "the results are not what they should be"
}

show_refusal() {
	local answer
	if answer=$(on_cluster create -f "$demo/cycle.yaml" 2>&1); then
		die "a Pipeline with a cycle was accepted: $answer"
	fi
	printf '%s\n' "$answer"
	[[ $answer == *"denied the request"*cycle* ]] || die "the Pipeline with a cycle was refused for another reason"
}

title "Installing Tenon"
"$root/hack/deploy.sh"
ensure_cluster --images

title "Serving a Git repository inside the cluster"
make_namespace
serve_repository
echo "http://git/greet, from examples/_demo/repository"

title "Creating the tasks and the pipeline (examples/_demo/pipeline.yaml) and running it"
on_cluster apply -f "$demo/pipeline.yaml"
run=$(start_run)
echo "pipelinerun.tekton.dev/$run created"

title "Following $run"
follow "$namespace" "$run" "$patience" || die "the run has not succeeded"

title "Results"
print_results "$run"
check_results "$run"

title "A pipeline that cannot work is refused at once: two tasks that wait for each other"
show_refusal

title "Look around"
cat <<TEXT
  export KUBECONFIG=$KUBECONFIG PATH=${TENON_CLUSTER_STATE:-/var/lib/tenon-cluster}/bin:\$PATH
  kubectl -n $namespace get pipelineruns,taskruns,pods
  kubectl -n $namespace describe pipelinerun $run
  kubectl -n $namespace create -f examples/_demo/run.yaml    # run it again
Tear down
  kubectl delete namespace $namespace    # the demo
  make undeploy                          # Tenon
  make cluster-down                      # the development cluster
TEXT
