package dag

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// DuplicateError says that a name was given twice.
type DuplicateError struct {
	Name string
}

// Error returns the text of contract 1 V-30.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("task %s is already present in Graph, can't add it again: duplicate pipeline task", e.Name)
}

// UnknownError says that a node comes after one that is not there.
type UnknownError struct {
	Name, Dependency string
}

// Error returns the text of contract 1 V-30.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("couldn't add link between %s and %s: task %s depends on %s but %s wasn't present in Pipeline",
		e.Name, e.Dependency, e.Name, e.Dependency, e.Dependency)
}

// CycleError says that nodes wait for each other.
type CycleError struct {
	// Name is the alphabetically first node that can never start, and On the nodes, sorted, that it waits for and that can
	// never start either. It need not be in the cycle itself, but comes after it.
	Name string
	On   []string
	// Path is a cycle: every node comes after the next one, and the last one is the first one again.
	Path []string
}

// Error returns the text of contract 1 V-30, which says nothing about Path.
func (e *CycleError) Error() string {
	on := make([]string, len(e.On))
	for i, name := range e.On {
		on[i] = strconv.Quote(name)
	}
	return fmt.Sprintf("cycle detected; task %q depends on %s", e.Name, strings.Join(on, ", "))
}

// findCycle returns a *CycleError if g has a cycle.
func (g *graph) findCycle() error {
	sorted, open := g.order()
	if len(sorted) == len(g.names) {
		return nil
	}
	first := -1
	for i, n := range open {
		if n > 0 && (first < 0 || g.names[i] < g.names[first]) {
			first = i
		}
	}
	err := &CycleError{Name: g.names[first]}
	for _, j := range g.after[first] {
		if open[j] > 0 {
			err.On = append(err.On, g.names[j])
		}
	}
	slices.Sort(err.On)
	err.Path = g.cyclePath(first, open)
	return err
}

// cyclePath walks from start along dependencies that can never start until it meets a node again.
func (g *graph) cyclePath(start int, open []int) []string {
	var walk []int
	at := make(map[int]int)
	for i := start; ; {
		if from, met := at[i]; met {
			return g.named(append(walk[from:], i))
		}
		at[i] = len(walk)
		walk = append(walk, i)
		i = g.after[i][slices.IndexFunc(g.after[i], func(j int) bool { return open[j] > 0 })]
	}
}
