# shellcheck shell=bash
# Shared by the scripts of this folder, which source it: where things are, and a cluster to work on.

# shellcheck disable=SC2034 # for the scripts
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cluster=$root/hack/cluster/cluster
export PATH=${TENON_CLUSTER_STATE:-/var/lib/tenon-cluster}/bin:${TENON_CACHE:-${HOME:-/root}/.cache/tenon}/bin:$PATH

say() { printf '%s\n' "$*" >&2; }

die() {
	say "$(basename "$0"): $*"
	exit 1
}

# quietly COMMAND... shows what the command says only if it fails.
quietly() {
	local log code=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 || code=$?
	[ $code -eq 0 ] || cat "$log" >&2
	rm -f "$log"
	return $code
}

# ensure_packages COMMAND:PACKAGE... installs the Debian packages of the commands that are not there.
ensure_packages() {
	local missing=() entry
	for entry in "$@"; do command -v "${entry%:*}" >/dev/null || missing+=("${entry#*:}"); done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "install ${missing[*]} first, or run this as root"
	say "installing ${missing[*]}"
	quietly apt-get update -qq
	DEBIAN_FRONTEND=noninteractive quietly apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

install_tools() { "$root/hack/tools.sh" "$@"; }

# build_version prints which build of Tenon this is: TENON_VERSION, or the commit, or devel outside of a repository.
build_version() {
	local commit
	commit=$(git -C "$root" describe --always --dirty --abbrev=7 --exclude='*' 2>/dev/null) || commit=devel
	echo "${TENON_VERSION:-$commit}"
}

# uses_development_cluster: whether KUBECONFIG is not set to another cluster that answers.
uses_development_cluster() {
	[ -n "${KUBECONFIG:-}" ] && [ "$KUBECONFIG" != "$("$cluster" kubeconfig)" ] || return 0
	if ! command -v kubectl >/dev/null || ! kubectl get --raw /readyz >/dev/null 2>&1; then
		say "the cluster of KUBECONFIG=$KUBECONFIG does not answer: using the development cluster"
		return 0
	fi
	return 1
}

# ensure_cluster makes kubectl and ko work on a cluster: on that of KUBECONFIG if it is another one than the development
# cluster and answers, else on the development cluster, which it starts. --fresh, --images: see 'cluster up', 'load-images'.
ensure_cluster() {
	local fresh='' images=''
	while [ $# -gt 0 ]; do
		case $1 in
		--fresh) fresh=--fresh ;;
		--images) images=1 ;;
		esac
		shift
	done
	if ! uses_development_cluster; then
		say "using the cluster of KUBECONFIG=$KUBECONFIG"
		[ -n "${KO_DOCKER_REPO:-}" ] || die "KO_DOCKER_REPO must name a repository that this cluster can pull from"
		return
	fi
	if [ -n "$fresh" ] || ! "$cluster" status >/dev/null 2>&1; then "$cluster" up ${fresh:+"$fresh"}; fi
	[ -z "$images" ] || "$cluster" load-images
	KUBECONFIG=$("$cluster" kubeconfig)
	export KUBECONFIG
	export KO_DOCKER_REPO=${KO_DOCKER_REPO:-registry.local:5000/tenon}
}
