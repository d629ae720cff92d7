// Package tenants tests what tenants of a cluster can and cannot do to each other through Tenon, and an installation that serves one
// namespace beside the one for all others.
package tenants

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The names that config/ has.
const (
	shippedSystem    = "tekton-pipelines"
	shippedResolvers = shippedSystem + "-resolvers"
	instanceLabel    = "app.kubernetes.io/instance"
)

// scope is an installation that serves one namespace.
type scope struct {
	// system is its own namespace; that of its resolvers has the same name with -resolvers.
	system string
	// namespace is the one that it serves.
	namespace string
	// images are what the references of config/ stand for.
	images map[string]string
}

// objects returns what has to be created for the installation, made from the objects of config/. What is cluster-wide stays that of the
// installation that is there: definitions, roles and the webhook. Bindings of cluster roles become bindings in the served namespace.
func (s scope) objects(shipped []*unstructured.Unstructured) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, object := range shipped {
		if s.isShared(object) {
			continue
		}
		renamed := &unstructured.Unstructured{Object: s.rename(object.Object).(map[string]any)}
		switch renamed.GetKind() {
		case "Namespace":
			renamed.SetName(s.namespaceOf(renamed.GetName()).(string))
		case "ClusterRoleBinding":
			renamed.SetKind("RoleBinding")
			renamed.SetNamespace(s.namespace)
		case "Deployment":
			s.limit(renamed)
		}
		out = append(out, renamed)
	}
	return out
}

func (s scope) isShared(object *unstructured.Unstructured) bool {
	switch object.GetKind() {
	case "CustomResourceDefinition", "ClusterRole", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		return true
	default:
		return object.GetLabels()["app.kubernetes.io/component"] == "webhook"
	}
}

// rename goes through a value. Names of namespaces are whole texts, and stand where the key says so.
func (s scope) rename(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			switch key {
			case "namespace":
				out[key] = s.namespaceOf(member)
			case instanceLabel:
				out[key] = s.system
			default:
				out[key] = s.rename(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = s.rename(member)
		}
		return out
	case string:
		if image, ok := s.images[v]; ok {
			return image
		}
		return v
	default:
		return v
	}
}

func (s scope) namespaceOf(name any) any {
	text, ok := name.(string)
	if !ok {
		return name
	}
	if rest, ok := strings.CutPrefix(text, shippedSystem); ok && (rest == "" || text == shippedResolvers) {
		return s.system + rest
	}
	return text
}

// limit has the programs of a Deployment serve the namespace only.
func (s scope) limit(deployment *unstructured.Unstructured) {
	containers, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	for i := range containers {
		container, ok := containers[i].(map[string]any)
		if !ok {
			continue
		}
		args, _ := container["args"].([]any)
		container["args"] = append(append([]any{}, args...), "-namespace", s.namespace)
	}
	_ = unstructured.SetNestedSlice(deployment.Object, containers, "spec", "template", "spec", "containers")
}
