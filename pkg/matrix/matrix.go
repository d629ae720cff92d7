// Package matrix turns the matrix of a pipeline task into the list of its combinations (contract 3 §5). It decides how
// many children a task fans out to and which parameters each of them gets. It is pure and must not import clients,
// clocks or loggers. The entry point is [Combinations].
package matrix

import (
	"maps"
	"math"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// exactLimit is the largest product of array lengths for which [Count] builds the combinations to count include entries
// exactly. It is far above any sensible limit.
const exactLimit = 10_000

// Combinations returns the parameters of every child, in the order of their indices: the product of the arrays with the
// first parameter varying fastest, with the include entries merged into it or appended to it; without arrays one
// combination for every include entry (contract 3 §5.1). The parameters of a combination are sorted by name. An empty
// array, or a nil matrix, gives no combinations. Compare [Count] with a limit first: the list can be huge.
//
// An include entry that shares one equal and one different value with the product is neither merged nor appended. That is
// how such matrices have always behaved; appending it would start a child that lacks parameters.
func Combinations(m *v1.Matrix) []v1.Params {
	if m == nil {
		return nil
	}
	if len(m.Params) == 0 {
		all := make([]v1.Params, 0, len(m.Include))
		for _, entry := range m.Include {
			all = append(all, sorted(members(entry.Params)))
		}
		return all
	}
	combinations := product(m.Params)
	if len(combinations) == 0 {
		return nil
	}
	combinations = include(combinations, m.Include)
	all := make([]v1.Params, 0, len(combinations))
	for _, c := range combinations {
		all = append(all, sorted(c))
	}
	return all
}

// combination maps the names of parameters to their string values.
type combination map[string]string

func product(params v1.Params) []combination {
	n := Product(params)
	if n == 0 || n == math.MaxInt {
		return nil
	}
	all := make([]combination, n)
	for i := range all {
		c := make(combination, len(params))
		rest := i
		for _, p := range params {
			values := elements(p)
			c[p.Name] = values[rest%len(values)]
			rest /= len(values)
		}
		all[i] = c
	}
	return all
}

// include merges the entries into the combinations that agree with them and appends those that have nothing in common
// with any.
func include(combinations []combination, entries v1.IncludeParamsList) []combination {
	included := make([]combination, len(entries))
	for i, entry := range entries {
		included[i] = members(entry.Params)
	}
	for _, c := range combinations {
		for _, params := range included {
			if agrees(c, params) {
				maps.Copy(c, params)
			}
		}
	}
	for _, params := range included {
		known := func(c combination) bool { return overlaps(c, params) }
		if !slices.ContainsFunc(combinations, known) {
			combinations = append(combinations, params)
		}
	}
	return combinations
}

// agrees tells whether every parameter that both have has the same value.
func agrees(a, b combination) bool {
	for name, value := range b {
		if other, ok := a[name]; ok && other != value {
			return false
		}
	}
	return true
}

// overlaps tells whether any parameter has the same value in both.
func overlaps(a, b combination) bool {
	for name, value := range b {
		if other, ok := a[name]; ok && other == value {
			return true
		}
	}
	return false
}

func members(params v1.Params) combination {
	c := make(combination, len(params))
	for _, p := range params {
		c[p.Name] = p.Value.StringVal
	}
	return c
}

func sorted(c combination) v1.Params {
	params := make(v1.Params, 0, len(c))
	for _, name := range slices.Sorted(maps.Keys(c)) {
		params = append(params, v1.Param{Name: name, Value: *v1.NewString(c[name])})
	}
	return params
}

// elements returns the values of one matrix parameter; a value that is not an array yet, such as a reference to a result
// that does not exist yet, is one value.
func elements(p v1.Param) []string {
	if p.Value.Type == v1.ParamTypeArray {
		return p.Value.ArrayVal
	}
	return []string{p.Value.StringVal}
}

// Product returns the number of combinations of the arrays alone: 0 if one of them is empty, [math.MaxInt] if the number
// does not fit.
func Product(params v1.Params) int {
	if len(params) == 0 {
		return 0
	}
	n := 1
	for _, p := range params {
		length := len(elements(p))
		if length == 0 {
			return 0
		}
		if n > math.MaxInt/length {
			n = math.MaxInt
			continue
		}
		n *= length
	}
	return n
}

// Count returns the length of the list that [Combinations] returns, without building it when it is huge; then include
// entries are left out of the count. It returns [math.MaxInt] if the number does not fit. A reference to a whole array
// that is not replaced yet counts as one value.
func Count(m *v1.Matrix) int {
	if m == nil {
		return 0
	}
	if len(m.Params) == 0 {
		return len(m.Include)
	}
	if n := Product(m.Params); n > exactLimit {
		return n
	}
	return len(Combinations(m))
}

// HasEmptyArray tells whether one of the arrays is empty, which skips the task (contract 3 §5.2).
func HasEmptyArray(m *v1.Matrix) bool {
	return m != nil && slices.ContainsFunc(m.Params, func(p v1.Param) bool {
		return p.Value.Type == v1.ParamTypeArray && len(p.Value.ArrayVal) == 0
	})
}

// DisplayName returns the names of all include entries whose parameters all have the values given to the child, joined
// by a blank; empty if there are none (contract 3 §3.8).
func DisplayName(m *v1.Matrix, child v1.Params) string {
	if m == nil {
		return ""
	}
	given := members(child)
	var names []string
	for _, entry := range m.Include {
		if entry.Name != "" && contains(given, entry.Params) {
			names = append(names, entry.Name)
		}
	}
	return strings.Join(names, " ")
}

func contains(given combination, params v1.Params) bool {
	for _, p := range params {
		if value, ok := given[p.Name]; !ok || value != p.Value.StringVal {
			return false
		}
	}
	return true
}
