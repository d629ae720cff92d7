package v1beta1

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var _ apis.Convertible = (*PipelineRun)(nil)

// ConvertTo writes the PipelineRun into a v1 PipelineRun. The maps status.taskRuns and status.runs are dropped: nothing
// writes them any more, childReferences says the same, and they could be too large to be kept in an annotation.
func (pr *PipelineRun) ConvertTo(_ context.Context, to apis.Convertible) error {
	sink, ok := to.(*v1.PipelineRun)
	if !ok {
		return errUnknownVersion(to)
	}
	src := pr.DeepCopy()
	sink.ObjectMeta = src.ObjectMeta
	own := newFields(pipeline.PipelineRunControllerKind, src.Name)
	sink.Spec = src.Spec.toV1(own)
	sink.Status = src.Status.toV1(own)
	if len(src.Spec.Resources) > 0 {
		if err := putAnnotation(&sink.ObjectMeta, pipeline.ResourcesAnnotationKey, src.Spec.Resources); err != nil {
			return err
		}
	}
	spec, status := src.inlineTasks()
	if err := storeRunDeprecations(&sink.ObjectMeta, own, spec, status); err != nil {
		return err
	}
	return own.store(&sink.ObjectMeta, pipeline.BetaFieldsAnnotationKey)
}

// ConvertFrom fills the PipelineRun from a v1 PipelineRun.
func (pr *PipelineRun) ConvertFrom(_ context.Context, from apis.Convertible) error {
	source, ok := from.(*v1.PipelineRun)
	if !ok {
		return errUnknownVersion(from)
	}
	src := source.DeepCopy()
	pr.ObjectMeta = src.ObjectMeta
	own := takeFields(&pr.ObjectMeta, pipeline.BetaFieldsAnnotationKey, pipeline.PipelineRunControllerKind)
	pr.Spec = pipelineRunSpecFromV1(&src.Spec, own)
	pr.Status = pipelineRunStatusFromV1(&src.Status, own)
	if _, err := takeAnnotation(&pr.ObjectMeta, pipeline.ResourcesAnnotationKey, &pr.Spec.Resources); err != nil {
		return err
	}
	spec, status := pr.inlineTasks()
	if err := restoreRunDeprecations(&pr.ObjectMeta, own, spec, status); err != nil {
		return err
	}
	return own.err
}

func (pr *PipelineRun) inlineTasks() (spec, status map[string]*TaskSpec) {
	if pr.Spec.PipelineSpec != nil {
		spec = pr.Spec.PipelineSpec.inlineTasks()
	}
	if pr.Status.PipelineSpec != nil {
		status = pr.Status.PipelineSpec.inlineTasks()
	}
	return spec, status
}

func (s *PipelineRunSpec) toV1(own *fields) v1.PipelineRunSpec {
	spec := v1.PipelineRunSpec{
		PipelineRef:  s.PipelineRef.toV1(own, "spec.pipelineRef"),
		PipelineSpec: inlinePipelineToV1(s.PipelineSpec, own, "spec.pipelineSpec"),
		Params:       typedParams(s.Params),
		Status:       s.Status,
		Timeouts:     s.Timeouts,
		TaskRunTemplate: v1.PipelineTaskRunTemplate{
			PodTemplate:        s.PodTemplate,
			ServiceAccountName: s.ServiceAccountName,
		},
		Workspaces:   s.Workspaces,
		TaskRunSpecs: convertAll(s.TaskRunSpecs, (*PipelineTaskRunSpec).toV1),
		ManagedBy:    s.ManagedBy,
	}
	own.putGone("spec.serviceAccountNames", s.ServiceAccountNames)
	if s.Timeout != nil {
		// Validation forbids the pair; in old objects that have it, timeout wins.
		spec.Timeouts = &v1.TimeoutFields{Pipeline: s.Timeout}
		own.put(timeoutPath, s.Timeout)
	}
	return spec
}

// timeoutPath is the member that reads back as it was written: a second apply would add it to timeouts otherwise, and be refused.
const timeoutPath = "spec.timeout"

// takeTimeout puts the limit of the run where it was written, unless timeouts has got others since. The value is that of v1.
func (s *PipelineRunSpec) takeTimeout(own *fields) {
	written := metav1.Duration{}
	t := s.Timeouts
	if own.take(timeoutPath, &written) && t != nil && t.Pipeline != nil && t.Tasks == nil && t.Finally == nil {
		s.Timeout, s.Timeouts = t.Pipeline, nil
	}
}

func pipelineRunSpecFromV1(src *v1.PipelineRunSpec, own *fields) PipelineRunSpec {
	spec := PipelineRunSpec{
		PipelineRef:        pipelineRefFromV1(src.PipelineRef, own, "spec.pipelineRef"),
		PipelineSpec:       inlinePipelineFromV1(src.PipelineSpec, own, "spec.pipelineSpec"),
		Params:             typedParams(src.Params),
		ServiceAccountName: src.TaskRunTemplate.ServiceAccountName,
		Status:             src.Status,
		Timeouts:           src.Timeouts,
		PodTemplate:        src.TaskRunTemplate.PodTemplate,
		Workspaces:         src.Workspaces,
		TaskRunSpecs:       convertAll(src.TaskRunSpecs, taskRunSpecItemFromV1),
		ManagedBy:          src.ManagedBy,
	}
	own.take("spec.serviceAccountNames", &spec.ServiceAccountNames)
	spec.takeTimeout(own)
	return spec
}

func (s *PipelineTaskRunSpec) toV1() v1.PipelineTaskRunSpec {
	return v1.PipelineTaskRunSpec{
		PipelineTaskName:   s.PipelineTaskName,
		ServiceAccountName: s.TaskServiceAccountName,
		PodTemplate:        s.TaskPodTemplate,
		StepSpecs:          convertAll(s.StepOverrides, (*TaskRunStepOverride).toV1),
		SidecarSpecs:       convertAll(s.SidecarOverrides, (*TaskRunSidecarOverride).toV1),
		Metadata:           s.Metadata,
		ComputeResources:   s.ComputeResources,
		Timeout:            s.Timeout,
	}
}

func taskRunSpecItemFromV1(src *v1.PipelineTaskRunSpec) PipelineTaskRunSpec {
	return PipelineTaskRunSpec{
		PipelineTaskName:       src.PipelineTaskName,
		TaskServiceAccountName: src.ServiceAccountName,
		TaskPodTemplate:        src.PodTemplate,
		StepOverrides:          convertAll(src.StepSpecs, stepOverrideFromV1),
		SidecarOverrides:       convertAll(src.SidecarSpecs, sidecarOverrideFromV1),
		Metadata:               src.Metadata,
		ComputeResources:       src.ComputeResources,
		Timeout:                src.Timeout,
	}
}

func (s *PipelineRunStatus) toV1(own *fields) v1.PipelineRunStatus {
	status := v1.PipelineRunStatus{Status: s.Status}
	status.PipelineRunStatusFields = v1.PipelineRunStatusFields{
		StartTime:        s.StartTime,
		CompletionTime:   s.CompletionTime,
		Results:          typedRunResults(s.PipelineResults),
		PipelineSpec:     inlinePipelineToV1(s.PipelineSpec, own, "status.pipelineSpec"),
		SkippedTasks:     s.SkippedTasks,
		ChildReferences:  s.ChildReferences,
		FinallyStartTime: s.FinallyStartTime,
		Provenance:       s.Provenance.toV1(own, "status.provenance"),
		SpanContext:      s.SpanContext,
	}
	return status
}

func pipelineRunStatusFromV1(src *v1.PipelineRunStatus, own *fields) PipelineRunStatus {
	status := PipelineRunStatus{Status: src.Status}
	status.PipelineRunStatusFields = PipelineRunStatusFields{
		StartTime:        src.StartTime,
		CompletionTime:   src.CompletionTime,
		PipelineResults:  typedRunResults(src.Results),
		PipelineSpec:     inlinePipelineFromV1(src.PipelineSpec, own, "status.pipelineSpec"),
		SkippedTasks:     src.SkippedTasks,
		ChildReferences:  src.ChildReferences,
		FinallyStartTime: src.FinallyStartTime,
		Provenance:       provenanceFromV1(src.Provenance, own, "status.provenance"),
		SpanContext:      src.SpanContext,
	}
	return status
}

func typedRunResults(results []v1.PipelineRunResult) []v1.PipelineRunResult {
	for i := range results {
		typeValue(&results[i].Value)
	}
	return results
}
