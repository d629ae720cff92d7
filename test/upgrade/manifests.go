// Package upgrade tests that an installation can be upgraded, and put back, while runs are made.
package upgrade

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/test/cluster"
)

// manifests are the objects of an installation.
type manifests []*unstructured.Unstructured

func readManifests(path string) (manifests, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading manifests: %w", err)
	}
	objects, err := cluster.Objects(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return objects, nil
}

func isSame(a, b *unstructured.Unstructured) bool {
	return a.GroupVersionKind().GroupKind() == b.GroupVersionKind().GroupKind() &&
		a.GetNamespace() == b.GetNamespace() && a.GetName() == b.GetName()
}

// overlaid returns the manifests with others laid over them, as an operator keeps settings apart from what is released.
func (m manifests) overlaid(over manifests) manifests {
	out := make(manifests, 0, len(m)+len(over))
	for _, object := range m {
		out = append(out, object.DeepCopy())
	}
	for _, o := range over {
		at := slices.IndexFunc(out, func(u *unstructured.Unstructured) bool { return isSame(u, o) })
		if at < 0 {
			out = append(out, o.DeepCopy())
			continue
		}
		merge(out[at].Object, o.DeepCopy().Object)
	}
	return out
}

// merge puts the members of an object into another one. Lists are values like others.
func merge(into, from map[string]any) {
	for key, value := range from {
		below, isMap := value.(map[string]any)
		if old, ok := into[key].(map[string]any); ok && isMap {
			merge(old, below)
			continue
		}
		into[key] = value
	}
}

// split returns what is no Deployment, the Deployment of a name, and the other Deployments.
func (m manifests) split(name string) (settings, one, others manifests) {
	for _, object := range m {
		switch {
		case object.GetKind() != "Deployment":
			settings = append(settings, object)
		case object.GetName() == name:
			one = append(one, object)
		default:
			others = append(others, object)
		}
	}
	return settings, one, others
}

// withImage returns Deployments with another image in the container that comes first.
func (m manifests) withImage(image string) (manifests, error) {
	out := m.overlaid(nil)
	for _, d := range out {
		containers, _, err := unstructured.NestedSlice(d.Object, "spec", "template", "spec", "containers")
		if err != nil || len(containers) == 0 {
			return nil, errors.Join(fmt.Errorf("%s %s has no containers", d.GetKind(), d.GetName()), err)
		}
		first, ok := containers[0].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s %s: a container is no object", d.GetKind(), d.GetName())
		}
		first["image"] = image
		if err := unstructured.SetNestedSlice(d.Object, containers, "spec", "template", "spec", "containers"); err != nil {
			return nil, fmt.Errorf("changing the image of %s: %w", d.GetName(), err)
		}
	}
	return out, nil
}

// servedVersions returns the names of the versions of each definition of a custom resource.
func (m manifests) servedVersions() (map[string][]string, error) {
	served := map[string][]string{}
	for _, object := range m {
		if object.GetKind() != "CustomResourceDefinition" {
			continue
		}
		versions, _, err := unstructured.NestedSlice(object.Object, "spec", "versions")
		if err != nil {
			return nil, fmt.Errorf("reading the versions of %s: %w", object.GetName(), err)
		}
		for _, v := range versions {
			if version, ok := v.(map[string]any); ok {
				name, _ := version["name"].(string)
				served[object.GetName()] = append(served[object.GetName()], name)
			}
		}
	}
	return served, nil
}

// yaml returns the manifests as kubectl reads them.
func (m manifests) yaml() ([]byte, error) {
	var b bytes.Buffer
	for _, object := range m {
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, fmt.Errorf("writing %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		b.WriteString("---\n")
		b.Write(text)
	}
	return b.Bytes(), nil
}
