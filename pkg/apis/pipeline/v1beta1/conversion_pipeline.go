package v1beta1

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var _ apis.Convertible = (*Pipeline)(nil)

// ConvertTo writes the Pipeline into a v1 Pipeline.
func (p *Pipeline) ConvertTo(_ context.Context, to apis.Convertible) error {
	sink, ok := to.(*v1.Pipeline)
	if !ok {
		return errUnknownVersion(to)
	}
	src := p.DeepCopy()
	sink.ObjectMeta = src.ObjectMeta
	own := newFields(pipeline.PipelineControllerKind, src.Name)
	sink.Spec = src.Spec.toV1(own, "spec")
	if len(src.Spec.Resources) > 0 {
		if err := putAnnotation(&sink.ObjectMeta, pipeline.ResourcesAnnotationKey, src.Spec.Resources); err != nil {
			return err
		}
	}
	if err := storeDeprecations(&sink.ObjectMeta, deprecationsOf(src.Spec.inlineTasks())); err != nil {
		return err
	}
	return own.store(&sink.ObjectMeta, pipeline.BetaFieldsAnnotationKey)
}

// ConvertFrom fills the Pipeline from a v1 Pipeline.
func (p *Pipeline) ConvertFrom(_ context.Context, from apis.Convertible) error {
	source, ok := from.(*v1.Pipeline)
	if !ok {
		return errUnknownVersion(from)
	}
	src := source.DeepCopy()
	p.ObjectMeta = src.ObjectMeta
	own := takeFields(&p.ObjectMeta, pipeline.BetaFieldsAnnotationKey, pipeline.PipelineControllerKind)
	p.Spec = pipelineSpecFromV1(&src.Spec, own, "spec")
	if _, err := takeAnnotation(&p.ObjectMeta, pipeline.ResourcesAnnotationKey, &p.Spec.Resources); err != nil {
		return err
	}
	tasks := p.Spec.inlineTasks()
	deprecated, err := takeDeprecations(&p.ObjectMeta, tasks)
	if err != nil {
		return err
	}
	if err := deprecated.restore(tasks); err != nil {
		return err
	}
	return own.err
}

// inlineTasks returns the tasks written in place by the name of their pipeline task; those of child pipelines have the
// name of the parent's task before them.
func (ps *PipelineSpec) inlineTasks() map[string]*TaskSpec {
	tasks := map[string]*TaskSpec{}
	ps.collectInlineTasks("", tasks)
	return tasks
}

func (ps *PipelineSpec) collectInlineTasks(prefix string, into map[string]*TaskSpec) {
	for _, list := range [][]PipelineTask{ps.Tasks, ps.Finally} {
		for i := range list {
			task := &list[i]
			if task.TaskSpec != nil {
				into[prefix+task.Name] = &task.TaskSpec.TaskSpec
			}
			if task.PipelineSpec != nil && isName(task.Name) {
				task.PipelineSpec.collectInlineTasks(prefix+task.Name+"/", into)
			}
		}
	}
}

// toV1 converts everything but resources and deprecated members of steps. What else v1 has no place for goes into own.
func (ps *PipelineSpec) toV1(own *fields, path string) v1.PipelineSpec {
	return v1.PipelineSpec{
		DisplayName: ps.DisplayName,
		Description: ps.Description,
		Tasks:       pipelineTasksToV1(ps.Tasks, own, path+".tasks"),
		Params:      typedParamSpecs(ps.Params),
		Workspaces:  ps.Workspaces,
		Results:     typedPipelineResults(ps.Results),
		Finally:     pipelineTasksToV1(ps.Finally, own, path+".finally"),
	}
}

func pipelineSpecFromV1(src *v1.PipelineSpec, own *fields, path string) PipelineSpec {
	return PipelineSpec{
		DisplayName: src.DisplayName,
		Description: src.Description,
		Tasks:       pipelineTasksFromV1(src.Tasks, own, path+".tasks"),
		Params:      typedParamSpecs(src.Params),
		Workspaces:  src.Workspaces,
		Results:     typedPipelineResults(src.Results),
		Finally:     pipelineTasksFromV1(src.Finally, own, path+".finally"),
	}
}

// inlinePipelineToV1 converts a pipeline written in place, resources included.
func inlinePipelineToV1(src *PipelineSpec, own *fields, path string) *v1.PipelineSpec {
	if src == nil {
		return nil
	}
	if len(src.Resources) > 0 {
		own.put(path+".resources", src.Resources)
	}
	spec := src.toV1(own, path)
	return &spec
}

func inlinePipelineFromV1(src *v1.PipelineSpec, own *fields, path string) *PipelineSpec {
	if src == nil {
		return nil
	}
	spec := pipelineSpecFromV1(src, own, path)
	own.take(path+".resources", &spec.Resources)
	return &spec
}

func typedPipelineResults(results []v1.PipelineResult) []v1.PipelineResult {
	for i := range results {
		typeValue(&results[i].Value)
	}
	return results
}

// isName tells whether a pipeline task can have the name. Others are refused, and kept out of paths: a huge one in the
// path of every task inside would take gigabytes.
func isName(name string) bool { return name != "" && len(name) <= validation.DNS1123LabelMaxLength }

// taskPath names a pipeline task by its name, which outlives a change of order.
func taskPath(path, name string, index int) string {
	if !isName(name) {
		return fmt.Sprintf("%s[%d]", path, index)
	}
	return path + "[" + name + "]"
}

func pipelineTasksToV1(tasks []PipelineTask, own *fields, path string) []v1.PipelineTask {
	if len(tasks) == 0 {
		return nil
	}
	converted := make([]v1.PipelineTask, len(tasks))
	for i := range tasks {
		converted[i] = tasks[i].toV1(own, taskPath(path, tasks[i].Name, i))
	}
	return converted
}

func pipelineTasksFromV1(tasks []v1.PipelineTask, own *fields, path string) []PipelineTask {
	if len(tasks) == 0 {
		return nil
	}
	converted := make([]PipelineTask, len(tasks))
	for i := range tasks {
		converted[i] = pipelineTaskFromV1(&tasks[i], own, taskPath(path, tasks[i].Name, i))
	}
	return converted
}

func (pt *PipelineTask) toV1(own *fields, path string) v1.PipelineTask {
	task := v1.PipelineTask{
		Name:         pt.Name,
		DisplayName:  pt.DisplayName,
		Description:  pt.Description,
		TaskRef:      pt.TaskRef.toV1(own, path+".taskRef"),
		When:         pt.When,
		Retries:      pt.Retries,
		RunAfter:     pt.RunAfter,
		Params:       typedParams(pt.Params),
		Matrix:       typedMatrix(pt.Matrix),
		Workspaces:   pt.Workspaces,
		Timeout:      pt.Timeout,
		PipelineRef:  pt.PipelineRef.toV1(own, path+".pipelineRef"),
		PipelineSpec: inlinePipelineToV1(pt.PipelineSpec, own, path+".pipelineSpec"),
		OnError:      pt.OnError,
	}
	if pt.Resources != nil {
		own.put(path+".resources", pt.Resources)
	}
	own.putGone(path+".conditions", pt.Conditions)
	if pt.TaskSpec != nil {
		task.TaskSpec = &v1.EmbeddedTask{
			TypeMeta: pt.TaskSpec.TypeMeta,
			Spec:     pt.TaskSpec.Spec,
			Metadata: pt.TaskSpec.Metadata,
			TaskSpec: *inlineTaskToV1(&pt.TaskSpec.TaskSpec, own, path+".taskSpec"),
		}
	}
	return task
}

func pipelineTaskFromV1(src *v1.PipelineTask, own *fields, path string) PipelineTask {
	task := PipelineTask{
		Name:         src.Name,
		DisplayName:  src.DisplayName,
		Description:  src.Description,
		TaskRef:      taskRefFromV1(src.TaskRef, own, path+".taskRef"),
		When:         src.When,
		Retries:      src.Retries,
		RunAfter:     src.RunAfter,
		Params:       typedParams(src.Params),
		Matrix:       typedMatrix(src.Matrix),
		Workspaces:   src.Workspaces,
		Timeout:      src.Timeout,
		PipelineRef:  pipelineRefFromV1(src.PipelineRef, own, path+".pipelineRef"),
		PipelineSpec: inlinePipelineFromV1(src.PipelineSpec, own, path+".pipelineSpec"),
		OnError:      src.OnError,
	}
	own.take(path+".resources", &task.Resources)
	own.take(path+".conditions", &task.Conditions)
	if src.TaskSpec != nil {
		task.TaskSpec = &EmbeddedTask{
			TypeMeta: src.TaskSpec.TypeMeta,
			Spec:     src.TaskSpec.Spec,
			Metadata: src.TaskSpec.Metadata,
			TaskSpec: *inlineTaskFromV1(&src.TaskSpec.TaskSpec, own, path+".taskSpec"),
		}
	}
	return task
}

// inlineTaskToV1 converts a task written in place, resources included.
func inlineTaskToV1(src *TaskSpec, own *fields, path string) *v1.TaskSpec {
	if src == nil {
		return nil
	}
	if src.Resources != nil {
		own.put(path+".resources", src.Resources)
	}
	src.putGone(own, path)
	spec := src.toV1()
	return &spec
}

func inlineTaskFromV1(src *v1.TaskSpec, own *fields, path string) *TaskSpec {
	if src == nil {
		return nil
	}
	spec := taskSpecFromV1(src)
	own.take(path+".resources", &spec.Resources)
	spec.takeGone(own, path)
	return &spec
}
