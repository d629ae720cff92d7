# shellcheck shell=bash
# Ending one part of the cluster while the others go on, to see what they make of it.

# serves NAME: whether the component answers.
serves() {
	case $1 in
	containerd) ctr --address "$containerd_socket" version ;;
	registry) is_listening "$node_ip" 5000 ;;
	registry-tls) is_listening "$node_ip" 443 ;;
	etcd) is_listening 127.0.0.1 2379 ;;
	kube-apiserver) is_listening 127.0.0.1 6443 && kubectl get --raw /readyz ;;
	kube-controller-manager) is_listening 127.0.0.1 10257 ;;
	kube-scheduler) is_listening 127.0.0.1 10259 ;;
	kubelet) node_is_ready ;;
	"containerd-$second" | "kubelet-$second")
		on_second serves "${1%-"$second"}"
		;;
	kube-proxy) is_listening 127.0.0.1 10256 ;;
	coredns) is_listening "$node_ip" 53 ;;
	*) is_alive "$1" ;; # the others offer nothing
	esac
}

# restart NAME [--kill] ends a component, with --kill in no good order, and returns when it serves again. It gets the
# arguments it ran with, whatever this checkout would give it. Its old log stays beside the new one.
restart() {
	local name=$1 command
	[ $# -eq 1 ] || [ "$*" = "$name --kill" ] || usage
	[[ " ${components[*]} ${second_components[*]} " == *" $name "* ]] || die "there is no component $name, but: ${components[*]}"
	is_alive "$name" || die "$name does not run: start it with 'cluster up'"
	mapfile -d '' -t command <"/proc/$(pid_of "$name")/cmdline"
	mv "$state/log/$name" "$state/log/$name.previous"
	if [ "${2:-}" = --kill ]; then kill_now "$name"; else stop "$name"; fi
	start "$name" "${command[@]}"
	await 120 "$name" "$name" serves "$name" # a cluster with many objects takes its time
}

# kill_container ID kills the processes of a container as the kernel does when memory is short: nobody asked for it.
kill_container() {
	ctr_k8s tasks kill -s KILL "$1" 2>/dev/null || { has_second_node && on_second ctr_k8s tasks kill -s KILL "$1"; } ||
		die "killing container $1"
}
