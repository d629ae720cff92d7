package main

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kustomizeFiles returns the base, which has the objects as they are, and the components that an overlay may use.
func kustomizeFiles(objects []*object) map[string]string {
	files, order := map[string]string{}, []string{}
	for _, o := range objects {
		if _, ok := files[o.file()]; !ok {
			order = append(order, o.file())
		}
		files[o.file()] += "---\n" + encode(o.node)
	}
	files["kustomization.yaml"] = encode(mapping(
		scalar("apiVersion"), scalar("kustomize.config.k8s.io/v1beta1"), scalar("kind"), scalar("Kustomization"),
		scalar("resources"), scalars(order)))
	count := map[string]int{}
	for _, o := range objects {
		count[o.kind()+"/"+o.name()]++
	}
	files["components/namespace/kustomization.yaml"] = componentFile(namespaceTargets(objects), count)
	files["components/registry/kustomization.yaml"] = componentFile(registryTargets(objects), count)
	return files
}

func scalars(values []string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode}
	for _, value := range values {
		node.Content = append(node.Content, scalar(value))
	}
	return node
}

// target is a place in an object, or a part of a text, that a key of the settings goes to.
type target struct {
	setting          string
	object           *object
	path             []string
	delimiter, index string
}

// namespaceTargets are the places of the namespaces' names. A text such as an expression is split at its quotes.
func namespaceTargets(objects []*object) []target {
	var targets []target
	for _, o := range objects {
		walk(o.node, nil, func(path []string, node *yaml.Node) {
			path = slices.Clone(path)
			if isNamespace(o, path, node.Value) {
				targets = append(targets, target{setting: settingOf(node.Value), object: o, path: path})
				return
			}
			for i, part := range strings.Split(node.Value, `"`) {
				if subject.FindString(part) == part && part != "" {
					targets = append(targets, target{settingOf(part), o, path, `"`, strconv.Itoa(i)})
				}
			}
		})
	}
	return targets
}

// settingOf names the key of the settings for a text in the manifests.
func settingOf(value string) string {
	parts := strings.Split(value, ":")
	switch {
	case len(parts) == 1 && value == resolversNamespace:
		return "resolversNamespace"
	case len(parts) == 1:
		return "namespace"
	case len(parts) == 4:
		return "controllerUser"
	case parts[2] == resolversNamespace:
		return "resolversGroup"
	}
	return "group"
}

// registryTargets are the places of the images' registry.
func registryTargets(objects []*object) []target {
	var targets []target
	for _, o := range objects {
		walk(o.node, nil, func(path []string, node *yaml.Node) {
			if match := imageReference.FindStringSubmatch(node.Value); match != nil && isImage(o, path) {
				targets = append(targets, target{"registry", o, slices.Clone(path), "/" + match[2] + match[3], "0"})
			}
		})
	}
	return targets
}

// componentFile is a kustomization that puts the settings of an overlay, a ConfigMap tenon-settings, into the targets.
func componentFile(targets []target, count map[string]int) string {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	bySetting := map[string]*yaml.Node{}
	for _, t := range targets {
		if bySetting[t.setting] == nil {
			bySetting[t.setting] = &yaml.Node{Kind: yaml.SequenceNode}
			source := mapping(scalar("kind"), scalar("ConfigMap"), scalar("name"), scalar("tenon-settings"), scalar("fieldPath"), scalar("data."+t.setting))
			list.Content = append(list.Content, mapping(scalar("source"), source, scalar("targets"), bySetting[t.setting]))
		}
		bySetting[t.setting].Content = append(bySetting[t.setting].Content, t.node(count))
	}
	return encode(mapping(scalar("apiVersion"), scalar("kustomize.config.k8s.io/v1alpha1"), scalar("kind"), scalar("Component"),
		scalar("replacements"), list))
}

// node is the place for Kustomize. It looks for an object under the namespace that it has by then, so that the namespace is only
// named where two objects have the same name: these have nothing else to change.
func (t target) node(count map[string]int) *yaml.Node {
	selected := mapping(scalar("kind"), scalar(t.object.kind()), scalar("name"), scalar(t.object.name()))
	if namespace := t.object.namespace(); count[t.object.kind()+"/"+t.object.name()] > 1 {
		selected.Content = append(selected.Content, scalar("namespace"), scalar(namespace))
	}
	node := mapping(scalar("select"), selected, scalar("fieldPaths"), scalars([]string{strings.Join(t.path, ".")}))
	if t.delimiter != "" {
		node.Content = append(node.Content, scalar("options"), mapping(scalar("delimiter"), quoted(t.delimiter), scalar("index"), scalar(t.index)))
	}
	return node
}
