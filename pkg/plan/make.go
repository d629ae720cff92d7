package plan

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
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
func (r *run) taskRun(t *task, i instance) *v1.TaskRun {
	pt := t.filled
	tr := &v1.TaskRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: kindTaskRun},
		ObjectMeta: r.taskRunMeta(t, i.name),
		Spec: v1.TaskRunSpec{
			Params:             i.params(pt),
			Retries:            pt.Retries,
			Timeout:            r.childTimeout(t),
			ServiceAccountName: r.serviceAccount(t),
			PodTemplate:        r.podTemplate(t),
			Workspaces:         i.workspaces,
		},
	}
	if s := r.lastSpec(t); s != nil {
		tr.Spec.StepSpecs = s.StepSpecs
		tr.Spec.SidecarSpecs = s.SidecarSpecs
		tr.Spec.ComputeResources = s.ComputeResources
	}
	if i.assistant != "" {
		tr.Annotations[pipeline.AffinityAssistantAnnotationKey] = i.assistant
	}
	definition := r.seen.Definitions[t.definitionKey()]
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
	fill(meta.Labels, task.Labels)
	for key, value := range task.Annotations {
		if key != pipeline.LastAppliedAnnotationKey && key != pipeline.ReleaseAnnotationKey {
			fill(meta.Annotations, map[string]string{key: value})
		}
	}
	meta.Labels[pipeline.TaskLabelKey] = task.Name
}

// customRun makes a CustomRun (contract 3 §10.2).
func (r *run) customRun(t *task, i instance) *v1beta1.CustomRun {
	pt := t.filled
	cr := &v1beta1.CustomRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1beta1.SchemeGroupVersion.String(), Kind: kindCustomRun},
		ObjectMeta: r.childMeta(t, i.name),
		Spec: v1beta1.CustomRunSpec{
			Params:             i.params(pt),
			Retries:            pt.Retries,
			Timeout:            r.childTimeout(t),
			ServiceAccountName: r.serviceAccount(t),
			Workspaces:         i.workspaces,
		},
	}
	if i.assistant != "" {
		cr.Annotations[pipeline.AffinityAssistantAnnotationKey] = i.assistant
	}
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
func (r *run) pipelineRun(t *task, i instance) *v1.PipelineRun {
	child := &v1.PipelineRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: kindPipelineRun},
		ObjectMeta: r.childMeta(t, i.name),
		Spec: v1.PipelineRunSpec{
			PipelineRef:     t.spec.PipelineRef,
			PipelineSpec:    t.spec.PipelineSpec,
			Params:          i.params(t.filled),
			Workspaces:      i.workspaces,
			TaskRunTemplate: r.pr.Spec.TaskRunTemplate,
		},
	}
	if t.spec.PipelineRef != nil {
		if name := r.childPipelineName(t); name != "" {
			child.Labels[pipeline.PipelineLabelKey] = name
		}
	}
	return child.DeepCopy()
}

// childPipelineName returns the name of the Pipeline behind a pipelineRef, as far as it is known.
func (r *run) childPipelineName(t *task) string {
	if p := r.seen.Definitions[t.definitionKey()].Pipeline; p != nil && p.Name != "" {
		return p.Name
	}
	return t.spec.PipelineRef.Name
}

// serviceAccount returns the account of the children of a task (contract 3 §10.7).
func (r *run) serviceAccount(t *task) string {
	name := r.pr.Spec.TaskRunTemplate.ServiceAccountName
	for _, s := range r.specsByTask[t.spec.Name] {
		if s.ServiceAccountName != "" {
			name = s.ServiceAccountName
		}
	}
	return name
}

// podTemplate returns the pod template of the TaskRuns of a task (contract 3 §10.7).
func (r *run) podTemplate(t *task) *pod.Template {
	template := r.pr.Spec.TaskRunTemplate.PodTemplate
	for _, s := range r.specsByTask[t.spec.Name] {
		if s.PodTemplate != nil {
			template = pod.Merge(s.PodTemplate, template)
		}
	}
	return template
}
