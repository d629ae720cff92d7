package plan

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/kmeta"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// reservedLabels are the labels by which children are found. Users cannot set them (contract 3 §14 #34).
var reservedLabels = []string{
	pipeline.PipelineRunLabelKey, pipeline.PipelineRunUIDLabelKey, pipeline.PipelineTaskLabelKey,
	pipeline.MemberOfLabelKey, pipeline.PipelineLabelKey,
}

// childMeta returns the metadata that children of all kinds share (contract 3 §3.2 to §3.4).
func (m *maker) childMeta(t *task, name string) metav1.ObjectMeta {
	labels := maps.Clone(m.labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[pipeline.PipelineRunLabelKey] = m.pr.Name
	labels[pipeline.PipelineRunUIDLabelKey] = string(m.pr.UID)
	labels[pipeline.PipelineTaskLabelKey] = t.spec.Name
	labels[pipeline.MemberOfLabelKey] = pipeline.MemberOfTasks
	if t.final {
		labels[pipeline.MemberOfLabelKey] = pipeline.MemberOfFinally
	}
	return metav1.ObjectMeta{
		Name:            name,
		Namespace:       m.pr.Namespace,
		Labels:          labels,
		Annotations:     handedOn(m.annotations),
		OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(m.pr)},
	}
}

// handedOn returns the annotations of a run that its children get.
func handedOn(annotations map[string]string) map[string]string {
	out := make(map[string]string, len(annotations))
	for key, value := range annotations {
		if key != pipeline.LastAppliedAnnotationKey && key != endedAnnotation && !strings.Contains(key, pipeline.ChainsAnnotationPrefix) {
			out[key] = value
		}
	}
	return out
}

// taskRunMeta adds to the metadata of a child what only TaskRuns get: that of an inline Task with the lowest, that of
// taskRunSpecs with the highest precedence.
func (m *maker) taskRunMeta(t *task, name string) metav1.ObjectMeta {
	meta := m.childMeta(t, name)
	if inline := t.spec.TaskSpec; inline != nil {
		addMissing(meta.Labels, inline.Metadata.Labels)
		addMissing(meta.Annotations, handedOn(inline.Metadata.Annotations))
	}
	if t.onErrorGoesOn() {
		meta.Annotations[pipeline.OnErrorAnnotationKey] = string(v1.PipelineTaskContinue)
	}
	handOnTrace(&meta, pipeline.TaskRunSpanContextAnnotationKey, m.trace)
	s := m.lastSpec(t)
	if s == nil || s.Metadata == nil {
		return meta
	}
	for key, value := range s.Metadata.Labels {
		if !slices.Contains(reservedLabels, key) {
			meta.Labels[key] = value
		}
	}
	maps.Copy(meta.Annotations, s.Metadata.Annotations)
	return meta
}

// addMissing copies what target lacks.
func addMissing(target, values map[string]string) {
	for key, value := range values {
		if _, ok := target[key]; !ok {
			target[key] = value
		}
	}
}

// handOnTrace gives a child the carrier of the span that its own becomes a child of.
func handOnTrace(meta *metav1.ObjectMeta, key string, carrier map[string]string) {
	if text := spancontext.Annotation(carrier); text != "" {
		meta.Annotations[key] = text
	}
}
