#!/usr/bin/env bash
# Makes a release: images in an OCI layout, manifests, a Helm chart, a base for Kustomize, the command line, SPDX documents,
# provenance, checksums and, with a key, signatures. Two builds of one commit are the same but for signatures.
#   hack/release.sh [OPTION...] VERSION
#     --platforms LIST      of the images (linux/amd64,linux/arm64,linux/s390x,linux/ppc64le); entrypoint and nop are made for
#                           windows/amd64 too if the list is not given
#     --cli-platforms LIST  of the command line (those of the images, darwin/amd64, darwin/arm64 and windows/amd64; if
#                           --platforms is given, those of the images)
#     --windows             entrypoint and nop for windows/amd64 with --platforms too
#     --repository REPO     what the manifests call the images' registry (ghcr.io/tenon-ci/tenon)
#     --push REPO           push the images there, too, and have the manifests name it; --layout is the opposite, and the default
#     --insecure            push without encryption, as to the development cluster's registry
#     --key FILE            private key that signs (ECDSA on P-256, in PEM form)
#     --output DIR          where the release goes (release/VERSION); it must not be there, or be empty
#     --allow-dirty         take a checkout with changes that are not committed
#   TENON_BASE_IMAGE, TENON_GIT_BASE_IMAGE  base images; without them, hack/release/debian.sh makes them of Debian packages
#   TENON_WINDOWS_BASE_IMAGE                base image for windows/amd64; without it, one without files
#   TENON_BUILDER_ID                        URI of who builds, for the provenance
#   TENON_RELEASE_BUNDLE=false              leaves out the archive for sites without a network
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

images=(controller entrypoint entrypoint-cel events nop resolvers sidecarlogresults webhook)
windows_images=entrypoint,nop
platforms='' cli_platforms='' windows='' repository='' push='' key='' output='' allow_dirty='' insecure='' version=''

usage() {
	sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
	exit 2
}

parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--layout) push='' ;;
		--windows) windows=true ;;
		--insecure) insecure=true ;;
		--allow-dirty) allow_dirty=true ;;
		--platforms | --cli-platforms | --repository | --push | --key | --output)
			[ $# -gt 1 ] || die "$1 needs a value"
			local name=${1#--}
			printf -v "${name//-/_}" %s "$2"
			shift
			;;
		-*) usage ;;
		*)
			[ -z "$version" ] || usage
			version=$1
			;;
		esac
		shift
	done
	[ -n "$version" ] || usage
}

set_defaults() {
	if [ -z "$platforms" ]; then
		platforms=linux/amd64,linux/arm64,linux/s390x,linux/ppc64le windows=true
		cli_platforms=${cli_platforms:-$platforms,darwin/amd64,darwin/arm64,windows/amd64}
	fi
	cli_platforms=${cli_platforms:-$platforms}
	repository=${push:-${repository:-ghcr.io/tenon-ci/tenon}}
	repository=${repository%/}
	output=${output:-release/$version}
	[ -n "$windows" ] || windows_images=''
	[[ $push != registry.local:5000/* ]] || insecure=true # the development cluster's
}

# check refuses what would make a release that nobody could build again.
check() {
	[[ $version =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?$ && ${#version} -le 63 ]] ||
		die "version '$version': write vMAJOR.MINOR.PATCH, such as v1.2.3 or v1.2.3-rc.1, 63 characters at most"
	[[ $platforms =~ ^linux/[a-z0-9]+(,linux/[a-z0-9]+)*$ ]] ||
		die "--platforms '$platforms': images are for linux; --windows adds those for windows/amd64"
	[ -z "$key" ] || [ -r "$key" ] || die "--key $key cannot be read"
	[ ! -e "$output" ] || [ -z "$(ls -A "$output")" ] || die "$output is not empty: remove it, or choose another --output"
	[ -n "$allow_dirty" ] || [ -z "$(git status --porcelain)" ] ||
		die "the checkout has changes that are not committed: commit them, or use --allow-dirty"
	local tagged
	tagged=$(git rev-parse -q --verify "refs/tags/$version^{commit}" || true)
	[ -z "$tagged" ] || [ "$tagged" = "$(git rev-parse HEAD)" ] || die "the tag $version is another commit than this one: check it out"
}

# set_environment pins everything that could make two builds differ.
set_environment() {
	commit=$(git rev-parse HEAD)
	TENON_VERSION=$(git rev-parse --short=7 HEAD)
	if [ -n "$(git status --porcelain)" ]; then
		commit+=-dirty
		TENON_VERSION+=-dirty
	fi
	SOURCE_DATE_EPOCH=$(git show -s --format=%ct HEAD)
	KO_DATA_DATE_EPOCH=$SOURCE_DATE_EPOCH
	export TENON_VERSION SOURCE_DATE_EPOCH KO_DATA_DATE_EPOCH
	export CGO_ENABLED=0 GOFLAGS=-trimpath GOWORK=off GOTOOLCHAIN=local TZ=UTC LC_ALL=C
	export GOAMD64=v1 GOARM64=v8.0 GOPPC64=power8 GOEXPERIMENT='' GODEBUG=''
	unset GOOS GOARCH KOCACHE KO_CONFIG_PATH KO_DEFAULTPLATFORMS KO_DEFAULTBASEIMAGE
	umask 022
}

finish() {
	[ -z "${registry_pid:-}" ] || kill "$registry_pid" 2>/dev/null || true
	rm -rf "$work"
	[ -z "${staging:-}" ] || rm -rf "$staging"
}

start_registry() {
	go build -mod=vendor -o "$work/release" ./hack/release
	"$work/release" registry -dir "$work/blobs" -address-file "$work/address" &
	registry_pid=$!
	local tries=0
	until [ -s "$work/address" ]; do
		if [ $((tries += 1)) -gt 600 ] || ! kill -0 $registry_pid 2>/dev/null; then die "the registry on loopback does not start"; fi
		sleep 0.1
	done
	address=$(cat "$work/address")
}

architectures() { tr , '\n' <<<"$platforms" | cut -d/ -f2; }

# base NAME IMAGE [WINDOWS] puts a base image into the registry and prints its digest.
base() {
	local source=(-from "$2")
	[ -n "$2" ] || source=(-roots "$work/bases")
	"$work/release" base -registry "$address" -name "$1" -platforms "$platforms" "${source[@]}" ${3:+-windows "$3"}
}

make_bases() {
	local list
	if [ -z "${TENON_BASE_IMAGE:-}" ] || [ -z "${TENON_GIT_BASE_IMAGE:-}" ]; then
		say "making base images of Debian packages"
		mapfile -t list < <(architectures)
		hack/release/debian.sh "$work/bases" "${list[@]}"
	fi
	static_base=base/static@$(base static "${TENON_BASE_IMAGE:-}")
	git_base=base/git@$(base git "${TENON_GIT_BASE_IMAGE:-}")
	runner_base=$static_base
	if [ -n "$windows" ]; then
		# The same parts for linux, and one for windows beside them. NAME-ARCHITECTURE.tar is looked for by the name.
		runner_base=base/static@$(base static "${TENON_BASE_IMAGE:-}" "${TENON_WINDOWS_BASE_IMAGE:-empty}")
	fi
}

# write_ko_config points ko to these base images, by a name that is the same in every build: it is in the images.
write_ko_config() {
	local name
	sed -e "s#^defaultBaseImage: .*#defaultBaseImage: release.localhost/$static_base#" \
		-e "s#^\( *github.com/tenon-ci/tenon/cmd/resolvers: \).*#\1release.localhost/$git_base#" .ko.yaml >"$work/.ko.yaml"
	for name in ${windows_images//,/ }; do
		sed -i "/^baseImageOverrides:/a\\  github.com/tenon-ci/tenon/cmd/$name: release.localhost/$runner_base" "$work/.ko.yaml"
	done
	grep -q "resolvers: release.localhost/" "$work/.ko.yaml" || die ".ko.yaml has no base image for cmd/resolvers"
}

# build_images: the registry stands in for release.localhost as a proxy. Names below localhost are asked without encryption.
build_images() {
	say "building images for $platforms${windows:+ and windows/amd64}"
	write_ko_config
	HTTP_PROXY=http://$address http_proxy=http://$address NO_PROXY='' no_proxy='' \
		KO_CONFIG_PATH=$work/.ko.yaml KO_DOCKER_REPO=release.localhost/tenon quietly ko build --base-import-paths --platform=all \
		--sbom=spdx --sbom-dir="$staging/sbom" --image-refs="$work/refs" \
		--image-label="org.opencontainers.image.version=$version" --image-label="org.opencontainers.image.revision=$commit" \
		--image-label=org.opencontainers.image.source=https://github.com/tenon-ci/tenon \
		--image-label=org.opencontainers.image.licenses=Apache-2.0 \
		"${images[@]/#/./cmd/}"
}

build_command_line() {
	local platform file
	say "building the command line for $cli_platforms"
	mkdir -p "$staging/cli"
	for platform in ${cli_platforms//,/ }; do
		file=$staging/cli/tenon-${platform/\//-}
		[[ $platform != windows/* ]] || file+=.exe
		# What it carries to run steps; where it carries nothing, it takes itself for that.
		case $platform in */amd64 | */arm64) hack/embed-runner.sh "${platform#*/}" ;; esac
		GOOS=${platform%/*} GOARCH=${platform#*/} go build -mod=vendor -buildvcs=false \
			-ldflags "-s -w -X main.version=$version" -o "$file" ./cmd/tenon
		"$work/release" spdx -binary "$file" -version "$version" -created "$SOURCE_DATE_EPOCH" -out "$staging/sbom/$(basename "$file").spdx.json"
	done
}

assemble() {
	local bases=() ko_version packages=() name
	ko_version=$(go version -m "$(command -v ko)" | awk '$1 == "mod" { print $2 "@" $3 }')
	bases=(-base "${TENON_BASE_IMAGE:-release.localhost/base/static}@${static_base#*@}" -base "${TENON_GIT_BASE_IMAGE:-release.localhost/base/git}@${git_base#*@}")
	if [ -s "$work/bases/packages.tsv" ]; then
		packages=(-packages "$work/bases/packages.tsv")
		for name in static git; do
			"$work/release" spdx "${packages[@]}" -image "$name" -version "$version" -created "$SOURCE_DATE_EPOCH" -out "$staging/sbom/base-$name.spdx.json"
		done
	fi
	install -m 755 hack/release/mirror.sh "$staging/mirror.sh"
	"$work/release" assemble -refs "$work/refs" -registry "$address" -out "$staging" -repository "$repository" -version "$version" \
		-platforms "$platforms" -windows "$windows_images" -commit "$commit" -go "$(go env GOVERSION)" -ko "$ko_version" \
		-builder "${TENON_BUILDER_ID:-https://github.com/tenon-ci/tenon/blob/main/hack/release.sh}" "${bases[@]}" "${packages[@]}"
}

# make_chart makes the Helm chart and the base for Kustomize of the manifests.
make_chart() {
	go run -mod=vendor ./hack/chart -version "$version" -manifests "$staging/release.yaml" -output "$staging"
}

# checksums of all files but those that are made after it.
write_checksums() {
	(cd "$staging" && find . -type f ! -path './signatures/*' ! -name signatures.txt ! -name '*.sig' ! -name '*.jsonl' ! -name checksums.txt -printf '%P\0' |
		sort -z | xargs -0 sha256sum >"$work/checksums.txt" && mv "$work/checksums.txt" checksums.txt)
}

sign() {
	if [ -z "$key" ]; then
		say "nothing is signed: there is no --key"
		return
	fi
	"$work/release" sign -key "$key" -out "$staging"
}

push_images() {
	say "pushing to $push"
	local layout
	for layout in images signatures; do
		[ ! -d "$staging/$layout" ] || "$work/release" push -layout "$staging/$layout" -to "$push" ${insecure:+-insecure}
	done
}

parse "$@"
set_defaults
check
began=$SECONDS
install_tools ko
work=$(mktemp -d)
trap finish EXIT
set_environment
mkdir -p "$output"
output=$(cd "$output" && pwd)
staging=$(mktemp -d "$output.XXXXXX")
chmod 755 "$staging"
start_registry
make_bases
build_images
build_command_line
assemble
make_chart
write_checksums
sign
[ -z "$push" ] || push_images
if [ "${TENON_RELEASE_BUNDLE:-true}" = true ]; then
	tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
		--transform "s#^\.#tenon-$version#" -C "$staging" -cf "$work/bundle.tar" .
	mv "$work/bundle.tar" "$staging/tenon-$version.tar"
fi
rmdir "$output"
mv "$staging" "$output"
say "$output has the release $version ($((SECONDS - began)) s)"
