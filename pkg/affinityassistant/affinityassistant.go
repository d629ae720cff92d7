// Package affinityassistant makes the StatefulSets that keep the Pods of a PipelineRun on one node, and says which of
// them a run needs (contract 3 §8). It is pure: it must not import clients, clocks or loggers. The entry point is
// [Needed].
package affinityassistant

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// Assistant is one affinity assistant that a PipelineRun needs.
type Assistant struct {
	// Name is the name of the StatefulSet.
	Name string
	// Claims are the existing claims whose Pods it keeps together.
	Claims []string
	// Templates are claims that the StatefulSet makes itself, by the name of their template.
	Templates []ClaimTemplate
}

// ClaimTemplate is a claim that comes with a StatefulSet.
type ClaimTemplate struct {
	// Name is the name of the template inside the StatefulSet, and the mount path.
	Name string
	// Claim holds labels, annotations and spec.
	Claim *corev1.PersistentVolumeClaim
}

// IsWholeRun tells whether a coschedule mode keeps all Pods of a PipelineRun on one node.
func IsWholeRun(mode string) bool {
	return mode == config.CoschedulePipelineRuns || mode == config.CoscheduleIsolatePipelineRun
}

// IsBackedByClaim tells whether a binding uses a PersistentVolumeClaim, existing or to be made.
func IsBackedByClaim(b v1.WorkspaceBinding) bool {
	return b.PersistentVolumeClaim != nil || b.VolumeClaimTemplate != nil
}

// ClaimOf returns the name of the claim that children of the run use for a binding, empty if it uses none. In the
// whole-run modes the claim of a template is made by the affinity assistant and named after it (contract 3 §7.3).
func ClaimOf(mode string, pr *v1.PipelineRun, b v1.WorkspaceBinding) string {
	switch {
	case b.PersistentVolumeClaim != nil:
		return b.PersistentVolumeClaim.ClaimName
	case b.VolumeClaimTemplate != nil:
		claim := names.Claim(b.VolumeClaimTemplate.Name, b.Name, string(pr.UID))
		if IsWholeRun(mode) {
			return names.AssistantClaim(claim, names.AffinityAssistant("", pr.Name))
		}
		return claim
	default:
		return ""
	}
}

// Needed returns the affinity assistants for a run whose workspaces are bound as given, with parameters filled in, and
// the name of the assistant for each workspace. In the whole-run modes there is exactly one, and the map is empty: all
// children use it. Workspaces bound to the same claim share the assistant of the first of them. A binding whose claim is
// not known yet, because its name comes from the result of a task, is left out.
func Needed(mode string, pr *v1.PipelineRun, bindings []v1.WorkspaceBinding) ([]Assistant, map[string]string) {
	switch {
	case mode == config.CoscheduleDisabled:
		return nil, nil
	case IsWholeRun(mode):
		return []Assistant{wholeRun(pr, bindings)}, nil
	}
	var all []Assistant
	byWorkspace := map[string]string{}
	byClaim := map[string]string{}
	for _, b := range bindings {
		claim := ClaimOf(mode, pr, b)
		if claim == "" || !IsKnown(claim) {
			continue
		}
		name, shared := byClaim[claim]
		if !shared {
			name = names.AffinityAssistant(b.Name, pr.Name)
			byClaim[claim] = name
			all = append(all, Assistant{Name: name, Claims: []string{claim}})
		}
		byWorkspace[b.Name] = name
	}
	return all, byWorkspace
}

// IsKnown tells whether a claim name no longer refers to the result of a task.
func IsKnown(claim string) bool { return !strings.Contains(claim, "$(tasks.") }

func wholeRun(pr *v1.PipelineRun, bindings []v1.WorkspaceBinding) Assistant {
	a := Assistant{Name: names.AffinityAssistant("", pr.Name)}
	seen := map[string]bool{}
	for _, b := range bindings {
		switch {
		case b.PersistentVolumeClaim != nil:
			claim := b.PersistentVolumeClaim.ClaimName
			if !seen[claim] && IsKnown(claim) {
				seen[claim] = true
				a.Claims = append(a.Claims, claim)
			}
		case b.VolumeClaimTemplate != nil:
			claim := names.Claim(b.VolumeClaimTemplate.Name, b.Name, string(pr.UID))
			a.Templates = append(a.Templates, ClaimTemplate{Name: names.AssistantClaimTemplate(claim), Claim: b.VolumeClaimTemplate})
		}
	}
	return a
}
