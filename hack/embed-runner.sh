#!/usr/bin/env bash
# Builds the programs of the step runner that `tenon run` carries, and puts them, compressed, where pkg/local/runner embeds them: those
# for the architecture that Go builds for, or those that are named. Does nothing for programs that are up to date.
#   hack/embed-runner.sh [--all | ARCHITECTURE...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
to=$root/pkg/local/runner/programs
cd "$root"

# state names everything that a program is made from: the sources of it and of its dependencies, the modules and the compiler.
state() {
	# shellcheck disable=SC2016 # a template
	GOOS=linux GOARCH=$2 go list -deps -f '{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}' "./cmd/$1" |
		sort -u | xargs sha256sum | sed "s|$root/||" | { cat; go version; sha256sum "${BASH_SOURCE[0]}" | cut -d' ' -f1; } | sha256sum
}

export CGO_ENABLED=0
if [ $# = 0 ]; then set -- "$(go env GOARCH)"; fi
if [ "$1" = --all ]; then set -- amd64 arm64; fi
for arch in "$@"; do
	if [ ! -d "$to/$arch" ]; then
		echo "embed-runner.sh: there are no programs for architecture $arch; the command line stands in for them" >&2
		continue
	fi
	for program in entrypoint entrypoint-cel; do
		file=$to/$arch/$program
		state=$to/$arch/.$program.state
		now=$(state "$program" "$arch")
		if [ -s "$file.gz" ] && [ "$(cat "$state" 2>/dev/null)" = "$now" ]; then continue; fi
		made=$to/$arch/.$program
		GOOS=linux GOARCH=$arch go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" -o "$made" "./cmd/$program"
		gzip --no-name --best --stdout "$made" >"$made.gz"
		mv "$made.gz" "$file.gz"
		rm "$made"
		printf '%s\n' "$now" >"$state"
	done
done
