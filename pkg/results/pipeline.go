package results

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/specvars"
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
	specvars.Field{Value: &d.Value}.References(func(found substitution.Reference) {
		if ref, ok := found.TaskResult(); ok {
			worst = max(worst, putPipeline(&values, ref, find))
		}
	})
	if worst != exists {
		return v1.ParamValue{}, worst
	}
	replacer := substitution.NewReplacer(values)
	value := params.Replace(d.Value, replacer)
	if replacer.Err() != nil {
		return v1.ParamValue{}, wrong
	}
	return *value.DeepCopy(), exists
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
