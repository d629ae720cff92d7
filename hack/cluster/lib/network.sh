# shellcheck shell=bash
# Addresses, routes and names on the host, and the network of pods.

hosts_mark='# tenon-cluster'

set_up_network() {
	modprobe -a overlay br_netfilter 2>/dev/null || true # built in or unavailable on some machines
	sysctl -qw net.ipv4.ip_forward=1 || die "switching IP forwarding on"
	sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true
	# kube0 only carries the node's address. Pods have a bridge of their own, since the CNI plugin refuses one with a
	# foreign address.
	ip link show kube0 >/dev/null 2>&1 || ip link add kube0 type bridge
	ip address replace "$node_ip/32" dev kube0
	ip link set kube0 up
	ip route replace "$service_network" dev kube0 # without a route, a packet to a service never gets to NAT
	write_hosts "$node_ip $node $registry_name $hosts_mark"
	write_cni
}

# write_hosts replaces the cluster's line in /etc/hosts. In place: the file may be a bind mount, which no rename replaces.
write_hosts() {
	local others
	others=$(grep -v "$hosts_mark\$" /etc/hosts || true)
	printf '%s\n' "$others" ${1:+"$1"} >/etc/hosts
}

write_cni() {
	mkdir -p "$state/cni"
	cat >"$state/cni/10-tenon.conflist" <<-JSON
		{"cniVersion": "0.4.0", "name": "tenon-cluster", "plugins": [
		  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
		   "ipam": {"type": "host-local", "dataDir": "$state/cni/addresses", "routes": [{"dst": "0.0.0.0/0"}],
		            "ranges": [[{"subnet": "$pod_network", "rangeStart": "${pod_network%.*}.10"}]]}},
		  {"type": "portmap", "capabilities": {"portMappings": true}}]}
	JSON
}

tear_down_network() {
	ip link delete kube0 2>/dev/null || true
	ip link delete cni0 2>/dev/null || true
	write_hosts ''
}
