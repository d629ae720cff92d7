#!/usr/bin/env bash
# Shows Tenon at work on this machine, without a cluster: builds tenon, gets an OCI runtime and the images from Debian packages, and
# runs a pipeline that clones, builds and tests a program. Exits with 1 if anything goes otherwise than it should.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

demo=$root/examples/_demo
cache=${TENON_CACHE:-${HOME:-/root}/.cache/tenon}
images=$cache/layout-demo
began=$SECONDS

title() {
	if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n=== %s\n' "$*"; fi
}

# make_images needs root for the packages; the images are there for everybody then.
make_images() {
	ensure_packages crun:crun git:git
	"$root/hack/images.sh" --demo "$images"
}

work=$(mktemp -d)
server=''
# shellcheck disable=SC2317 # the trap calls it
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

# serve_repository starts a Git server with the demo's repository and prints its address.
serve_repository() {
	local try
	(cd "$root" && CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath" go build -o "$work/gitserver" ./hack/gitserver)
	HOME=$work "$work/gitserver" -listen=127.0.0.1:0 -root="$work/repositories" -seed="greet=$demo/repository" >"$work/gitserver.log" 2>&1 &
	server=$!
	for ((try = 0; try < 100; try++)); do
		address=$(sed -nE 's/.*listening on (127[0-9.:]+).*/\1/p' "$work/gitserver.log" | head -n 1)
		[ -z "$address" ] || return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	die "the Git server does not start: $(cat "$work/gitserver.log")"
}

check_results() {
	local word
	for word in "Guten Tag, World!" "5 tests passed" "Succeeded"; do
		grep -qF "$word" "$work/objects.yaml" || die "the results are not what they should be: $word is missing"
	done
}

show_refusal() {
	local code=0
	"$root/bin/tenon" run "$demo/cycle.yaml" >"$work/refusal" 2>&1 || code=$?
	cat "$work/refusal"
	if [ $code -ne 2 ] || ! grep -q cycle "$work/refusal"; then
		die "a Pipeline with a cycle was not refused as it should be (exit code $code)"
	fi
}

title "Building tenon, and images from Debian packages"
make_images &
making=$!
"$root/hack/tenon.sh" "$root/bin/tenon"
wait "$making"
serve_repository
say "ready after $((SECONDS - began)) s"

title "Running examples/_demo/pipeline.yaml on this machine"
echo "\$ tenon run pipeline.yaml run.yaml --param url=http://$address/greet"
"$root/bin/tenon" run "$demo/pipeline.yaml" "$demo/run.yaml" --images "$images" --param "url=http://$address/greet" -o yaml >"$work/objects.yaml" ||
	die "the run has not succeeded"
check_results

title "A pipeline that cannot work is refused at once: two tasks that wait for each other"
show_refusal

title "Look around"
cat <<TEXT
  bin/tenon help                                                    # what else it can do
  bin/tenon graph examples/_demo/pipeline.yaml                      # the pipeline as a picture
  bin/tenon lint examples/_demo                                     # all that is wrong with files, with line and column
  bin/tenon run --images $images examples/taskruns/hello.yaml
  make demo-cluster                                                 # the same pipeline on a real Kubernetes
TEXT
