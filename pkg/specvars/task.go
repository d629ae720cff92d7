package specvars

import (
	"strconv"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

// TaskRun holds the facts of a TaskRun that the variables of its Task stand for.
type TaskRun struct {
	Name, Namespace, UID string
	// TaskName is the name of the Task, or of the TaskRun if the Task is inline.
	TaskName string
	// Retries is how many attempts there have been before this one.
	Retries int
	// AnyAttempt leaves the variable for Retries as it is, for RetryCount to fill in, because the Task is for later attempts too.
	AnyAttempt bool
	// Params are the values that the TaskRun gives.
	Params v1.Params
	// Workspaces are the bindings in effect: with the default binding, with claims for templates, and with their own
	// references replaced.
	Workspaces []v1.WorkspaceBinding
}

// ParamValues returns what references to parameters stand for in the Task of a TaskRun, under both prefixes. An empty
// spec stands for a Task that is not known yet.
func (tr TaskRun) ParamValues(spec *v1.TaskSpec) (substitution.Values, error) {
	set, err := params.ForTask(spec.Params, tr.Params)
	if err != nil {
		return substitution.Values{}, err
	}
	return set.Values(params.Prefix, params.TaskAlias), nil
}

// ContextValues returns what the context variables of a TaskRun stand for.
func (tr TaskRun) ContextValues() substitution.Values {
	values := substitution.Values{Strings: map[string]string{
		"context.taskRun.name":      tr.Name,
		"context.taskRun.namespace": tr.Namespace,
		"context.taskRun.uid":       tr.UID,
		"context.task.name":         tr.TaskName,
	}}
	if !tr.AnyAttempt {
		values.SetString(retryCount, strconv.Itoa(tr.Retries))
	}
	return values
}

// retryCount is the variable for the number of attempts before the one that runs.
const retryCount = "context.task.retry-count"

// RetryCount fills in how many attempts of a Task there have been, which Task leaves out for AnyAttempt. It returns spec itself if
// the Task does not ask. The error says that the result is too large.
func RetryCount(spec *v1.TaskSpec, retries int) (*v1.TaskSpec, error) {
	asked := false
	VisitTaskFields(spec, func(f Field) {
		f.References(func(r substitution.Reference) { asked = asked || strings.Join(r.Path, ".") == retryCount })
	})
	if !asked {
		return spec, nil
	}
	out := spec.DeepCopy()
	return out, replaceTask(out, substitution.Values{Strings: map[string]string{retryCount: strconv.Itoa(retries)}})
}

// Task returns a copy of the Task spec of a TaskRun with everything replaced that is known before its Pod is made:
// parameters, then context, paths of results, artifacts and exit codes and the path of credentials, then workspaces. Each
// pass sees what the one before has put in. References to results and artifacts of steps stay: the steps resolve them
// (contract 1 §6.1). The error says that the result is too large.
func Task(spec *v1.TaskSpec, tr TaskRun) (*v1.TaskSpec, error) {
	out := spec.DeepCopy()
	values, err := tr.ParamValues(spec)
	if err != nil {
		return nil, err
	}
	if err := replaceTask(out, values); err != nil {
		return nil, err
	}
	facts := tr.ContextValues()
	facts.Merge(pathValues(out))
	if err := replaceTask(out, facts); err != nil {
		return nil, err
	}
	if err := replaceOwn(out, tr.Workspaces); err != nil {
		return nil, err
	}
	return out, nil
}

// replaceTask puts values into all fields of a Task, in place.
func replaceTask(spec *v1.TaskSpec, values substitution.Values) error {
	r := substitution.NewReplacer(values)
	VisitTaskFields(spec, func(f Field) { f.replace(r) })
	return r.Err()
}

// pathValues returns the files and directories that variables in all parts of a Task stand for.
func pathValues(spec *v1.TaskSpec) substitution.Values {
	values := substitution.Values{Strings: map[string]string{
		"artifacts.path":   protocol.TaskArtifactsFile(),
		"credentials.path": protocol.CredsDir,
	}}
	for _, result := range spec.Results {
		for _, form := range substitution.Forms("results", result.Name) {
			values.SetString(form+".path", protocol.ResultsDir+"/"+result.Name)
		}
	}
	for i := range spec.Steps {
		container := names.StepContainer(spec.Steps[i].Name, i)
		key := names.StepPrefix + "unnamed-" + strconv.Itoa(i)
		if name := spec.Steps[i].Name; name != "" {
			key = names.StepPrefix + name
		}
		values.SetString("steps."+key+".exitCode.path", protocol.StepExitCodeFile(container))
	}
	return values
}

// replaceOwn replaces what can stand for something else in every step and sidecar: workspaces, for which each can have
// its own path, and the files that a step writes.
func replaceOwn(spec *v1.TaskSpec, bindings []v1.WorkspaceBinding) error {
	bound := workspace.Bind(spec, bindings)
	shared := substitution.NewReplacer(workspaceValues(bound.Values()))
	steps := make([]*substitution.Replacer, len(spec.Steps))
	for i := range spec.Steps {
		values := workspaceValues(bound.ValuesFor(spec.Steps[i].Workspaces))
		values.Merge(stepPathValues(&spec.Steps[i], i))
		steps[i] = substitution.NewReplacer(values)
	}
	sidecars := make([]*substitution.Replacer, len(spec.Sidecars))
	for i := range spec.Sidecars {
		sidecars[i] = shared
		if usages := spec.Sidecars[i].Workspaces; len(usages) > 0 {
			sidecars[i] = substitution.NewReplacer(workspaceValues(bound.ValuesFor(usages)))
		}
	}
	VisitTaskFields(spec, func(f Field) {
		switch f.Part {
		case PartStep:
			f.replace(steps[f.Index])
		case PartSidecar:
			f.replace(sidecars[f.Index])
		default:
			f.replace(shared)
		}
	})
	for _, r := range append(append(steps, sidecars...), shared) {
		if err := r.Err(); err != nil {
			return err
		}
	}
	return nil
}

func workspaceValues(all map[string]workspace.Values) substitution.Values {
	values := substitution.Values{Strings: make(map[string]string, 4*len(all))}
	for name, w := range all {
		prefix := "workspaces." + name
		values.SetString(prefix+".path", w.Path)
		values.SetString(prefix+".bound", w.Bound)
		values.SetString(prefix+".claim", w.Claim)
		values.SetString(prefix+".volume", w.Volume)
	}
	return values
}

// stepPathValues returns the files that a step writes.
func stepPathValues(s *v1.Step, index int) substitution.Values {
	container := names.StepContainer(s.Name, index)
	values := substitution.Values{Strings: map[string]string{"step.artifacts.path": protocol.StepArtifactsFile(container)}}
	for _, result := range s.Results {
		for _, form := range substitution.Forms("step.results", result.Name) {
			values.SetString(form+".path", protocol.StepResultFile(container, result.Name))
		}
	}
	return values
}

// CheckTaskIndexes returns a problem if the Task refers to elements past the end of its array parameters, whose values
// are given or defaults; nil if not (contract 2 §1.6).
func CheckTaskIndexes(spec *v1.TaskSpec, given v1.Params) *params.Problem {
	set := params.Of(given).Over(params.Defaults(spec.Params))
	return params.CheckIndexes(taskParamRefs(spec), set)
}

func taskParamRefs(spec *v1.TaskSpec) []substitution.ParamRef {
	var refs []substitution.ParamRef
	VisitTaskFields(spec, func(f Field) { refs = appendParamRefs(refs, f) })
	return refs
}

func appendParamRefs(refs []substitution.ParamRef, f Field) []substitution.ParamRef {
	f.References(func(r substitution.Reference) {
		if p, ok := r.Param(); ok {
			refs = append(refs, p)
		}
	})
	return refs
}
