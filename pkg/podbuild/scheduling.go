package podbuild

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// Labels of an affinity assistant's Pods (contract 3 §8).
const (
	instanceLabel      = "app.kubernetes.io/instance"
	componentLabel     = "app.kubernetes.io/component"
	assistantComponent = "affinity-assistant"
)

// applyTemplate passes on the fields of the pod template that a Pod has under the same name (contract 2 §2.2).
func (f *facts) applyTemplate(spec *corev1.PodSpec) {
	t := f.template
	spec.NodeSelector = t.NodeSelector
	spec.Tolerations = t.Tolerations
	spec.Affinity = t.Affinity
	spec.SecurityContext = t.SecurityContext
	spec.RuntimeClassName = t.RuntimeClassName
	spec.AutomountServiceAccountToken = t.AutomountServiceAccountToken
	spec.SchedulerName = t.SchedulerName
	spec.HostNetwork = t.HostNetwork
	spec.HostUsers = t.HostUsers
	spec.DNSConfig = t.DNSConfig
	spec.EnableServiceLinks = t.EnableServiceLinks
	spec.ImagePullSecrets = t.ImagePullSecrets
	spec.HostAliases = t.HostAliases
	spec.TopologySpreadConstraints = t.TopologySpreadConstraints
	if t.DNSPolicy != nil {
		spec.DNSPolicy = *t.DNSPolicy
	}
	if t.PriorityClassName != nil {
		spec.PriorityClassName = *t.PriorityClassName
	}
}

// applyAffinityAssistant adds a term that puts the Pod on the node of the run's affinity assistant, if there is one.
func (f *facts) applyAffinityAssistant(spec *corev1.PodSpec) {
	assistant := f.in.TaskRun.Annotations[pipeline.AffinityAssistantAnnotationKey]
	if assistant == "" {
		return
	}
	// The affinity is still the template's own.
	spec.Affinity = spec.Affinity.DeepCopy()
	if spec.Affinity == nil {
		spec.Affinity = &corev1.Affinity{}
	}
	if spec.Affinity.PodAffinity == nil {
		spec.Affinity.PodAffinity = &corev1.PodAffinity{}
	}
	terms := &spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	*terms = append(*terms, corev1.PodAffinityTerm{
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{
			instanceLabel:  assistant,
			componentLabel: assistantComponent,
		}},
		TopologyKey: corev1.LabelHostname,
	})
}
