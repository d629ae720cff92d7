#!/usr/bin/env bash
# Builds the images of a checkout and prints its manifests, as hack/deploy.sh applies them, without applying them.
#   manifests.sh COMMIT|. VERSION
# COMMIT is any commit of this repository, . the checkout itself.
set -euo pipefail
# shellcheck source=../../hack/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../hack/lib.sh"

commit=${1:?"which commit, or . for the checkout"} version=${2:?"which version its labels should say"}
sources=$root work=$(mktemp -d)

clean() {
	if [ "$sources" != "$root" ]; then git -C "$root" worktree remove --force "$sources" >&2 || true; fi
	rm -rf "$work"
}
trap clean EXIT

install_tools ko >&2
ensure_cluster --images >&2
if [ "$commit" != . ]; then
	git -C "$root" worktree add --quiet --detach "$work/sources" "$commit" >&2
	sources=$work/sources
fi
cd "$sources"
flags=(--base-import-paths --sbom=none --platform="linux/$(go env GOARCH)")
if uses_development_cluster; then
	flags+=(--insecure-registry)
	# Its registry is the only one that can be reached.
	export KO_DEFAULTBASEIMAGE=${KO_DEFAULTBASEIMAGE:-registry.local:5000/base/static} KO_CONFIG_PATH=$work/.ko.yaml
	sed 's#cgr.dev/chainguard/git:latest#registry.local:5000/tools#' .ko.yaml >"$KO_CONFIG_PATH"
fi
export TENON_VERSION=$version
ko resolve "${flags[@]}" -R -f config/ 2>"$work/log" >"$work/manifests" || {
	cat "$work/log" >&2
	exit 1
}
sed -E 's#^( +((app\.kubernetes\.io/)?version|(pipeline|resolution)\.tekton\.dev/release): )devel$#\1"'"$version"'"#' "$work/manifests"
