// Package podbuild makes the Pod of one attempt of a TaskRun (contract 2 §2). It is pure: everything that has to be
// fetched is in its Input. The entry point is Build, a sequence of small stages in files of their own:
//
//	facts.go       what follows from the Input: which features this Pod uses
//	meta.go        name, labels, annotations, owner
//	prepare.go     the container that prepares the Pod, scripts.go the scripts it writes
//	steps.go       the step containers
//	sidecars.go    the sidecars and the results sidecar
//	volumes.go     the volumes and internal mounts
//	resources.go   requests and limits
//	security.go    security contexts of internal containers
//	scheduling.go  the pod template and the affinity assistant
//
// One container, prepare, installs the step runner and makes everything else that steps need. It is the first ordinary
// container where it can be, and the only init container besides native sidecars otherwise (docs/decisions/0002).
package podbuild

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

// Images are the helper images (contract 4 §7.8).
type Images struct {
	// Entrypoint holds the step runner; the container prepare runs it.
	Entrypoint string
	// EntrypointCEL holds a step runner that also evaluates CEL; used when a step's when asks for it.
	EntrypointCEL string
	// ResultsSidecar reports results in its log.
	ResultsSidecar string
}

// Input is all that Build looks at. It is not changed.
type Input struct {
	// TaskRun is the run, with the labels and annotations of its Task already merged in. If its status has a span context, steps get
	// one of their own.
	TaskRun *v1.TaskRun
	// Task is the resolved Task with StepActions inserted and all variables replaced that are known before the Pod runs.
	Task *v1.TaskSpec
	// PodTemplate is the run's effective pod template with parameters replaced; nil means the TaskRun's.
	PodTemplate *pod.Template
	// Bindings are the workspaces, as accepted by workspace.Check and after workspace.WithClaims.
	Bindings []v1.WorkspaceBinding
	// Images are the images that LookupImages returned, by reference.
	Images map[string]imageinfo.Image
	// Credentials are for every step; ignored with disable-creds-init.
	Credentials credentials.Set
	// LimitRanges are those of the namespace.
	LimitRanges []*corev1.LimitRange
	// Config is the configuration in force.
	Config *config.Config
	// HelperImages are the images of the containers that are added.
	HelperImages Images
	// NativeSidecars says that the API server knows init containers with restartPolicy Always (Kubernetes 1.29), whatever the
	// configuration says about them.
	NativeSidecars bool
	// PrepareInInit has the Pod prepared in an init container, because its nodes are known not to start containers in order.
	PrepareInInit bool
	// Injected is how many containers others are expected to add to the Pod, init containers too.
	Injected int
	// Release goes into the annotation pipeline.tekton.dev/release.
	Release string
}

// Build returns the Pod to create. An error is final and belongs into a condition with reason PodCreationFailed, unless it
// is a failure with a reason of its own.
func Build(in Input) (*corev1.Pod, error) {
	f, err := gather(in)
	if err != nil {
		return nil, err
	}
	steps, err := f.stepContainers()
	if err != nil {
		return nil, err
	}
	prepare, err := f.prepareContainer()
	if err != nil {
		return nil, err
	}
	natives, sidecars, err := f.sidecarContainers()
	if err != nil {
		return nil, err
	}
	volumes, err := f.volumes()
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{
		ObjectMeta: f.meta(),
		Spec: corev1.PodSpec{
			Containers:            steps,
			Volumes:               volumes,
			RestartPolicy:         corev1.RestartPolicyNever,
			ServiceAccountName:    f.serviceAccount(),
			ActiveDeadlineSeconds: f.deadline(),
		},
	}
	if f.prepareFirst {
		pod.Spec.Containers = append([]corev1.Container{prepare}, steps...)
	} else {
		pod.Spec.InitContainers = []corev1.Container{prepare}
	}
	pod.Spec.InitContainers = append(pod.Spec.InitContainers, natives...)
	pod.Spec.Containers = append(pod.Spec.Containers, sidecars...)
	f.applyTemplate(&pod.Spec)
	f.applyAffinityAssistant(&pod.Spec)
	f.applyResources(&pod.Spec)
	// Up to here the Pod shares data with the Input, which comes from informers' caches.
	return pod.DeepCopy(), nil
}

// LookupImages returns the images whose command has to be looked up because a step has neither command nor script
// (contract 2 §2.7), each once.
func LookupImages(task *v1.TaskSpec) ([]string, error) {
	steps, err := v1.MergeStepTemplate(task.StepTemplate, task.Steps)
	if err != nil {
		return nil, err
	}
	var images []string
	seen := map[string]bool{}
	for _, s := range steps {
		if needsLookup(s) && !seen[s.Image] {
			seen[s.Image] = true
			images = append(images, s.Image)
		}
	}
	return images, nil
}

func needsLookup(s v1.Step) bool { return len(s.Command) == 0 && s.Script == "" }

func (f *facts) serviceAccount() string {
	if name := f.in.TaskRun.Spec.ServiceAccountName; name != "" {
		return name
	}
	return f.in.Config.Defaults.DefaultServiceAccount
}

// noDeadline stands for a run without timeout: the largest value Kubernetes accepts.
const noDeadline = 1<<31 - 1

// deadline ends the Pod when no controller is there to do it: after one and a half times the timeout.
func (f *facts) deadline() *int64 {
	timeout := f.in.Config.Defaults.Timeout()
	if t := f.in.TaskRun.Spec.Timeout; t != nil {
		timeout = t.Duration
	}
	seconds := int64((timeout + timeout/2).Seconds())
	if timeout == 0 || seconds > noDeadline || seconds < 0 {
		seconds = noDeadline
	}
	seconds = max(seconds, 1)
	return &seconds
}

// stepError says which step an error is about.
func stepError(container string, err error) error {
	return fmt.Errorf("container %q: %w", container, err)
}
