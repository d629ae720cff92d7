#!/usr/bin/env bash
# Runs a Podman service for tests of the backend "docker", with its own settings and storage, next to whatever Podman is there.
# On a fresh Debian or Ubuntu it installs what is missing, and the busybox that the tests make their image of.
#   hack/podman.sh start   prints DOCKER_HOST=unix://..., to be used as: export "$(hack/podman.sh start)"
#   hack/podman.sh run ... podman with the settings of the service, such as: hack/podman.sh run images
#   hack/podman.sh stop    ends it, and takes its containers, images and folder away
set -euo pipefail

# shellcheck source=hack/lib.sh
. "$(dirname "$0")/lib.sh"

state=${TENON_PODMAN:-/tmp/tenon-podman-$(id -u)}
socket=$state/podman.sock

install_podman() {
	local wanted=(podman runc crun conmon netavark aardvark-dns fuse-overlayfs busybox-static) missing=() package
	for package in "${wanted[@]}"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] || die "install these packages first: ${missing[*]}"
	quietly apt-get update
	DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends "${missing[@]}"
}

# oci_runtime: crun is faster, but does not work with controllers of both versions of cgroups.
oci_runtime() {
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then echo crun; else echo runc; fi
}

# storage_driver: overlay does not lie on every file system, such as the root of a container.
storage_driver() {
	local try=$state/try driver=vfs
	mkdir -p "$try/lower" "$try/upper" "$try/work" "$try/merged"
	if [ "$(id -u)" -ne 0 ]; then
		driver=overlay # of the kernel or of fuse-overlayfs, as Podman finds
	elif mount -t overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" overlay "$try/merged" 2>/dev/null; then
		umount "$try/merged"
		driver=overlay
	fi
	rm -rf "$try"
	echo $driver
}

configure() {
	local files processes highest=4096
	# Podman asks for more open files and processes than there may be, which fails without CAP_SYS_RESOURCE; and it lowers
	# its own limit of processes to that of the kernel.
	files=$(ulimit -Hn)
	[ "$files" != unlimited ] || files=1048576
	processes=$(ulimit -Hu)
	[ ! -r /proc/sys/kernel/pid_max ] || highest=$(cat /proc/sys/kernel/pid_max)
	[ "$processes" != unlimited ] && [ "$processes" -lt "$highest" ] || processes=$highest
	cat >"$state/containers.conf" <<-EOF
		[containers]
		default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime = "$(oci_runtime)"
	EOF
	cat >"$state/storage.conf" <<-EOF
		[storage]
		driver = "$(storage_driver)"
		graphroot = "$state/graph"
		runroot = "$state/run"
	EOF
}

with_settings() { env CONTAINERS_CONF="$state/containers.conf" CONTAINERS_STORAGE_CONF="$state/storage.conf" "$@"; }

# running: whether the service that this script started is still there, and not another process with its number.
running() {
	[ -s "$state/pid" ] && grep -qa "unix://$socket" "/proc/$(cat "$state/pid")/cmdline" 2>/dev/null
}

start() {
	running || {
		install_podman
		mkdir -p "$state"
		chmod 700 "$state"
		configure
		rm -f "$socket"
		# shellcheck disable=SC2016 # for the inner shell, whose number stays that of the service
		(with_settings bash -c 'cd "$0"; echo $$ >pid; exec setsid podman system service --time=0 "unix://$0/podman.sock"' "$state") \
			>"$state/log" 2>&1 </dev/null &
		for _ in $(seq 100); do
			[ ! -S "$socket" ] || break
			kill -0 $! 2>/dev/null || die "podman has ended: $(tail -n 5 "$state/log")"
			sleep 0.1
		done
		[ -S "$socket" ] || die "podman does not listen on $socket"
	}
	echo "DOCKER_HOST=unix://$socket"
}

stop() {
	[ -d "$state" ] || return 0
	if [ -f "$state/storage.conf" ]; then
		with_settings podman rm --all --force --time 0 >/dev/null 2>&1 || true
		with_settings podman rmi --all --force >/dev/null 2>&1 || true
	fi
	if running; then kill "$(cat "$state/pid")"; fi
	local mounted
	for mounted in "$state/graph/overlay" "$state/graph"; do
		if mountpoint -q "$mounted"; then umount "$mounted"; fi
	done
	if [ "$(id -u)" -eq 0 ]; then rm -rf "$state"; else podman unshare rm -rf "$state"; fi
}

case ${1:-} in
start | stop) "$1" ;;
run)
	shift
	with_settings podman "$@"
	;;
*)
	say "usage: podman.sh start|stop|run COMMAND..."
	exit 2
	;;
esac
