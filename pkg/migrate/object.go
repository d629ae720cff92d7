package migrate

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Object is one of the API, as it was written.
type Object struct {
	group, version, kind string
	namespace, name      string
	content              place
	// nativeSidecars says that enable-kubernetes-sidecar is on.
	nativeSidecars bool
	findings       []Finding
}

// NewObject takes the content of an object. Flags are those of the installation, by their keys.
func NewObject(content map[string]any, flags map[string]string) *Object {
	root := place{value: content}
	o := &Object{
		kind: root.get("kind").text(), namespace: root.get("metadata", "namespace").text(), name: root.get("metadata", "name").text(),
		content: root, nativeSidecars: strings.EqualFold(flags["enable-kubernetes-sidecar"], "true"),
	}
	if o.name == "" && root.get("metadata", "generateName").is() {
		o.name = root.get("metadata", "generateName").text() + "*"
	}
	if gv, err := schema.ParseGroupVersion(root.get("apiVersion").text()); err == nil {
		o.group, o.version = gv.Group, gv.Version
	}
	return o
}

func (o *Object) add(rule, field, message string) {
	f := finding(rule, o.kind+"/"+o.name, field, message)
	f.Namespace = o.namespace
	o.findings = append(o.findings, f)
}

// CheckObject returns what acts otherwise about an object of the API; of others it returns nothing.
func CheckObject(content map[string]any, flags map[string]string) []Finding {
	o := NewObject(content, flags)
	if o.group != "tekton.dev" {
		return nil
	}
	if slices.Contains([]string{"ClusterTask", "PipelineResource", "Condition", "Run"}, o.kind) {
		o.add("removed-kind", "kind", o.kind+" is not served: creating it fails, and references to it do too")
		return o.findings
	}
	main := slices.Contains([]string{"Task", "Pipeline", "TaskRun", "PipelineRun"}, o.kind)
	switch {
	case main && o.version == "v1alpha1":
		o.add("removed-version", "apiVersion", "v1alpha1 of "+o.kind+" is not served: creating it fails")
	case main && o.version == "v1beta1":
		o.add("old-version", "apiVersion", "v1beta1 is converted to v1 at each request")
	}
	o.dispatch(o.content.get("spec"))
	return o.findings
}

func (o *Object) dispatch(spec place) {
	switch o.kind {
	case "Task":
		o.taskSpec(spec)
	case "TaskRun":
		o.resources(spec)
		o.run(spec)
		o.reference(spec.get("taskRef"), true)
		o.taskSpec(spec.get("taskSpec"))
		o.windows(spec.get("podTemplate"))
	case "Pipeline":
		o.pipelineSpec(spec)
	case "PipelineRun":
		o.resources(spec)
		o.run(spec)
		o.reference(spec.get("pipelineRef"), false)
		o.pipelineSpec(spec.get("pipelineSpec"))
		o.pipelineRun(spec)
	case "VerificationPolicy":
		o.keys(spec)
	}
}

// resources tells of what v1alpha1 and v1beta1 knew PipelineResources by.
func (o *Object) resources(spec place) {
	for _, field := range []string{"resources", "inputs", "outputs"} {
		if p := spec.get(field); p.is() {
			o.add("pipeline-resource", p.path, field+" is refused: params, workspaces and results replace it")
		}
	}
}

func (o *Object) run(spec place) {
	if by := spec.get("managedBy"); by.text() != "" && by.text() != "tekton.dev/pipeline" {
		o.add("managed-by", by.path, "managed by "+by.text())
	}
}

func (o *Object) pipelineRun(spec place) {
	if spec.get("status").text() == "PipelineRunCancelled" {
		o.add("removed-field", "spec.status", "PipelineRunCancelled is refused: write Cancelled")
	}
	if p := spec.get("serviceAccountNames"); p.is() {
		o.add("removed-field", p.path, "serviceAccountNames is refused: write taskRunSpecs")
	}
	o.windows(spec.get("podTemplate"))
	o.windows(spec.get("taskRunTemplate", "podTemplate"))
	for _, one := range spec.get("taskRunSpecs").list() {
		o.windows(one.get("podTemplate"))
		o.windows(one.get("taskPodTemplate"))
	}
}

func (o *Object) windows(template place) {
	if p := template.get("nodeSelector", "kubernetes.io/os"); p.text() == "windows" {
		o.add("windows", p.path, "no pod can start: the images that a TaskRun needs are for Linux")
	}
}

func (o *Object) pipelineSpec(spec place) {
	if p := spec.get("resources"); p.is() {
		o.add("pipeline-resource", p.path, "resources is refused: params, workspaces and results replace it")
	}
	tasks := append(spec.get("tasks").list(), spec.get("finally").list()...)
	for _, task := range tasks {
		if p := task.get("resources"); p.is() {
			o.add("pipeline-resource", p.path, "resources is refused: params, workspaces and results replace it")
		}
		if p := task.get("conditions"); p.is() {
			o.add("condition", p.path, "conditions is refused: when replaces it")
		}
		o.reference(task.get("taskRef"), true)
		o.reference(task.get("pipelineRef"), false)
		o.taskSpec(task.get("taskSpec"))
		o.pipelineSpec(task.get("pipelineSpec"))
		o.matrix(task, tasks)
	}
}

// matrix tells of tasks whose TaskRuns would have the names of those of a matrix.
func (o *Object) matrix(task place, tasks []place) {
	if !task.get("matrix").is() {
		return
	}
	pattern := regexp.MustCompile("^" + regexp.QuoteMeta(task.get("name").text()) + `-\d+$`)
	for _, other := range tasks {
		if name := other.get("name"); pattern.MatchString(name.text()) {
			o.add("matrix-name", name.path, fmt.Sprintf("one of the runs of the matrix %s can have the same name: the object is refused or the run fails, where it waited for ever",
				task.get("name").text()))
		}
	}
}

// reference looks at what a Task or Pipeline is named by.
func (o *Object) reference(ref place, task bool) {
	apiVersion, kind := ref.get("apiVersion").text(), ref.get("kind").text()
	switch {
	case ref.get("bundle").is():
		o.add("bundle", ref.get("bundle").path, "bundle is refused: the resolver bundles fetches it")
	case task && kind == "ClusterTask":
		o.add("cluster-task", ref.get("kind").path, "there are no ClusterTasks: the resolver cluster finds Tasks of other namespaces")
	case task && strings.HasPrefix(apiVersion, "tekton.dev/") && kind != "" && kind != "StepAction":
		o.add("task-as-custom", ref.get("apiVersion").path, "apiVersion and kind make a custom task of it, for which no controller is there")
	case task && apiVersion != "" && !strings.HasPrefix(apiVersion, "tekton.dev/"):
		o.add("custom-task", ref.path, "custom task of "+apiVersion+" "+kind)
	}
	o.resolver(ref)
}

func (o *Object) resolver(ref place) {
	resolver := ref.get("resolver").text()
	if resolver == "" {
		return
	}
	for _, param := range ref.get("params").list() {
		name, value := param.get("name").text(), param.get("value")
		switch {
		case name == "cache" && !slices.Contains([]string{"always", "never", "auto"}, value.text()) && !strings.Contains(value.text(), "$("):
			o.add("resolver-cache", value.path, fmt.Sprintf("cache is %q: the request fails at once, where it ended after a minute", value.text()))
		case name == "url" && (resolver == "git" || resolver == "http"):
			o.resolverURL(resolver, value)
		}
	}
}

func (o *Object) resolverURL(resolver string, value place) {
	u, err := url.Parse(value.text())
	if err != nil || u.Host == "" {
		return
	}
	if u.User != nil && resolver == "http" {
		o.add("resolver-login", value.path, "a login in the URL is refused")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	ip := net.ParseIP(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "metadata.google.internal" ||
		ip != nil && (ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()) {
		o.add("resolver-host", value.path, "the resolvers do not talk to "+host)
	}
}

var (
	resourceVariable = regexp.MustCompile(`\$\((resources\.(inputs|outputs)|(inputs|outputs)\.resources)\.[^)]*\)`)
	oldVariable      = regexp.MustCompile(`\$\(inputs\.params[.\[]`)
)

func (o *Object) taskSpec(spec place) {
	if !spec.is() {
		return
	}
	if spec.get("apiVersion").text() != "" && spec.get("kind").text() != "" {
		o.add("custom-task", spec.path, "custom task of "+spec.get("apiVersion").text()+" "+spec.get("kind").text())
		return
	}
	o.resources(spec)
	for _, step := range spec.get("steps").list() {
		o.step(step)
	}
	for _, sidecar := range spec.get("sidecars").list() {
		o.mounts(sidecar)
		if p := sidecar.get("restartPolicy"); p.text() == "Always" && !o.nativeSidecars {
			o.add("native-sidecar", p.path, "the pod was refused; now the sidecar is a native one")
		}
	}
	spec.texts(func(p place) {
		if match := resourceVariable.FindString(p.text()); match != "" {
			o.add("resource-variable", p.path, match+" is not replaced: the text reaches the step as it is")
		}
		if oldVariable.MatchString(p.text()) {
			o.add("old-variable", p.path, "inputs.params is replaced as params is, and not checked")
		}
	})
}

func (o *Object) step(step place) {
	o.mounts(step)
	if p := step.get("script"); strings.HasPrefix(strings.TrimLeft(p.text(), " \t\n"), "#!win") {
		o.add("windows", p.path, "no pod can start: the images that a TaskRun needs are for Linux")
	}
	if p := step.get("securityContext"); p.is() && step.get("ref").is() {
		o.add("step-security", p.path, "it was ignored; now it counts if the StepAction has none")
	}
	o.resolver(step.get("ref"))
	for _, field := range []string{
		"ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "terminationMessagePath", "terminationMessagePolicy",
		"stdin", "stdinOnce", "tty",
	} {
		if p := step.get(field); p.is() {
			o.add("step-field", p.path, field+" has no effect on steps")
		}
	}
}

func (o *Object) mounts(container place) {
	for _, mount := range container.get("volumeMounts").list() {
		name := mount.get("name")
		if strings.HasPrefix(name.text(), "tekton-creds-") || strings.HasPrefix(name.text(), "tekton-internal-") {
			o.add("internal-volume", name.path, "the volume "+name.text()+" cannot be mounted")
		}
	}
}

// minRSA is how many bits an RSA key has at least.
const minRSA = 2048

func (o *Object) keys(spec place) {
	for _, authority := range spec.get("authorities").list() {
		data := authority.get("key", "data")
		block, rest := pem.Decode([]byte(data.text()))
		if block == nil {
			continue
		}
		if strings.TrimSpace(string(rest)) != "" {
			o.add("verification-key", data.path, "there is more behind the first key: one key is accepted in each text")
			continue
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if public, ok := key.(*rsa.PublicKey); err == nil && ok && public.N.BitLen() < minRSA {
			o.add("verification-key", data.path, fmt.Sprintf("the RSA key has %d bits, too few", public.N.BitLen()))
		}
	}
}
