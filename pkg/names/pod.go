package names

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// PrepareContainer is the container that prepares a Pod for its steps (contract 2 §2.3).
const PrepareContainer = "prepare"

// ForeignRunVolume is the volume of the first step in Pods of the engine that Tenon takes over from, which has one for each step
// (contract 2 §2.5). Tenon has a single one for all, so this name tells whose runner is in a Pod.
const ForeignRunVolume = "tekton-internal-run-0"

// Prefixes of container names; every tool tells steps and sidecars by them (contract 2 §2.3).
const (
	StepPrefix    = "step-"
	SidecarPrefix = "sidecar-"
)

// StepContainer returns the container name of a step; index is its position in the whole list, from 0, and used when
// it has no name (contract 2 §2.3).
func StepContainer(step string, index int) string {
	if step == "" {
		step = "unnamed-" + strconv.Itoa(index)
	}
	return container(StepPrefix + step)
}

// SidecarContainer returns the container name of a sidecar; without a name that is just "sidecar" (contract 2 §2.3).
func SidecarContainer(sidecar string) string {
	return container(SidecarPrefix + sidecar)
}

// StepOfContainer returns the name of the step, unnamed-<i> if it has none, whose container that is, and false for
// other containers. Where StepContainer cut a name it stays cut.
func StepOfContainer(container string) (string, bool) {
	return strings.CutPrefix(container, StepPrefix)
}

// SidecarOfContainer is StepOfContainer for sidecars.
func SidecarOfContainer(container string) (string, bool) {
	return strings.CutPrefix(container, SidecarPrefix)
}

func container(name string) string {
	return trimEnd(cut(name, maxLength))
}

// WorkspaceVolume returns the Pod volume name of a workspace (contract 2 §5.1). Two workspaces can get the same name;
// WorkspaceVolumes tells them apart.
func WorkspaceVolume(workspace string) string {
	h := fnv.New32a()
	h.Write([]byte(workspace))
	return fmt.Sprintf("ws-%08x", h.Sum32())[:len("ws-")+5]
}

// WorkspaceVolumes returns the Pod volume name of every workspace. One that would get the name of an earlier one gets
// that of another hash, so the order matters (contract 2 §5.1). Equal workspaces get one volume.
func WorkspaceVolumes(workspaces []string) map[string]string {
	volumes := make(map[string]string, len(workspaces))
	taken := make(map[string]bool, len(workspaces))
	for _, w := range workspaces {
		if _, ok := volumes[w]; ok {
			continue
		}
		name := WorkspaceVolume(w)
		for salt := 1; taken[name]; salt++ {
			name = WorkspaceVolume(w + "\x00" + strconv.Itoa(salt))
		}
		taken[name] = true
		volumes[w] = name
	}
	return volumes
}
