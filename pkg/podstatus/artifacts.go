package podstatus

import (
	"encoding/json"
	"reflect"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// CollectArtifacts reads the artifacts of a finished pod off the reports: it fills in those of states and returns those of the
// TaskRun (contract 2 §4.6). Files that are not readable are left out.
func CollectArtifacts(states []v1.StepState, reports Reports) *v1.Artifacts {
	out := &v1.Artifacts{}
	for i := range states {
		report := reports[states[i].Container]
		if text, ok := report.text(termination.TaskArtifacts); ok {
			merge(out, readArtifacts(text))
		}
		if text, ok := report.text(termination.StepArtifacts); ok {
			a := readArtifacts(text)
			states[i].Inputs, states[i].Outputs = a.Inputs, a.Outputs
			merge(out, a)
		}
	}
	for i := range out.Inputs {
		out.Inputs[i].BuildOutput = false
	}
	return out
}

func readArtifacts(text string) v1.Artifacts {
	var a v1.Artifacts
	if json.Unmarshal([]byte(text), &a) != nil {
		return v1.Artifacts{}
	}
	return a
}

func merge(into *v1.Artifacts, from v1.Artifacts) {
	into.Inputs = mergeList(into.Inputs, from.Inputs)
	into.Outputs = mergeList(into.Outputs, from.Outputs)
}

func mergeList(into, from []v1.Artifact) []v1.Artifact {
	for i := range from {
		at := slices.IndexFunc(into, func(a v1.Artifact) bool { return a.Name == from[i].Name })
		if at < 0 {
			at = len(into)
			into = append(into, v1.Artifact{Name: from[i].Name})
		}
		into[at].BuildOutput = into[at].BuildOutput || from[i].BuildOutput
		for _, v := range from[i].Values {
			if !slices.ContainsFunc(into[at].Values, func(have v1.ArtifactValue) bool { return reflect.DeepEqual(have, v) }) {
				into[at].Values = append(into[at].Values, v)
			}
		}
	}
	return into
}
