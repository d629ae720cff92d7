package v1beta1

import (
	"encoding/json"
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/apis/canonical"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// putAnnotation stores value as JSON, with the members that the contract wants even if they are empty.
func putAnnotation(meta *metav1.ObjectMeta, key string, value any) error {
	text, err := canonical.Marshal(value)
	if err != nil {
		return fmt.Errorf("error serializing key %s into metadata: %w", key, err)
	}
	annotations := maps.Clone(meta.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[key] = string(text)
	meta.Annotations = annotations
	return nil
}

// takeAnnotation removes an annotation and reads its JSON into value. It reports whether there was one.
func takeAnnotation(meta *metav1.ObjectMeta, key string, value any) (bool, error) {
	text, ok := meta.Annotations[key]
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return false, fmt.Errorf("error deserializing key %s from metadata: %w", key, err)
	}
	dropAnnotation(meta, key)
	return true, nil
}

func dropAnnotation(meta *metav1.ObjectMeta, key string) {
	annotations := maps.Clone(meta.Annotations)
	delete(annotations, key)
	if len(annotations) == 0 {
		annotations = nil
	}
	meta.Annotations = annotations
}

// fields are members that only one version has, as JSON by path. In an annotation they stand under kind and name of
// their object, because annotations are passed on to other objects.
type fields struct {
	owner  string
	values map[string]json.RawMessage
	// optional is the size of the values that were put with putOptional.
	optional int
	err      error
}

func newFields(kind, name string) *fields {
	return &fields{owner: kind + "/" + name, values: map[string]json.RawMessage{}}
}

// takeFields removes the fields of an object from an annotation. What it cannot read stays: unlike the annotations of
// the contract this one is no reason to make an object unreadable.
func takeFields(meta *metav1.ObjectMeta, key, kind string) *fields {
	f := newFields(kind, meta.Name)
	text, ok := meta.Annotations[key]
	if !ok {
		return f
	}
	owners := map[string]map[string]json.RawMessage{}
	if json.Unmarshal([]byte(text), &owners) != nil || owners[f.owner] == nil {
		return f
	}
	f.values = owners[f.owner]
	delete(owners, f.owner)
	dropAnnotation(meta, key)
	if len(owners) > 0 {
		f.err = putAnnotation(meta, key, owners)
	}
	return f
}

// store writes the fields into an annotation, next to those of other objects.
func (f *fields) store(meta *metav1.ObjectMeta, key string) error {
	if f.err != nil || len(f.values) == 0 {
		return f.err
	}
	owners := map[string]map[string]json.RawMessage{}
	if text, ok := meta.Annotations[key]; ok && json.Unmarshal([]byte(text), &owners) != nil {
		owners = map[string]map[string]json.RawMessage{}
	}
	owners[f.owner] = f.values
	return putAnnotation(meta, key, owners)
}

// put remembers the value of a member.
func (f *fields) put(path string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		f.err = fmt.Errorf("error serializing %s: %w", path, err)
		return
	}
	f.values[path] = text
}

// maxOptional is how many bytes of values that objects can do without go into one annotation: the annotations of an object are limited
// to 256 KiB together, and an object that is over the limit cannot be written in this version any more.
const maxOptional = 32 << 10

// putOptional is put for a value that is left out if the annotation would become large.
func (f *fields) putOptional(path string, value any) {
	text, err := json.Marshal(value)
	if err != nil || f.optional+len(text) > maxOptional {
		return
	}
	f.optional += len(text)
	f.values[path] = text
}

// take reads the value of a member, if it was remembered.
func (f *fields) take(path string, into any) bool {
	text, ok := f.values[path]
	return ok && json.Unmarshal(text, into) == nil
}

// putGone remembers a member that is only there to be refused.
func (f *fields) putGone(path string, value *runtime.RawExtension) {
	if value != nil {
		f.put(path, value)
	}
}

// taskDeprecation holds the members of steps that have no effect any more.
type taskDeprecation struct {
	Steps        []Step        `json:"deprecatedSteps,omitempty"`
	StepTemplate *StepTemplate `json:"deprecatedStepTemplate,omitempty"`
}

// deprecations are the deprecated members of several tasks by name.
type deprecations map[string]taskDeprecation

// storeDeprecations writes them into the annotation, next to those of other objects that are there already.
func storeDeprecations(meta *metav1.ObjectMeta, own deprecations) error {
	if len(own) == 0 {
		return nil
	}
	all := deprecations{}
	if text, ok := meta.Annotations[pipeline.TaskDeprecationsAnnotationKey]; ok {
		if json.Unmarshal([]byte(text), &all) != nil {
			all = deprecations{}
		}
	}
	maps.Copy(all, own)
	return putAnnotation(meta, pipeline.TaskDeprecationsAnnotationKey, all)
}

// takeDeprecations removes those of the named tasks from the annotation; those of other objects stay.
func takeDeprecations(meta *metav1.ObjectMeta, tasks map[string]*TaskSpec) (deprecations, error) {
	all := deprecations{}
	found, err := takeAnnotation(meta, pipeline.TaskDeprecationsAnnotationKey, &all)
	if err != nil || !found {
		return nil, err
	}
	own := deprecations{}
	for name := range tasks {
		if d, ok := all[name]; ok {
			own[name] = d
			delete(all, name)
		}
	}
	if len(all) == 0 {
		return own, nil
	}
	return own, putAnnotation(meta, pipeline.TaskDeprecationsAnnotationKey, all)
}
