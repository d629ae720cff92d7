package podbuild

import (
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
	WorkspaceVolume = VolumePrefix + "workspace"
	HomeVolume      = VolumePrefix + "home"
	ResultsVolume   = VolumePrefix + "results"
	StepsVolume     = VolumePrefix + "steps"
	// RunVolume has the runner, and a folder for each step, which that step alone can write.
	RunVolume          = VolumePrefix + "run"
	ArtifactsVolume    = VolumePrefix + "artifacts"
	ScriptsVolume      = VolumePrefix + "scripts"
	DownwardVolume     = VolumePrefix + "downward"
	DebugScriptsVolume = VolumePrefix + "debug-scripts"
	DebugInfoVolume    = VolumePrefix + "debug-info"
)

// CredentialsVolume is the volume in memory for the credential files of all steps, each in a folder that it alone mounts.
const CredentialsVolume = credentials.VolumePrefix + "init-home"
