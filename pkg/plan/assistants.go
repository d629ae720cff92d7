package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// assistantOf returns the affinity assistant of the children of a task (contract 3 §8.3).
func (r *run) assistantOf(t *task, assistants []affinityassistant.Assistant, byWorkspace map[string]string) string {
	if t.spec.IsChildPipeline() || len(assistants) == 0 {
		return ""
	}
	if affinityassistant.IsWholeRun(r.coschedule()) {
		return assistants[0].Name
	}
	name := ""
	for _, w := range r.mappings(t) {
		source := w.Workspace
		if source == "" {
			source = w.Name
		}
		if a := byWorkspace[source]; a != "" {
			name = a
		}
	}
	return name
}

// placeAssistants plans that Pods find the affinity assistants they are placed next to: those of children that are
// created in this pass, whose names starting has, and of children that exist, which may still wait for their place
// (contract 3 §8.4, §8.5). One that does not exist is created; one on a node that takes no new Pods is moved.
func (r *run) placeAssistants(current []affinityassistant.Assistant, starting map[string]bool) {
	needed := r.assistantsOfUnfinished()
	maps.Copy(needed, starting)
	for i := range current {
		if needed[current[i].Name] {
			r.placeAssistant(current[i].Name, &current[i])
		}
		delete(needed, current[i].Name)
	}
	// What is left was made before the mode of coscheduling changed.
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		r.placeAssistant(name, nil)
	}
}

// assistantsOfUnfinished returns the names of the affinity assistants of children that go on after this pass.
func (r *run) assistantsOfUnfinished() map[string]bool {
	stopping := map[string]bool{}
	for _, action := range r.actions {
		if s, ok := action.(StopChild); ok {
			stopping[s.Kind+"/"+s.Name] = true
		}
	}
	found := map[string]bool{}
	for _, c := range r.unfinished() {
		name := c.meta.Annotations[pipeline.AffinityAssistantAnnotationKey]
		// Child PipelineRuns have assistants of their own; they can only have inherited the annotation from a user.
		if name != "" && c.kind != kindPipelineRun && !c.isStopped() && !stopping[c.kind+"/"+c.meta.Name] {
			found[name] = true
		}
	}
	return found
}

// placeAssistant plans what one affinity assistant needs. Without a description it cannot be created.
func (r *run) placeAssistant(name string, description *affinityassistant.Assistant) {
	seen, known := r.seen.StatefulSets[name]
	switch {
	case !known:
		r.wants.StatefulSets = append(r.wants.StatefulSets, name)
	case seen.Err != nil:
		r.fatal = assistantFailure(r.pr, fmt.Errorf("failed to retrieve StatefulSet %s: %w", name, seen.Err))
	case !seen.Exists && description != nil:
		r.actions = append(r.actions, CreateAffinityAssistant{
			StatefulSet: affinityassistant.StatefulSet(r.pr, r.labels, *description, r.assistantSettings()),
		})
	case seen.Cordoned:
		r.actions = append(r.actions, RestartAffinityAssistant{Pod: name + "-0"})
	}
}

func (r *run) assistantSettings() affinityassistant.Settings {
	return affinityassistant.Settings{
		Image:    r.seen.Config.NopImage,
		Flags:    r.seen.Config.FeatureFlags,
		Template: r.seen.Config.Defaults.DefaultAAPodTemplate,
	}
}

func assistantFailure(pr *v1.PipelineRun, err error) *failure.Failure {
	return failure.Invalidf(v1.PipelineRunReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet.String(),
		"Failed to create StatefulSet for PipelineRun %s/%s correctly: Affinity Assistant creation error: [%w]", pr.Namespace, pr.Name, err)
}
