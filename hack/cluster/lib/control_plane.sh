# shellcheck shell=bash
# etcd, the API server and the controllers.

start_control_plane() {
	start_etcd
	start_apiserver
	start kube-controller-manager "$kubelocal" kube-controller-manager --kubeconfig="$state/controller-manager.kubeconfig" \
		--leader-elect=false --use-service-account-credentials --root-ca-file="$pki/ca.crt" \
		--service-account-private-key-file="$pki/sa.key" --cluster-signing-cert-file="$pki/ca.crt" \
		--cluster-signing-key-file="$pki/ca.key" --allocate-node-cidrs=false
	start kube-scheduler "$kubelocal" kube-scheduler --kubeconfig="$state/scheduler.kubeconfig" --leader-elect=false
	kubectl apply -f "$here/manifests" >/dev/null
	start volume-provisioner "$kubelocal" volume-provisioner --kubeconfig="$state/volume-provisioner.kubeconfig" \
		--root="$state/volumes" --node="$node"
}

# start_etcd starts the database without waiting for the disk at each write, which a cluster for tests can afford: a
# crash of the machine may cost its objects, and then it starts anew.
start_etcd() {
	if is_alive etcd; then return; fi
	local attempt
	for attempt in 1 2; do
		start etcd "$kubelocal" etcd --data-dir "$state/etcd" --unsafe-no-fsync --log-level error \
			--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
			--listen-peer-urls http://127.0.0.1:2380
		while is_alive etcd; do
			if serves etcd; then return; fi
			sleep 0.05
		done
		[ "$attempt" = 1 ] || die "etcd does not start: $(tail -n 3 "$state/log/etcd")"
		say "etcd cannot read its data: starting with none ($(tail -n 1 "$state/log/etcd"))"
		rm -rf "${state:?}/etcd"
	done
}

# start_apiserver also lets it note who asks for what, in files that together stay below some 600 MiB.
start_apiserver() {
	# A copy, so that nothing depends on the checkout.
	cp "$here/audit-policy.yaml" "$state/config/audit-policy.yaml"
	mkdir -p "$audit_dir"
	start kube-apiserver "$kubelocal" kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
		--advertise-address="$node_ip" --secure-port=6443 --service-cluster-ip-range="$service_network" \
		--authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged \
		--client-ca-file="$pki/ca.crt" --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
		--kubelet-certificate-authority="$pki/ca.crt" --kubelet-client-certificate="$pki/kubelet-client.crt" \
		--kubelet-client-key="$pki/kubelet-client.key" --kubelet-preferred-address-types=InternalIP \
		--requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy \
		--requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
		--requestheader-extra-headers-prefix=X-Remote-Extra- \
		--proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
		--service-account-issuer=https://kubernetes.default.svc --service-account-signing-key-file="$pki/sa.key" \
		--service-account-key-file="$pki/sa.pub" --audit-policy-file="$state/config/audit-policy.yaml" \
		--audit-log-path="$audit_dir/audit.log" --audit-log-maxsize=200 --audit-log-maxbackup=2
	await 60 kube-apiserver "the API server" serves kube-apiserver
}

stop_control_plane() {
	stop volume-provisioner kube-scheduler kube-controller-manager kube-apiserver
	stop etcd
}
