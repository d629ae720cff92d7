// Package results turns the results of TaskRuns and CustomRuns into values for references, and into the results of a
// PipelineRun (contract 3 §5.4, §6). It is pure: it must not import clients, clocks or loggers. A [Set] holds what one
// pipeline task produced; [Set.Put] answers a reference, [Pipeline] makes the results of a run, and [CheckReference]
// finds references that can never have a value.
package results

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// Set holds the results of one pipeline task. The zero value has none.
type Set struct {
	values map[string]v1.ParamValue
	// raw holds the texts of a CustomRun's results, which pipeline results use as they are.
	raw map[string]string
	// severalCustom says that the task fanned out to several CustomRuns, whose results pipeline results do not find.
	severalCustom bool
}

// OfTaskRun returns the results of a TaskRun, whatever came of it.
func OfTaskRun(tr *v1.TaskRun) Set {
	values := make(map[string]v1.ParamValue, len(tr.Status.Results))
	for _, r := range tr.Status.Results {
		values[r.Name] = r.Value
	}
	return Set{values: values}
}

// OfMatrix returns the results of a fan-out: for every result name the list of the string values of all TaskRuns, in the
// byte order of their names. TaskRuns without the result contribute nothing, those with an array or object an empty
// string (contract 3 §5.4).
func OfMatrix(trs []*v1.TaskRun) Set {
	ordered := slices.Clone(trs)
	slices.SortFunc(ordered, func(a, b *v1.TaskRun) int { return strings.Compare(a.Name, b.Name) })
	lists := map[string][]string{}
	for _, tr := range ordered {
		for _, r := range tr.Status.Results {
			lists[r.Name] = append(lists[r.Name], r.Value.StringVal)
		}
	}
	values := make(map[string]v1.ParamValue, len(lists))
	for name, list := range lists {
		values[name] = *v1.NewArray(list...)
	}
	return Set{values: values}
}

// OfCustomRuns returns the results of a custom task. A text that is a JSON array of at least one string counts as an array.
// Of several CustomRuns only the first one's results are seen (contract 3 §5.4, §6).
func OfCustomRuns(runs []*v1beta1.CustomRun) Set {
	if len(runs) == 0 {
		return Set{}
	}
	found := runs[0].Status.Results
	s := Set{
		values:        make(map[string]v1.ParamValue, len(found)),
		raw:           make(map[string]string, len(found)),
		severalCustom: len(runs) > 1,
	}
	for _, r := range found {
		s.raw[r.Name] = r.Value
		s.values[r.Name] = customValue(r.Value)
	}
	return s
}

func customValue(text string) v1.ParamValue {
	var list []string
	if strings.HasPrefix(strings.TrimSpace(text), "[") && json.Unmarshal([]byte(text), &list) == nil && len(list) > 0 {
		return *v1.NewArray(list...)
	}
	return *v1.NewString(text)
}

// Has tells whether the result exists.
func (s Set) Has(result string) bool {
	_, ok := s.values[result]
	return ok
}

// Len returns the number of elements of an array result, 0 if it does not exist.
func (s Set) Len(result string) int { return len(s.values[result].ArrayVal) }

// MissingError says that a result, or a member of it, does not exist.
type MissingError struct {
	Task, Result string
	// Key is the member that an object lacks, empty if the whole result is missing.
	Key string
}

// Error names what is missing.
func (e *MissingError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("Could not find key %s of result with name %s for pipeline task %s", e.Key, e.Result, e.Task)
	}
	return fmt.Sprintf("Could not find result with name %s for pipeline task %s", e.Result, e.Task)
}

// OutOfBoundsError says that a reference points past the end of an array result (contract 3 §1.3).
type OutOfBoundsError struct {
	Task, Result string
	Index, Size  int
}

// Error returns the text of the contract.
func (e *OutOfBoundsError) Error() string {
	return fmt.Sprintf("array Result Index %d for Task %s Result %s is out of bound of size %d", e.Index, e.Task, e.Result, e.Size)
}

// Put adds the value of a reference to values. The error is a *MissingError or an *OutOfBoundsError.
func (s Set) Put(values *substitution.Values, ref substitution.TaskResultRef) error {
	value, ok := s.values[ref.Result]
	if !ok {
		return &MissingError{Task: ref.Task, Result: ref.Result}
	}
	key := Key(ref)
	switch {
	case ref.Index != substitution.NoIndex:
		return putElement(values, key, ref, value)
	case ref.Key != "":
		member, ok := value.ObjectVal[ref.Key]
		if !ok {
			return &MissingError{Task: ref.Task, Result: ref.Result, Key: ref.Key}
		}
		values.SetString(key, member)
	case value.Type == v1.ParamTypeArray:
		values.SetArray(key, value.ArrayVal)
	case value.Type == v1.ParamTypeObject:
		values.SetObject(key, value.ObjectVal)
	default:
		values.SetString(key, value.StringVal)
	}
	return nil
}

func putElement(values *substitution.Values, key string, ref substitution.TaskResultRef, value v1.ParamValue) error {
	if value.Type != v1.ParamTypeArray {
		return &MissingError{Task: ref.Task, Result: ref.Result}
	}
	if ref.Index >= len(value.ArrayVal) {
		return &OutOfBoundsError{Task: ref.Task, Result: ref.Result, Index: ref.Index, Size: len(value.ArrayVal)}
	}
	values.SetString(key, value.ArrayVal[ref.Index])
	return nil
}

// Key returns the key of a reference in [substitution.Values].
func Key(ref substitution.TaskResultRef) string {
	return strings.TrimSuffix(strings.TrimPrefix(ref.Text, "$("), ")")
}
