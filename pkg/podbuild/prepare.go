package podbuild

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// canPrepareFirst tells whether prepare can be the first ordinary container, which saves the second or so that the kubelet
// takes to notice the end of an init container. The kubelet starts ordinary containers in order and finishes the postStart
// hook of one before it starts the next. Native sidecars start before ordinary containers, limits for containers in a namespace
// apply to the sum of ordinary containers, and what starts the containers of another runtime class is not known to keep the order; so
// there prepare is an init container.
func (f *facts) canPrepareFirst() bool {
	defaults := f.in.Config.Defaults
	switch {
	case defaults.DefaultPrepareInInitContainer, f.in.PrepareInInit, f.hasNativeSidecar(), f.windows:
		return false
	case f.in.TaskRun.Annotations[pipeline.PrepareAnnotationKey] == pipeline.PrepareAnnotationInit:
		return false
	}
	if class := f.template.RuntimeClassName; class != nil && *class != "" && !slices.Contains(defaults.DefaultPrepareRuntimeClasses, *class) {
		return false
	}
	return !slices.ContainsFunc(f.in.LimitRanges, func(r *corev1.LimitRange) bool {
		return slices.ContainsFunc(r.Spec.Limits, func(l corev1.LimitRangeItem) bool { return l.Type == corev1.LimitTypeContainer })
	})
}

// NodeKind returns a key for the kind of nodes that pods with a template, which may be nil, go to: for remembering that such nodes do
// not start containers in order.
func NodeKind(t *pod.Template) string {
	if t == nil {
		return ""
	}
	var words []string
	if t.RuntimeClassName != nil {
		words = append(words, "class="+*t.RuntimeClassName)
	}
	if t.SchedulerName != "" {
		words = append(words, "scheduler="+t.SchedulerName)
	}
	for _, label := range slices.Sorted(maps.Keys(t.NodeSelector)) {
		words = append(words, label+"="+t.NodeSelector[label])
	}
	// Nodes of a special kind are often those that are tainted.
	for _, toleration := range t.Tolerations {
		words = append(words, "tolerates="+toleration.Key+":"+toleration.Value)
	}
	return strings.Join(words, ",")
}

// prepareContainer runs its image's own entrypoint, the step runner, which installs a copy of itself and makes everything
// else that steps need.
func (f *facts) prepareContainer() (corev1.Container, error) {
	dirs, workspaces := f.workingDirs()
	config, err := protocol.EncodeInit(protocol.Init{
		Containers:      f.containers,
		Scripts:         f.scripts.files,
		SidecarRunner:   f.needsSidecarRunner(),
		WorkingDirs:     dirs,
		Workspaces:      mountPaths(workspaces),
		DebugOnFailure:  f.pauseOnFailure,
		DebugBeforeStep: len(f.pauseBefore) > 0,
		Hold:            f.prepareFirst,
	})
	if err != nil {
		return corev1.Container{}, stepError(PrepareContainer, err)
	}
	c := corev1.Container{
		Name:            PrepareContainer,
		Image:           f.in.HelperImages.Entrypoint,
		Args:            append([]string{protocol.CommandInit}, config...),
		WorkingDir:      "/",
		SecurityContext: f.internalSecurityContext(),
		VolumeMounts: []corev1.VolumeMount{
			{Name: StepsVolume, MountPath: protocol.StepsDir},
			{Name: RunVolume, MountPath: protocol.RunDir},
		},
	}
	program := entrypointProgram
	if f.usesCEL {
		c.Image, program = f.in.HelperImages.EntrypointCEL, entrypointCELProgram
	}
	if f.prepareFirst {
		c.Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{
			Exec: &corev1.ExecAction{Command: []string{program, protocol.CommandAwait}},
		}}
	}
	if len(f.scripts.files) > 0 {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: ScriptsVolume, MountPath: protocol.ScriptsDir})
	}
	c.VolumeMounts = append(c.VolumeMounts, workingDirMounts(dirs, workspaces)...)
	if f.hasBreakpoints() {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: DebugScriptsVolume, MountPath: protocol.DebugScriptsDir})
	}
	return c, nil
}

// Programs of the helper images. A hook names no program of its image's own accord, and the image need not have a search path.
const (
	entrypointProgram    = protocol.ImageDir + "/entrypoint"
	entrypointCELProgram = protocol.ImageDir + "/entrypoint-cel"
)
