package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Objects parses the documents of a YAML text.
func Objects(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("parsing document %d: %w", len(objects)+1, err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// TryCreate creates one object in the namespace, as kubectl create does: unknown fields are refused.
func (n *Namespace) TryCreate(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := n.resource(object)
	if err != nil {
		return nil, err
	}
	return resource.Create(context.Background(), object, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
}

func (n *Namespace) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := object.GroupVersionKind()
	mapping, err := n.Mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return nil, fmt.Errorf("finding the resource of %s: %w", gvk, err)
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return n.Dynamic.Resource(mapping.Resource), nil
	}
	return n.Dynamic.Resource(mapping.Resource).Namespace(n.Name), nil
}

// Create creates the objects of a YAML text in order and returns them as stored.
func (n *Namespace) Create(text string) []*unstructured.Unstructured {
	n.t.Helper()
	objects, err := Objects([]byte(text))
	if err != nil {
		n.t.Fatal(err)
	}
	created := make([]*unstructured.Unstructured, 0, len(objects))
	for _, object := range objects {
		stored, err := n.TryCreate(object)
		if err != nil {
			n.t.Fatalf("creating %s %s%s: %v", object.GetKind(), object.GetName(), object.GetGenerateName(), err)
		}
		created = append(created, stored)
	}
	return created
}

// CreateFile creates the objects of a file.
func (n *Namespace) CreateFile(path string) []*unstructured.Unstructured {
	n.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		n.t.Fatal(err)
	}
	return n.Create(string(text))
}

// Refused creates the one object of a YAML text and returns the error that has to come of it.
func (n *Namespace) Refused(text string) error {
	n.t.Helper()
	objects, err := Objects([]byte(text))
	if err != nil || len(objects) != 1 {
		n.t.Fatalf("want one object, got %d (%v)", len(objects), err)
	}
	stored, err := n.TryCreate(objects[0])
	if err == nil {
		n.t.Fatalf("%s %s was accepted", stored.GetKind(), stored.GetName())
	}
	return err
}

// PatchStatus sets spec.status of a run of the tekton.dev/v1 API, as the command line and dashboards do.
func (n *Namespace) PatchStatus(resource, name, status string) {
	n.t.Helper()
	patch := fmt.Appendf(nil, `[{"op":"add","path":"/spec/status","value":%q}]`, status)
	_, err := n.Dynamic.Resource(v1.SchemeGroupVersion.WithResource(resource)).Namespace(n.Name).
		Patch(context.Background(), name, types.JSONPatchType, patch, metav1.PatchOptions{})
	if err != nil {
		n.t.Fatalf("setting spec.status of %s to %s: %v", name, status, err)
	}
}
