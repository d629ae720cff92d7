package specvars

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// WorkspaceBindings returns copies of the bindings of a run with values in place of references: in subPath, and in the
// names and items of what is bound, but not in volumeClaimTemplate (contract 1 §6.3, WB). The error says that the result
// is too large.
func WorkspaceBindings(bindings []v1.WorkspaceBinding, values substitution.Values) ([]v1.WorkspaceBinding, error) {
	return replaceBindings(bindings, values, (*bindingWalker).all)
}

// SubPaths is WorkspaceBindings for subPath only, where context variables of a PipelineRun count (contract 3 §7.2).
func SubPaths(bindings []v1.WorkspaceBinding, values substitution.Values) ([]v1.WorkspaceBinding, error) {
	return replaceBindings(bindings, values, (*bindingWalker).subPath)
}

func replaceBindings(bindings []v1.WorkspaceBinding, values substitution.Values, visit func(*bindingWalker, *v1.WorkspaceBinding)) ([]v1.WorkspaceBinding, error) {
	if bindings == nil {
		return nil, nil
	}
	r := substitution.NewReplacer(values)
	out := make([]v1.WorkspaceBinding, len(bindings))
	w := &bindingWalker{walker{visit: func(f Field) { f.replace(r) }}}
	for i := range bindings {
		bindings[i].DeepCopyInto(&out[i])
		w.path = (*Path)(nil).at("workspaces", i)
		visit(w, &out[i])
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// BindingReferences returns the references in the bindings of a run, in the fields of WorkspaceBindings.
func BindingReferences(bindings []v1.WorkspaceBinding) []substitution.Reference {
	var refs []substitution.Reference
	w := &bindingWalker{walker{visit: func(f Field) {
		f.References(func(r substitution.Reference) { refs = append(refs, r) })
	}}}
	for i := range bindings {
		w.path = (*Path)(nil).at("workspaces", i)
		w.all(&bindings[i])
	}
	return refs
}

// bindingWalker visits the fields of workspace bindings.
type bindingWalker struct{ walker }

func (w *bindingWalker) subPath(b *v1.WorkspaceBinding) {
	w.text(Other, w.path.field("subPath"), &b.SubPath)
}

func (w *bindingWalker) all(b *v1.WorkspaceBinding) {
	w.subPath(b)
	if c := b.PersistentVolumeClaim; c != nil {
		w.text(Other, w.path.field("persistentVolumeClaim.claimName"), &c.ClaimName)
	}
	if c := b.ConfigMap; c != nil {
		w.text(Other, w.path.field("configMap.name"), &c.Name)
		w.items("configMap.items", c.Items)
	}
	if s := b.Secret; s != nil {
		w.text(Other, w.path.field("secret.secretName"), &s.SecretName)
		w.items("secret.items", s.Items)
	}
	if b.Projected != nil {
		w.projected(b.Projected)
	}
	if c := b.CSI; c != nil {
		w.text(Other, w.path.field("csi.driver"), &c.Driver)
		if c.NodePublishSecretRef != nil {
			w.text(Other, w.path.field("csi.nodePublishSecretRef.name"), &c.NodePublishSecretRef.Name)
		}
	}
}
