package workspace

import (
	"path"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// Bound are the workspaces of one run of a Task.
type Bound struct {
	workspaces map[string]bound
	// order holds the declared names in order.
	order []string
	// Volumes are the Pod's volumes for the workspaces.
	Volumes []corev1.Volume
}

// bound is one declared workspace.
type bound struct {
	path     string
	isolated bool
	// mount is nil when nothing is bound; its MountPath is the declared one.
	mount *corev1.VolumeMount
	claim string
}

// Values are what the variables $(workspaces.<w>.…) stand for.
type Values struct {
	// Path is empty when the workspace is not bound.
	Path string
	// Bound is "true" or "false".
	Bound string
	// Claim is empty unless the workspace is bound to a claim.
	Claim string
	// Volume is the name of the Pod's volume.
	Volume string
}

// Bind works out the workspaces of a run. The bindings are those that Check accepted, after WithClaims; bindings without
// a declaration are ignored.
func Bind(task *v1.TaskSpec, bindings []v1.WorkspaceBinding) *Bound {
	b := &Bound{workspaces: make(map[string]bound, len(task.Workspaces))}
	isolated := isolatedWorkspaces(task)
	volumes := bindVolumes(task.Workspaces, bindings)
	for _, d := range task.Workspaces {
		w := bound{path: d.MountPath, isolated: isolated[d.Name]}
		if w.path == "" {
			w.path = path.Join(protocol.WorkspaceDir, d.Name)
		}
		if source := binding(bindings, d.Name); source != nil {
			w.mount = &corev1.VolumeMount{
				Name:      volumes.names[d.Name],
				MountPath: w.path,
				SubPath:   source.SubPath,
				ReadOnly:  d.ReadOnly || isReadOnly(source) && !volumes.readOnly[volumes.names[d.Name]],
			}
			w.claim = claimOf(source)
		}
		b.workspaces[d.Name] = w
		b.order = append(b.order, d.Name)
	}
	b.Volumes = volumes.list
	return b
}

// isolatedWorkspaces are those that any step or sidecar lists: only the ones that list them get them.
func isolatedWorkspaces(task *v1.TaskSpec) map[string]bool {
	isolated := map[string]bool{}
	for _, s := range task.Steps {
		for _, u := range s.Workspaces {
			isolated[u.Name] = true
		}
	}
	for _, s := range task.Sidecars {
		for _, u := range s.Workspaces {
			isolated[u.Name] = true
		}
	}
	return isolated
}

// Mounts returns the mounts for a step or sidecar with those usages.
func (b *Bound) Mounts(usages []v1.WorkspaceUsage) []corev1.VolumeMount {
	var mounts []corev1.VolumeMount
	for _, name := range b.order {
		w := b.workspaces[name]
		if w.mount == nil {
			continue
		}
		if !w.isolated {
			mounts = append(mounts, *w.mount)
			continue
		}
		for _, u := range usages {
			if u.Name != name {
				continue
			}
			m := *w.mount
			if u.MountPath != "" {
				m.MountPath = u.MountPath
			}
			mounts = append(mounts, m)
		}
	}
	return mounts
}

// Values returns the values of the workspace variables, by workspace, where no usage says otherwise.
func (b *Bound) Values() map[string]Values { return b.ValuesFor(nil) }

// ValuesFor returns the values of the workspace variables inside a step or sidecar with those usages.
func (b *Bound) ValuesFor(usages []v1.WorkspaceUsage) map[string]Values {
	values := make(map[string]Values, len(b.order))
	for name, w := range b.workspaces {
		if w.mount == nil {
			values[name] = Values{Bound: "false"}
			continue
		}
		values[name] = Values{Path: w.path, Bound: "true", Claim: w.claim, Volume: w.mount.Name}
	}
	for _, u := range usages {
		if v, ok := values[u.Name]; ok && v.Bound == "true" && u.MountPath != "" {
			v.Path = u.MountPath
			values[u.Name] = v
		}
	}
	return values
}

func claimOf(b *v1.WorkspaceBinding) string {
	if b.PersistentVolumeClaim == nil {
		return ""
	}
	return b.PersistentVolumeClaim.ClaimName
}

func isReadOnly(b *v1.WorkspaceBinding) bool {
	return b.PersistentVolumeClaim != nil && b.PersistentVolumeClaim.ReadOnly
}

// boundVolumes are the volumes of all workspaces.
type boundVolumes struct {
	list []corev1.Volume
	// names holds the volume of each bound workspace.
	names map[string]string
	// readOnly tells by volume whether the volume itself is read-only.
	readOnly map[string]bool
}

// bindVolumes makes one volume per binding. Workspaces with the same claim share one, named after the first of them, which
// is read-only only if all of them want that.
func bindVolumes(declared []v1.WorkspaceDeclaration, bindings []v1.WorkspaceBinding) boundVolumes {
	v := boundVolumes{names: map[string]string{}, readOnly: map[string]bool{}}
	all := make([]string, 0, len(declared))
	for _, d := range declared {
		all = append(all, d.Name)
	}
	volumeNames := names.WorkspaceVolumes(all)
	byClaim := map[string]int{}
	for _, d := range declared {
		b := binding(bindings, d.Name)
		if b == nil {
			continue
		}
		claim := claimOf(b)
		if i, shared := byClaim[claim]; shared && claim != "" {
			v.names[d.Name] = v.list[i].Name
			source := v.list[i].PersistentVolumeClaim
			source.ReadOnly = source.ReadOnly && isReadOnly(b)
			v.readOnly[v.list[i].Name] = source.ReadOnly
			continue
		}
		v.names[d.Name] = volumeNames[d.Name]
		v.readOnly[volumeNames[d.Name]] = isReadOnly(b)
		byClaim[claim] = len(v.list)
		v.list = append(v.list, corev1.Volume{Name: volumeNames[d.Name], VolumeSource: source(b)})
	}
	return v
}

// source is the volume source of a binding, a copy.
func source(b *v1.WorkspaceBinding) corev1.VolumeSource {
	c := b.DeepCopy()
	return corev1.VolumeSource{
		PersistentVolumeClaim: c.PersistentVolumeClaim,
		EmptyDir:              c.EmptyDir,
		ConfigMap:             c.ConfigMap,
		Secret:                c.Secret,
		Projected:             c.Projected,
		CSI:                   c.CSI,
	}
}
