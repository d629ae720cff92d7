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
	ts.stepWarnings(add)
	ts.resultWarnings(add)
	ts.sidecarWarnings(add)
	for i := range ts.Workspaces {
		if strings.HasPrefix(path.Clean(ts.Workspaces[i].MountPath)+"/", internalDir) {
			add("a workspace below "+internalDir+" can hide files that steps need to run", indexed("workspaces", i)+".mountPath")
		}
	}
}

// stepWarnings finds the steps that the step template does not reach.
func (ts *TaskSpec) stepWarnings(add func(message, path string)) {
	if ts.StepTemplate == nil {
		return
	}
	for i := range ts.Steps {
		if ts.Steps[i].Ref != nil {
			add("stepTemplate does not apply to a step with a ref: the step needs settings of its own, its securityContext among them", indexed("steps", i)+".ref")
		}
	}
}

func (ts *TaskSpec) resultWarnings(add func(message, path string)) {
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
}

func (ts *TaskSpec) sidecarWarnings(add func(message, path string)) {
	sidecars := make(map[string]struct{}, len(ts.Sidecars))
	for i := range ts.Sidecars {
		sc, at := &ts.Sidecars[i], indexed("sidecars", i)
		if _, again := sidecars[sc.Name]; again && sc.Name != "" {
			add(fmt.Sprintf("sidecar %q is declared more than once: the pod cannot be created", sc.Name), at+".name")
		}
		sidecars[sc.Name] = struct{}{}
		for j := range sc.VolumeMounts {
			if isInternalPath(sc.VolumeMounts[j].MountPath) {
				add("a volume below "+internalDir+" can hide files that the sidecar needs to run", at+"."+indexed("volumeMounts", j)+".mountPath")
			}
		}
	}
}

func (ts *TaskRunSpec) warnings(add func(message, path string)) {
	if ts.TaskRef != nil && ts.TaskRef.Kind == kindClusterTask {
		add("ClusterTasks no longer exist: a Task of that name is looked for in the namespace of the run; use the cluster resolver for Tasks of other namespaces",
			"taskRef.kind")
	}
}
