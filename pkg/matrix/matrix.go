// Package matrix answers what a planner asks about the matrix of a pipeline task once results are filled in: whether it
// has any combinations, whether its types fit, and what its children are called (contract 3 §5). The combinations
// themselves are those of [v1.Matrix], so that admission counts what is created. It is pure and must not import clients,
// clocks or loggers.
package matrix

import (
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

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
	given := make(map[string]string, len(child))
	for _, p := range child {
		given[p.Name] = p.Value.StringVal
	}
	var names []string
	for _, entry := range m.Include {
		if entry.Name != "" && contains(given, entry.Params) {
			names = append(names, entry.Name)
		}
	}
	return strings.Join(names, " ")
}

func contains(given map[string]string, params v1.Params) bool {
	for _, p := range params {
		if value, ok := given[p.Name]; !ok || value != p.Value.StringVal {
			return false
		}
	}
	return true
}
