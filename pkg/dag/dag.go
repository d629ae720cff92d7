// Package dag orders named nodes by their dependencies: which of them can start when some are done, and what is wrong
// with a graph that has no order. It works on names only and depends on the standard library only; Build is the entry
// point. Nothing in it recurses, so that the depth of a graph is limited by memory alone.
package dag

import "slices"

// Node is a name with the names that it comes after. Repeated dependencies count once.
type Node struct {
	Name  string
	After []string
}

// Graph is an acyclic graph. It does not change after Build and can be shared.
type Graph struct {
	names []string
	index map[string]int
	// after and before hold, per node, the nodes it depends on (in the order given) and its dependents (in graph order).
	after, before [][]int
}

// Build returns the graph of nodes, which keeps their order. The first problem found is returned, in this order: a
// *DuplicateError, a *CycleError, an *UnknownError (contract 1 V-30).
func Build(nodes []Node) (*Graph, error) {
	g := &Graph{
		names:  make([]string, len(nodes)),
		index:  make(map[string]int, len(nodes)),
		after:  make([][]int, len(nodes)),
		before: make([][]int, len(nodes)),
	}
	for i, n := range nodes {
		if _, ok := g.index[n.Name]; ok {
			return nil, &DuplicateError{Name: n.Name}
		}
		g.index[n.Name] = i
		g.names[i] = n.Name
	}
	unknown := g.link(nodes)
	if err := g.findCycle(); err != nil {
		return nil, err
	}
	if unknown != nil {
		return nil, unknown
	}
	return g, nil
}

// link adds the edges and returns the first dependency on a node that is not there.
func (g *Graph) link(nodes []Node) error {
	var unknown error
	// last[j] == i+1 says that the edge from i to j is there already.
	last := make([]int, len(nodes))
	for i, n := range nodes {
		for _, name := range n.After {
			j, ok := g.index[name]
			if !ok {
				if unknown == nil {
					unknown = &UnknownError{Name: n.Name, Dependency: name}
				}
				continue
			}
			if last[j] == i+1 {
				continue
			}
			last[j] = i + 1
			g.after[i] = append(g.after[i], j)
			g.before[j] = append(g.before[j], i)
		}
	}
	return unknown
}

// order returns the nodes in an order in which each comes after its dependencies, and per node the number of
// dependencies that have no place in it. Nodes that are in a cycle, or come after one, are left out.
func (g *Graph) order() (sorted, open []int) {
	open = make([]int, len(g.names))
	sorted = make([]int, 0, len(g.names))
	for i, after := range g.after {
		open[i] = len(after)
		if open[i] == 0 {
			sorted = append(sorted, i)
		}
	}
	for next := 0; next < len(sorted); next++ {
		for _, i := range g.before[sorted[next]] {
			open[i]--
			if open[i] == 0 {
				sorted = append(sorted, i)
			}
		}
	}
	return sorted, open
}

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.names) }

// Names returns all nodes in the order given to Build.
func (g *Graph) Names() []string { return slices.Clone(g.names) }

// Has reports whether there is a node of that name.
func (g *Graph) Has(name string) bool {
	_, ok := g.index[name]
	return ok
}

// Order returns all nodes so that each comes after its dependencies.
func (g *Graph) Order() []string {
	sorted, _ := g.order()
	return g.named(sorted)
}

// Roots returns the nodes without dependencies, in the order given to Build.
func (g *Graph) Roots() []string {
	return g.Ready(func(string) bool { return false })
}

// Ready returns the nodes that are not done and whose dependencies are all done, in the order given to Build. It asks
// done once per node, and takes time linear in nodes and edges.
func (g *Graph) Ready(done func(name string) bool) []string {
	isDone := make([]bool, len(g.names))
	for i, name := range g.names {
		isDone[i] = done(name)
	}
	var ready []string
	for i, name := range g.names {
		if !isDone[i] && !slices.ContainsFunc(g.after[i], func(j int) bool { return !isDone[j] }) {
			ready = append(ready, name)
		}
	}
	return ready
}

// Dependencies returns the nodes that name comes directly after, in the order given; nil for an unknown name.
func (g *Graph) Dependencies(name string) []string { return g.neighbours(g.after, name) }

// Dependents returns the nodes that come directly after name, in the order given to Build; nil for an unknown name.
func (g *Graph) Dependents(name string) []string { return g.neighbours(g.before, name) }

// Ancestors returns all nodes that name comes after, directly or not, in the order given to Build.
func (g *Graph) Ancestors(name string) []string { return g.reachable(g.after, name) }

// Descendants returns all nodes that come after name, directly or not, in the order given to Build.
func (g *Graph) Descendants(name string) []string { return g.reachable(g.before, name) }

func (g *Graph) neighbours(edges [][]int, name string) []string {
	i, ok := g.index[name]
	if !ok {
		return nil
	}
	return g.named(edges[i])
}

func (g *Graph) reachable(edges [][]int, name string) []string {
	start, ok := g.index[name]
	if !ok {
		return nil
	}
	seen := make([]bool, len(g.names))
	stack := []int{start}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, j := range edges[i] {
			if !seen[j] {
				seen[j] = true
				stack = append(stack, j)
			}
		}
	}
	var names []string
	for i, hit := range seen {
		if hit {
			names = append(names, g.names[i])
		}
	}
	return names
}

func (g *Graph) named(nodes []int) []string {
	if len(nodes) == 0 {
		return nil
	}
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = g.names[n]
	}
	return names
}
