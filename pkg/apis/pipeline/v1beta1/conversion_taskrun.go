package v1beta1

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var _ apis.Convertible = (*TaskRun)(nil)

// ConvertTo writes the TaskRun into a v1 TaskRun.
func (tr *TaskRun) ConvertTo(_ context.Context, to apis.Convertible) error {
	sink, ok := to.(*v1.TaskRun)
	if !ok {
		return errUnknownVersion(to)
	}
	src := tr.DeepCopy()
	sink.ObjectMeta = src.ObjectMeta
	newer := takeFields(&sink.ObjectMeta, pipeline.V1FieldsAnnotationKey, pipeline.TaskRunControllerKind)
	own := newFields(pipeline.TaskRunControllerKind, src.Name)
	sink.Spec = src.Spec.toV1(own)
	sink.Status = src.Status.toV1(own, newer, "status")
	if err := src.storeResources(&sink.ObjectMeta); err != nil {
		return err
	}
	spec, status := src.inlineTasks()
	if err := storeRunDeprecations(&sink.ObjectMeta, own, spec, status); err != nil {
		return err
	}
	if newer.err != nil {
		return newer.err
	}
	return own.store(&sink.ObjectMeta, pipeline.BetaFieldsAnnotationKey)
}

// ConvertFrom fills the TaskRun from a v1 TaskRun.
func (tr *TaskRun) ConvertFrom(_ context.Context, from apis.Convertible) error {
	source, ok := from.(*v1.TaskRun)
	if !ok {
		return errUnknownVersion(from)
	}
	src := source.DeepCopy()
	tr.ObjectMeta = src.ObjectMeta
	own := takeFields(&tr.ObjectMeta, pipeline.BetaFieldsAnnotationKey, pipeline.TaskRunControllerKind)
	newer := newFields(pipeline.TaskRunControllerKind, src.Name)
	tr.Spec = taskRunSpecFromV1(&src.Spec, own)
	tr.Status = taskRunStatusFromV1(&src.Status, own, newer, "status")
	if err := tr.takeResources(); err != nil {
		return err
	}
	spec, status := tr.inlineTasks()
	if err := restoreRunDeprecations(&tr.ObjectMeta, own, spec, status); err != nil {
		return err
	}
	if own.err != nil {
		return own.err
	}
	return newer.store(&tr.ObjectMeta, pipeline.V1FieldsAnnotationKey)
}

// inlineTasks returns the tasks in spec and status under the name that their deprecated members are kept by.
func (tr *TaskRun) inlineTasks() (spec, status map[string]*TaskSpec) {
	spec, status = map[string]*TaskSpec{}, map[string]*TaskSpec{}
	if tr.Spec.TaskSpec != nil {
		spec[tr.Name] = tr.Spec.TaskSpec
	}
	if tr.Status.TaskSpec != nil {
		status[tr.Name] = tr.Status.TaskSpec
	}
	return spec, status
}

// storeResources writes what is left of PipelineResources into the annotations of the contract (1 §3.2).
func (tr *TaskRun) storeResources(meta *metav1.ObjectMeta) error {
	if tr.Spec.Resources != nil {
		if err := putAnnotation(meta, pipeline.ResourcesAnnotationKey, tr.Spec.Resources); err != nil {
			return err
		}
	}
	if tr.Status.TaskSpec != nil && tr.Status.TaskSpec.Resources != nil {
		if err := putAnnotation(meta, pipeline.ResourcesStatusAnnotationKey, tr.Status.TaskSpec.Resources); err != nil {
			return err
		}
	}
	if len(tr.Status.ResourcesResult) > 0 {
		if err := putAnnotation(meta, pipeline.ResourcesResultAnnotationKey, tr.Status.ResourcesResult); err != nil {
			return err
		}
	}
	if len(tr.Status.CloudEvents) > 0 {
		return putAnnotation(meta, pipeline.CloudEventsAnnotationKey, tr.Status.CloudEvents)
	}
	return nil
}

func (tr *TaskRun) takeResources() error {
	if _, err := takeAnnotation(&tr.ObjectMeta, pipeline.ResourcesAnnotationKey, &tr.Spec.Resources); err != nil {
		return err
	}
	if tr.Status.TaskSpec != nil {
		into := &tr.Status.TaskSpec.Resources
		if _, err := takeAnnotation(&tr.ObjectMeta, pipeline.ResourcesStatusAnnotationKey, into); err != nil {
			return err
		}
	}
	if _, err := takeAnnotation(&tr.ObjectMeta, pipeline.ResourcesResultAnnotationKey, &tr.Status.ResourcesResult); err != nil {
		return err
	}
	_, err := takeAnnotation(&tr.ObjectMeta, pipeline.CloudEventsAnnotationKey, &tr.Status.CloudEvents)
	return err
}

func (s *TaskRunSpec) toV1(own *fields) v1.TaskRunSpec {
	return v1.TaskRunSpec{
		Debug:              s.Debug,
		Params:             typedParams(s.Params),
		ServiceAccountName: s.ServiceAccountName,
		TaskRef:            s.TaskRef.toV1(own, "spec.taskRef"),
		TaskSpec:           inlineTaskToV1(s.TaskSpec, own, "spec.taskSpec"),
		Status:             s.Status,
		StatusMessage:      s.StatusMessage,
		Retries:            s.Retries,
		Timeout:            s.Timeout,
		PodTemplate:        s.PodTemplate,
		Workspaces:         s.Workspaces,
		StepSpecs:          convertAll(s.StepOverrides, (*TaskRunStepOverride).toV1),
		SidecarSpecs:       convertAll(s.SidecarOverrides, (*TaskRunSidecarOverride).toV1),
		ComputeResources:   s.ComputeResources,
		ManagedBy:          s.ManagedBy,
	}
}

func taskRunSpecFromV1(src *v1.TaskRunSpec, own *fields) TaskRunSpec {
	return TaskRunSpec{
		Debug:              src.Debug,
		Params:             typedParams(src.Params),
		ServiceAccountName: src.ServiceAccountName,
		TaskRef:            taskRefFromV1(src.TaskRef, own, "spec.taskRef"),
		TaskSpec:           inlineTaskFromV1(src.TaskSpec, own, "spec.taskSpec"),
		Status:             src.Status,
		StatusMessage:      src.StatusMessage,
		Retries:            src.Retries,
		Timeout:            src.Timeout,
		PodTemplate:        src.PodTemplate,
		Workspaces:         src.Workspaces,
		StepOverrides:      convertAll(src.StepSpecs, stepOverrideFromV1),
		SidecarOverrides:   convertAll(src.SidecarSpecs, sidecarOverrideFromV1),
		ComputeResources:   src.ComputeResources,
		ManagedBy:          src.ManagedBy,
	}
}

func (o *TaskRunStepOverride) toV1() v1.TaskRunStepSpec {
	return v1.TaskRunStepSpec{Name: o.Name, ComputeResources: o.Resources}
}

func stepOverrideFromV1(src *v1.TaskRunStepSpec) TaskRunStepOverride {
	return TaskRunStepOverride{Name: src.Name, Resources: src.ComputeResources}
}

func (o *TaskRunSidecarOverride) toV1() v1.TaskRunSidecarSpec {
	return v1.TaskRunSidecarSpec{Name: o.Name, ComputeResources: o.Resources}
}

func sidecarOverrideFromV1(src *v1.TaskRunSidecarSpec) TaskRunSidecarOverride {
	return TaskRunSidecarOverride{Name: src.Name, Resources: src.ComputeResources}
}
