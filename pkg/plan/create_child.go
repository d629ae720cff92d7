package plan

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

// instance is one child to make.
type instance struct {
	name string
	// combination are the parameters of the matrix, none without one.
	combination v1.Params
	workspaces  []v1.WorkspaceBinding
	// assistant is the affinity assistant it runs next to, empty for none.
	assistant string
}

// params returns what a child gets: the combination of the matrix first, then what the pipeline task passes.
func (i instance) params(pt *v1.PipelineTask) v1.Params {
	if len(i.combination)+len(pt.Params) == 0 {
		return nil
	}
	params := make(v1.Params, 0, len(i.combination)+len(pt.Params))
	return append(append(params, i.combination...), pt.Params...)
}

// taskRun makes a TaskRun (contract 3 §3.5).
func (m *maker) taskRun(t *task, i instance) *v1.TaskRun {
	pt := t.filled
	tr := &v1.TaskRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: kindTaskRun},
		ObjectMeta: m.taskRunMeta(t, i.name),
		Spec: v1.TaskRunSpec{
			Params:             i.params(pt),
			Retries:            pt.Retries,
			Timeout:            m.childTimeout(t),
			ServiceAccountName: m.serviceAccount(t),
			PodTemplate:        m.podTemplate(t),
			Workspaces:         i.workspaces,
		},
	}
	if s := m.lastSpec(t); s != nil {
		tr.Spec.StepSpecs = s.StepSpecs
		tr.Spec.SidecarSpecs = s.SidecarSpecs
		tr.Spec.ComputeResources = s.ComputeResources
	}
	if i.assistant != "" {
		tr.Annotations[pipeline.AffinityAssistantAnnotationKey] = i.assistant
	}
	definition, _ := m.definition(t)
	switch {
	case pt.TaskSpec != nil:
		tr.Spec.TaskSpec = &pt.TaskSpec.TaskSpec
	case definition.Task != nil && definition.Task.Name == "":
		// Such a document cannot be found by name again.
		tr.Spec.TaskSpec = &definition.Task.Spec
	default:
		tr.Spec.TaskRef = pt.TaskRef
		inherit(&tr.ObjectMeta, definition.Task)
	}
	return tr.DeepCopy()
}

// inherit gives a TaskRun what it takes over from its Task, which saves it a write of its own (contract 2 §1.11).
func inherit(meta *metav1.ObjectMeta, task *v1.Task) {
	if task == nil {
		return
	}
	addMissing(meta.Labels, task.Labels)
	for key, value := range task.Annotations {
		if key != pipeline.LastAppliedAnnotationKey && key != pipeline.ReleaseAnnotationKey {
			addMissing(meta.Annotations, map[string]string{key: value})
		}
	}
	meta.Labels[pipeline.TaskLabelKey] = task.Name
}

// customRun makes a CustomRun (contract 3 §10.2).
func (m *maker) customRun(t *task, i instance) *v1beta1.CustomRun {
	pt := t.filled
	cr := &v1beta1.CustomRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1beta1.SchemeGroupVersion.String(), Kind: kindCustomRun},
		ObjectMeta: m.childMeta(t, i.name),
		Spec: v1beta1.CustomRunSpec{
			Params:             i.params(pt),
			Retries:            pt.Retries,
			Timeout:            m.childTimeout(t),
			ServiceAccountName: m.serviceAccount(t),
			Workspaces:         i.workspaces,
		},
	}
	if i.assistant != "" {
		cr.Annotations[pipeline.AffinityAssistantAnnotationKey] = i.assistant
	}
	own := spancontext.CustomRun(spancontext.Of(m.trace), i.name)
	handOnTrace(&cr.ObjectMeta, pipeline.CustomRunSpanContextAnnotationKey, spancontext.Carrier(own))
	if ref := pt.TaskRef; ref != nil {
		cr.Spec.CustomRef = &v1beta1.TaskRef{APIVersion: ref.APIVersion, Kind: ref.Kind, Name: ref.Name, ResolverRef: ref.ResolverRef}
		return cr.DeepCopy()
	}
	// The controller of the custom task gets the text as the author wrote it.
	cr.Spec.CustomSpec = &v1beta1.EmbeddedCustomRunSpec{
		TypeMeta: t.spec.TaskSpec.TypeMeta,
		Metadata: t.spec.TaskSpec.Metadata,
		Spec:     t.spec.TaskSpec.Spec,
	}
	return cr.DeepCopy()
}

// pipelineRun makes a child PipelineRun (contract 3 §10.5).
func (m *maker) pipelineRun(t *task, i instance) *v1.PipelineRun {
	child := &v1.PipelineRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: kindPipelineRun},
		ObjectMeta: m.childMeta(t, i.name),
		Spec: v1.PipelineRunSpec{
			PipelineRef:     t.spec.PipelineRef,
			PipelineSpec:    t.spec.PipelineSpec,
			Params:          i.params(t.filled),
			Workspaces:      i.workspaces,
			TaskRunTemplate: m.pr.Spec.TaskRunTemplate,
		},
	}
	handOnTrace(&child.ObjectMeta, pipeline.PipelineRunSpanContextAnnotationKey, m.trace)
	if t.spec.PipelineRef != nil {
		if name := m.childPipelineName(t); name != "" {
			child.Labels[pipeline.PipelineLabelKey] = name
		}
	}
	return child.DeepCopy()
}

// childPipelineName returns the name of the Pipeline behind a pipelineRef, as far as it is known.
func (m *maker) childPipelineName(t *task) string {
	if found, _ := m.definition(t); found.Pipeline != nil && found.Pipeline.Name != "" {
		return found.Pipeline.Name
	}
	return t.spec.PipelineRef.Name
}

// serviceAccount returns the account of the children of a task (contract 3 §10.7).
func (m *maker) serviceAccount(t *task) string {
	name := m.pr.Spec.TaskRunTemplate.ServiceAccountName
	for _, s := range m.specsByTask[t.spec.Name] {
		if s.ServiceAccountName != "" {
			name = s.ServiceAccountName
		}
	}
	return name
}

// podTemplate returns the pod template of the TaskRuns of a task (contract 3 §10.7).
func (m *maker) podTemplate(t *task) *pod.Template {
	template := m.pr.Spec.TaskRunTemplate.PodTemplate
	for _, s := range m.specsByTask[t.spec.Name] {
		if s.PodTemplate != nil {
			template = pod.Merge(s.PodTemplate, template)
		}
	}
	return template
}

// childTimeout returns the timeout of the TaskRuns and CustomRuns of a task, nil to leave it to their defaults
// (contract 3 §9.2).
func (m *maker) childTimeout(t *task) *metav1.Duration {
	if s := m.lastSpec(t); s != nil && s.Timeout != nil {
		return s.Timeout
	}
	if t.spec.Timeout != nil {
		return t.spec.Timeout
	}
	limit := m.limits.tasks
	if t.final {
		limit = m.limits.finally
	}
	if limit == nil || (*limit != 0 && *limit <= m.seen.Config.Defaults.Timeout()) {
		return nil
	}
	return &metav1.Duration{Duration: *limit}
}

// reference returns the entry of status.childReferences for a child to create.
func (m *maker) reference(t *task, i instance) v1.ChildStatusReference {
	ref := newReference(childKind(t.spec), i.name, t.spec.Name)
	ref.WhenExpressions = t.filled.When
	ref.DisplayName = displayName(t.filled, i.params(t.filled))
	return ref
}
