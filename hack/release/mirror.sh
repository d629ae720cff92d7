#!/bin/sh
# Loads the images of this release into a registry, with their signatures if there are any, and writes the manifest that takes
# them from there. Digests stay what they are, so what the release says of an image holds for its copy.
#   ./mirror.sh [--insecure] [--output FILE] REPOSITORY
# puts the image controller to REPOSITORY/controller, and so on, and writes release.mirror.yaml. Needs crane
# (github.com/google/go-containerregistry/cmd/crane), and a login to the registry that crane knows of.
set -eu

usage() {
	echo "usage: mirror.sh [--insecure] [--output FILE] REPOSITORY" >&2
	exit 2
}

insecure='' output='' to=''
while [ $# -gt 0 ]; do
	case $1 in
	--insecure) insecure=--insecure ;;
	--output)
		[ $# -gt 1 ] || usage
		output=$2
		shift
		;;
	-*) usage ;;
	*)
		[ -z "$to" ] || usage
		to=${1%/}
		;;
	esac
	shift
done
[ -n "$to" ] || usage
release=$(cd "$(dirname "$0")" && pwd)
output=${output:-$release/release.mirror.yaml}
command -v crane >/dev/null || {
	echo "mirror.sh: crane is not there: install github.com/google/go-containerregistry/cmd/crane" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# push LAYOUT DIGEST REFERENCE: crane pushes layouts of one image, so it is shown one.
push() {
	blob=$1/blobs/sha256/${2#sha256:}
	[ "$(sha256sum <"$blob" | cut -d' ' -f1)" = "${2#sha256:}" ] || {
		echo "mirror.sh: $blob is not what its name says: the release is damaged" >&2
		exit 1
	}
	type=$(sed -nE '1,/mediaType/s/^[^{]*\{?[^{]*"mediaType": ?"([^"]*)".*/\1/p' "$blob" | head -n 1)
	rm -rf "$work/one"
	mkdir "$work/one"
	ln -s "$1/blobs" "$work/one/blobs"
	cp "$1/oci-layout" "$work/one/"
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","size":%s,"digest":"%s"}]}' "$type" "$(wc -c <"$blob")" "$2" >"$work/one/index.json"
	# shellcheck disable=SC2086 # no argument if it is empty
	crane push $insecure "$work/one" "$3" >/dev/null
	# shellcheck disable=SC2086
	[ "$(crane digest $insecure "$3")" = "$2" ] || {
		echo "mirror.sh: the registry has another image under $3" >&2
		exit 1
	}
	echo "$3@$2"
}

from=''
while read -r reference; do
	named=${reference%@*} # REPOSITORY/NAME:VERSION
	from=${named%/*}
	push "$release/images" "${reference#*@}" "$to/${named##*/}"
done <"$release/images.txt"
if [ -f "$release/signatures.txt" ]; then
	while read -r reference; do
		push "$release/signatures" "${reference#*@}" "$to/${reference%@*}"
	done <"$release/signatures.txt"
fi

escaped=$(printf '%s' "$from" | sed 's/[.[\*^$#]/\\&/g')
replacement=$(printf '%s' "$to" | sed 's/[&#\\]/\\&/g')
sed -E "s#(^|[ \"'])$escaped/([a-z0-9-]+(:[A-Za-z0-9_.-]+)?@sha256:)#\\1$replacement/\\2#g" "$release/release.yaml" >"$output"
echo "wrote $output" >&2
