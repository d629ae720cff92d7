#!/usr/bin/env bash
# Makes the images that the examples use, from Debian packages, in a folder that "tenon run --images" takes images from. They are
# like those that the development cluster has in its registry. Images that are there already stay.
#   hack/images.sh [--demo] [FOLDER]
# --demo makes only those of the demo.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck disable=SC2034 # for the library
here=$root/hack/cluster
# shellcheck source=cluster/lib/settings.sh
source "$here/lib/settings.sh"
# shellcheck source=cluster/lib/machine.sh
source "$here/lib/machine.sh"
# shellcheck source=cluster/lib/images.sh
source "$here/lib/images.sh"

cache=${TENON_CACHE:-${HOME:-/root}/.cache/tenon}
which=all
if [ "${1:-}" = --demo ]; then
	which=demo
	shift
fi
folder=${1:-$cache/layout-$which}
mark=$folder/made-$(cat "$here/lib/images.sh" "$root"/hack/images.sh "$root"/hack/layout/*.go | sha256sum | cut -c1-16)
state=$cache # of the log of installations
[ ! -e "$mark" ] || exit 0

layout() { "$work/layout" "$@" >&2 || die "making images"; }

# These take the place of the cluster's, which put images into its registry.
push() {
	local tar=$1 names=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	layout append -layout "$new" -tar "$tar" -env "PATH=$default_path" "$@" "${names[@]}"
	say "  ${names[*]}"
}

derive() {
	local from=$1 names=()
	shift
	while [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	shift
	layout derive -layout "$new" -from "$from" "$@" "${names[@]}"
	say "  ${names[*]}"
}

trust_cluster() {
	mkdir -p "$1/etc/ssl/certs"
	[ -e "$1/etc/ssl/certs/ca-certificates.crt" ] || cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/" 2>/dev/null || true
}

# make_git: what the demo clones with.
make_git() {
	mmdebstrap --variant=minbase --include=ca-certificates,git --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		bookworm "$work/git" >"$work/git.log" 2>&1 </dev/null || die "making a Debian root: $(tail -n 5 "$work/git.log")"
	rm -rf "$work"/git/var/{cache/apt,lib/apt/lists}/*
	tar -C "$work/git" --numeric-owner -cf "$work/git.tar" .
}

began=$SECONDS
mkdir -p "$cache/log"
missing=()
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
[ -x /bin/busybox ] || missing+=(busybox-static)
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
say "making images from Debian packages"
work=$(mktemp -d)
new=$folder.new
trap 'rm -rf "$work" "$new"' EXIT
rm -rf "$new"
if [ $which = demo ]; then make_git & else make_debian & fi
debian=$!
(cd "$root" && CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath" go build -o "$work/layout" ./hack/layout)
push_busybox
wait "$debian"
if [ $which = demo ]; then
	push "$work/git.tar" alpine/git:latest -- -entrypoint git -workdir /git
else
	push_debian
fi
touch "$new/${mark##*/}"
rm -rf "$folder"
mv "$new" "$folder"
say "made images in $((SECONDS - began)) s"
