package v1beta1

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"
)

// forbidden collects the members that old objects have and new ones must not have: rules B-04 and B-05.
type forbidden struct {
	// create says that the object is new, so that a bundle is reported.
	create bool
	paths  []string
}

// validateForbidden reports the members that find finds, unless the write in ctx is none of the spec: an old object that
// has them can still get labels, finalizers and a status.
func validateForbidden[S any](ctx context.Context, old, spec *S, find func(*forbidden)) *apis.FieldError {
	if apis.GetUpdatedSubresource(ctx) != "" || old != nil && equality.Semantic.DeepEqual(old, spec) {
		return nil
	}
	f := &forbidden{create: apis.IsInCreate(ctx)}
	find(f)
	if len(f.paths) == 0 {
		return nil
	}
	err := apis.ErrDisallowedFields(f.paths...)
	err.Details = f.replacements()
	return err
}

// replacements says what does today what the members that were found did.
func (f *forbidden) replacements() string {
	var lines []string
	for _, old := range []struct{ suffix, advice string }{
		{".resources", "resources are gone: hand data on with workspaces and results"},
		{".inputs", "inputs is gone: declare params and workspaces"},
		{".outputs", "outputs is gone: declare results and workspaces"},
		{".conditions", "conditions are gone: use when"},
		{".serviceAccountNames", "serviceAccountNames is gone: use taskRunSpecs with pipelineTaskName and taskServiceAccountName"},
		{".bundle", "bundle is gone: use resolver bundles with the params bundle, name and kind"},
	} {
		if slices.ContainsFunc(f.paths, func(path string) bool { return strings.HasSuffix(path, old.suffix) }) {
			lines = append(lines, old.advice)
		}
	}
	return strings.Join(lines, "\n")
}

func (f *forbidden) add(set bool, path string) {
	if set {
		f.paths = append(f.paths, path)
	}
}

func (f *forbidden) inTask(path string, spec *TaskSpec) {
	if spec == nil {
		return
	}
	f.add(spec.Resources != nil, path+".resources")
	f.add(spec.Inputs != nil, path+".inputs")
	f.add(spec.Outputs != nil, path+".outputs")
}

func (f *forbidden) inTaskRef(path string, ref *TaskRef) {
	f.add(f.create && ref != nil && ref.Bundle != "", path+".bundle")
}

func (f *forbidden) inPipelineRef(path string, ref *PipelineRef) {
	f.add(f.create && ref != nil && ref.Bundle != "", path+".bundle")
}

func (f *forbidden) inPipeline(path string, spec *PipelineSpec) {
	if spec == nil {
		return
	}
	f.add(len(spec.Resources) > 0, path+".resources")
	f.inPipelineTasks(path+".tasks", spec.Tasks)
	f.inPipelineTasks(path+".finally", spec.Finally)
}

func (f *forbidden) inPipelineTasks(path string, tasks []PipelineTask) {
	for i := range tasks {
		task, at := &tasks[i], fmt.Sprintf("%s[%d]", path, i)
		f.add(task.Resources != nil, at+".resources")
		f.add(task.Conditions != nil, at+".conditions")
		f.inTaskRef(at+".taskRef", task.TaskRef)
		f.inPipelineRef(at+".pipelineRef", task.PipelineRef)
		if task.TaskSpec != nil {
			f.inTask(at+".taskSpec", &task.TaskSpec.TaskSpec)
		}
		f.inPipeline(at+".pipelineSpec", task.PipelineSpec)
	}
}
