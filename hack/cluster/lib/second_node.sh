# shellcheck shell=bash
# A second node on the same machine, for tests of placement and drains: another containerd and kubelet, with folders,
# sockets, ports and control groups of their own. Everything else they share with the first: the kernel's network, so that
# one service proxy and one bridge do for the pods of both, cluster DNS and the registry.

second=node1
second_components=("containerd-$second" "kubelet-$second")

# on_second COMMAND... runs a function with the settings of the second node in place of the first one's.
on_second() {
	# shellcheck disable=SC2034 # the functions read them
	local node=$second suffix=-$second node_ip=198.19.255.2 node_state=$state/$second runtime_dir=$run_dir/$second/containerd \
		containerd_socket=$run_dir/$second/containerd.sock kubelet_port=10260 kubelet_health_port=10268 \
		cgroup_root=/tenon-$second pod_logs=$state/$second/pod-logs
	"$@"
}

start_second_node() {
	ip address replace "$node_ip/32" dev kube0
	make_certificate "kubelet-server$suffix" "/CN=$node" "DNS:$node,IP:$node_ip,IP:127.0.0.1"
	make_certificate "kubelet$suffix" "/O=system:nodes/CN=system:node:$node"
	make_kubeconfig "kubelet$suffix"
	make_cgroup
	mkdir -p "$run_dir/$node" "$node_state" "$pod_logs"
	write_containerd_config
	start "containerd$suffix" containerd --config "$state/config/containerd$suffix.toml"
	await 60 "containerd$suffix" "containerd of $node" serves "containerd$suffix"
	kubectl apply -f "$here/manifests" >/dev/null # a cluster that runs may have earlier ones
	start_kubelet
	await 60 "kubelet$suffix" "node $node" serves "kubelet$suffix"
}

# make_cgroup makes the group below which the kubelet puts its pods: it removes groups of pods that it does not know, and
# would remove those of the other node.
make_cgroup() {
	local folder
	for folder in $(cgroup_folders); do
		mkdir -p "$folder"
		# Without these two, nothing can run in a group.
		if [ -e "$folder/cpuset.mems" ] && [ -z "$(<"$folder/cpuset.mems")" ] && [ -e "$folder/../cpuset.mems" ]; then
			cat "$folder/../cpuset.cpus" >"$folder/cpuset.cpus"
			cat "$folder/../cpuset.mems" >"$folder/cpuset.mems"
		fi
		if [ -e "$folder/cgroup.subtree_control" ]; then
			sed 's/^\| / +/g' "$folder/cgroup.controllers" >"$folder/cgroup.subtree_control" 2>/dev/null || true
		fi
	done
}

# cgroup_folders prints the folder of the group in each hierarchy that there is.
cgroup_folders() { awk -v group="$cgroup_root" '$3 == "cgroup" || $3 == "cgroup2" {print $2 group}' /proc/mounts; }

# drain_second_node lets pods end as they would on a node that is taken away. Budgets of disruption do not hold it up.
drain_second_node() {
	kubectl drain "$node" --force --ignore-daemonsets --delete-emptydir-data --disable-eviction --timeout=60s >/dev/null 2>&1 ||
		say "some pods of $node did not end within a minute"
}

# stop_second_node leaves nothing of it behind, its images neither. Pods that are left are removed by Kubernetes, once the
# node is not there any more.
stop_second_node() {
	[ -d "$node_state" ] || return 0
	stop "kubelet$suffix"
	stop_containers
	forget_second_node
	unmount_below "$node_state"
	unmount_below "$run_dir/$node"
	rm -rf "${node_state:?}" "${run_dir:?}/$node"
	local folder
	for folder in $(cgroup_folders); do
		if [ -d "$folder" ]; then find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
	done
	ip address delete "$node_ip/32" dev kube0 2>/dev/null || true
}

forget_second_node() {
	if serves kube-apiserver >/dev/null 2>&1; then kubectl delete node "$node" --ignore-not-found >/dev/null; fi
}

has_second_node() { any_alive "${second_components[@]}"; }
