package v1

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// Conversion keeps members of other versions in annotations (contract 1 §3.2), and fails on those that it cannot read. A list is
// converted as a whole, so that one such object makes all lists of its kind in the other version fail. Here such objects are kept out.

// Reader tells why another version could not read an object of this one, nil if it could.
type Reader func(ctx context.Context, object any) error

type readerKey struct{}

// WithReader lets validation in ctx refuse objects that the reader cannot read. This package knows no other version itself.
func WithReader(ctx context.Context, reader Reader) context.Context {
	return context.WithValue(ctx, readerKey{}, reader)
}

// validateReadable checks that other served versions can read the object; old is the stored one, nil for a new object. One that could
// not be read before can still be changed, but for the annotations at fault.
func validateReadable(ctx context.Context, object, old metav1.Object) *apis.FieldError {
	read, ok := ctx.Value(readerKey{}).(Reader)
	if !ok || apis.GetUpdatedSubresource(ctx) != "" || !convertsFromAnnotations(object) {
		return nil
	}
	err := read(ctx, object)
	if err == nil || old != nil && sameConversionAnnotations(object, old) && read(ctx, old) != nil {
		return nil
	}
	return withDetails(fmt.Sprintf("annotations for conversion between versions are invalid: %v", err),
		"the object could not be read in other versions; leave out the annotations that begin with "+pipeline.GroupName+"/v1beta1", "metadata.annotations")
}

func convertsFromAnnotations(object metav1.Object) bool {
	annotations := object.GetAnnotations()
	for _, key := range pipeline.ConversionAnnotationKeys() {
		if _, ok := annotations[key]; ok {
			return true
		}
	}
	return false
}

func sameConversionAnnotations(a, b metav1.Object) bool {
	before, after := a.GetAnnotations(), b.GetAnnotations()
	for _, key := range pipeline.ConversionAnnotationKeys() {
		old, was := before[key]
		now, is := after[key]
		if was != is || old != now {
			return false
		}
	}
	return true
}

// deprecatedSteps is as much as this version knows of an entry of the annotation with deprecated members.
type deprecatedSteps struct {
	Steps []json.RawMessage `json:"deprecatedSteps"`
}

// dropStaleDeprecations removes, in an update, the deprecated v1beta1 members of tasks that have got other steps in v1: they have no
// effect, and belong to steps that are gone. Who changes the annotation itself is told by validation if it does not fit.
func dropStaleDeprecations(ctx context.Context, object, old metav1.Object, tasks map[string]*TaskSpec) {
	const key = pipeline.TaskDeprecationsAnnotationKey
	text, ok := object.GetAnnotations()[key]
	if !ok || !apis.IsInUpdate(ctx) || text != old.GetAnnotations()[key] {
		return
	}
	all := map[string]json.RawMessage{}
	if json.Unmarshal([]byte(text), &all) != nil {
		return
	}
	stale := staleDeprecations(all, tasks)
	if len(stale) == 0 {
		return
	}
	for _, name := range stale {
		delete(all, name)
	}
	annotations := maps.Clone(object.GetAnnotations())
	delete(annotations, key)
	if rest, err := json.Marshal(all); err == nil && len(all) > 0 {
		annotations[key] = string(rest)
	}
	object.SetAnnotations(annotations)
}

// staleDeprecations returns the names of tasks, in order, that have another number of steps than their entry.
func staleDeprecations(all map[string]json.RawMessage, tasks map[string]*TaskSpec) []string {
	var stale []string
	for _, name := range sortedKeys(tasks) {
		entry := deprecatedSteps{}
		if json.Unmarshal(all[name], &entry) == nil && len(entry.Steps) > 0 && len(entry.Steps) != len(tasks[name].Steps) {
			stale = append(stale, name)
		}
	}
	return stale
}

// warnOfStaleDeprecations tells about the entries that the update in ctx dropped.
func warnOfStaleDeprecations(ctx context.Context, object, old metav1.Object, tasks map[string]*TaskSpec) *apis.FieldError {
	const key = pipeline.TaskDeprecationsAnnotationKey
	before, after := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if json.Unmarshal([]byte(old.GetAnnotations()[key]), &before) != nil {
		return nil
	}
	if text, ok := object.GetAnnotations()[key]; ok && json.Unmarshal([]byte(text), &after) != nil {
		return nil
	}
	return Warnings(ctx, func(add func(message, path string)) {
		for _, name := range staleDeprecations(before, tasks) {
			if _, kept := after[name]; !kept {
				add(fmt.Sprintf("the steps of %q have changed: members of their v1beta1 form that had no effect any more, such as ports and probes, were dropped", name),
					"metadata.annotations["+key+"]")
			}
		}
	})
}

// inlineTasks returns the Tasks written in place by the name under which conversion keeps their deprecated members: that of their
// pipeline task, with those of the child pipelines around it before.
func (ps *PipelineSpec) inlineTasks() map[string]*TaskSpec {
	tasks := map[string]*TaskSpec{}
	ps.collectInlineTasks("", tasks)
	return tasks
}

func (ps *PipelineSpec) collectInlineTasks(prefix string, into map[string]*TaskSpec) {
	for _, section := range ps.sections() {
		for i := range section.tasks {
			task := &section.tasks[i]
			if task.TaskSpec != nil {
				into[prefix+task.Name] = &task.TaskSpec.TaskSpec
			}
			if task.PipelineSpec != nil && task.Name != "" && len(task.Name) <= validation.DNS1123LabelMaxLength {
				task.PipelineSpec.collectInlineTasks(prefix+task.Name+"/", into)
			}
		}
	}
}
