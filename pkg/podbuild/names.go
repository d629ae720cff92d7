package podbuild

import (
	"strconv"

	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/names"
)

// Names of containers that are added to a Pod (contract 2 §2.3).
const (
	// PrepareContainer makes what all steps share.
	PrepareContainer = names.PrepareContainer
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
