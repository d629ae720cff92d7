package v1beta1

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// translation turns the errors of v1 into those that v1beta1 has for the same mistakes (contract 1 §3.4).
type translation struct {
	// stepNames are the names of all steps by the path of the name: rule B-01.
	stepNames map[string]string
	// params are the names of all parameters that steps may refer to: rule B-03.
	params map[string]struct{}
	// allowed says which errors are none in v1beta1, by message and v1 path; may be nil.
	allowed func(message, path string) bool
	// renames are applied to every path in order, after those that hold for every kind.
	renames []rename
}

// rename replaces one member in paths.
type rename struct {
	from *regexp.Regexp
	to   string
}

func newTranslation() *translation {
	return &translation{stepNames: map[string]string{}, params: map[string]struct{}{}}
}

var (
	memberNames = []rename{
		{regexp.MustCompile(`(^|\.)stepSpecs(\[|\.|$)`), "${1}stepOverrides$2"},
		{regexp.MustCompile(`(^|\.)sidecarSpecs(\[|\.|$)`), "${1}sidecarOverrides$2"},
		{
			regexp.MustCompile(`(^|\.)(steps|stepTemplate|sidecars|stepOverrides|sidecarOverrides)(\[[^]]*\])?\.computeResources(\.|$)`),
			"$1$2$3.resources$4",
		},
	}

	// uncheckedSidecar matches what rule B-02 leaves unchecked.
	uncheckedSidecar = regexp.MustCompile(`(^|\.)sidecars(\[\d+\])?\.(image|script)$`)

	unknownVariable = regexp.MustCompile(`(?s)^non-existent variable in (".*")$`)
)

// addTask takes note of the steps and parameters of a task spec.
func (t *translation) addTask(path string, spec *TaskSpec) {
	for i := range spec.Steps {
		t.stepNames[fmt.Sprintf("%s.steps[%d].name", path, i)] = spec.Steps[i].Name
	}
	t.addParamSpecs(spec.Params)
}

// addPipeline takes note of everything inside a pipeline spec.
func (t *translation) addPipeline(path string, spec *PipelineSpec) {
	t.addParamSpecs(spec.Params)
	for _, section := range []struct {
		name  string
		tasks []PipelineTask
	}{{"tasks", spec.Tasks}, {"finally", spec.Finally}} {
		for i := range section.tasks {
			task := &section.tasks[i]
			at := fmt.Sprintf("%s.%s[%d]", path, section.name, i)
			t.addParams(task.Params)
			if task.TaskSpec != nil {
				t.addTask(at+".taskSpec", &task.TaskSpec.TaskSpec)
			}
			if task.PipelineSpec != nil {
				t.addPipeline(at+".pipelineSpec", task.PipelineSpec)
			}
		}
	}
}

func (t *translation) addParamSpecs(specs v1.ParamSpecs) {
	for i := range specs {
		t.params[specs[i].Name] = struct{}{}
	}
}

func (t *translation) addParams(params v1.Params) {
	for i := range params {
		t.params[params[i].Name] = struct{}{}
	}
}

// translate returns the errors that v1beta1 has in place of those of v1.
func (t *translation) translate(hub *apis.FieldError) *apis.FieldError {
	var errs v1.FieldErrors
	for _, e := range hub.WrappedErrors() {
		var paths []string
		for _, path := range e.Paths {
			switch name, isStep := t.stepNames[path]; {
			case isStep && e.Message == apis.ErrMultipleOneOf().Message:
				errs.Add(apis.ErrInvalidValue(name, t.rename(path)))
			case !t.isAllowed(e.Message, path):
				paths = append(paths, t.rename(path))
			}
		}
		if len(paths) > 0 || len(e.Paths) == 0 {
			errs.Add(&apis.FieldError{Message: t.message(e), Paths: paths, Details: e.Details, Level: e.Level})
		}
	}
	return errs.Err()
}

func (t *translation) rename(path string) string {
	for _, list := range [][]rename{memberNames, t.renames} {
		for _, r := range list {
			path = r.from.ReplaceAllString(path, r.to)
		}
	}
	return path
}

func (t *translation) isAllowed(message, path string) bool {
	return uncheckedSidecar.MatchString(path) || t.allowed != nil && t.allowed(message, path)
}

// message applies rule B-03: an unknown variable in a script is named.
func (t *translation) message(e *apis.FieldError) string {
	quoted := unknownVariable.FindStringSubmatch(e.Message)
	if quoted == nil || len(e.Paths) == 0 || !strings.HasSuffix(e.Paths[0], ".script") {
		return e.Message
	}
	text, err := strconv.Unquote(quoted[1])
	if err != nil {
		return e.Message
	}
	for _, v := range substitution.Variables(text, substitution.RootParams) {
		name := v.Name
		if !v.Quoted {
			name, _, _ = strings.Cut(name, ".")
		}
		if _, known := t.params[name]; !known {
			return fmt.Sprintf("non-existent variable `%s` in %s", name, quoted[1])
		}
	}
	return e.Message
}
