package local

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

const (
	// defaultGrace is how many seconds the containers of a pod get to end by themselves.
	defaultGrace int64 = 30
	// defaultMode is that of the files in volumes.
	defaultMode int32 = 0o644
)

// fillIn sets what the API server sets in a new pod where nothing was said.
func fillIn(pod *corev1.Pod) {
	spec := &pod.Spec
	setDefault(&spec.RestartPolicy, corev1.RestartPolicyAlways)
	setDefault(&spec.DNSPolicy, corev1.DNSClusterFirst)
	setDefault(&spec.SchedulerName, corev1.DefaultSchedulerName)
	setDefault(&spec.ServiceAccountName, "default")
	spec.DeprecatedServiceAccount = spec.ServiceAccountName
	if spec.TerminationGracePeriodSeconds == nil {
		spec.TerminationGracePeriodSeconds = ptr.To(defaultGrace)
	}
	if spec.SecurityContext == nil {
		spec.SecurityContext = &corev1.PodSecurityContext{}
	}
	if spec.EnableServiceLinks == nil {
		spec.EnableServiceLinks = ptr.To(true)
	}
	for i := range spec.InitContainers {
		fillInContainer(&spec.InitContainers[i])
	}
	for i := range spec.Containers {
		fillInContainer(&spec.Containers[i])
	}
	for i := range spec.Volumes {
		fillInVolume(&spec.Volumes[i])
	}
	pod.Status.Phase = corev1.PodPending
}

func setDefault[T ~string](target *T, value T) {
	if *target == "" {
		*target = value
	}
}

func fillInContainer(c *corev1.Container) {
	setDefault(&c.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	setDefault(&c.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
	setDefault(&c.ImagePullPolicy, pullPolicy(c.Image))
	for i := range c.Ports {
		setDefault(&c.Ports[i].Protocol, corev1.ProtocolTCP)
	}
	for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		fillInProbe(probe)
	}
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil && from.FieldRef != nil {
			setDefault(&from.FieldRef.APIVersion, "v1")
		}
	}
	for name, limit := range c.Resources.Limits {
		if _, ok := c.Resources.Requests[name]; ok {
			continue
		}
		if c.Resources.Requests == nil {
			c.Resources.Requests = corev1.ResourceList{}
		}
		c.Resources.Requests[name] = limit.DeepCopy()
	}
}

// pullPolicy is Always for images that may be others tomorrow: those with no tag, or with the tag latest.
func pullPolicy(image string) corev1.PullPolicy {
	if strings.Contains(image, "@") {
		return corev1.PullIfNotPresent
	}
	_, tag, tagged := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	if !tagged || tag == "latest" {
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}

func fillInProbe(p *corev1.Probe) {
	if p == nil {
		return
	}
	for _, d := range []struct {
		target *int32
		value  int32
	}{{&p.TimeoutSeconds, 1}, {&p.PeriodSeconds, 10}, {&p.SuccessThreshold, 1}, {&p.FailureThreshold, 3}} {
		if *d.target == 0 {
			*d.target = d.value
		}
	}
	if p.HTTPGet != nil {
		setDefault(&p.HTTPGet.Path, "/")
		setDefault(&p.HTTPGet.Scheme, corev1.URISchemeHTTP)
	}
}

func fillInVolume(v *corev1.Volume) {
	switch {
	case v.VolumeSource == (corev1.VolumeSource{}):
		v.EmptyDir = &corev1.EmptyDirVolumeSource{}
	case v.Secret != nil:
		fillInMode(&v.Secret.DefaultMode)
	case v.ConfigMap != nil:
		fillInMode(&v.ConfigMap.DefaultMode)
	case v.DownwardAPI != nil:
		fillInMode(&v.DownwardAPI.DefaultMode)
		fillInFields(v.DownwardAPI.Items)
	case v.Projected != nil:
		fillInMode(&v.Projected.DefaultMode)
		for i := range v.Projected.Sources {
			if source := v.Projected.Sources[i].DownwardAPI; source != nil {
				fillInFields(source.Items)
			}
		}
	}
}

func fillInMode(mode **int32) {
	if *mode == nil {
		*mode = ptr.To(defaultMode)
	}
}

func fillInFields(items []corev1.DownwardAPIVolumeFile) {
	for i := range items {
		if items[i].FieldRef != nil {
			setDefault(&items[i].FieldRef.APIVersion, "v1")
		}
	}
}

// checkPod refuses pods that the API server refuses too, in its words, as far as Tasks can bring them about: names of volumes, mounts and
// variables, and requests above limits.
func checkPod(pod *corev1.Pod) field.ErrorList {
	var errs field.ErrorList
	spec := field.NewPath("spec")
	volumes := map[string]bool{}
	for i := range pod.Spec.Volumes {
		name, at := pod.Spec.Volumes[i].Name, spec.Child("volumes").Index(i).Child("name")
		for _, problem := range validation.IsDNS1123Label(name) {
			errs = append(errs, field.Invalid(at, name, problem))
		}
		if volumes[name] {
			errs = append(errs, field.Duplicate(at, name))
		}
		volumes[name] = true
	}
	names := map[string]bool{}
	for _, list := range []struct {
		field      string
		containers []corev1.Container
	}{{"initContainers", pod.Spec.InitContainers}, {"containers", pod.Spec.Containers}} {
		for i := range list.containers {
			c, at := &list.containers[i], spec.Child(list.field).Index(i)
			if names[c.Name] {
				errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
			}
			names[c.Name] = true
			errs = append(errs, checkContainer(c, volumes, at)...)
		}
	}
	return errs
}

func checkContainer(c *corev1.Container, volumes map[string]bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, problem := range validation.IsDNS1123Label(c.Name) {
		errs = append(errs, field.Invalid(at.Child("name"), c.Name, problem))
	}
	if c.Image == "" {
		errs = append(errs, field.Required(at.Child("image"), ""))
	}
	paths := map[string]bool{}
	for i, m := range c.VolumeMounts {
		here := at.Child("volumeMounts").Index(i)
		if !volumes[m.Name] {
			errs = append(errs, field.NotFound(here.Child("name"), m.Name))
		}
		if paths[m.MountPath] {
			errs = append(errs, field.Invalid(here.Child("mountPath"), m.MountPath, "must be unique"))
		}
		paths[m.MountPath] = true
	}
	for name, request := range c.Resources.Requests {
		if limit, ok := c.Resources.Limits[name]; ok && request.Cmp(limit) > 0 {
			errs = append(errs, field.Invalid(at.Child("resources").Child("requests"), request.String(),
				fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String())))
		}
	}
	return errs
}
