package results

import (
	"maps"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// Producer is a pipeline task as seen when the run ends.
type Producer struct {
	Results Set
	// Succeeded says that the task succeeded, and so should have produced its results.
	Succeeded bool
}

// Pipeline returns the results of a run in the order of their declarations, and the names of those that should exist and
// do not. find looks up a task of the section "tasks" or "finally"; results of tasks that it does not find, or that did not
// succeed, are left out if they do not exist (contract 3 §6).
func Pipeline(declared []v1.PipelineResult, find func(section, task string) (Producer, bool)) (made []v1.PipelineRunResult, invalid []string) {
	for _, d := range declared {
		value, verdict := pipelineResult(d, find)
		switch verdict {
		case exists:
			made = append(made, v1.PipelineRunResult{Name: d.Name, Value: value})
		case wrong:
			invalid = append(invalid, d.Name)
		case absent:
		}
	}
	return made, invalid
}

type verdict int

const (
	exists verdict = iota
	absent
	wrong
)

func pipelineResult(d v1.PipelineResult, find func(section, task string) (Producer, bool)) (v1.ParamValue, verdict) {
	values, worst := substitution.Values{}, exists
	for _, text := range texts(d.Value) {
		for _, ref := range substitution.TaskResults(text) {
			worst = max(worst, putPipeline(&values, ref, find))
		}
	}
	if worst != exists {
		return v1.ParamValue{}, worst
	}
	value, err := replace(d.Value, substitution.NewReplacer(values))
	if err != nil {
		return v1.ParamValue{}, wrong
	}
	return value, exists
}

func putPipeline(values *substitution.Values, ref substitution.TaskResultRef, find func(section, task string) (Producer, bool)) verdict {
	producer, ok := find(ref.Section, ref.Task)
	if !ok {
		return absent
	}
	set := producer.Results
	if set.raw != nil {
		return putCustom(values, ref, producer)
	}
	if !set.Has(ref.Result) {
		return missing(producer)
	}
	value := set.values[ref.Result]
	if value.Type == v1.ParamTypeArray && !ref.Star && ref.Index == substitution.NoIndex && ref.Key == "" {
		// An array without [*] has always stood for its first element.
		ref.Index = 0
	}
	if err := set.Put(values, ref); err != nil {
		return wrong
	}
	return exists
}

func putCustom(values *substitution.Values, ref substitution.TaskResultRef, producer Producer) verdict {
	text, ok := producer.Results.raw[ref.Result]
	if !ok || producer.Results.severalCustom || ref.Index != substitution.NoIndex || ref.Key != "" {
		return missing(producer)
	}
	values.SetString(Key(ref), text)
	return exists
}

func missing(p Producer) verdict {
	if p.Succeeded {
		return wrong
	}
	return absent
}

func texts(v v1.ParamValue) []string {
	switch v.Type {
	case v1.ParamTypeArray:
		return v.ArrayVal
	case v1.ParamTypeObject:
		return slices.Collect(maps.Values(v.ObjectVal))
	default:
		return []string{v.StringVal}
	}
}

func replace(v v1.ParamValue, r *substitution.Replacer) (v1.ParamValue, error) {
	switch v.Type {
	case v1.ParamTypeArray:
		v.ArrayVal = slices.Clone(r.List(v.ArrayVal))
	case v1.ParamTypeObject:
		members := make(map[string]string, len(v.ObjectVal))
		for key, text := range v.ObjectVal {
			members[key] = r.String(text)
		}
		v.ObjectVal = members
	default:
		v = replaceString(v, r)
	}
	return v, r.Err()
}

// replaceString lets a text that is entirely a reference to an array or object become that array or object.
func replaceString(v v1.ParamValue, r *substitution.Replacer) v1.ParamValue {
	if list, ok := r.Array(v.StringVal); ok {
		return *v1.NewArray(slices.Clone(list)...)
	}
	if members, ok := r.Object(v.StringVal); ok {
		return *v1.NewObject(maps.Clone(members))
	}
	v.StringVal = r.String(v.StringVal)
	return v
}
