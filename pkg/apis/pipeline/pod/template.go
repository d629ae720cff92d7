package pod

import (
	corev1 "k8s.io/api/core/v1"
)

// Template holds settings for the pod of a TaskRun. A setting given on the run goes before the cluster's default.
type Template struct {
	// Labels a node must have to run the pod.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// Environment variables for every container; an entry goes before one with the same name in a default template.
	// +optional
	// +listType=atomic
	Env []corev1.EnvVar `json:"env,omitempty"`

	// Taints of nodes that the pod tolerates.
	// +optional
	// +listType=atomic
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// Scheduling constraints, as in a pod spec.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Affinity *corev1.Affinity `json:"affinity,omitempty"`

	// Security settings of the pod, as in a pod spec.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	SecurityContext *corev1.PodSecurityContext `json:"securityContext,omitempty"`

	// Volumes that containers of the pod may mount, as in a pod spec.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Volumes []corev1.Volume `json:"volumes,omitempty"`

	// Name of the RuntimeClass that runs the pod.
	// +optional
	RuntimeClassName *string `json:"runtimeClassName,omitempty"`

	// Whether a token of the service account is mounted.
	// +optional
	AutomountServiceAccountToken *bool `json:"automountServiceAccountToken,omitempty"`

	// DNS policy of the pod: ClusterFirst, ClusterFirstWithHostNet, Default or None.
	// +optional
	DNSPolicy *corev1.DNSPolicy `json:"dnsPolicy,omitempty"`

	// DNS parameters, merged with those the DNS policy generates.
	// +optional
	DNSConfig *corev1.PodDNSConfig `json:"dnsConfig,omitempty"`

	// Whether variables for the Services of the namespace are added to containers.
	// +optional
	EnableServiceLinks *bool `json:"enableServiceLinks,omitempty"`

	// Name of the pod's PriorityClass.
	// +optional
	PriorityClassName *string `json:"priorityClassName,omitempty"`

	// Name of the scheduler that places the pod.
	// +optional
	SchedulerName string `json:"schedulerName,omitempty"`

	// Secrets used to pull the images of the pod.
	// +optional
	// +listType=atomic
	ImagePullSecrets []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`

	// Entries added to /etc/hosts.
	// +optional
	// +listType=atomic
	HostAliases []corev1.HostAlias `json:"hostAliases,omitempty"`

	// Whether the pod uses the network of its node.
	// +optional
	HostNetwork bool `json:"hostNetwork,omitempty"`

	// Rules that spread pods over the parts of the cluster.
	// +optional
	// +listType=atomic
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`

	// Whether the pod uses the user namespace of its node; false gives it one of its own.
	// +optional
	HostUsers *bool `json:"hostUsers,omitempty"`
}

// AffinityAssistantTemplate holds settings for the pods that keep the TaskRuns of a PipelineRun on one node.
type AffinityAssistantTemplate struct {
	// Labels a node must have to run the pod.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// Taints of nodes that the pod tolerates.
	// +optional
	// +listType=atomic
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// Secrets used to pull the image of the pod.
	// +optional
	// +listType=atomic
	ImagePullSecrets []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`

	// Security settings of the pod.
	// +optional
	SecurityContext *corev1.PodSecurityContext `json:"securityContext,omitempty"`

	// Name of the pod's PriorityClass.
	// +optional
	PriorityClassName *string `json:"priorityClassName,omitempty"`

	// Name of the pod's service account.
	// +optional
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
}
