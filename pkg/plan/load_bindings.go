package plan

import (
	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// loadBindings fills parameters into the workspaces of the run, and context variables into their sub-paths, where the name
// of the Pipeline is that of the reference (contract 3 §4.2, §7.2).
func (l *loaded) loadBindings() *failure.Failure {
	set, err := params.ForPipeline(l.spec.Params, l.pr.Spec.Params)
	if err != nil {
		return userError(v1.PipelineRunReasonFailedValidation, "Failed to apply parameters to Pipeline %s: %w", l.localDefinition(), err)
	}
	name := ""
	if l.pr.Spec.PipelineRef != nil {
		name = l.pr.Spec.PipelineRef.Name
	}
	bindings, err := specvars.WorkspaceBindings(l.pr.Spec.Workspaces, set.Values())
	if err == nil {
		bindings, err = specvars.SubPaths(bindings, l.variables(name).ContextValues())
	}
	if err != nil {
		return l.unresolvable(err)
	}
	l.bindings = bindings
	return nil
}

// keptMode returns the coschedule mode of a run: today's, unless children have begun with claims that it does not use. In the
// modes that keep a whole run on one node claims have other names, so that after a change later tasks would not find what
// earlier ones wrote. Everything else about the mode may change in mid-run (contract 3 §8.1).
func keptMode(today string, pr *v1.PipelineRun, bindings []v1.WorkspaceBinding, children []child) string {
	isWhole := affinityassistant.IsWholeRun(today)
	for _, b := range bindings {
		if b.VolumeClaimTemplate == nil {
			continue
		}
		whole := affinityassistant.ClaimOf(config.CoschedulePipelineRuns, pr, b)
		single := affinityassistant.ClaimOf(config.CoscheduleWorkspaces, pr, b)
		for _, c := range children {
			usesWhole, usesSingle := c.usesClaim(whole), c.usesClaim(single)
			switch {
			case usesWhole && !isWhole:
				return config.CoschedulePipelineRuns
			case usesSingle && isWhole && c.meta.Annotations[pipeline.AffinityAssistantAnnotationKey] == "":
				return config.CoscheduleDisabled
			case usesSingle && isWhole:
				return config.CoscheduleWorkspaces
			case usesWhole || usesSingle:
				return today
			}
		}
	}
	return today
}
