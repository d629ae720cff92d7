package affinityassistant

import (
	"maps"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/podsecurity"
)

const (
	// InstanceLabel holds, on a Pod of an affinity assistant, the name of the StatefulSet.
	InstanceLabel = "app.kubernetes.io/instance"
	// ComponentLabel marks the Pods of all affinity assistants with Component.
	ComponentLabel = "app.kubernetes.io/component"
	// Component is the value of ComponentLabel.
	Component = "affinity-assistant"

	runForever        = "tekton_run_indefinitely"
	hostname          = "kubernetes.io/hostname"
	antiAffinityMost  = 100
	requestedCPU      = "50m"
	requestedMemory   = "100Mi"
	controllerVersion = "apps/v1"
)

// Settings are the cluster's settings for affinity assistants.
type Settings struct {
	// Image is the nop image.
	Image string
	// Flags hold the coschedule mode and whether the root file system is read-only.
	Flags *config.FeatureFlags
	// Template fills in what the run's pod template leaves open; nil for nothing.
	Template *pod.AffinityAssistantTemplate
}

// StatefulSet returns the object for an assistant (contract 3 §8.2). labels are the labels of the PipelineRun, including
// those it takes over from its Pipeline.
func StatefulSet(pr *v1.PipelineRun, labels map[string]string, a Assistant, s Settings) *appsv1.StatefulSet {
	own := ownLabels(pr, labels, a.Name)
	replicas := int32(1)
	set := &appsv1.StatefulSet{
		TypeMeta: metav1.TypeMeta{APIVersion: controllerVersion, Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{
			Name:            a.Name,
			Namespace:       pr.Namespace,
			Labels:          own,
			OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(pr)},
		},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: maps.Clone(own)},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(own)},
				Spec:       podSpec(pr, a, s),
			},
		},
	}
	for _, t := range a.Templates {
		set.Spec.VolumeClaimTemplates = append(set.Spec.VolumeClaimTemplates, claimTemplate(t))
	}
	return set
}

func ownLabels(pr *v1.PipelineRun, labels map[string]string, name string) map[string]string {
	own := maps.Clone(labels)
	if own == nil {
		own = map[string]string{}
	}
	own[pipeline.PipelineRunLabelKey] = pr.Name
	own[InstanceLabel] = name
	own[ComponentLabel] = Component
	return own
}

func claimTemplate(t ClaimTemplate) corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name:        t.Name,
			Labels:      maps.Clone(t.Claim.Labels),
			Annotations: maps.Clone(t.Claim.Annotations),
		},
		Spec: *t.Claim.Spec.DeepCopy(),
	}
}

func podSpec(pr *v1.PipelineRun, a Assistant, s Settings) corev1.PodSpec {
	t := template(pr, s.Template)
	resources := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse(requestedCPU),
		corev1.ResourceMemory: resource.MustParse(requestedMemory),
	}
	container := corev1.Container{
		Name:      Component,
		Image:     s.Image,
		Args:      []string{runForever},
		Resources: corev1.ResourceRequirements{Requests: resources, Limits: resources.DeepCopy()},
		SecurityContext: podsecurity.Restricted(t.SecurityContext, podsecurity.Options{
			Windows:      podsecurity.IsWindows(t.NodeSelector),
			ReadOnlyRoot: s.Flags.SetSecurityContextReadOnlyRootFilesystem,
		}),
	}
	for _, c := range a.Templates {
		container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: c.Name, MountPath: c.Name})
	}
	spec := corev1.PodSpec{
		Containers:         []corev1.Container{container},
		NodeSelector:       t.NodeSelector,
		Tolerations:        t.Tolerations,
		ImagePullSecrets:   t.ImagePullSecrets,
		SecurityContext:    t.SecurityContext,
		ServiceAccountName: t.ServiceAccountName,
		Affinity:           affinity(pr.Spec.TaskRunTemplate.PodTemplate, s.Flags.Coschedule),
	}
	if t.PriorityClassName != nil {
		spec.PriorityClassName = *t.PriorityClassName
	}
	for i, claim := range a.Claims {
		source := &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}
		spec.Volumes = append(spec.Volumes, corev1.Volume{
			Name:         "workspace-" + strconv.Itoa(i),
			VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: source},
		})
	}
	return spec
}

// template returns, field by field, the setting of the run or else that of the cluster; the service account the other way
// round.
func template(pr *v1.PipelineRun, fallback *pod.AffinityAssistantTemplate) *pod.AffinityAssistantTemplate {
	t := &pod.AffinityAssistantTemplate{}
	if fallback != nil {
		t = fallback.DeepCopy()
	}
	if t.ServiceAccountName == "" {
		t.ServiceAccountName = pr.Spec.TaskRunTemplate.ServiceAccountName
	}
	if pr.Spec.TaskRunTemplate.PodTemplate == nil {
		return t
	}
	own := pr.Spec.TaskRunTemplate.PodTemplate.DeepCopy()
	if own.NodeSelector != nil {
		t.NodeSelector = own.NodeSelector
	}
	if own.Tolerations != nil {
		t.Tolerations = own.Tolerations
	}
	if own.ImagePullSecrets != nil {
		t.ImagePullSecrets = own.ImagePullSecrets
	}
	if own.SecurityContext != nil {
		t.SecurityContext = own.SecurityContext
	}
	if own.PriorityClassName != nil {
		t.PriorityClassName = own.PriorityClassName
	}
	return t
}

// affinity returns a copy of the affinity of the run's Pods that also keeps affinity assistants on different nodes. It
// never shares memory with the run: TaskRuns made from the same template must not get the anti-affinity.
func affinity(t *pod.Template, mode string) *corev1.Affinity {
	a := &corev1.Affinity{}
	if t != nil && t.Affinity != nil {
		a = t.Affinity.DeepCopy()
	}
	if a.PodAntiAffinity == nil {
		a.PodAntiAffinity = &corev1.PodAntiAffinity{}
	}
	term := corev1.PodAffinityTerm{
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{ComponentLabel: Component}},
		TopologyKey:   hostname,
	}
	anti := a.PodAntiAffinity
	if mode == config.CoscheduleIsolatePipelineRun {
		anti.RequiredDuringSchedulingIgnoredDuringExecution = append(anti.RequiredDuringSchedulingIgnoredDuringExecution, term)
		return a
	}
	anti.PreferredDuringSchedulingIgnoredDuringExecution = append(anti.PreferredDuringSchedulingIgnoredDuringExecution,
		corev1.WeightedPodAffinityTerm{Weight: antiAffinityMost, PodAffinityTerm: term})
	return a
}
