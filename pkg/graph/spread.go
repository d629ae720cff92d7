package graph

import "math"

// rounds is how often places are moved to where their neighbours are.
const rounds = 8

// spread gives places their centers across, in the order of their ranks and at least gap apart: as near as that allows to the
// mean of their neighbours. The smallest edge is at 0. It returns the size across.
func (l *layered) spread(gap float64) float64 {
	for _, rank := range l.ranks {
		at := 0.0
		for _, p := range rank {
			l.places[p].center = at + l.places[p].across/2
			at += l.places[p].across + gap
		}
	}
	for range rounds {
		for r := 1; r < len(l.ranks); r++ {
			l.settle(l.ranks[r], l.up, gap)
		}
		for r := len(l.ranks) - 2; r >= 0; r-- {
			l.settle(l.ranks[r], l.down, gap)
		}
	}
	return l.shift()
}

// shift moves all to the smallest edge at 0.
func (l *layered) shift() float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range l.places {
		low, high = math.Min(low, p.center-p.across/2), math.Max(high, p.center+p.across/2)
	}
	if len(l.places) == 0 {
		return 0
	}
	for i := range l.places {
		l.places[i].center -= low
	}
	return high - low
}

// block is a run of neighbours that touch, and move as one.
type block struct {
	// sum is that of the wanted positions of its members, less their distance from the first one, by weight.
	sum, weight float64
	count       int
}

func (b block) at() float64 { return b.sum / b.weight }

// settle moves the places of a rank as near to the mean of their neighbours as their order and sizes allow, by least squares:
// places that would overlap become a block, which goes to the mean of what its members want.
func (l *layered) settle(rank []int, neighbours [][]int, gap float64) {
	offsets := make([]float64, len(rank))
	var blocks []block
	for i, p := range rank {
		if i > 0 {
			offsets[i] = offsets[i-1] + l.places[rank[i-1]].across/2 + gap + l.places[p].across/2
		}
		// Straight long edges are worth more than nodes right above each other.
		weight := 1.0
		if l.places[p].node < 0 {
			weight = 4
		}
		want := l.mean(p, neighbours, l.places[p].center)
		blocks = append(blocks, block{sum: weight * (want - offsets[i]), weight: weight, count: 1})
		for n := len(blocks); n > 1 && blocks[n-2].at() >= blocks[n-1].at(); n-- {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{sum: a.sum + b.sum, weight: a.weight + b.weight, count: a.count + b.count})
		}
	}
	i := 0
	for _, b := range blocks {
		for range b.count {
			l.places[rank[i]].center = b.at() + offsets[i]
			i++
		}
	}
}
