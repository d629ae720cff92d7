package main

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What the manifests call things that an installation may call otherwise.
const (
	systemNamespace    = "tekton-pipelines"
	resolversNamespace = "tekton-pipelines-resolvers"
	admissionName      = "webhook.pipeline.tekton.dev"
)

// subject is how the API server calls service accounts, in expressions of webhooks.
var subject = regexp.MustCompile(`system:serviceaccounts?:tekton-pipelines(?:-resolvers)?(?::[a-z0-9-]+)?`)

// isNamespace tells whether a scalar names a namespace of the installation. Labels and service accounts have the same text.
func isNamespace(o *object, path []string, value string) bool {
	if value != systemNamespace && value != resolversNamespace {
		return false
	}
	last := path[len(path)-1]
	if last == "namespace" {
		return true
	}
	if o.kind() == "Namespace" {
		return slices.Equal(path, []string{"metadata", "name"})
	}
	return isRuleAbout(o.node, path, "namespaces")
}

// isRuleAbout tells whether a path ends in the resourceNames of a rule about a resource.
func isRuleAbout(root *yaml.Node, path []string, resource string) bool {
	if len(path) != 4 || path[0] != "rules" || path[2] != "resourceNames" {
		return false
	}
	rule := get(root, "rules").Content[number(path[1])]
	resources := get(rule, "resources")
	return resources != nil && slices.ContainsFunc(resources.Content, func(r *yaml.Node) bool {
		return strings.SplitN(r.Value, "/", 2)[0] == resource
	})
}

// isAdmissionName tells whether a scalar is the name of a webhook. Each is the same name with another prefix.
func isAdmissionName(value string) bool {
	return value == admissionName || value == "validation."+admissionName || value == "config."+admissionName
}

// isClusterRole tells whether a scalar is the name of a role or a binding that two installations cannot share.
func isClusterRole(o *object, path []string) bool {
	switch strings.Join(path, ".") {
	case "metadata.name":
		return o.kind() == "ClusterRole" || o.kind() == "ClusterRoleBinding"
	case "roleRef.name":
		return text(o.node, "roleRef", "kind") == "ClusterRole"
	}
	return false
}

// imageReference is an image in the manifests: where it comes from, and its name there with tag and digest.
var imageReference = regexp.MustCompile(`^((?:ko://)?[^\s@]+)/([a-z0-9-]+)((?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?)$`)

// isImage tells whether a scalar is an image of the project: of a container, or the argument of a flag such as -nop-image.
func isImage(o *object, path []string) bool {
	if o.kind() != "Deployment" {
		return false
	}
	if path[len(path)-1] == "image" {
		return true
	}
	n := len(path)
	if n < 2 || path[n-2] != "args" || number(path[n-1]) == 0 {
		return false
	}
	args := at(o.node, path[:n-1])
	flag := args.Content[number(path[n-1])-1].Value
	return strings.HasPrefix(flag, "-") && strings.HasSuffix(flag, "-image")
}

// at follows a path that walk gave.
func at(node *yaml.Node, path []string) *yaml.Node {
	for _, key := range path {
		if node.Kind == yaml.SequenceNode {
			node = node.Content[number(key)]
		} else {
			node = get(node, key)
		}
	}
	return node
}

func number(text string) int {
	n := 0
	for _, digit := range text {
		n = n*10 + int(digit-'0')
	}
	return n
}
