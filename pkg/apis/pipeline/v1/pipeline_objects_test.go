package v1

import (
	"fmt"
	"strings"
)

// longName returns a name of n characters.
func longName(n int) string { return strings.Repeat("a", n) }

// list returns n elements of a YAML list.
func list(n int) string { return strings.TrimSuffix(strings.Repeat("x, ", n), ", ") }

// params returns n parameters of a YAML list, all with the same value.
func params(n int, value string) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("{name: p%d, value: %s}", i, value))
	}
	return strings.Join(all, ", ")
}

// blockTasks lets cases add list items after "tasks: [...]" in a line of its own.
func blockTasks(spec string) string {
	first, rest, found := strings.Cut(spec, "]\n- ")
	if !found {
		return spec
	}
	return "tasks:\n- " + strings.TrimPrefix(first, "tasks: [") + "\n- " + rest
}
