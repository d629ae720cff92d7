#!/usr/bin/env bash
# Regenerates everything that is made from the API types: deep copies, clients, listers, informers, reconcilers and CRDs.
# The generators are installed at fixed versions outside the checkout, into ${TENON_CACHE:-$HOME/.cache/tenon}/bin.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"

module=github.com/tenon-ci/tenon
codegen_version=v0.35.7
injection_version=v0.0.0-20260622140654-39ebae2ee2dc
controller_tools_version=v0.20.0
boilerplate=hack/boilerplate.go.txt

# One directory per set of versions, so that a change of version installs anew.
bin=${TENON_CACHE:-$HOME/.cache/tenon}/bin/codegen-$codegen_version-${injection_version##*-}-$controller_tools_version

install_tools() {
	local tool
	for tool in \
		"k8s.io/code-generator/cmd/deepcopy-gen@$codegen_version" \
		"k8s.io/code-generator/cmd/client-gen@$codegen_version" \
		"k8s.io/code-generator/cmd/lister-gen@$codegen_version" \
		"k8s.io/code-generator/cmd/informer-gen@$codegen_version" \
		"knative.dev/pkg/codegen/cmd/injection-gen@$injection_version" \
		"sigs.k8s.io/controller-tools/cmd/controller-gen@$controller_tools_version"; do
		local name=${tool%@*}
		[[ -x $bin/${name##*/} ]] && continue
		# Outside the module and without its flags: these tools are no dependency of it.
		(cd / && GOFLAGS='' GOBIN=$bin go install "$tool")
	done
}

# quiet CMD...: prints what the command says only if it fails; the generators are talkative.
quiet() {
	local log
	log=$(mktemp)
	if ! "$@" >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

generate_deepcopy() {
	quiet "$bin/deepcopy-gen" --go-header-file "$boilerplate" --output-file zz_generated.deepcopy.go \
		./pkg/apis/pipeline/pod "${pipeline_apis[@]/#/./}" "${resolution_apis[@]/#/./}"
}

# generate_client DIR API...: the client code for the API packages, into a new tree that then replaces DIR.
generate_client() {
	local dir=$1 api input new
	shift
	new=$work/${dir//\//-}
	local pkg=$module/$dir packages=() inputs=()
	for api in "$@"; do
		packages+=("$module/$api")
		input=${api#pkg/apis/}
		inputs+=(--input "$input")
	done

	quiet "$bin/client-gen" --go-header-file "$boilerplate" --input-base "$module/pkg/apis" "${inputs[@]}" \
		--clientset-name versioned --output-pkg "$pkg/clientset" --output-dir "$new/clientset"
	quiet "$bin/lister-gen" --go-header-file "$boilerplate" \
		--output-pkg "$pkg/listers" --output-dir "$new/listers" "${packages[@]}"
	quiet "$bin/informer-gen" --go-header-file "$boilerplate" \
		--versioned-clientset-package "$pkg/clientset/versioned" --listers-package "$pkg/listers" \
		--output-pkg "$pkg/informers" --output-dir "$new/informers" "${packages[@]}"
	quiet "$bin/injection-gen" --go-header-file "$boilerplate" \
		--input-dirs "$(IFS=,; echo "${packages[*]}")" \
		--versioned-clientset-package "$pkg/clientset/versioned" \
		--external-versions-informers-package "$pkg/informers/externalversions" --listers-package "$pkg/listers" \
		--output-package "$pkg/injection" --output-dir "$new/injection"

	local part
	for part in clientset listers informers injection; do
		rm -rf "${dir:?}/$part"
		mkdir -p "$dir"
		mv "$new/$part" "$dir/$part"
	done
}

generate_crds() {
	local apis=("${pipeline_apis[@]/#/./}" "${resolution_apis[@]/#/./}")
	quiet "$bin/controller-gen" crd:crdVersions=v1 "paths={$(IFS=,; echo "${apis[*]}")}" output:crd:dir="$work/crds"
	mkdir -p config/300-crds
	go run ./hack/crds -out config/300-crds "$work"/crds/*.yaml
}

pipeline_apis=(pkg/apis/pipeline/v1 pkg/apis/pipeline/v1beta1 pkg/apis/pipeline/v1alpha1)
resolution_apis=(pkg/apis/resolution/v1beta1 pkg/apis/resolution/v1alpha1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install_tools
generate_deepcopy
generate_client pkg/client "${pipeline_apis[@]}"
generate_client pkg/client/resolution "${resolution_apis[@]}"
generate_crds
