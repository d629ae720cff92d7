package podbuild

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/names"
)

// Names of containers that are added to a Pod (contract 2 §2.3).
const (
	// PrepareContainer is the init container.
	PrepareContainer = "prepare"
	// ResultsSidecar is the name, as a sidecar, of the container that reports results in its log.
	ResultsSidecar = "tekton-log-results"
	// ResultsSidecarContainer is its container.
	ResultsSidecarContainer = names.SidecarPrefix + ResultsSidecar
)

// VolumePrefix starts the names of internal volumes (contract 2 §2.5).
const VolumePrefix = "tekton-internal-"

// Names of internal volumes.
const (
	WorkspaceVolume    = VolumePrefix + "workspace"
	HomeVolume         = VolumePrefix + "home"
	ResultsVolume      = VolumePrefix + "results"
	StepsVolume        = VolumePrefix + "steps"
	ArtifactsVolume    = VolumePrefix + "artifacts"
	BinVolume          = VolumePrefix + "bin"
	ScriptsVolume      = VolumePrefix + "scripts"
	DownwardVolume     = VolumePrefix + "downward"
	DebugScriptsVolume = VolumePrefix + "debug-scripts"
	DebugInfoVolume    = VolumePrefix + "debug-info"
)

// RunVolume is the volume that only the step with that index can write.
func RunVolume(step int) string { return VolumePrefix + "run-" + strconv.Itoa(step) }

// CredentialsVolume is the volume in memory for the credential files of the step with that index.
func CredentialsVolume(step int) string {
	return credentials.VolumePrefix + "init-home-" + strconv.Itoa(step)
}

// StepContainerName is the container name of a step; index is its position from 0.
func StepContainerName(step string, index int) string { return names.StepContainer(step, index) }

// IsStep tells whether a container, by name, is a step.
func IsStep(container string) bool { return strings.HasPrefix(container, names.StepPrefix) }

// IsSidecar tells whether a container, by name, is a declared sidecar or the results sidecar.
func IsSidecar(container string) bool {
	return strings.HasPrefix(container, names.SidecarPrefix) || container == strings.TrimSuffix(names.SidecarPrefix, "-")
}

// InjectedContainers returns the names of the regular containers that somebody else put into the Pod: neither steps nor
// sidecars. When a Pod comes back from its creation with any, its ready annotation must be taken away until they are
// ready, see meta.go.
func InjectedContainers(pod *corev1.Pod) []string {
	var injected []string
	for _, c := range pod.Spec.Containers {
		if !IsStep(c.Name) && !IsSidecar(c.Name) {
			injected = append(injected, c.Name)
		}
	}
	return injected
}
