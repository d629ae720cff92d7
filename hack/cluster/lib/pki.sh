# shellcheck shell=bash
# The cluster's certificate authority, the certificates it signs, and a kubeconfig for each client.

pki=$state/pki

make_pki() {
	local client
	mkdir -p "$pki"
	chmod 700 "$pki"
	make_authority
	make_certificate apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
DNS:kubernetes.default.svc.cluster.local,DNS:$node,IP:127.0.0.1,IP:$node_ip,IP:$api_service_ip"
	make_certificate kubelet-server "/CN=$node" "DNS:$node,IP:$node_ip,IP:127.0.0.1"
	make_certificate registry "/CN=$registry_name" "DNS:$registry_name,DNS:localhost,IP:$node_ip$(printf ',DNS:%s' "${registry_aliases[@]}")"
	make_certificate kubelet-client /O=system:masters/CN=apiserver-kubelet-client
	make_certificate front-proxy /CN=front-proxy
	for client in admin=/O=system:masters/CN=admin controller-manager=/CN=system:kube-controller-manager \
		scheduler=/CN=system:kube-scheduler proxy=/CN=system:kube-proxy "kubelet=/O=system:nodes/CN=system:node:$node" \
		coredns=/CN=system:coredns volume-provisioner=/CN=system:volume-provisioner; do
		make_certificate "${client%%=*}" "${client#*=}"
		make_kubeconfig "${client%%=*}"
	done
}

make_authority() {
	[ ! -s "$pki/ca.crt" ] || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=tenon-cluster \
		-addext keyUsage=critical,keyCertSign,cRLSign -keyout "$pki/ca.key" -out "$pki/ca.crt" 2>/dev/null
	openssl ecparam -name prime256v1 -genkey -noout -out "$pki/sa.key"
	openssl ec -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
}

make_certificate() { # NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]
	local base=$pki/$1
	[ ! -s "$base.crt" ] || return 0
	openssl ecparam -name prime256v1 -genkey -noout -out "$base.key"
	openssl req -new -key "$base.key" -subj "$2" -out "$base.csr"
	openssl x509 -req -in "$base.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 3650 -out "$base.crt" \
		-extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\n%s\n' "${3:+subjectAltName=$3}") 2>/dev/null
	rm -f "$base.csr"
}

make_kubeconfig() { # NAME: from its certificate
	local file=$state/$1.kubeconfig
	[ ! -s "$file" ] || return 0
	install -m 600 /dev/null "$file"
	cat >"$file" <<-YAML
		apiVersion: v1
		kind: Config
		clusters:
		  - name: tenon
		    cluster:
		      server: https://127.0.0.1:6443
		      certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
		users:
		  - name: $1
		    user:
		      client-certificate-data: $(base64 -w0 "$pki/$1.crt")
		      client-key-data: $(base64 -w0 "$pki/$1.key")
		contexts:
		  - name: tenon
		    context: {cluster: tenon, user: $1}
		current-context: tenon
	YAML
}
