# shellcheck shell=bash disable=SC2034
# Names, addresses and folders of the cluster. There is one cluster on a machine, whatever folder its script is called
# from, so nothing here depends on the checkout.

state=${TENON_CLUSTER_STATE:-/var/lib/tenon-cluster}
bin_dir=$state/bin
kubelocal=$bin_dir/kubelocal
audit_dir=$state/log/audit # test/rbac reads it
run_dir=/run/tenon-cluster # sockets and process ids: a reboot may empty it
containerd_socket=$run_dir/containerd.sock
kubernetes_version=1.35.4

# 198.18.0.0/15 is set aside for benchmarks of network devices, so that it collides with no network a machine is in.
node=node0
node_ip=198.19.255.1
dns_ip=$node_ip # and that of the registry
pod_network=198.18.0.0/16
service_network=198.19.0.0/17
api_service_ip=198.19.0.1

# What differs between the two nodes: lib/second_node.sh has the values of the other one.
suffix='' # of the names of its processes and files
node_state=$state
runtime_dir=$run_dir/containerd
kubelet_port=10250
kubelet_health_port=10248
cgroup_root=/
pod_logs=/var/log/pods

registry_name=registry.local
registry=$registry_name:5000
# Names that cluster DNS answers with the cluster's own registry, for programs in pods that look images up by themselves.
registry_aliases=(mirror.gcr.io gcr.io ghcr.io quay.io cgr.dev docker.io index.docker.io registry-1.docker.io registry.k8s.io)

# In the order in which they start.
components=(containerd registry registry-tls etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy
	coredns volume-provisioner)
