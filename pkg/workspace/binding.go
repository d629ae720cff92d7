// Package workspace decides what the workspaces of a run are: which bindings count, which claims have to be made for
// them, and which volumes, mounts and variables they become (contract 2 §5). It is pure. In a run's order: Declare,
// WithDefault, Check, Claims, WithClaims, Bind.
package workspace

import (
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Declare returns the workspaces declared by an inline spec and, after them, one for each binding it does not declare.
func Declare(declared []v1.WorkspaceDeclaration, bindings []v1.WorkspaceBinding) []v1.WorkspaceDeclaration {
	result := slices.Clip(declared)
	for _, b := range bindings {
		if declaration(result, b.Name) == nil {
			result = append(result, v1.WorkspaceDeclaration{Name: b.Name})
		}
	}
	return result
}

// ParseDefault reads the value of default-task-run-workspace-binding, a binding without name as YAML; it returns nil for
// an empty value.
func ParseDefault(text string) (*v1.WorkspaceBinding, error) {
	if text == "" {
		return nil, nil
	}
	var b v1.WorkspaceBinding
	if err := yaml.UnmarshalStrict([]byte(text), &b); err != nil {
		return nil, fmt.Errorf("failed to unmarshal %s, the default workspace binding: %w", text, err)
	}
	if b == (v1.WorkspaceBinding{}) {
		return nil, nil
	}
	return &b, nil
}

// WithDefault returns the bindings and, after them, the default one for every required workspace that is not bound. A
// nil default changes nothing.
func WithDefault(declared []v1.WorkspaceDeclaration, bindings []v1.WorkspaceBinding, byDefault *v1.WorkspaceBinding) []v1.WorkspaceBinding {
	if byDefault == nil {
		return bindings
	}
	result := slices.Clip(bindings)
	for _, d := range declared {
		if d.Optional || binding(bindings, d.Name) != nil {
			continue
		}
		b := byDefault.DeepCopy()
		b.Name = d.Name
		result = append(result, *b)
	}
	return result
}

func declaration(declared []v1.WorkspaceDeclaration, name string) *v1.WorkspaceDeclaration {
	for i := range declared {
		if declared[i].Name == name {
			return &declared[i]
		}
	}
	return nil
}

func binding(bindings []v1.WorkspaceBinding, name string) *v1.WorkspaceBinding {
	for i := range bindings {
		if bindings[i].Name == name {
			return &bindings[i]
		}
	}
	return nil
}
