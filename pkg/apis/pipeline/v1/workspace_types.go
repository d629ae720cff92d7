package v1

import corev1 "k8s.io/api/core/v1"

// WorkspaceDeclaration declares a volume that a Task needs.
type WorkspaceDeclaration struct {
	// Name that bindings and references use, as in $(workspaces.name.path).
	Name string `json:"name"`

	// What the workspace holds.
	// +optional
	Description string `json:"description,omitempty"`

	// Directory where the volume is mounted; /workspace/<name> when left out.
	// +optional
	MountPath string `json:"mountPath,omitempty"`

	// Whether the volume is mounted read-only.
	// +optional
	ReadOnly bool `json:"readOnly,omitempty"`

	// Whether a run may leave the workspace unbound.
	// +optional
	Optional bool `json:"optional,omitempty"`
}

// WorkspaceUsage gives one step or sidecar a workspace that the others then do not get.
type WorkspaceUsage struct {
	// Name of a workspace that the Task declares.
	Name string `json:"name"`

	// Directory where the volume is mounted; empty for the declared one.
	// +optional
	MountPath string `json:"mountPath,omitzero"`
}

// PipelineWorkspaceDeclaration declares a volume that a Pipeline needs.
type PipelineWorkspaceDeclaration struct {
	// Name that bindings and pipeline tasks use.
	Name string `json:"name"`

	// What the workspace holds.
	// +optional
	Description string `json:"description,omitempty"`

	// Whether a run may leave the workspace unbound.
	// +optional
	Optional bool `json:"optional,omitempty"`
}

// WorkspacePipelineTaskBinding passes a workspace of the Pipeline to one of its tasks.
type WorkspacePipelineTaskBinding struct {
	// Name of the workspace in the task.
	Name string `json:"name"`

	// Name of the workspace in the Pipeline; the same as name when left out.
	// +optional
	Workspace string `json:"workspace,omitempty"`

	// Directory of the volume that the task gets instead of the whole volume.
	// +optional
	SubPath string `json:"subPath,omitempty"`
}

// WorkspaceBinding says which volume a run uses for a workspace. Exactly one source must be given.
type WorkspaceBinding struct {
	// Name of the workspace.
	Name string `json:"name"`

	// Directory of the volume to use instead of the whole volume.
	// +optional
	SubPath string `json:"subPath,omitempty"`

	// Claim to create for this run; it is deleted with the run.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	VolumeClaimTemplate *corev1.PersistentVolumeClaim `json:"volumeClaimTemplate,omitempty"`

	// Claim that exists in the namespace of the run.
	// +optional
	PersistentVolumeClaim *corev1.PersistentVolumeClaimVolumeSource `json:"persistentVolumeClaim,omitempty"`

	// Empty directory that lives as long as the pod.
	// +optional
	EmptyDir *corev1.EmptyDirVolumeSource `json:"emptyDir,omitempty"`

	// ConfigMap whose entries become files.
	// +optional
	ConfigMap *corev1.ConfigMapVolumeSource `json:"configMap,omitempty"`

	// Secret whose entries become files.
	// +optional
	Secret *corev1.SecretVolumeSource `json:"secret,omitempty"`

	// Several sources in one directory.
	// +optional
	Projected *corev1.ProjectedVolumeSource `json:"projected,omitempty"`

	// Volume of a CSI driver.
	// +optional
	CSI *corev1.CSIVolumeSource `json:"csi,omitempty"`
}
