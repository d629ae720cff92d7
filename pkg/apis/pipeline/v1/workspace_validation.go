package v1

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"
)

// workspaceSources are the paths that errors about the number of sources name; projected and csi are not among them.
var workspaceSources = []string{"persistentvolumeclaim", "volumeclaimtemplate", "emptydir", "configmap", "secret"}

// Validate applies rules W (contract 1 §5.6): exactly one source, and what that source needs. It stops at the first
// problem; paths are relative to the binding.
func (b *WorkspaceBinding) Validate() *apis.FieldError {
	if equality.Semantic.DeepEqual(b, &WorkspaceBinding{}) {
		return apis.ErrMissingField(apis.CurrentField)
	}
	switch n := b.countSources(); {
	case n > 1:
		return apis.ErrMultipleOneOf(workspaceSources...)
	case n == 0:
		return apis.ErrMissingOneOf(workspaceSources...)
	}
	switch {
	case b.PersistentVolumeClaim != nil && b.PersistentVolumeClaim.ClaimName == "":
		return apis.ErrMissingField("persistentvolumeclaim.claimname")
	case b.ConfigMap != nil && b.ConfigMap.Name == "":
		return apis.ErrMissingField("configmap.name")
	case b.Secret != nil && b.Secret.SecretName == "":
		return apis.ErrMissingField("secret.secretName")
	case b.Projected != nil && len(b.Projected.Sources) == 0:
		return apis.ErrMissingField("projected.sources")
	case b.CSI != nil && b.CSI.Driver == "":
		return apis.ErrMissingField("csi.driver")
	}
	return nil
}

func (b *WorkspaceBinding) countSources() int {
	n := 0
	for _, given := range []bool{
		b.VolumeClaimTemplate != nil, b.PersistentVolumeClaim != nil, b.EmptyDir != nil, b.ConfigMap != nil, b.Secret != nil,
		b.Projected != nil, b.CSI != nil,
	} {
		if given {
			n++
		}
	}
	return n
}

// ValidateWorkspaceBindings applies rules W to each binding of a TaskRun or CustomRun and finds repeated names, in any case
// (contract 1 §5.7 TR-09); paths begin with the index.
func ValidateWorkspaceBindings(bindings []WorkspaceBinding) *apis.FieldError {
	var errs FieldErrors
	seen := make(map[string]struct{}, len(bindings))
	for i := range bindings {
		errs.Add(bindings[i].Validate().ViaIndex(i))
		name := strings.ToLower(bindings[i].Name)
		if _, again := seen[name]; again {
			errs.Add(apis.ErrMultipleOneOf("name").ViaIndex(i))
		}
		seen[name] = struct{}{}
	}
	return errs.Err()
}
