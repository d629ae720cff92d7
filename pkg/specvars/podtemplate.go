package specvars

import (
	"reflect"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// PodTemplate returns a copy of a pod template with values in place of references in all of its texts, keys of maps
// included (contract 1 §6.3, PodT; 2 §2.8). nil stays nil. The error says that the result is too large.
func PodTemplate(t *pod.Template, values substitution.Values) (*pod.Template, error) {
	if t == nil {
		return nil, nil
	}
	out := t.DeepCopy()
	r := substitution.NewReplacer(values)
	replaceTexts(reflect.ValueOf(out), r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// replaceTexts puts values into every text that v holds, in place. The template reaches so deep into the types of
// Kubernetes that a list of fields would always be incomplete.
func replaceTexts(v reflect.Value, r *substitution.Replacer) {
	switch v.Kind() { //nolint:exhaustive // other kinds hold no texts
	case reflect.Pointer:
		if !v.IsNil() {
			replaceTexts(v.Elem(), r)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				replaceTexts(field, r)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			replaceTexts(v.Index(i), r)
		}
	case reflect.Map:
		replaceMap(v, r)
	case reflect.String:
		if text := v.String(); text != "" {
			v.SetString(r.String(text))
		}
	}
}

// replaceMap replaces the entries of a map, none of which can be set where it is.
func replaceMap(v reflect.Value, r *substitution.Replacer) {
	if v.IsNil() {
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		key, value := settable(entries.Key()), settable(entries.Value())
		replaceTexts(key, r)
		replaceTexts(value, r)
		out.SetMapIndex(key, value)
	}
	v.Set(out)
}

func settable(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}
