// Package dag finds out what is wrong with a graph of named nodes that has no order. It works on names only and depends on
// the standard library only; [Check] is the entry point. Nothing in it recurses, so that the depth of a graph is limited
// by memory alone.
package dag

// Node is a name with the names that it comes after. Repeated dependencies count once.
type Node struct {
	Name  string
	After []string
}

// graph holds nodes by their position.
type graph struct {
	names []string
	index map[string]int
	// after and before hold, per node, the nodes it depends on (in the order given) and its dependents (in graph order).
	after, before [][]int
}

// Check returns the first problem of nodes, nil if they have an order. Problems are, in this order: a *DuplicateError, a
// *CycleError, an *UnknownError (contract 1 V-30).
func Check(nodes []Node) error {
	g := &graph{
		names:  make([]string, len(nodes)),
		index:  make(map[string]int, len(nodes)),
		after:  make([][]int, len(nodes)),
		before: make([][]int, len(nodes)),
	}
	for i, n := range nodes {
		if _, ok := g.index[n.Name]; ok {
			return &DuplicateError{Name: n.Name}
		}
		g.index[n.Name] = i
		g.names[i] = n.Name
	}
	unknown := g.link(nodes)
	if err := g.findCycle(); err != nil {
		return err
	}
	return unknown
}

// link adds the edges and returns the first dependency on a node that is not there.
func (g *graph) link(nodes []Node) error {
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
func (g *graph) order() (sorted, open []int) {
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

func (g *graph) named(nodes []int) []string {
	if len(nodes) == 0 {
		return nil
	}
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = g.names[n]
	}
	return names
}
