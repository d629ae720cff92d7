# shellcheck shell=bash
# What the machine needs before the cluster starts: Debian packages and the executable of the components.

# packages_missing prints the Debian packages of what the cluster uses and the machine lacks. Software that is there
# already, from whatever source, is left alone.
packages_missing() {
	local need=(
		containerd:containerd runc:runc /usr/lib/cni/bridge:containernetworking-plugins iptables:iptables
		conntrack:conntrack ethtool:ethtool socat:socat docker-registry:docker-registry openssl:openssl
		/etc/ssl/certs/ca-certificates.crt:ca-certificates ip:iproute2 sysctl:procps jq:jq
	) entry
	for entry in "${need[@]}"; do
		case $entry in
		/*) [ -e "${entry%:*}" ] || echo "${entry#*:}" ;;
		*) command -v "${entry%:*}" >/dev/null || echo "${entry#*:}" ;;
		esac
	done
}

# apt_install installs packages without letting them start services: the cluster starts its own containerd and registry.
apt_install() {
	local log=$state/log/apt policy=/usr/sbin/policy-rc.d mine="" code=0
	say "installing $*"
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod +x $policy
		mine=1
	fi
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
		>"$log" 2>&1 </dev/null 9>&- || code=$?
	[ -z "$mine" ] || rm -f $policy
	[ $code -eq 0 ] || die "installing packages: $(tail -n 5 "$log")"
	if [ -d /run/systemd/system ]; then systemctl disable --quiet containerd docker-registry 2>/dev/null || true; fi
}

install_packages() {
	local missing
	mapfile -t missing < <(packages_missing)
	[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

build_flags=(-trimpath -ldflags "-s -w
	-X k8s.io/component-base/version.gitVersion=v$kubernetes_version
	-X k8s.io/component-base/version.gitMajor=${kubernetes_version%%.*}
	-X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$kubernetes_version")")

# source_hash names the executable after everything that decides its content.
source_hash() {
	(
		cd "$here/kubelocal" || exit
		find . -type f ! -name '*_test.go' -print0 | sort -z | xargs -0 sha256sum
		printf '%s\n' "${build_flags[@]}"
	) | sha256sum | cut -c1-16
}

go_build() { # OUTPUT PACKAGE: from the kubelocal module, whatever flags the caller has set for the project's own build
	(cd "$here/kubelocal" && GOFLAGS='' GOWORK=off CGO_ENABLED=0 go build "${build_flags[@]}" -o "$1" "$2")
}

# build_components puts the executable of this source into $bin_dir, unless it is there. Those of other sources stay for a
# while, so that checkouts of different branches need not build in turn.
build_components() {
	local built
	built=$bin_dir/kubelocal-$(source_hash)
	if [ ! -x "$built" ]; then
		command -v go >/dev/null || die "building the components needs Go: put it on the PATH"
		say "building the Kubernetes components (12 minutes on 2 cores with an empty Go cache)"
		go_build "$built.new" .
		go_build "$bin_dir/pause" ./pause
		mv "$built.new" "$built"
	fi
	ln -sfn "${built##*/}" "$kubelocal"
	ln -sfn kubelocal "$bin_dir/kubectl"
	find "$bin_dir" -name 'kubelocal-*' ! -name "${built##*/}" -mtime +14 -delete
}

hint_old_build() {
	if [ "$(readlink "$kubelocal")" != "kubelocal-$(source_hash)" ]; then
		say "the cluster runs components built from another source: 'cluster down', then 'up', to replace them"
	fi
}
