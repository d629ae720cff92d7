package plan

import (
	"maps"
	"strings"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const labelPipeline = pipeline.PipelineLabelKey

// maxLabel is the longest value of a label.
const maxLabel = 63

// setPipelineLabel gives the run the label tekton.dev/pipeline, which is there before anything is fetched (contract 4 §8).
func (out *draft) setPipelineLabel() {
	if out.labels[labelPipeline] != "" {
		return
	}
	out.setLabel(labelPipeline, firstPipelineName(out.pr))
}

func firstPipelineName(pr *v1.PipelineRun) string {
	switch ref := pr.Spec.PipelineRef; {
	case ref == nil:
		if pr.GenerateName != "" {
			return strings.TrimRight(pr.GenerateName, "-.")
		}
		return pr.Name
	case ref.Resolver == "":
		return ref.Name
	default:
		return resolvedName(pr.Name, ref.Params)
	}
}

// resolvedName returns the name that a resolver's params give to a Pipeline, else the name of the run.
func resolvedName(run string, list v1.Params) string {
	kind, name := "", ""
	for _, p := range list {
		switch p.Name {
		case "kind":
			kind = p.Value.StringVal
		case "name":
			name = p.Value.StringVal
		}
	}
	if kind == "pipeline" && name != "" {
		return name
	}
	return run
}

// overwritePipelineLabel sets the label to the name of the definition once that is known: found is the document behind
// spec.pipelineRef, nil without one. For an inline Pipeline of a run with a generated name the first value stays.
func (out *draft) overwritePipelineLabel(name string, found *v1.Pipeline) {
	if out.pr.Spec.PipelineRef == nil && out.pr.GenerateName != "" && out.labels[labelPipeline] != "" {
		return
	}
	if out.pr.Spec.PipelineRef != nil && found != nil && found.GenerateName != "" {
		return
	}
	if name != "" {
		out.setLabel(labelPipeline, name)
	}
}

func (out *draft) setLabel(key, value string) {
	if len(value) > maxLabel {
		value = strings.TrimRight(value[:maxLabel], "-_.")
	}
	if out.labels[key] == value {
		return
	}
	out.labels = withEntry(out.labels, key, value)
}

func withEntry(m map[string]string, key, value string) map[string]string {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]string{}
	}
	out[key] = value
	return out
}

// mergeMetadata takes over labels and annotations of the Pipeline; what the run has stays (contract 3 §3.6).
func (out *draft) mergeMetadata(labels, annotations map[string]string) {
	for key, value := range labels {
		if _, ok := out.labels[key]; !ok {
			out.labels = withEntry(out.labels, key, value)
		}
	}
	for key, value := range annotations {
		if _, ok := out.annotations[key]; !ok && key != pipeline.LastAppliedAnnotationKey {
			out.annotations = withEntry(out.annotations, key, value)
		}
	}
}

// added returns the entries of after that before lacks.
func added(before, after map[string]string) map[string]string {
	var out map[string]string
	for key, value := range after {
		if old, ok := before[key]; !ok || old != value {
			out = withEntry(out, key, value)
		}
	}
	return out
}
