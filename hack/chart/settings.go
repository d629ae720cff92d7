package main

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tenantRole is the role that says in which namespaces the controller may read and make what runs need.
const tenantRole = "tekton-pipelines-controller-tenant-access"

// isTenantBinding tells whether an object grants that role in the whole cluster.
func isTenantBinding(o *object) bool {
	return o.kind() == "ClusterRoleBinding" && strings.HasPrefix(text(o.node, "roleRef", "name"), tenantRole)
}

// commonValues are the values that are not of one workload or one ConfigMap.
func commonValues() *value {
	return group("", "",
		&value{key: "namespace", preset: scalar(systemNamespace), schema: dnsLabel,
			comment: "Namespace of Tenon, whichever namespace Helm keeps its release in."},
		leaf("resolversNamespace", "Namespace of the resolvers; empty means the one above with -resolvers.", `""`, orEmpty(dnsLabel)),
		leaf("createNamespaces", "Whether to make the two namespaces. That of the release is never made: Helm does with --create-namespace.", "true", boolean),
		leaf("clusterRoleSuffix", "Added to the names of ClusterRoles and ClusterRoleBindings. A second installation on a cluster needs one.", `""`,
			schema{"type": "string", "pattern": "^(-[a-z0-9-]*[a-z0-9])?$"}),
		leaf("tenantNamespaces", "Namespaces in which the controller may read Secrets and make pods; empty means all.", "[]", listOf(dnsLabel)),
		group("images", "",
			&value{key: "registry", comment: "Registry and folder of all images. Name a mirror here; the digests stay the same.",
				schema: schema{"type": "string", "minLength": 1}, preset: quoted("")},
			leaf("pullPolicy", "Pull policy of the four workloads.", `""`, oneOf("", "Always", "IfNotPresent", "Never")),
			group("overrides", "Whole references of single images, instead of those of the release.")),
		leaf("imagePullSecrets", "Secrets, in both namespaces, for pulling the images of the four workloads, such as [{name: mirror}]. "+
			"Pods of runs use those of their service account.", "[]", listOf(schema{"type": "object", "required": []string{"name"},
			"properties": schema{"name": anyText}, "additionalProperties": false})),
		group("admission", "",
			&value{key: "name", preset: scalar(admissionName), comment: "Name of the webhooks; two get a prefix, validation. and config. A second installation on a cluster needs another.",
				schema: schema{"type": "string", "pattern": `^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?){2,}$`}},
			leaf("namespaceSelector", "Namespaces whose Tasks, Pipelines and runs are checked and given defaults.", "{}", selector()),
			leaf("configNamespaceSelector", "Namespaces whose ConfigMaps, labelled as Tenon's, are checked.", "{}", selector())),
		group("crds", "",
			leaf("install", "Whether the definitions belong to this release. A second installation on a cluster sets false.", "true", boolean),
			leaf("keep", "Whether they stay when the release is uninstalled, and with them all Tasks, Pipelines and runs.", "true", boolean)),
		group("logAccess", "", leaf("enabled", "Whether the controller may read the logs of pods, which results-from: sidecar-logs needs.", "false", boolean)),
		group("serviceMonitor", "",
			leaf("enabled", "Whether to make ServiceMonitors for the Prometheus operator, which has to be there.", "false", boolean),
			leaf("interval", "How often metrics are read.", "30s", schema{"type": "string", "pattern": `^\d+(ms|s|m|h)$`}),
			leaf("labels", "Labels that Prometheus selects ServiceMonitors by.", "{}", textsExcept())),
		leaf("labels", "Labels of all objects.", "{}", schema{"type": "object", "additionalProperties": anyText,
			"propertyNames": schema{"not": schema{"pattern": `^(app|version|app\.kubernetes\.io/.*|(pipeline|resolution)\.tekton\.dev/release|pod-security\.kubernetes\.io/enforce|rbac\.authorization\.k8s\.io/.*)$`}}}),
		leaf("annotations", "Annotations of all objects.", "{}", textsExcept("helm.sh/resource-policy")),
		group("config", "ConfigMaps in the namespace of Tenon. Texts are taken as they are, lists and mappings are written as YAML."),
		group("resolversConfig", "ConfigMaps in the namespace of the resolvers."))
}

func selector() schema {
	return schema{"type": "object", "additionalProperties": false, "properties": schema{
		"matchLabels": textsExcept(), "matchExpressions": listOf(freeForm)}}
}

// webhooks lets namespaces be selected.
func (c *chart) webhooks(o *object) {
	path := "$.Values.admission.namespaceSelector"
	if strings.HasPrefix(o.name(), "config.") {
		path = "$.Values.admission.configNamespaceSelector"
	}
	for _, webhook := range get(o.node, "webhooks").Content {
		// The webhook adds this expression, before those of others: Helm has to say the same, or the two would take turns.
		c.block(webhook, fmt.Sprintf("{{- with %s }}\n@namespaceSelector: {{- include \"tenon.namespaceSelector\" . | nindent @+2 }}\n{{- end }}", path))
	}
}

// exampleKey is a key in the documentation of a ConfigMap, in force or not.
var exampleKey = regexp.MustCompile(`(?m)^(?:# )?([a-z][a-z0-9.-]*):(?: |$)`)

// choices are the keys that take some words only.
var choices = map[string][]any{
	"feature-flags/enable-api-fields":                              {"alpha", "beta", "stable"},
	"feature-flags/coschedule":                                     {"workspaces", "pipelineruns", "isolate-pipelinerun", "disabled"},
	"feature-flags/results-from":                                   {"termination-message", "sidecar-logs"},
	"feature-flags/trusted-resources-verification-no-match-policy": {"ignore", "warn", "fail"},
	"feature-flags/enforce-nonfalsifiability":                      {"none", "spire"},
}

// isOpen tells whether a ConfigMap has keys without fixed names.
func isOpen(name string, data *yaml.Node) bool {
	return data == nil || get(data, "_example") == nil || name == "config-logging"
}

// configMap makes a value of each key.
func (c *chart) configMap(o *object) {
	if o.name() == "pipelines-info" {
		return // says the version, which nobody sets
	}
	parent := "config"
	if o.namespace() == resolversNamespace {
		parent = "resolversConfig"
	}
	data := get(o.node, "data")
	values := configValues(o.name(), data)
	group := c.values.find(parent)
	group.members = append(group.members, values)

	kept := mapping()
	if example := get(o.node, "data", "_example"); example != nil {
		kept = mapping(scalar("_example"), example)
	}
	path := fmt.Sprintf("(index $.Values.%s %q)", parent, o.name())
	take(o.node, "data")
	if len(kept.Content) == 0 {
		c.block(o.node, fmt.Sprintf("{{- with %s }}\n@data: {{- include \"tenon.data\" . | nindent @+2 }}\n{{- end }}", path))
		return
	}
	c.block(kept, fmt.Sprintf("{{- with %s }}\n@{{- include \"tenon.data\" . | nindent @+0 }}\n{{- end }}", path))
	set(o.node, "data", kept)
}

// configValues are the keys of a ConfigMap that are in force. Others that its documentation names may be set too.
func configValues(name string, data *yaml.Node) *value {
	properties, preset := schema{}, mapping()
	if data != nil {
		for _, match := range exampleKey.FindAllStringSubmatch(text(data, "_example"), -1) {
			properties[match[1]] = keySchema(name, match[1], "")
		}
		for i := 0; i < len(data.Content); i += 2 {
			if key := data.Content[i]; key.Value != "_example" {
				properties[key.Value] = keySchema(name, key.Value, data.Content[i+1].Value)
				preset.Content = append(preset.Content, key, data.Content[i+1])
			}
		}
	}
	if len(preset.Content) == 0 {
		preset.Style = yaml.FlowStyle
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": isOpen(name, data)}
	return &value{key: name, preset: preset, schema: s}
}

// keySchema is what a key takes. Null removes it.
func keySchema(configMap, key, preset string) schema {
	words, isChoice := choices[configMap+"/"+key]
	switch {
	case isChoice:
		return schema{"enum": append(words[:len(words):len(words)], nil)}
	case preset == "true" || preset == "false":
		return schema{"enum": []any{true, false, "true", "false", nil}}
	}
	return anything
}
