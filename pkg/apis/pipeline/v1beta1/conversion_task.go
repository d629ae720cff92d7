package v1beta1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var _ apis.Convertible = (*Task)(nil)

// ConvertTo writes the Task into a v1 Task.
func (t *Task) ConvertTo(_ context.Context, to apis.Convertible) error {
	sink, ok := to.(*v1.Task)
	if !ok {
		return errUnknownVersion(to)
	}
	src := t.DeepCopy()
	sink.ObjectMeta = src.ObjectMeta
	sink.Spec = src.Spec.toV1()
	if src.Spec.Resources != nil {
		if err := putAnnotation(&sink.ObjectMeta, pipeline.ResourcesAnnotationKey, src.Spec.Resources); err != nil {
			return err
		}
	}
	if err := storeDeprecations(&sink.ObjectMeta, deprecationsOf(map[string]*TaskSpec{src.Name: &src.Spec})); err != nil {
		return err
	}
	own := newFields(pipeline.TaskControllerKind, src.Name)
	src.Spec.putGone(own, "spec")
	return own.store(&sink.ObjectMeta, pipeline.BetaFieldsAnnotationKey)
}

// ConvertFrom fills the Task from a v1 Task.
func (t *Task) ConvertFrom(_ context.Context, from apis.Convertible) error {
	source, ok := from.(*v1.Task)
	if !ok {
		return errUnknownVersion(from)
	}
	src := source.DeepCopy()
	t.ObjectMeta = src.ObjectMeta
	own := takeFields(&t.ObjectMeta, pipeline.BetaFieldsAnnotationKey, pipeline.TaskControllerKind)
	t.Spec = taskSpecFromV1(&src.Spec)
	t.Spec.takeGone(own, "spec")
	if _, err := takeAnnotation(&t.ObjectMeta, pipeline.ResourcesAnnotationKey, &t.Spec.Resources); err != nil {
		return err
	}
	tasks := map[string]*TaskSpec{t.Name: &t.Spec}
	deprecated, err := takeDeprecations(&t.ObjectMeta, tasks)
	if err != nil {
		return err
	}
	if err := deprecated.restore(tasks); err != nil {
		return err
	}
	return own.err
}

// putGone remembers the members that are only there to be refused, apart from resources, which go into annotations of their own.
func (ts *TaskSpec) putGone(own *fields, path string) {
	own.putGone(path+".inputs", ts.Inputs)
	own.putGone(path+".outputs", ts.Outputs)
}

func (ts *TaskSpec) takeGone(own *fields, path string) {
	own.take(path+".inputs", &ts.Inputs)
	own.take(path+".outputs", &ts.Outputs)
}

func errUnknownVersion(other apis.Convertible) error {
	return fmt.Errorf("no conversion between v1beta1 and type %T", other)
}

// toV1 converts everything but members that are gone and deprecated members of steps.
func (ts *TaskSpec) toV1() v1.TaskSpec {
	spec := v1.TaskSpec{
		Params:      typedParamSpecs(ts.Params),
		DisplayName: ts.DisplayName,
		Description: ts.Description,
		Steps:       convertAll(ts.Steps, (*Step).toV1),
		Volumes:     ts.Volumes,
		Sidecars:    convertAll(ts.Sidecars, (*Sidecar).toV1),
		Workspaces:  ts.Workspaces,
		Results:     ts.Results,
	}
	if ts.StepTemplate != nil {
		spec.StepTemplate = ts.StepTemplate.toV1()
	}
	typeResultValues(spec.Results)
	return spec
}

func taskSpecFromV1(src *v1.TaskSpec) TaskSpec {
	spec := TaskSpec{
		Params:      typedParamSpecs(src.Params),
		DisplayName: src.DisplayName,
		Description: src.Description,
		Steps:       convertAll(src.Steps, stepFromV1),
		Volumes:     src.Volumes,
		Sidecars:    convertAll(src.Sidecars, sidecarFromV1),
		Workspaces:  src.Workspaces,
		Results:     src.Results,
	}
	if src.StepTemplate != nil {
		spec.StepTemplate = stepTemplateFromV1(src.StepTemplate)
	}
	typeResultValues(spec.Results)
	return spec
}

func typeResultValues(results []v1.TaskResult) {
	for i := range results {
		if results[i].Value != nil {
			typeValue(results[i].Value)
		}
	}
}

func (s *Step) toV1() v1.Step {
	return v1.Step{
		Name:             s.Name,
		DisplayName:      s.DisplayName,
		Image:            s.Image,
		Command:          s.Command,
		Args:             s.Args,
		WorkingDir:       s.WorkingDir,
		EnvFrom:          s.EnvFrom,
		Env:              s.Env,
		ComputeResources: s.Resources,
		VolumeMounts:     s.VolumeMounts,
		VolumeDevices:    s.VolumeDevices,
		ImagePullPolicy:  s.ImagePullPolicy,
		SecurityContext:  s.SecurityContext,
		Script:           s.Script,
		Timeout:          s.Timeout,
		Workspaces:       s.Workspaces,
		OnError:          s.OnError,
		StdoutConfig:     s.StdoutConfig,
		StderrConfig:     s.StderrConfig,
		Ref:              s.Ref,
		Params:           typedParams(s.Params),
		Results:          s.Results,
		When:             s.When,
	}
}

func stepFromV1(src *v1.Step) Step {
	return Step{
		Name:            src.Name,
		DisplayName:     src.DisplayName,
		Image:           src.Image,
		Command:         src.Command,
		Args:            src.Args,
		WorkingDir:      src.WorkingDir,
		EnvFrom:         src.EnvFrom,
		Env:             src.Env,
		Resources:       src.ComputeResources,
		VolumeMounts:    src.VolumeMounts,
		VolumeDevices:   src.VolumeDevices,
		ImagePullPolicy: src.ImagePullPolicy,
		SecurityContext: src.SecurityContext,
		Script:          src.Script,
		Timeout:         src.Timeout,
		Workspaces:      src.Workspaces,
		OnError:         src.OnError,
		StdoutConfig:    src.StdoutConfig,
		StderrConfig:    src.StderrConfig,
		Ref:             src.Ref,
		Params:          typedParams(src.Params),
		Results:         src.Results,
		When:            src.When,
	}
}

func (s *StepTemplate) toV1() *v1.StepTemplate {
	return &v1.StepTemplate{
		Image:            s.Image,
		Command:          s.Command,
		Args:             s.Args,
		WorkingDir:       s.WorkingDir,
		EnvFrom:          s.EnvFrom,
		Env:              s.Env,
		ComputeResources: s.Resources,
		VolumeMounts:     s.VolumeMounts,
		VolumeDevices:    s.VolumeDevices,
		ImagePullPolicy:  s.ImagePullPolicy,
		SecurityContext:  s.SecurityContext,
	}
}

func stepTemplateFromV1(src *v1.StepTemplate) *StepTemplate {
	return &StepTemplate{
		Image:           src.Image,
		Command:         src.Command,
		Args:            src.Args,
		WorkingDir:      src.WorkingDir,
		EnvFrom:         src.EnvFrom,
		Env:             src.Env,
		Resources:       src.ComputeResources,
		VolumeMounts:    src.VolumeMounts,
		VolumeDevices:   src.VolumeDevices,
		ImagePullPolicy: src.ImagePullPolicy,
		SecurityContext: src.SecurityContext,
	}
}
