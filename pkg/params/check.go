package params

import (
	"fmt"
	"maps"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// ProblemKind tells the kinds of problems apart.
type ProblemKind int

const (
	// Missing means that parameters have neither a value nor a default.
	Missing ProblemKind = iota
	// WrongType means that values have another type than declared.
	WrongType
	// MissingKeys means that objects lack declared members.
	MissingKeys
	// BadIndex means that references point past the end of arrays.
	BadIndex
	// NotInEnum means that a value is not one of those declared.
	NotInEnum
)

// Problem is what keeps a run from starting. Only the members of its kind are set.
type Problem struct {
	Kind ProblemKind
	// Names are the parameters that are missing or of the wrong type, in the order of the declarations or values.
	Names []string
	// Keys are the missing members by parameter, sorted.
	Keys map[string][]string
	// References are those past the end of an array, as written and in order.
	References []string
	// Param and Value are what is not in the enum.
	Param, Value string
}

// Error returns the text for a Task's parameters (contract 2 §1.6, 3 §1.3).
func (p *Problem) Error() string {
	switch p.Kind {
	case Missing:
		return fmt.Sprintf("missing values for these params which have no default values: %v", p.Names)
	case WrongType:
		return fmt.Sprintf("param types don't match the user-specified type: %v", p.Names)
	case MissingKeys:
		return fmt.Sprintf("missing keys for these params which are required in ParamSpec's properties %v", p.Keys)
	case BadIndex:
		return fmt.Sprintf("non-existent param references:%v", p.References)
	case NotInEnum:
		return fmt.Sprintf("param `%s` value: %s is not in the enum list", p.Param, p.Value)
	default:
		return fmt.Sprintf("parameter problem %d", p.Kind)
	}
}

// ForPipelineRun returns the text for a Pipeline's parameters (contract 3 §1.3).
func (p *Problem) ForPipelineRun() string {
	switch p.Kind {
	case Missing:
		return fmt.Sprintf("pipelineRun missing parameters: %v", p.Names)
	case WrongType:
		return fmt.Sprintf("parameters have inconsistent types : %v", p.Names)
	case MissingKeys:
		return fmt.Sprintf("pipelineRun missing object keys for parameters: %v", p.Keys)
	default:
		return p.Error()
	}
}

// Check returns the first problem with what a run gives for declared parameters: missing values, then wrong types, then
// missing members of objects. It returns nil if there is none. Values that are not declared are no problem
// (contract 2 §1.6, 3 §4.1).
func Check(declared v1.ParamSpecs, given v1.Params) *Problem {
	set := Of(given)
	for _, check := range []func(v1.ParamSpecs, Set) *Problem{checkMissing, checkTypes, checkKeys} {
		if p := check(declared, set); p != nil {
			return p
		}
	}
	return nil
}

func checkMissing(declared v1.ParamSpecs, given Set) *Problem {
	var names []string
	for _, d := range declared {
		if _, ok := given[d.Name]; !ok && d.Default == nil {
			names = append(names, d.Name)
		}
	}
	if names == nil {
		return nil
	}
	return &Problem{Kind: Missing, Names: names}
}

func checkTypes(declared v1.ParamSpecs, given Set) *Problem {
	var names []string
	for _, d := range declared {
		value, ok := given[d.Name]
		if ok && typeOf(value) != TypeOf(d) && !becomesList(value) {
			names = append(names, d.Name)
		}
	}
	if names == nil {
		return nil
	}
	return &Problem{Kind: WrongType, Names: names}
}

// becomesList reports whether a string is entirely a reference to all of a result, which becomes an array or object
// when the result is there.
func becomesList(value v1.ParamValue) bool {
	if typeOf(value) != v1.ParamTypeString {
		return false
	}
	ref, ok := substitution.Whole(value.StringVal)
	if !ok || !ref.Star {
		return false
	}
	_, ok = ref.TaskResult()
	return ok
}

func checkKeys(declared v1.ParamSpecs, given Set) *Problem {
	missing := make(map[string][]string)
	for _, d := range declared {
		has, ok := members(d, given)
		if !ok {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(d.Properties)) {
			if !has[key] {
				missing[d.Name] = append(missing[d.Name], key)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &Problem{Kind: MissingKeys, Keys: missing}
}

// members returns the keys that an object has in its value or default, and false for everything else.
func members(d v1.ParamSpec, given Set) (map[string]bool, bool) {
	if TypeOf(d) != v1.ParamTypeObject {
		return nil, false
	}
	value, ok := given[d.Name]
	if ok && typeOf(value) != v1.ParamTypeObject {
		return nil, false
	}
	has := make(map[string]bool)
	for key := range value.ObjectVal {
		has[key] = true
	}
	if d.Default != nil {
		for key := range d.Default.ObjectVal {
			has[key] = true
		}
	}
	return has, true
}

// CheckIndexes returns a problem if any of the references points past the end of an array in set, else nil. Each is
// named once.
func CheckIndexes(refs []substitution.ParamRef, set Set) *Problem {
	var bad []string
	for _, ref := range refs {
		if ref.Index == substitution.NoIndex {
			continue
		}
		value, ok := set[ref.Dotted]
		if ok && value.Type == v1.ParamTypeArray && ref.Index >= len(value.ArrayVal) && !slices.Contains(bad, ref.Text) {
			bad = append(bad, ref.Text)
		}
	}
	if bad == nil {
		return nil
	}
	return &Problem{Kind: BadIndex, References: bad}
}

// CheckEnums returns a problem if a value that was given is not one of those declared, else nil. Empty values are not
// checked (contract 3 §4.1). It is for the caller to know whether enums are enabled.
func CheckEnums(declared v1.ParamSpecs, given v1.Params) *Problem {
	set := Of(given)
	for _, d := range declared {
		value, ok := set[d.Name]
		if !ok || len(d.Enum) == 0 || typeOf(value) != v1.ParamTypeString || value.StringVal == "" {
			continue
		}
		if !slices.Contains(d.Enum, value.StringVal) {
			return &Problem{Kind: NotInEnum, Param: d.Name, Value: value.StringVal}
		}
	}
	return nil
}

// CheckEnumSubsets returns an error if a parameter of the Task task takes its value from a Pipeline's parameter that
// allows more values than the Task. given are the values of the pipeline task before they are filled in; one counts if it
// contains exactly one reference to a parameter (contract 3 §4.1).
func CheckEnumSubsets(pipeline v1.ParamSpecs, given v1.Params, task string, declared v1.ParamSpecs) error {
	allowed := make(map[string][]string, len(pipeline))
	for _, d := range pipeline {
		allowed[d.Name] = d.Enum
	}
	set := Of(given)
	for _, d := range declared {
		value, ok := set[d.Name]
		if !ok || len(d.Enum) == 0 || typeOf(value) != v1.ParamTypeString {
			continue
		}
		found := refs(value.StringVal)
		if len(found) != 1 {
			continue
		}
		name := found[0].Dotted
		enum, known := allowed[name]
		if !known {
			continue
		}
		if len(enum) == 0 {
			return fmt.Errorf("pipeline param %q has no enum, but referenced in %q task has enums: %v", name, task, d.Enum)
		}
		if slices.ContainsFunc(enum, func(v string) bool { return !slices.Contains(d.Enum, v) }) {
			return fmt.Errorf("pipeline param %q enum: %v is not a subset of the referenced in %q task param enum: %v", name, enum, task, d.Enum)
		}
	}
	return nil
}
