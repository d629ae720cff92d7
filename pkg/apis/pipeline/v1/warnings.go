package v1

import (
	"context"
	"fmt"
	"path"
	"strings"

	"knative.dev/pkg/apis"
)

// Warnings returns what is admitted although it hardly does what its author expects (contract 1 §8 #12, §9). They reach
// people only as part of an admission response; everywhere else Warnings returns nil, so that nobody takes one for an
// error.
func Warnings(ctx context.Context, warnings func(add func(message, path string))) *apis.FieldError {
	if !apis.IsInCreate(ctx) && !apis.IsInUpdate(ctx) {
		return nil
	}
	var errs FieldErrors
	warnings(func(message, path string) { errs.Add(apis.ErrGeneric(message, path).At(apis.WarningLevel)) })
	return errs.Err()
}

func (ts *TaskSpec) warnings(add func(message, path string)) {
	steps := make(map[string]struct{}, len(ts.Steps))
	for i := range ts.Steps {
		steps[ts.Steps[i].Name] = struct{}{}
	}
	results := make(map[string]struct{}, len(ts.Results))
	for i := range ts.Results {
		r := &ts.Results[i]
		if _, again := results[r.Name]; again {
			add(fmt.Sprintf("result %q is declared more than once", r.Name), indexed("results", i)+".name")
		}
		results[r.Name] = struct{}{}
		if r.Value == nil {
			continue
		}
		if step, _, ok := stepResultOf(r.Value.StringVal); ok {
			if _, exists := steps[step]; !exists {
				add(fmt.Sprintf("there is no step %q that could produce the result", step), indexed("results", i)+".value")
			}
		}
	}
	sidecars := make(map[string]struct{}, len(ts.Sidecars))
	for i := range ts.Sidecars {
		name := ts.Sidecars[i].Name
		if _, again := sidecars[name]; again && name != "" {
			add(fmt.Sprintf("sidecar %q is declared more than once: the pod cannot be created", name), indexed("sidecars", i)+".name")
		}
		sidecars[name] = struct{}{}
	}
	for i := range ts.Workspaces {
		if strings.HasPrefix(path.Clean(ts.Workspaces[i].MountPath)+"/", internalDir) {
			add("a workspace below "+internalDir+" can hide files that steps need to run", indexed("workspaces", i)+".mountPath")
		}
	}
}

func (ts *TaskRunSpec) warnings(add func(message, path string)) {
	if ts.TaskRef != nil && ts.TaskRef.Kind == kindClusterTask {
		add("ClusterTasks no longer exist: a Task of that name is looked for in the namespace of the run; use the cluster resolver for Tasks of other namespaces",
			"taskRef.kind")
	}
}
