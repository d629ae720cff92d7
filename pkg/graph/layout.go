package graph

import "slices"

// maxDummies limits the places that long edges get in the ranks between their ends. Beyond it they go straight.
const maxDummies = 20_000

// layered is a graph in ranks: every edge leads to a later rank. The direction from rank to rank is called along, the other
// one across; which of them is x is for the caller to say. All sizes are in units of the caller.
type layered struct {
	places []place
	// ranks hold positions of places, in order across.
	ranks [][]int
	// routes are the places that the edges go through, as given to newLayered: from, dummies, to.
	routes [][]int
	// up and down are the neighbours in the rank before and after.
	up, down [][]int
}

// place is where a node, or a part of a long edge, is.
type place struct {
	// node is the position of the node, -1 of a dummy.
	node int
	rank int
	// across is how wide it is across, center where its middle is.
	across, center float64
}

// newLayered puts nodes of given sizes across into ranks; edges must have an order. Nodes are in the rank after the last one of
// those they come after. Long edges of one node share their dummies.
func newLayered(sizes []float64, edges [][2]int, dummy float64) *layered {
	l := &layered{places: make([]place, len(sizes))}
	for i, rank := range longestPath(len(sizes), edges) {
		l.places[i] = place{node: i, rank: rank, across: sizes[i]}
	}
	l.route(edges, dummy)
	l.link()
	for i, p := range l.places {
		for len(l.ranks) <= p.rank {
			l.ranks = append(l.ranks, nil)
		}
		l.ranks[p.rank] = append(l.ranks[p.rank], i)
	}
	return l
}

// longestPath returns the rank of each node: 0 without edges to it, and else one more than the highest before it.
func longestPath(nodes int, edges [][2]int) []int {
	after, open := make([][]int, nodes), make([]int, nodes)
	for _, e := range edges {
		after[e[0]] = append(after[e[0]], e[1])
		open[e[1]]++
	}
	ranks := make([]int, nodes)
	var ready []int
	for i, n := range open {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[0]
		ready = ready[1:]
		for _, j := range after[i] {
			ranks[j] = max(ranks[j], ranks[i]+1)
			if open[j]--; open[j] == 0 {
				ready = append(ready, j)
			}
		}
	}
	return ranks
}

// route gives long edges their dummies.
func (l *layered) route(edges [][2]int, dummy float64) {
	chains := make(map[int][]int)
	l.routes = make([][]int, len(edges))
	for i, e := range edges {
		from, to := l.places[e[0]].rank, l.places[e[1]].rank
		chain := chains[e[0]]
		for len(chain) < to-from-1 && len(l.places) < maxDummies {
			chain = append(chain, len(l.places))
			l.places = append(l.places, place{node: -1, rank: from + len(chain), across: dummy})
		}
		chains[e[0]] = chain
		l.routes[i] = append(l.routes[i], e[0])
		if len(chain) >= to-from-1 {
			l.routes[i] = append(l.routes[i], chain[:to-from-1]...)
		}
		l.routes[i] = append(l.routes[i], e[1])
	}
}

// link fills in the neighbours, each once.
func (l *layered) link() {
	l.up, l.down = make([][]int, len(l.places)), make([][]int, len(l.places))
	seen := make(map[[2]int]bool)
	for _, route := range l.routes {
		for i := 1; i < len(route); i++ {
			pair := [2]int{route[i-1], route[i]}
			if seen[pair] {
				continue
			}
			seen[pair] = true
			l.down[pair[0]] = append(l.down[pair[0]], pair[1])
			l.up[pair[1]] = append(l.up[pair[1]], pair[0])
		}
	}
}

// sweeps is how often the order of the ranks is improved, each time down and up.
const sweeps = 6

// order puts the places of each rank into an order with few crossings: each goes to the mean of its neighbours in the rank
// before, then after, and so on; the best order met is kept.
func (l *layered) order() {
	best, fewest := l.snapshot(), l.crossings()
	for sweep := 0; sweep < sweeps && fewest > 0; sweep++ {
		for r := 1; r < len(l.ranks); r++ {
			l.sort(l.ranks[r], l.up)
		}
		for r := len(l.ranks) - 2; r >= 0; r-- {
			l.sort(l.ranks[r], l.down)
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.snapshot(), n
		}
	}
	l.ranks = best
	l.number()
}

func (l *layered) snapshot() [][]int {
	ranks := make([][]int, len(l.ranks))
	for i, r := range l.ranks {
		ranks[i] = slices.Clone(r)
	}
	return ranks
}

// number sets the centers to the positions in the ranks.
func (l *layered) number() {
	for _, rank := range l.ranks {
		for i, p := range rank {
			l.places[p].center = float64(i)
		}
	}
}

func (l *layered) sort(rank []int, neighbours [][]int) {
	l.number()
	mean := func(p int) float64 { return l.mean(p, neighbours, l.places[p].center) }
	means := make(map[int]float64, len(rank))
	for _, p := range rank {
		means[p] = mean(p)
	}
	slices.SortStableFunc(rank, func(a, b int) int {
		switch {
		case means[a] < means[b]:
			return -1
		case means[a] > means[b]:
			return 1
		default:
			return 0
		}
	})
}

// mean returns the mean center of the neighbours of a place, or other if it has none.
func (l *layered) mean(p int, neighbours [][]int, other float64) float64 {
	if len(neighbours[p]) == 0 {
		return other
	}
	sum := 0.0
	for _, q := range neighbours[p] {
		sum += l.places[q].center
	}
	return sum / float64(len(neighbours[p]))
}

// crossings counts the pairs of edges between neighbouring ranks that cross.
func (l *layered) crossings() int {
	l.number()
	total := 0
	for r := 1; r < len(l.ranks); r++ {
		// Edges in the order of their ends above; each crosses those before it that end further on.
		tree := make([]int, len(l.ranks[r])+1)
		met := 0
		for _, p := range l.ranks[r-1] {
			for _, q := range l.down[p] {
				if l.places[q].rank != r {
					continue
				}
				total += met - prefix(tree, int(l.places[q].center)+1)
			}
			for _, q := range l.down[p] {
				if l.places[q].rank == r {
					add(tree, int(l.places[q].center)+1)
					met++
				}
			}
		}
	}
	return total
}

// prefix and add are those of a Fenwick tree, from 1.
func prefix(tree []int, i int) int {
	sum := 0
	for ; i > 0; i -= i & -i {
		sum += tree[i]
	}
	return sum
}

func add(tree []int, i int) {
	for ; i < len(tree); i += i & -i {
		tree[i]++
	}
}
