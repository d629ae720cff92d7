package plan

import (
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// autoCleanup is the annotation with which a run gives up the claims made for it when it is done.
const autoCleanup = "tekton.dev/auto-cleanup-pvc"

// cleanUp returns what is left to do about a run that is done: stopping children that a failure left running, and deleting
// affinity assistants and claims (contract 3 §7.4, §8.6).
func cleanUp(seen *Seen) Step {
	pr := seen.PipelineRun
	r := &run{
		seen: seen, pr: pr, now: seen.Now, mode: seen.Config.FeatureFlags.Coschedule,
		status: pr.Status, children: ownedChildren(pr, seen.Children),
	}
	r.keepMode(pr.Spec.Workspaces)
	if c := pr.Status.GetCondition(apis.ConditionSucceeded); c.IsFalse() {
		r.stopUnfinished(c.Reason == v1.PipelineRunReasonTimedOut.String())
	}
	for _, name := range r.assistantsMade() {
		observed, known := seen.StatefulSets[name]
		switch {
		case !known:
			r.wants.StatefulSets = append(r.wants.StatefulSets, name)
		case observed.Exists || observed.Err != nil:
			r.actions = append(r.actions, DeleteAffinityAssistant{Name: name})
		}
	}
	for _, name := range r.claimsToDelete() {
		observed, known := seen.Claims[name]
		switch {
		case !known:
			r.wants.Claims = append(r.wants.Claims, name)
		case observed.Exists || observed.Err != nil:
			r.actions = append(r.actions, DeleteClaim{Name: name})
		}
	}
	if !r.wants.Empty() {
		return Step{Wants: r.wants, Status: pr.Status}
	}
	return Step{Status: pr.Status, Actions: r.actions}
}

// assistantsMade returns the names of the affinity assistants that the run can have.
func (r *run) assistantsMade() []string {
	switch mode := r.coschedule(); {
	case mode == config.CoscheduleDisabled:
		return nil
	case affinityassistant.IsWholeRun(mode):
		return []string{names.AffinityAssistant("", r.pr.Name)}
	}
	var made []string
	for _, b := range r.pr.Spec.Workspaces {
		if affinityassistant.IsBackedByClaim(b) {
			made = append(made, names.AffinityAssistant(b.Name, r.pr.Name))
		}
	}
	return made
}

// claimsToDelete returns the names of the claims that are not kept after the run.
func (r *run) claimsToDelete() []string {
	var doomed []string
	switch mode := r.coschedule(); {
	case affinityassistant.IsWholeRun(mode):
		for _, b := range r.pr.Spec.Workspaces {
			if b.VolumeClaimTemplate != nil {
				doomed = append(doomed, affinityassistant.ClaimOf(mode, r.pr, b))
			}
		}
	case mode == config.CoscheduleWorkspaces && r.pr.Annotations[autoCleanup] == "true":
		for _, c := range workspace.Claims(r.pr.Spec.Workspaces, r.pr) {
			doomed = append(doomed, c.Name)
		}
	}
	return doomed
}
