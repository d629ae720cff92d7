package plan_test

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/selection"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// resultRef is a reference to a result, as the scenarios write them.
type resultRef struct {
	text, task, result string
	// star says that it is to the whole list, index to which member, negative for none.
	star  bool
	index int
}

// refsOf finds $(tasks.NAME.results.RESULT), with [*] or an index.
func refsOf(pt *v1.PipelineTask) []resultRef {
	var texts []string
	for _, p := range pt.Params {
		texts = append(texts, p.Value.StringVal)
		texts = append(texts, p.Value.ArrayVal...)
	}
	for _, w := range pt.When {
		texts = append(texts, w.Input)
	}
	if pt.Matrix != nil {
		for _, p := range pt.Matrix.Params {
			texts = append(texts, p.Value.StringVal)
		}
	}
	var refs []resultRef
	for _, text := range texts {
		if r, ok := parseRef(text); ok {
			refs = append(refs, r)
		}
	}
	return refs
}

func parseRef(text string) (resultRef, bool) {
	inner, ok := strings.CutPrefix(text, "$(tasks.")
	inner, isRef := strings.CutSuffix(inner, ")")
	task, result, hasResult := strings.Cut(inner, ".results.")
	if !ok || !isRef || !hasResult {
		return resultRef{}, false
	}
	r := resultRef{text: text, task: task, index: -1}
	name, bracket, _ := strings.Cut(result, "[")
	r.result = name
	switch bracket {
	case "":
	case "*]":
		r.star = true
	default:
		r.index = int(bracket[0] - '0')
	}
	return r, true
}

// value returns what a reference stands for: one text, or several.
func (o *oracle) value(r resultRef) (values []string, exists, outside bool) {
	p := o.job(r.task)
	var done []kid
	for _, k := range p.kids {
		if k.done {
			done = append(done, k)
		}
	}
	switch {
	case p.Matrix != nil && p.TaskRef != nil && p.TaskRef.APIVersion != "": // custom tasks are not collected
		if len(done) > 0 && done[0].text != nil {
			return []string{*done[0].text}, true, false
		}
		return nil, false, false
	case p.Matrix != nil:
		for _, k := range done {
			if k.text != nil {
				values = append(values, *k.text)
			}
		}
		return values, len(values) > 0, false
	case len(done) == 0:
		return nil, false, false
	case r.result == "list":
		if done[0].list == nil {
			return nil, false, false
		}
		if r.index >= len(done[0].list) {
			return nil, false, true
		}
		if r.index >= 0 {
			return done[0].list[r.index : r.index+1], true, false
		}
		return done[0].list, true, false
	case done[0].text == nil:
		return nil, false, false
	}
	return []string{*done[0].text}, true, false
}

// missing returns the references of a task to results that do not exist; fatal says that one points past the end of a list.
func (o *oracle) missing(j *job) (refs []resultRef, fatal bool) {
	for _, r := range refsOf(j.PipelineTask) {
		_, exists, outside := o.value(r)
		if outside {
			return nil, true
		}
		if !exists {
			refs = append(refs, r)
		}
	}
	return refs, false
}

// inMatrix tells whether a reference is in the matrix of a task.
func inMatrix(pt *v1.PipelineTask, r resultRef) bool {
	if pt.Matrix == nil {
		return false
	}
	return slices.ContainsFunc(pt.Matrix.Params, func(p v1.Param) bool { return p.Value.StringVal == r.text })
}

// holds evaluates the conditions of a task.
func (o *oracle) holds(j *job) bool {
	for _, w := range j.When {
		input := o.fill(j, w.Input)
		if slices.Contains(w.Values, input) != (w.Operator == selection.In) {
			return false
		}
	}
	return true
}

// fill replaces a text that is a variable.
func (o *oracle) fill(j *job, text string) string {
	if r, ok := parseRef(text); ok {
		if values, exists, _ := o.value(r); exists {
			return values[0]
		}
		return text
	}
	name, isStatus := strings.CutPrefix(text, "$(tasks.")
	name, _ = strings.CutSuffix(name, ".status)")
	switch {
	case !isStatus || !j.final:
		return text
	case name == "status)":
		return o.tasksStatus()
	}
	switch o.job(name).state {
	case isSucceeded:
		return "Succeeded"
	case isFailed, isTimedOut, isCancelled:
		return "Failed"
	}
	return "None"
}

// tasksStatus is contract 3 §4.3.
func (o *oracle) tasksStatus() string {
	is := func(states ...string) bool {
		return slices.ContainsFunc(o.section(false), func(j *job) bool { return slices.Contains(states, j.state) })
	}
	switch {
	case is(isFailed, isTimedOut, isCancelled):
		return "Failed"
	case is(isSkipped, isInvalid):
		return "Completed"
	}
	return "Succeeded"
}

// width returns how many children a task gets, and whether it fans out.
func (o *oracle) width(j *job) (n int, fans bool) {
	if j.Matrix == nil || j.PipelineSpec != nil || j.PipelineRef != nil {
		return 1, false
	}
	n = 1
	for _, p := range j.Matrix.Params {
		if r, ok := parseRef(p.Value.StringVal); ok {
			values, _, _ := o.value(r)
			n *= len(values)
			continue
		}
		n *= len(p.Value.ArrayVal)
	}
	return n, true
}

// childNames is contract 3 §3.1 for short names.
func (o *oracle) childNames(j *job) []string {
	n, fans := o.width(j)
	single := o.name + "-" + j.Name
	if !fans || n == 1 {
		return []string{single}
	}
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%d", single, i))
	}
	return names
}
