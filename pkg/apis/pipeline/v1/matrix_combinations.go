package v1

import (
	"maps"
	"math"
	"slices"
)

// exactLimit is the largest product of the number of combinations and of include entries for which [Matrix.Count] compares
// each of them with each. It is far above any sensible matrix.
const exactLimit = 1_000_000

// Combinations returns the parameters of every child, in the order of their indices: the product of the arrays with the
// first parameter varying fastest, with the include entries merged into it or appended to it; without arrays one
// combination for every include entry (contract 3 §5.1). The parameters of a combination are sorted by name. An empty
// array, or a nil matrix, gives no combinations. Compare [Matrix.Count] with a limit first: the list can be huge.
//
// An include entry that shares one equal and one different value with the product is neither merged nor appended. That is
// how such matrices have always behaved; appending it would start a child that lacks parameters. For the same reason an
// entry without parameters adds nothing to a product.
func (m *Matrix) Combinations() []Params {
	if m == nil {
		return nil
	}
	var combinations []combination
	if len(m.Params) == 0 {
		for i := range m.Include {
			combinations = append(combinations, combinationOf(m.Include[i].Params))
		}
	} else {
		combinations = product(m.Params)
		if len(combinations) > 0 {
			combinations = include(combinations, m.Include)
		}
	}
	var all []Params
	for _, c := range combinations {
		all = append(all, c.sorted())
	}
	return all
}

// Count returns the length of the list that [Matrix.Combinations] returns, without building it when that is much work; then
// every include entry counts as one combination more. It returns [math.MaxInt] if the number does not fit. A reference to
// a whole array that is not replaced yet counts as one value.
func (m *Matrix) Count() int {
	if m == nil {
		return 0
	}
	if len(m.Params) == 0 {
		return len(m.Include)
	}
	n, entries := m.product(), len(m.Include)
	switch {
	case n == 0 || entries == 0:
		return n
	case n > math.MaxInt-entries:
		return math.MaxInt
	case n > exactLimit/entries:
		return n + entries
	default:
		return len(include(product(m.Params), m.Include))
	}
}

// product returns the number of combinations of the arrays alone: 0 if one of them is empty, [math.MaxInt] if the number
// does not fit.
func (m *Matrix) product() int {
	n := 1
	for _, p := range m.Params {
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

// combination maps the names of parameters to their string values.
type combination map[string]string

func combinationOf(params Params) combination {
	c := make(combination, len(params))
	for _, p := range params {
		c[p.Name] = p.Value.StringVal
	}
	return c
}

func product(params Params) []combination {
	n := (&Matrix{Params: params}).product()
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

// elements returns the values of one matrix parameter; a value that is not an array yet, such as a reference to a result
// that does not exist yet, is one value.
func elements(p Param) []string {
	if p.Value.Type == ParamTypeArray {
		return p.Value.ArrayVal
	}
	return []string{p.Value.StringVal}
}

// include merges the entries into the combinations that agree with them and appends those that have nothing in common
// with any.
func include(combinations []combination, entries IncludeParamsList) []combination {
	included := make([]combination, len(entries))
	for i, entry := range entries {
		included[i] = combinationOf(entry.Params)
	}
	for _, c := range combinations {
		for _, params := range included {
			if c.agrees(params) {
				maps.Copy(c, params)
			}
		}
	}
	return appendNew(combinations, included)
}

// appendNew appends the entries none of whose values is in any combination.
func appendNew(combinations, included []combination) []combination {
	type value struct{ name, text string }
	known := map[value]bool{}
	learn := func(c combination) {
		for name, text := range c {
			known[value{name, text}] = true
		}
	}
	for _, c := range combinations {
		learn(c)
	}
	for _, c := range included {
		isNew := len(c) > 0
		for name, text := range c {
			isNew = isNew && !known[value{name, text}]
		}
		if isNew {
			combinations = append(combinations, c)
			learn(c)
		}
	}
	return combinations
}

// agrees tells whether every parameter that both have has the same value.
func (c combination) agrees(other combination) bool {
	for name, value := range other {
		if mine, ok := c[name]; ok && mine != value {
			return false
		}
	}
	return true
}

func (c combination) sorted() Params {
	params := make(Params, 0, len(c))
	for _, name := range slices.Sorted(maps.Keys(c)) {
		params = append(params, Param{Name: name, Value: *NewString(c[name])})
	}
	return params
}
