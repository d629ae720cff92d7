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
func (m *maker) assistantOf(t *task) string {
	if t.spec.IsChildPipeline() || len(m.assistants) == 0 {
		return ""
	}
	if affinityassistant.IsWholeRun(m.mode) {
		return m.assistants[0].Name
	}
	name := ""
	for _, w := range m.mappings(t) {
		source := w.Workspace
		if source == "" {
			source = w.Name
		}
		if a := m.byWorkspace[source]; a != "" {
			name = a
		}
	}
	return name
}

// placeAssistants plans that Pods find the affinity assistants they are placed next to: those of children that are
// created in this pass, and of children that exist, which may still wait for their place (contract 3 §8.4, §8.5). One that
// does not exist is created; one on a node that takes no new Pods is moved. It returns the names of those that have to be
// looked up first.
func (m *maker) placeAssistants(stops []Action) (actions []Action, wants []string, f *failure.Failure) {
	needed := m.assistantsOfUnfinished(stops)
	maps.Copy(needed, m.used)
	place := func(name string, description *affinityassistant.Assistant) {
		seen, known := m.seen.StatefulSets[name]
		switch {
		case !known:
			wants = append(wants, name)
		case seen.Err != nil:
			f = assistantFailure(m.pr, fmt.Errorf("failed to retrieve StatefulSet %s: %w", name, seen.Err))
		case seen.Foreign:
			f = failure.Waitingf(v1.PipelineRunReasonRunning.String(),
				"PipelineRun %s waits until StatefulSet %s, which does not belong to it, is gone", m.runName(), name)
		case !seen.Exists && description != nil:
			actions = append(actions, CreateAffinityAssistant{
				StatefulSet: affinityassistant.StatefulSet(m.pr, m.labels, *description, m.assistantSettings()),
			})
		case seen.Cordoned:
			actions = append(actions, RestartAffinityAssistant{Pod: name + "-0", UID: seen.PodUID})
		}
	}
	for i := range m.assistants {
		if name := m.assistants[i].Name; needed[name] {
			place(name, &m.assistants[i])
			delete(needed, name)
		}
	}
	// What is left was made before the mode of coscheduling changed, and cannot be described any more.
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		place(name, nil)
	}
	return actions, wants, f
}

// assistantsOfUnfinished returns the names of the affinity assistants of children that go on after this pass.
func (p *pass) assistantsOfUnfinished(stops []Action) map[string]bool {
	stopping := map[string]bool{}
	for _, action := range stops {
		if s, ok := action.(StopChild); ok {
			stopping[s.Kind+"/"+s.Name] = true
		}
	}
	found := map[string]bool{}
	for _, c := range p.unfinished() {
		name := c.meta.Annotations[pipeline.AffinityAssistantAnnotationKey]
		// Child PipelineRuns have assistants of their own; they can only have inherited the annotation from a user.
		if name != "" && c.kind != kindPipelineRun && !c.isStopped() && !stopping[c.kind+"/"+c.meta.Name] {
			found[name] = true
		}
	}
	return found
}

func (m *maker) assistantSettings() affinityassistant.Settings {
	return affinityassistant.Settings{
		Image:    m.seen.Config.NopImage,
		Flags:    m.seen.Config.FeatureFlags,
		Template: m.seen.Config.Defaults.DefaultAAPodTemplate,
	}
}

func assistantFailure(pr *v1.PipelineRun, err error) *failure.Failure {
	return failure.Invalidf(v1.PipelineRunReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet.String(),
		"Failed to create StatefulSet for PipelineRun %s/%s correctly: Affinity Assistant creation error: [%w]", pr.Namespace, pr.Name, err)
}
