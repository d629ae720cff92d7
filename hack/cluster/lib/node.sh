# shellcheck shell=bash
# The node's agents: kubelet, service proxy and cluster DNS.

start_node() {
	start_kubelet
	start kube-proxy "$kubelocal" kube-proxy --kubeconfig="$state/proxy.kubeconfig" --hostname-override="$node" \
		--cluster-cidr="$pod_network" --proxy-mode=iptables --conntrack-max-per-core=0 \
		--conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
	write_corefile
	start coredns "$kubelocal" coredns -conf "$state/config/Corefile"
	await 60 kubelet "the node" serves kubelet
	await 30 coredns "cluster DNS" serves coredns
	await 30 kube-controller-manager "the default service account" kubectl get serviceaccount default
}

start_kubelet() {
	write_kubelet_config
	start "kubelet$suffix" "$kubelocal" kubelet --config="$state/config/kubelet$suffix.yaml" \
		--kubeconfig="$state/kubelet$suffix.kubeconfig" --hostname-override="$node" --node-ip="$node_ip" \
		--root-dir="$node_state/kubelet"
}

# node_is_ready asks for a heartbeat of this kubelet, not one that an earlier kubelet left in the API server.
node_is_ready() {
	is_listening "$node_ip" "$kubelet_port" && kubectl wait --for=condition=Ready "node/$node" --timeout=1s
}

write_kubelet_config() {
	# failCgroupV1, cgroupDriver: machines without systemd, or with the older or both control group hierarchies.
	# resolvConf: pods ask cluster DNS alone. evictionHard, imageGC…: a full disk must not end tests.
	cat >"$state/config/kubelet$suffix.yaml" <<-YAML
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
		authorization: {mode: Webhook}
		port: $kubelet_port
		healthzPort: $kubelet_health_port
		tlsCertFile: $pki/kubelet-server$suffix.crt
		tlsPrivateKeyFile: $pki/kubelet-server$suffix.key
		containerRuntimeEndpoint: unix://$containerd_socket
		cgroupDriver: cgroupfs
		cgroupRoot: $cgroup_root
		podLogsDir: $pod_logs
		failCgroupV1: false
		failSwapOn: false
		clusterDNS: ["$dns_ip"]
		clusterDomain: cluster.local
		resolvConf: ""
		maxPods: 250
		serializeImagePulls: false
		registryPullQPS: 0
		imageGCHighThresholdPercent: 100
		evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
	YAML
}

# write_corefile lets cluster DNS answer for services and the registry's names, and for nothing outside the cluster:
# tests must not depend on the network.
write_corefile() {
	cat >"$state/config/Corefile" <<-CORE
		.:53 {
		  bind $dns_ip
		  errors
		  hosts {
		    $dns_ip $registry_name ${registry_aliases[*]}
		    fallthrough
		  }
		  kubernetes cluster.local in-addr.arpa {
		    kubeconfig $state/coredns.kubeconfig
		  }
		  cache 5
		}
	CORE
}

stop_node() { stop kubelet kube-proxy coredns; }
