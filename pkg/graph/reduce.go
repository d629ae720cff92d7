package graph

import "slices"

// manyEdges is the number of edges from which on those that others imply are not drawn, even if they hand on results.
const manyEdges = 5000

// reduced returns the edges without those that a longer way implies: they say nothing about the order. Unless all is set, those
// stay that hand on results.
func (g *Graph) reduced(all bool) []Edge {
	before := make([][]int, len(g.Nodes))
	for i, e := range g.Edges {
		before[e.To] = append(before[e.To], i)
	}
	ranks := longestPath(len(g.Nodes), pairs(g.Edges))
	order := make([]int, len(g.Nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return ranks[a] - ranks[b] })
	implied := make([]bool, len(g.Edges))
	ways := make([]bits, len(g.Nodes))
	for _, node := range order {
		ways[node] = make(bits, (len(g.Nodes)+63)/64)
		// A way through a node of a higher rank can imply an edge from one of a lower rank, never the other way round.
		slices.SortStableFunc(before[node], func(a, b int) int { return ranks[g.Edges[b].From] - ranks[g.Edges[a].From] })
		for _, i := range before[node] {
			from := g.Edges[i].From
			if ways[node].has(from) {
				implied[i] = true
				continue
			}
			ways[node].add(from)
			ways[node].join(ways[from])
		}
	}
	all = all || len(g.Edges) > manyEdges
	var edges []Edge
	for i, e := range g.Edges {
		if !implied[i] || !all && len(e.Results) > 0 {
			edges = append(edges, e)
		}
	}
	return edges
}

// bits is a set of small numbers.
type bits []uint64

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) add(i int) { b[i/64] |= 1 << (i % 64) }

func (b bits) join(other bits) {
	for i := range b {
		b[i] |= other[i]
	}
}

// pairs returns edges as positions.
func pairs(edges []Edge) [][2]int {
	out := make([][2]int, len(edges))
	for i, e := range edges {
		out[i] = [2]int{e.From, e.To}
	}
	return out
}
