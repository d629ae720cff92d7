#!/usr/bin/env bash
# Installs the named tools, each of a pinned version, into the tool cache, which is outside of the checkout and shared by
# all of them. Installed tools are kept until their version here changes.
#   hack/tools.sh crane ko golangci-lint
set -euo pipefail

cache=${TENON_CACHE:-${HOME:-/root}/.cache/tenon}
bin=$cache/bin

package_of() {
	case $1 in
	crane) echo github.com/google/go-containerregistry/cmd/crane@v0.21.9 ;;
	golangci-lint) echo github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 ;;
	helm) echo helm.sh/helm/v4/cmd/helm@v4.3.1 ;;
	ko) echo github.com/google/ko@v0.19.1 ;;
	*)
		echo "tools.sh: unknown tool '$1': want crane, golangci-lint, helm or ko" >&2
		return 2
		;;
	esac
}

install_tool() {
	local name=$1 package log=$cache/log/$1
	package=$(package_of "$name")
	[ "$(cat "$cache/versions/$name" 2>/dev/null)" != "$package" ] || [ ! -x "$bin/$name" ] || return 0
	echo "installing $package" >&2
	# The caller's flags are for the project's own build: -mod=vendor, say, would be an error here.
	if ! (cd / && env -u GOWORK GOFLAGS='' CGO_ENABLED=0 GOBIN="$bin" go install "$package") >"$log" 2>&1; then
		echo "tools.sh: installing $package: $(tail -n 5 "$log")" >&2
		return 1
	fi
	echo "$package" >"$cache/versions/$name"
}

[ $# -gt 0 ] || {
	echo "usage: tools.sh TOOL..." >&2
	exit 2
}
mkdir -p "$bin" "$cache/versions" "$cache/log"
exec 8>"$cache/lock" # two calls must not install one tool at the same time
flock 8
for tool; do install_tool "$tool" 8>&-; done
