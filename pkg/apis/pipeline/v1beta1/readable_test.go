package v1beta1_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/webhook/resourcesemantics"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// objects that are valid but for annotations, which stand in place of ANNOTATIONS.
const (
	readableTask  = `{metadata: {name: a, annotations: {ANNOTATIONS}}, spec: {steps: [{name: s, image: i}]}}`
	readableRun   = `{metadata: {name: a, annotations: {ANNOTATIONS}}, spec: {taskRef: {name: t}}}`
	inlineRun     = `{metadata: {name: a, annotations: {ANNOTATIONS}}, spec: {taskSpec: {steps: [{name: s, image: i}]}}}`
	readablePipe  = `{metadata: {name: a, annotations: {ANNOTATIONS}}, spec: {tasks: [{name: b, taskSpec: {steps: [{name: s, image: i}]}}]}}`
	readablePRun  = `{metadata: {name: a, annotations: {ANNOTATIONS}}, spec: {pipelineSpec: {tasks: [{name: b, taskSpec: {steps: [{name: s, image: i}]}}]}}}`
	twoSteps      = `'{"a":{"deprecatedSteps":[{"tty":true},{}]}}'`
	twoStepsOfB   = `'{"b":{"deprecatedSteps":[{"tty":true},{}]}}'`
	deprecatedKey = "tekton.dev/v1beta1.task-deprecations"
)

// TestUnreadableObjectsAreRefused writes annotations for conversion by hand.
func TestUnreadableObjectsAreRefused(t *testing.T) {
	t.Parallel()
	const mismatch = "length of deserialized steps mismatch the length of target steps"
	for name, tc := range map[string]struct {
		object resourcesemantics.GenericCRD
		text   string
		// annotations is YAML, and want is part of the error; empty for none.
		annotations, want string
	}{
		"none":                         {&v1.Task{}, readableTask, "a: b", ""},
		"resources of a Task":          {&v1.Task{}, readableTask, "tekton.dev/v1beta1Resources: x", "error deserializing key tekton.dev/v1beta1Resources"},
		"resources that fit":           {&v1.Task{}, readableTask, `tekton.dev/v1beta1Resources: '{"inputs":[{"name":"a","type":"git"}]}'`, ""},
		"resources of a Pipeline":      {&v1.Pipeline{}, readablePipe, "tekton.dev/v1beta1Resources: '{}'", "error deserializing key tekton.dev/v1beta1Resources"},
		"resources of a TaskRun":       {&v1.TaskRun{}, readableRun, "tekton.dev/v1beta1Resources: '{'", "error deserializing key tekton.dev/v1beta1Resources"},
		"resources of a PipelineRun":   {&v1.PipelineRun{}, readablePRun, "tekton.dev/v1beta1Resources: '7'", "error deserializing key tekton.dev/v1beta1Resources"},
		"resources of a later status":  {&v1.TaskRun{}, readableRun, "tekton.dev/v1beta1ResourcesStatus: x", "error deserializing key tekton.dev/v1beta1ResourcesStatus"},
		"results of resources":         {&v1.TaskRun{}, readableRun, "tekton.dev/v1beta1ResourcesResult: x", "error deserializing key tekton.dev/v1beta1ResourcesResult"},
		"cloud events":                 {&v1.TaskRun{}, readableRun, "tekton.dev/v1beta1CloudEvents: x", "error deserializing key tekton.dev/v1beta1CloudEvents"},
		"deprecations":                 {&v1.Task{}, readableTask, deprecatedKey + ": x", "error deserializing key " + deprecatedKey},
		"steps of a Task":              {&v1.Task{}, readableTask, deprecatedKey + ": " + twoSteps, mismatch},
		"steps of another Task":        {&v1.Task{}, readableTask, deprecatedKey + ": " + twoStepsOfB, ""},
		"steps of a Pipeline":          {&v1.Pipeline{}, readablePipe, deprecatedKey + ": " + twoStepsOfB, mismatch},
		"steps of a TaskRun":           {&v1.TaskRun{}, inlineRun, deprecatedKey + ": " + twoSteps, mismatch},
		"steps of a later status":      {&v1.TaskRun{}, readableRun, deprecatedKey + ": " + twoSteps, ""},
		"steps of a PipelineRun":       {&v1.PipelineRun{}, readablePRun, deprecatedKey + ": " + twoStepsOfB, mismatch},
		"fields, which are skipped":    {&v1.Task{}, readableTask, "tekton.dev/v1beta1-fields: x, tekton.dev/v1-fields: x", ""},
		"old Task with resources":      {&v1beta1.Task{}, readableTask, "tekton.dev/v1beta1Resources: x", "error deserializing key tekton.dev/v1beta1Resources"},
		"old TaskRun with events":      {&v1beta1.TaskRun{}, readableRun, "tekton.dev/v1beta1CloudEvents: x", "error deserializing key tekton.dev/v1beta1CloudEvents"},
		"old Pipeline with resources":  {&v1beta1.Pipeline{}, readablePipe, "tekton.dev/v1beta1Resources: x", "error deserializing key tekton.dev/v1beta1Resources"},
		"old Task with probes of hers": {&v1beta1.Task{}, `{metadata: {name: a}, spec: {steps: [{name: s, image: i, tty: true}]}}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parse(t, strings.ReplaceAll(tc.text, "ANNOTATIONS", tc.annotations), tc.object)
			ctx := apis.WithinCreate(v1.WithReader(context.Background(), v1beta1.Readable))
			tc.object.SetDefaults(ctx)
			err := tc.object.Validate(ctx)
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), ": metadata.annotations")):
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

// TestStatusNeverMakesARunUnreadable has an annotation that was checked before there was a status.
func TestStatusNeverMakesARunUnreadable(t *testing.T) {
	t.Parallel()
	hub := &v1.TaskRun{}
	parse(t, `{metadata: {name: a}, spec: {taskRef: {name: t}}, status: {podName: "", taskSpec: {steps: [{name: s, image: i}]}}}`, hub)
	hub.Annotations = map[string]string{deprecatedKey: `{"a":{"deprecatedSteps":[{"tty":true},{}]}}`}
	if err := v1beta1.Readable(context.Background(), hub); err != nil {
		t.Error(err)
	}
}

// TestUpdatesOfConvertedObjects changes objects of v1 that were written in v1beta1, or by hand.
func TestUpdatesOfConvertedObjects(t *testing.T) {
	t.Parallel()
	const dropped = `the steps of "%" have changed: members of their v1beta1 form that had no effect any more, such as ports and probes, were dropped: ` +
		"metadata.annotations[" + deprecatedKey + "]"
	oneOfA := `{"a":{"deprecatedSteps":[{"tty":true}]}}`
	oneOfAAndC := `{"a":{"deprecatedSteps":[{"tty":true}]},"c":{"deprecatedSteps":[{"tty":true}]}}`
	task := func(annotation, steps string) *v1.Task {
		o := &v1.Task{}
		parse(t, `{metadata: {name: a}, spec: {steps: `+steps+`}}`, o)
		o.Annotations = map[string]string{deprecatedKey: annotation, "x": "y"}
		return o
	}
	pipeline := func(annotation, steps string) *v1.Pipeline {
		o := &v1.Pipeline{}
		parse(t, `{metadata: {name: p}, spec: {tasks: [{name: a, taskSpec: {steps: `+steps+`}}]}}`, o)
		o.Annotations = map[string]string{deprecatedKey: annotation, "x": "y"}
		return o
	}
	const one, two = "[{name: s, image: i}]", "[{name: s, image: i}, {name: t, image: i}]"
	for name, tc := range map[string]struct {
		old, updated resourcesemantics.GenericCRD
		// annotation is the one left, warning and err what is said.
		annotation, warning, err string
	}{
		"image changes":         {old: task(oneOfA, one), updated: task(oneOfA, "[{name: s, image: other}]"), annotation: oneOfA},
		"step added":            {old: task(oneOfA, one), updated: task(oneOfA, two), warning: strings.Replace(dropped, "%", "a", 1)},
		"entry of another task": {old: task(oneOfAAndC, one), updated: task(oneOfAAndC, two), annotation: `{"c":{"deprecatedSteps":[{"tty":true}]}}`, warning: strings.Replace(dropped, "%", "a", 1)},
		"inline task":           {old: pipeline(oneOfA, one), updated: pipeline(oneOfA, two), warning: strings.Replace(dropped, "%", "a", 1)},
		"annotation changes":    {old: task(oneOfA, one), updated: task(`{"a":{"deprecatedSteps":[{},{}]}}`, one), annotation: `{"a":{"deprecatedSteps":[{},{}]}}`, err: "mismatch"},
		"broken before":         {old: task("x", one), updated: task("x", two), annotation: "x"},
		"broken now":            {old: task(oneOfA, one), updated: task("x", one), annotation: "x", err: "error deserializing key"},
		"mended":                {old: task("x", one), updated: task(oneOfA, one), annotation: oneOfA},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinUpdate(v1.WithReader(context.Background(), v1beta1.Readable), tc.old)
			tc.updated.SetDefaults(ctx)
			err := tc.updated.Validate(ctx)
			annotations := map[string]string{"x": "y"}
			if tc.annotation != "" {
				annotations[deprecatedKey] = tc.annotation
			}
			got := annotationsOf(tc.updated)
			if diff := cmp.Diff(annotations, got); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if warning := textOf(err.Filter(apis.WarningLevel)); warning != tc.warning {
				t.Errorf("warning %q, want %q", warning, tc.warning)
			}
			if text := textOf(err.Filter(apis.ErrorLevel)); (text == "") != (tc.err == "") || !strings.Contains(text, tc.err) {
				t.Errorf("error %q, want %q", text, tc.err)
			}
		})
	}
}

func annotationsOf(object resourcesemantics.GenericCRD) map[string]string {
	switch o := object.(type) {
	case *v1.Task:
		return o.Annotations
	case *v1.Pipeline:
		return o.Annotations
	default:
		return nil
	}
}

func textOf(err *apis.FieldError) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestOldClientsChangeSteps shows that deprecated members of v1beta1 outlive a change of steps in v1beta1.
func TestOldClientsChangeSteps(t *testing.T) {
	t.Parallel()
	old, updated := &v1beta1.Task{}, &v1beta1.Task{}
	parse(t, `{metadata: {name: a}, spec: {steps: [{name: s, image: i, tty: true}]}}`, old)
	parse(t, `{metadata: {name: a}, spec: {steps: [{name: s, image: i, tty: true}, {name: t, image: i, tty: true}]}}`, updated)
	want := jsonOf(t, updated)
	ctx := apis.WithinUpdate(v1.WithReader(context.Background(), v1beta1.Readable), old)
	updated.SetDefaults(ctx)
	if err := updated.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, jsonOf(t, updated)); diff != "" {
		t.Errorf("Task (-want +got):\n%s", diff)
	}
}

// FuzzReadable expects that what admission lets pass can be read, whatever the annotations, and also with a status.
func FuzzReadable(f *testing.F) {
	for _, text := range []string{"x", "{}", "[]", `{"a":{"deprecatedSteps":[{"tty":true}]}}`, `{"a":null}`, `[{"key":"k"}]`, `{"inputs":[{"name":1}]}`} {
		f.Add(text, text, text, text)
	}
	f.Fuzz(func(t *testing.T, resources, status, deprecated, fields string) {
		hub := &v1.TaskRun{}
		parse(t, strings.ReplaceAll(inlineRun, "ANNOTATIONS", ""), hub)
		hub.Annotations = map[string]string{
			"tekton.dev/v1beta1Resources": resources, "tekton.dev/v1beta1ResourcesStatus": status, deprecatedKey: deprecated, "tekton.dev/v1beta1-fields": fields,
		}
		ctx := apis.WithinCreate(v1.WithReader(context.Background(), v1beta1.Readable))
		hub.SetDefaults(ctx)
		if hub.Validate(ctx).Filter(apis.ErrorLevel) != nil {
			return
		}
		hub.Status.TaskSpec = &v1.TaskSpec{Steps: []v1.Step{{Name: "s"}, {Name: "t"}}}
		if err := new(v1beta1.TaskRun).ConvertFrom(context.Background(), hub); err != nil {
			t.Errorf("%v: %v", hub.Annotations, err)
		}
	})
}
