# shellcheck shell=bash
# The images that the cluster, the tests and the examples use, made from Debian packages and pushed to the cluster's
# registry, so that no other registry is needed. containerd asks the cluster's registry for the repository path of an
# image whatever host its name has: mirror.gcr.io/busybox is looked for as busybox, and plain busybox, which is short
# for docker.io/library/busybox, as library/busybox. Hence the several paths of one image.

default_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

crane() { "${TENON_CACHE:-${HOME:-/root}/.cache/tenon}/bin/crane" "$@"; }

# push TAR NAME... [-- MUTATION...] makes an image of one layer and gives it its names.
push() {
	local layer=$1 names=() name platform
	platform=linux/$(GOFLAGS='' go env GOARCH)
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	local first=$registry/${names[0]}
	crane append --insecure --oci-empty-base -f "$layer" -t "$first" >/dev/null 2>&1 || die "pushing $first"
	crane mutate --insecure --set-platform "$platform" -t "$first" --env "PATH=$default_path" "$@" "$first" >/dev/null 2>&1 ||
		die "configuring $first"
	for name in "${names[@]:1}"; do crane copy --insecure "$first" "$registry/$name" >/dev/null 2>&1 || die "naming $registry/$name"; done
	say "  ${names[*]}"
}

# derive IMAGE NAME... -- MUTATION... makes an image that differs from another in its settings only.
derive() {
	local from=$registry/$1 names=() name
	shift
	while [ "$1" != -- ]; do
		names+=("$1")
		shift
	done
	shift
	for name in "${names[@]}"; do
		crane mutate --insecure -t "$registry/$name" "$@" "$from" >/dev/null 2>&1 || die "making $name of $from"
	done
	say "  ${names[*]}"
}

# once NAME SOURCE... -- FUNCTION calls the function unless it has made the images called NAME from these files already. The
# mark of that is in the registry's storage, and goes with it.
once() {
	local name=$1 sources=() mark
	shift
	while [ "$1" != -- ]; do
		sources+=("$1")
		shift
	done
	mark=$state/registry/made-$name-$(cat "${sources[@]}" | sha256sum | cut -c1-16)
	[ ! -e "$mark" ] || return 0
	"$here/../tools.sh" crane
	work=$(mktemp -d)
	# shellcheck disable=SC2064 # this work folder, not one of a later call
	trap "rm -rf '$work'" EXIT
	"$2"
	rm -rf "$work"
	trap - EXIT
	date >"$mark"
}

# ensure_pause_image pushes the image of every pod's first process, without which no pod starts.
ensure_pause_image() { once pause "$bin_dir/pause" -- push_pause; }

# load_images makes the images, each only once.
load_images() {
	need_root
	with_lock
	is_alive registry || die "the cluster is down: 'cluster up' first"
	local began=$SECONDS
	once base "$here/lib/images.sh" -- make_base_images
	once gitserver "$here"/../gitserver/*.go "$here"/../remotes/*.go "$here"/../remotes/*/*.go "$here"/../bundle/pack/*.go -- push_gitserver
	once telemetry "$here"/../telemetry/*.go "$here"/../telemetry/*/*.go -- push_telemetry
	[ $((SECONDS - began)) -lt 2 ] || say "made images in $((SECONDS - began)) s"
}

make_base_images() {
	local missing=() debian
	command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
	[ -x /bin/busybox ] || missing+=(busybox-static)
	[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
	say "making images"
	make_debian &
	debian=$!
	push_static
	push_crane
	push_busybox
	wait "$debian"
	push_debian
}

push_pause() {
	tar -C "$bin_dir" -cf "$work/pause.tar" pause
	push "$work/pause.tar" pause:local -- --entrypoint /pause
}

# push_gitserver: a server of Git repositories for tests and the demo, and beside it the other servers that tests use.
push_gitserver() {
	mkdir -p "$work/gitserver/ko-app"
	(cd "$here/../.." && CGO_ENABLED=0 go build -mod=vendor -o "$work/gitserver/ko-app/" ./hack/gitserver ./hack/remotes) ||
		die "building gitserver and remotes"
	tar -C "$work/gitserver" --numeric-owner --owner=0 --group=0 -cf "$work/gitserver.tar" .
	crane append --insecure --base "$registry/tools" -f "$work/gitserver.tar" -t "$registry/gitserver" >/dev/null 2>&1 || die "pushing gitserver"
	derive gitserver gitserver:latest -- --entrypoint /ko-app/gitserver --cmd '' --user 65532:65532
}

# push_telemetry: what receives CloudEvents and traces in tests.
push_telemetry() {
	mkdir -p "$work/telemetry/ko-app"
	(cd "$here/../.." && CGO_ENABLED=0 go build -mod=vendor -o "$work/telemetry/ko-app/" ./hack/telemetry) || die "building telemetry"
	tar -C "$work/telemetry" --numeric-owner --owner=0 --group=0 -cf "$work/telemetry.tar" .
	crane append --insecure --base "$registry/base/static" -f "$work/telemetry.tar" -t "$registry/telemetry" >/dev/null 2>&1 ||
		die "pushing telemetry"
	derive telemetry telemetry:latest -- --entrypoint /ko-app/telemetry
}

make_root() { # NAME: an empty root for an image, with the folders that programs expect
	mkdir -p "$work/$1"/{bin,etc/ssl/certs,home/nonroot,root,tmp,usr/bin}
	chmod 1777 "$work/$1/tmp"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh \
		nobody:x:65534:65534:nobody:/:/bin/sh >"$work/$1/etc/passwd"
	printf '%s\n' root:x:0: nonroot:x:65532: nogroup:x:65534: >"$work/$1/etc/group"
	trust_cluster "$work/$1"
}

# trust_cluster lets programs in the image trust the cluster's registry when they ask for it under an alias.
trust_cluster() { cat /etc/ssl/certs/ca-certificates.crt "$pki/ca.crt" >"$1/etc/ssl/certs/ca-certificates.crt"; }

pack() { # NAME
	tar -C "$work/$1" --numeric-owner --owner=0 --group=0 -cf "$work/$1.tar" .
}

# push_static: base image of the project's own images; a user other than root, and certificate authorities.
push_static() {
	make_root static
	pack static
	push "$work/static.tar" base/static:latest -- --user 65532:65532
}

push_crane() {
	make_root crane
	mkdir -p "$work/crane/ko-app"
	cp "${TENON_CACHE:-${HOME:-/root}/.cache/tenon}/bin/crane" "$work/crane/ko-app/crane"
	pack crane
	push "$work/crane.tar" go-containerregistry/crane:latest -- --entrypoint /ko-app/crane
}

push_busybox() {
	local applet
	make_root busybox
	cp /bin/busybox "$work/busybox/bin/busybox"
	for applet in $(/bin/busybox --list); do
		[ -e "$work/busybox/bin/$applet" ] || ln -s busybox "$work/busybox/bin/$applet"
	done
	ln -s ../../bin/env "$work/busybox/usr/bin/env"
	pack busybox
	push "$work/busybox.tar" library/busybox:latest library/busybox:1.36 busybox:latest library/alpine:latest alpine:latest -- --cmd sh
}

# make_debian makes one root for all images that need more than busybox has, without what only a person would read: one
# layer to make, store and unpack.
make_debian() {
	local root=$work/debian
	local packages=bash,busybox-static,ca-certificates,curl,git,jq,openssh-client,openssh-server,procps,python3-minimal
	mmdebstrap --variant=minbase --include=$packages --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		bookworm "$root" >"$root.log" 2>&1 </dev/null || die "making a Debian root: $(tail -n 5 "$root.log")"
	rm -rf "$root"/var/{cache/apt,lib/apt/lists}/*
	ln -sf /bin/busybox "$root/bin/ash"
	ln -s python3 "$root/usr/bin/python"
	ln -s /bin/bash "$root/usr/local/bin/bash"
	mkdir -p "$root/home/nonroot"
	chmod 777 "$root/home/nonroot"
	echo nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/bash >>"$root/etc/passwd"
	echo nonroot:x:65532: >>"$root/etc/group"
	# The entrypoint of the image called bash: it runs its arguments by bash if they are options.
	cat >"$root/usr/local/bin/docker-entrypoint.sh" <<-'SH'
		#!/bin/bash
		case ${1:-} in -* | '') set -- bash "$@" ;; esac
		exec "$@"
	SH
	chmod +x "$root/usr/local/bin/docker-entrypoint.sh"
	trust_cluster "$root"
	tar -C "$root" --numeric-owner -cf "$root.tar" .
}

push_debian() {
	push "$work/debian.tar" tools:latest library/tools:latest library/debian:latest library/debian:bookworm debian:latest \
		library/ubuntu:latest ubuntu:latest library/python:latest python:latest \
		tektoncd/plumbing/alpine-git-nonroot:latest -- --cmd bash
	derive tools:latest library/bash:latest bash:latest bash:5.1.4 -- --entrypoint docker-entrypoint.sh --cmd bash
	derive tools:latest alpine/git:latest -- --entrypoint git --workdir /git
}
