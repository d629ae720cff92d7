package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// componentLabel is the label that says which workload an object belongs to.
const componentLabel = "app.kubernetes.io/component"

// object is one object of the manifests.
type object struct {
	node *yaml.Node
	// optional is the value of the chart whose member "enabled" decides whether there is such an object; empty if there is.
	optional string
}

func (o *object) kind() string      { return text(o.node, "kind") }
func (o *object) name() string      { return text(o.node, "metadata", "name") }
func (o *object) namespace() string { return text(o.node, "metadata", "namespace") }
func (o *object) component() string { return text(o.node, "metadata", "labels", componentLabel) }

// load reads the objects of a file, or of all YAML files below a folder in the order of their names.
func load(path string) ([]*object, error) {
	var objects []*object
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found, err := parse(content)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		objects = append(objects, found...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return nil, fmt.Errorf("there are no objects in %s", path)
	}
	return objects, nil
}

// parse returns the objects of a text. Kustomizations are no objects.
func parse(content []byte) ([]*object, error) {
	var objects []*object
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		document := &yaml.Node{}
		if err := decoder.Decode(document); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		root := document.Content[0]
		if root.Kind != yaml.MappingNode {
			continue // nothing but comments
		}
		if kind := text(root, "kind"); kind == "" || text(root, "metadata", "name") == "" {
			return nil, fmt.Errorf("an object has no kind or no metadata.name (kind %q)", kind)
		}
		objects = append(objects, &object{node: root})
	}
}

// setVersion puts the version where manifests from source say devel.
func setVersion(objects []*object, version string) {
	for _, o := range objects {
		for _, at := range [][]string{{"metadata", "labels"}, {"spec", "template", "metadata", "labels"}, {"data"}} {
			for _, key := range []string{"version", "app.kubernetes.io/version", "pipeline.tekton.dev/release", "resolution.tekton.dev/release"} {
				if value := get(o.node, append(at[:len(at):len(at)], key)...); value != nil && value.Value == "devel" {
					value.Value, value.Style = version, yaml.DoubleQuotedStyle
				}
			}
		}
	}
}

// file is the name of the file that an object is written to.
func (o *object) file() string {
	if o.optional != "" {
		return "log-access.yaml"
	}
	switch o.kind() {
	case "Namespace":
		return "namespaces.yaml"
	case "CustomResourceDefinition":
		return "crds/" + strings.SplitN(o.name(), ".", 2)[0] + ".yaml"
	case "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		return "rbac.yaml"
	case "ConfigMap":
		return "configmaps.yaml"
	case "Secret", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		return "admission.yaml"
	}
	if c := o.component(); c != "" {
		return c + ".yaml"
	}
	return "others.yaml"
}

// encode prints a node with the indentation of the project's YAML.
func encode(node *yaml.Node) string {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		panic(err) // a node that was parsed, or built here
	}
	return b.String()
}
