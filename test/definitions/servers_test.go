//go:build e2e

package definitions

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/test/cluster"
)

// The login of everything that has one. Git's user is the one that the resolver sends with a token.
const (
	user     = "git"
	password = "a-long-password"
)

// documents are definitions by file. What they run ends at once.
var documents = map[string]string{
	"task.yaml": `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: greet}
spec: {steps: [{name: greet, image: busybox, command: ["true"]}]}
`,
	"stepaction.yaml": `
apiVersion: tekton.dev/v1beta1
kind: StepAction
metadata: {name: greet}
spec: {image: busybox, command: ["true"]}
`,
	"pipeline.yaml": `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: greet}
spec: {tasks: [{name: greet, taskSpec: {steps: [{name: greet, image: busybox, command: ["true"]}]}}]}
`,
}

// catalog are the definitions that the public examples refer to, in the project's own words, by the key of a ConfigMap.
var catalog = map[string]string{
	"task": `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: git-clone}
spec:
  params: [{name: url}, {name: revision, default: main}]
  workspaces: [{name: output}]
  steps:
  - name: clone
    image: alpine/git
    command: [git, clone, --depth=1, --branch=$(params.revision), $(params.url), $(workspaces.output.path)/source]
`,
	"stepaction": `
apiVersion: tekton.dev/v1beta1
kind: StepAction
metadata: {name: git-clone}
spec:
  params: [{name: url}, {name: revision, default: main}, {name: output-path}]
  image: alpine/git
  command: [git, clone, --depth=1, --branch=$(params.revision), $(params.url), $(params.output-path)/source]
`,
}

// serverObjects are the pod with all servers, and its services: one of them is denied by the settings of the resolvers.
const serverObjects = `
apiVersion: v1
kind: Service
metadata: {name: git}
spec:
  selector: {app: remotes}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}, {name: ssh, port: 22, targetPort: 2222}]
---
apiVersion: v1
kind: Service
metadata: {name: remotes}
spec:
  selector: {app: remotes}
  ports: [{name: scm, port: 8081}, {name: hubs, port: 8082}, {name: odd, port: 8083}, {name: open, port: 5000}, {name: private, port: 5001}]
---
apiVersion: v1
kind: Service
metadata: {name: denied}
spec:
  selector: {app: remotes}
  ports: [{name: git, port: 80, targetPort: 8080}, {name: odd, port: 8083}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: remotes}
spec:
  selector: {matchLabels: {app: remotes}}
  template:
    metadata: {labels: {app: remotes}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: git
        image: registry.local:5000/gitserver
        args:
        - -listen=:8080
        - -listen-tls=:8443
        - -tls-cert=/keys/certificate
        - -tls-key=/keys/key
        - -listen-ssh=:2222
        - -ssh-host-key=/keys/hostKey
        - -ssh-authorized-keys=/keys/authorized
        - -seed=app=/documents
        - -seed=private=/documents
        - -seed=cached=/documents
        - -seed=single=/documents
        - -seed=pinned=/documents
        - -seed=slow=/documents
        - -seed=catalog=/catalog
        - -private=private
        - -delay=slow=3s
        env:
        - {name: HOME, value: /tmp}
        - {name: GITSERVER_BASIC_AUTH, value: LOGIN}
        readinessProbe: {httpGet: {path: /-/counts, port: 8080}, periodSeconds: 1}
        volumeMounts: [{name: documents, mountPath: /documents}, {name: catalog, mountPath: /catalog}, {name: keys, mountPath: /keys}]
      - name: remotes
        image: registry.local:5000/gitserver
        command: [/ko-app/remotes, -documents=/documents]
        env:
        - {name: REMOTES_BASIC_AUTH, value: LOGIN}
        readinessProbe: {httpGet: {path: /-/counts, port: 5001}, periodSeconds: 1}
        volumeMounts: [{name: documents, mountPath: /documents}]
      volumes:
      - {name: documents, configMap: {name: documents}}
      - {name: keys, secret: {secretName: keys}}
      - name: catalog
        configMap:
          name: catalog
          items:
          - {key: task, path: task/git-clone/0.10/git-clone.yaml}
          - {key: stepaction, path: stepaction/git-clone/0.1/git-clone.yaml}
`

func (r *remotes) createServers() error {
	ns := &cluster.Namespace{Clients: r.Clients, Name: r.namespace}
	objects, err := cluster.Objects([]byte(strings.ReplaceAll(serverObjects, "LOGIN", user+":"+password)))
	if err != nil {
		return err
	}
	for _, typed := range []runtime.Object{
		configMap("documents", documents),
		configMap("catalog", catalog),
		secret("login", corev1.SecretTypeOpaque, map[string]string{"token": password}),
		secret("keys", corev1.SecretTypeOpaque, map[string]string{
			"certificate": r.keys.certificate, "key": r.keys.key, "hostKey": r.keys.hostKey, "authorized": r.keys.authorized,
		}),
	} {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
		if err != nil {
			return fmt.Errorf("converting an object: %w", err)
		}
		objects = append(objects, &unstructured.Unstructured{Object: object})
	}
	for _, object := range objects {
		if _, err := ns.TryCreate(object); err != nil {
			return fmt.Errorf("creating %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

func secret(name string, kind corev1.SecretType, data map[string]string) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: name}, Type: kind, StringData: data,
	}
}

// createSecret makes a Secret in the namespace of a test.
func createSecret(t *testing.T, ns *cluster.Namespace, name string, kind corev1.SecretType, data map[string]string) {
	t.Helper()
	if _, err := ns.Kube.CoreV1().Secrets(ns.Name).Create(t.Context(), secret(name, kind, data), metav1.CreateOptions{}); err != nil {
		t.Fatalf("creating Secret %s: %v", name, err)
	}
}

// get asks a server through the API server.
func (r *remotes) get(t *testing.T, service, port, path string, query map[string]string) []byte {
	t.Helper()
	body, err := r.Kube.CoreV1().Services(r.namespace).ProxyGet("http", service, port, path, query).DoRaw(t.Context())
	if err != nil {
		t.Fatalf("asking service %s for %s: %v", service, path, err)
	}
	return body
}

// fetches is how often a repository was fetched from.
func (r *remotes) fetches(t *testing.T, repository string) int {
	t.Helper()
	var counts map[string]int
	if err := json.Unmarshal(r.get(t, "git", "80", "/-/counts", nil), &counts); err != nil {
		t.Fatalf("reading the counts of the Git server: %v", err)
	}
	return counts[repository]
}

var mainBranch = regexp.MustCompile(`([0-9a-f]{40}) refs/heads/main\b`)

// commit is the one that a repository has.
func (r *remotes) commit(t *testing.T, repository string) string {
	t.Helper()
	refs := r.get(t, "git", "80", "/"+repository+"/info/refs", map[string]string{"service": "git-upload-pack"})
	match := mainBranch.FindSubmatch(refs)
	if match == nil {
		t.Fatalf("repository %s has no branch main: %q", repository, refs)
	}
	return string(match[1])
}
