package plan

import (
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// cleanUp returns what is left to do about a run that is done: stopping children that a failure left running, and deleting
// affinity assistants and claims (contract 3 §7.4, §8.6).
func cleanUp(seen *Seen) Step {
	p := newPass(seen)
	pr := p.pr
	mode := keptMode(seen.Config.FeatureFlags.Coschedule, pr, pr.Spec.Workspaces, p.children)
	var wants Wants
	var actions []Action
	var unreadable *failure.Failure
	if c := pr.Status.GetCondition(apis.ConditionSucceeded); c.IsFalse() {
		actions = p.stopUnfinished(c.Reason == v1.PipelineRunReasonTimedOut.String())
	}
	for _, name := range assistantsMade(mode, pr) {
		observed, known := seen.StatefulSets[name]
		switch {
		case !known:
			wants.StatefulSets = append(wants.StatefulSets, name)
		case observed.Exists || observed.Err != nil:
			actions = append(actions, DeleteAffinityAssistant{Name: name, UID: observed.UID})
		}
	}
	for _, name := range claimsToDelete(mode, pr) {
		observed, known := seen.Claims[name]
		switch {
		case !known:
			wants.Claims = append(wants.Claims, name)
		case observed.Err != nil:
			unreadable = failure.Transientf("", "%w", observed.Err)
		case observed.Exists:
			actions = append(actions, DeleteClaim{Name: name})
		}
	}
	if !wants.Empty() {
		return Step{Wants: wants, Status: pr.Status}
	}
	return Step{Status: pr.Status, Actions: actions, Failure: unreadable}
}

// assistantsMade returns the names of the affinity assistants that the run can have.
func assistantsMade(mode string, pr *v1.PipelineRun) []string {
	switch {
	case mode == config.CoscheduleDisabled:
		return nil
	case affinityassistant.IsWholeRun(mode):
		return []string{names.AffinityAssistant("", pr.Name)}
	}
	var made []string
	for _, b := range pr.Spec.Workspaces {
		if affinityassistant.IsBackedByClaim(b) {
			made = append(made, names.AffinityAssistant(b.Name, pr.Name))
		}
	}
	return made
}

// claimsToDelete returns the names of the claims that are not kept after the run.
func claimsToDelete(mode string, pr *v1.PipelineRun) []string {
	var doomed []string
	switch {
	case affinityassistant.IsWholeRun(mode):
		for _, b := range pr.Spec.Workspaces {
			if b.VolumeClaimTemplate != nil {
				doomed = append(doomed, affinityassistant.ClaimOf(mode, pr, b))
			}
		}
	case mode == config.CoscheduleWorkspaces && pr.Annotations[pipeline.AutoCleanupAnnotationKey] == "true":
		for _, c := range workspace.Claims(pr.Spec.Workspaces, pr) {
			doomed = append(doomed, c.Name)
		}
	}
	return doomed
}
