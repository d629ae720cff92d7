// Package params decides which values parameters have: what was given, what is the default, and what is wrong with
// either. It is pure: it must not import clients, contexts, clocks or loggers. [ForTask], [ForPipeline] and
// [ForStepAction] return the values that references stand for, [Check] and its relatives find what keeps a run from
// starting. Which fields hold references is package specvars' business.
package params

import (
	"maps"
	"slices"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// Set holds values by parameter name. The values are shared with where they come from and must not be changed.
type Set map[string]v1.ParamValue

// Of returns the values of list. Of several entries with one name the last one counts.
func Of(list v1.Params) Set {
	set := make(Set, len(list))
	for _, p := range list {
		set[p.Name] = p.Value
	}
	return set
}

// Defaults returns the defaults as they are declared.
func Defaults(declared v1.ParamSpecs) Set {
	set := make(Set, len(declared))
	for _, d := range declared {
		if d.Default != nil {
			set[d.Name] = *d.Default
		}
	}
	return set
}

// Over returns the values of both sets: those of s go before those of base. An object takes the members it lacks from
// the object of the same name in base (contract 3 §4.1).
func (s Set) Over(base Set) Set {
	all := make(Set, len(s)+len(base))
	maps.Copy(all, base)
	for name, value := range s {
		under, ok := base[name]
		if ok && value.Type == v1.ParamTypeObject && under.Type == v1.ParamTypeObject {
			members := make(map[string]string, len(value.ObjectVal)+len(under.ObjectVal))
			maps.Copy(members, under.ObjectVal)
			maps.Copy(members, value.ObjectVal)
			value = v1.ParamValue{Type: v1.ParamTypeObject, ObjectVal: members}
		}
		all[name] = value
	}
	return all
}

// Names returns the names in order.
func (s Set) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Params returns the values as a list, sorted by name.
func (s Set) Params() v1.Params {
	list := make(v1.Params, 0, len(s))
	for _, name := range s.Names() {
		list = append(list, v1.Param{Name: name, Value: s[name]})
	}
	return list
}

// Prefixes of references to parameters. In Task specs both work (contract 1 §6.1).
const (
	Prefix    = "params"
	TaskAlias = "inputs.params"
)

// Values returns what references to the parameters stand for, with the name after a dot or in brackets: strings, whole
// arrays and objects with and without [*], elements of arrays, and members of objects after a dot (contract 1 §6.1).
// Without prefixes, Prefix is used.
func (s Set) Values(prefixes ...string) substitution.Values {
	if len(prefixes) == 0 {
		prefixes = []string{Prefix}
	}
	var values substitution.Values
	// Members of objects come last: params.a.b is member b of a, if there is one, and the parameter a.b otherwise.
	for _, prefix := range prefixes {
		for name, value := range s {
			for _, form := range substitution.Forms(prefix, name) {
				put(&values, form, value)
			}
		}
		for name, value := range s {
			if value.Type == v1.ParamTypeObject {
				for key, text := range value.ObjectVal {
					values.SetString(prefix+"."+name+"."+key, text)
				}
			}
		}
	}
	return values
}

func put(values *substitution.Values, form string, value v1.ParamValue) {
	switch value.Type {
	case v1.ParamTypeArray:
		values.SetArray(form, value.ArrayVal)
		values.SetArray(form+"[*]", value.ArrayVal)
	case v1.ParamTypeObject:
		values.SetObject(form, value.ObjectVal)
		values.SetObject(form+"[*]", value.ObjectVal)
	default:
		values.SetString(form, value.StringVal)
	}
}

// TypeOf returns the declared type, inferred as admission does where it is left out (contract 1 §4.2).
func TypeOf(d v1.ParamSpec) v1.ParamType {
	switch {
	case d.Type != "":
		return d.Type
	case d.Properties != nil:
		return v1.ParamTypeObject
	case d.Default != nil && d.Default.Type != "":
		return d.Default.Type
	default:
		return v1.ParamTypeString
	}
}

// typeOf returns the type of a value; one that was made without type is a string.
func typeOf(value v1.ParamValue) v1.ParamType {
	if value.Type == "" {
		return v1.ParamTypeString
	}
	return value.Type
}

// texts returns all texts in a value; those of an object in the order of its keys.
func texts(value v1.ParamValue) []string {
	switch value.Type {
	case v1.ParamTypeArray:
		return value.ArrayVal
	case v1.ParamTypeObject:
		list := make([]string, 0, len(value.ObjectVal))
		for _, key := range slices.Sorted(maps.Keys(value.ObjectVal)) {
			list = append(list, value.ObjectVal[key])
		}
		return list
	default:
		return []string{value.StringVal}
	}
}

// Replace returns value with the references in it replaced. A string that is entirely a reference to an array or object
// becomes that array or object; an element that is entirely a reference to an array becomes its elements. The result
// shares nothing that changed with value, and is value itself if nothing changed.
func Replace(value v1.ParamValue, r *substitution.Replacer) v1.ParamValue {
	switch value.Type {
	case v1.ParamTypeArray:
		value.ArrayVal = r.List(value.ArrayVal)
		return value
	case v1.ParamTypeObject:
		value.ObjectVal = ReplaceMembers(value.ObjectVal, r)
		return value
	default:
		return replaceString(value, r)
	}
}

func replaceString(value v1.ParamValue, r *substitution.Replacer) v1.ParamValue {
	if list, ok := r.Array(value.StringVal); ok {
		return v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: slices.Clone(list)}
	}
	if members, ok := r.Object(value.StringVal); ok {
		return v1.ParamValue{Type: v1.ParamTypeObject, ObjectVal: maps.Clone(members)}
	}
	value.StringVal = r.String(value.StringVal)
	return value
}

// ReplaceMembers returns members with the references in its values replaced; members itself if nothing changed.
func ReplaceMembers(members map[string]string, r *substitution.Replacer) map[string]string {
	var changed map[string]string
	for key, text := range members {
		replaced := r.String(text)
		if replaced == text {
			continue
		}
		if changed == nil {
			changed = maps.Clone(members)
		}
		changed[key] = replaced
	}
	if changed == nil {
		return members
	}
	return changed
}
