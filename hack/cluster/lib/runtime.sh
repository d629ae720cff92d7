# shellcheck shell=bash
# containerd and the registry.

start_runtime() {
	write_containerd_config
	write_host_config
	start containerd containerd --config "$state/config/containerd.toml"
	write_registry_config
	start registry docker-registry serve "$state/config/registry.yaml"
	start registry-tls docker-registry serve "$state/config/registry-tls.yaml"
	await 60 containerd "containerd" serves containerd
	await 30 registry "the registry" serves registry
}

write_containerd_config() {
	# Small virtual machines lack CAP_SYS_RESOURCE, without which a pod's wish for oom_score_adj fails: hence restrict_….
	cat >"$state/config/containerd$suffix.toml" <<-TOML
		version = 2
		root = "$node_state/containerd/root"
		state = "$runtime_dir"
		[grpc]
		  address = "$containerd_socket"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$registry/pause:local"
		  restrict_oom_score_adj = true
		  netns_mounts_under_state_dir = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/usr/lib/cni"
		    conf_dir = "$state/cni"
		  [plugins."io.containerd.grpc.v1.cri".registry]
		    config_path = "$state/containerd/hosts"
	TOML
}

# write_host_config makes containerd ask the cluster's own registry, whatever registry an image names.
write_host_config() {
	mkdir -p "$state/containerd/hosts/_default"
	printf '[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' "$registry" >"$state/containerd/hosts/_default/hosts.toml"
}

# Two registry processes share one storage: plain HTTP on port 5000 for containerd and pushes, and HTTPS on port 443 for
# programs in pods that look up an image under one of the aliases.
write_registry_config() {
	local base="version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $state/registry}, delete: {enabled: true}}"
	printf '%s\nhttp: {addr: "%s:5000"}\n' "$base" "$node_ip" >"$state/config/registry.yaml"
	printf '%s\nhttp: {addr: "%s:443", tls: {certificate: %s, key: %s}}\n' "$base" "$node_ip" "$pki/registry.crt" "$pki/registry.key" \
		>"$state/config/registry-tls.yaml"
}

ctr_k8s() { ctr --address "$containerd_socket" --namespace k8s.io "$@"; }

stop_runtime() {
	stop_containers
	stop registry registry-tls
}

# stop_containers ends all containers of a node, which outlive the kubelet, and then its runtime.
stop_containers() {
	if is_alive "containerd$suffix"; then
		ctr_k8s tasks ls -q 2>/dev/null | xargs -r -n 1 -P 8 ctr --address "$containerd_socket" --namespace k8s.io tasks kill -a -s KILL 2>/dev/null || true
		local tries=100
		while [ $tries -gt 0 ] && [ -n "$(ctr_k8s tasks ls -q 2>/dev/null)" ]; do
			sleep 0.1
			tries=$((tries - 1))
		done
	fi
	stop "containerd$suffix"
	kill_containers
}

# kill_containers kills what a runtime that did not end in good order left behind: the shims, which hold mounts, and the
# processes in the control groups of their containers. The containers' names are looked up in the runtime's folder, since
# another Kubernetes on the machine uses the same parent group.
kill_containers() {
	local cmdline pid ids procs
	for cmdline in /proc/[0-9]*/cmdline; do
		if { tr '\0' ' ' <"$cmdline"; } 2>/dev/null | grep -q "^[^ ]*containerd-shim.* $containerd_socket "; then
			pid=${cmdline%/cmdline}
			kill -KILL "${pid#/proc/}" 2>/dev/null || true
		fi
	done
	ids=$(ls "$runtime_dir/io.containerd.runtime.v2.task/k8s.io" 2>/dev/null) || return 0
	[ -n "$ids" ] || return 0
	while read -r procs; do
		xargs -r kill -KILL <"$procs" 2>/dev/null || true
	done < <(find /sys/fs/cgroup -name cgroup.procs 2>/dev/null | grep -F "$ids")
}

# forget_containers removes the records of containers, so that the next kubelet has nothing to clean up. containerd must
# not run. Images stay.
forget_containers() {
	unmount_below "$run_dir"
	rm -rf "${run_dir:?}/containerd"
}

# unmount_below FOLDER unmounts the folder, which the kubelet mounts on itself, and everything in it.
unmount_below() {
	local mounts
	mapfile -t mounts < <(awk -v root="$1" '$2 == root || index($2, root "/") == 1 {print $2}' /proc/mounts | sort -r)
	[ ${#mounts[@]} -eq 0 ] || umount --lazy --quiet "${mounts[@]}" 2>/dev/null || true
}
