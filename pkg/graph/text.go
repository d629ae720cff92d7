package graph

import (
	"math"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// boxGap is how many columns are between boxes at least.
const boxGap = 2

// Text returns the graph as a drawing for terminals of the given width in columns, or, if it does not fit, as a list of its tasks
// by level. The results that edges hand on are not in it.
func (g *Graph) Text(width int) string {
	w := &writer{}
	if title := g.headline(); title != "" {
		w.line("%s", title)
	}
	drawn := g.draw(width)
	if drawn == nil {
		g.list(w)
	}
	for _, line := range drawn {
		w.line("%s", line)
	}
	if critical := g.CriticalLine(); critical != "" {
		w.line("%s", critical)
	}
	if drawn == nil {
		return w.String()
	}
	for _, n := range g.Nodes {
		if n.hasContent() {
			child := *n.Child
			child.Title = n.Label + " (pipeline)"
			w.WriteString("\n" + child.Text(width))
		}
	}
	return w.String()
}

// draw returns the lines of the drawing, nil if it is wider than width.
func (g *Graph) draw(width int) []string {
	tasks, final := g.sections()
	d := &drawing{graph: g, nodes: tasks, layered: g.boxes(tasks)}
	if !d.place(width) {
		return nil
	}
	lines := d.lines()
	if len(final) == 0 {
		return lines
	}
	rows := g.finalRows(final, width)
	if rows == nil {
		return nil
	}
	return append(append(lines, "── finally ──"), rows...)
}

// content returns the lines in the box of a node.
func (n *Node) content() []string {
	name := n.name()
	if n.State != "" {
		name = Glyph(n.State) + " " + name
	}
	if d := n.detail(); d != "" {
		return []string{name, d}
	}
	return []string{name}
}

func (n *Node) boxWidth() int {
	widest := 0
	for _, line := range n.content() {
		widest = max(widest, ansi.StringWidth(line))
	}
	return widest + 4
}

// boxes puts the tasks into ranks. Each box has a column for every task that it waits for.
func (g *Graph) boxes(tasks []int) *layered {
	edges := pairs(g.reduced(true))
	sizes := make([]float64, len(tasks))
	for i, t := range tasks {
		sizes[i] = float64(g.Nodes[t].boxWidth())
	}
	l := newLayered(sizes, edges, 3)
	for i := range tasks {
		l.places[i].across = math.Max(l.places[i].across, float64(2*len(l.up[i])+2))
	}
	l.order()
	return l
}

// finalRows draws final tasks side by side, in as many rows as it takes; nil if one alone is too wide.
func (g *Graph) finalRows(final []int, width int) []string {
	var lines []string
	for len(final) > 0 {
		used, height, n := 0, 0, 0
		for ; n < len(final); n++ {
			node := g.Nodes[final[n]]
			next := used + node.boxWidth()
			if n > 0 {
				next += boxGap
			}
			if next > width {
				break
			}
			used, height = next, max(height, len(node.content())+2)
		}
		if n == 0 {
			return nil
		}
		c := newCanvas(used, height)
		x := 0
		for _, i := range final[:n] {
			node := g.Nodes[i]
			c.box(x, 0, node.boxWidth(), node.content(), node.Critical)
			x += node.boxWidth() + boxGap
		}
		lines = append(lines, c.lines()...)
		final = final[n:]
	}
	return lines
}

// drawing puts a layered graph on a canvas, rank below rank.
type drawing struct {
	*layered
	graph *Graph
	nodes []int
	// left are the columns where places begin, port those in which lines come from the rank before.
	left  []int
	port  map[[2]int]int
	lanes []map[int]int
	width int
}

// place gives all boxes and lines their columns and reports whether they fit.
func (d *drawing) place(width int) bool {
	for _, rank := range d.ranks {
		used := -boxGap
		for _, p := range rank {
			used += int(d.places[p].across) + boxGap
		}
		if used > width {
			return false
		}
	}
	d.spread(boxGap)
	d.left = make([]int, len(d.places))
	for _, rank := range d.ranks {
		end := -boxGap
		for _, p := range rank {
			across := int(d.places[p].across)
			d.left[p] = max(end+boxGap, int(math.Round(d.places[p].center-float64(across)/2)))
			end = d.left[p] + across
		}
		d.width = max(d.width, end)
	}
	if d.width > width {
		return false
	}
	d.port = make(map[[2]int]int)
	d.lanes = make([]map[int]int, len(d.ranks))
	for r := range d.ranks {
		d.ports(r)
		d.lanes[r] = d.assign(r)
	}
	return true
}

// exit is the column in which lines leave a place.
func (d *drawing) exit(p int) int { return d.left[p] + int(d.places[p].across)/2 }

// ports chooses for every line to the rank after r the column in which it arrives: as near to where it comes from as can be, and
// not where another one leaves or arrives, so that no two lines lie on each other.
func (d *drawing) ports(r int) {
	exits := make(map[int]int)
	for _, p := range d.ranks[r] {
		if len(d.down[p]) > 0 {
			exits[d.exit(p)] = p
		}
	}
	if r+1 >= len(d.ranks) {
		return
	}
	for _, q := range d.ranks[r+1] {
		sources := slices.Clone(d.up[q])
		slices.SortFunc(sources, func(a, b int) int { return d.exit(a) - d.exit(b) })
		taken := make(map[int]bool)
		for _, p := range sources {
			want := d.exit(q)
			if d.inside(q, d.exit(p)) {
				want = d.exit(p)
			}
			d.port[[2]int{p, q}] = d.nearest(p, q, want, exits, taken)
		}
	}
}

func (d *drawing) inside(q, x int) bool {
	return x > d.left[q] && x < d.left[q]+int(d.places[q].across)-1
}

func (d *drawing) nearest(p, q, want int, exits map[int]int, taken map[int]bool) int {
	for step := range int(d.places[q].across) {
		for _, x := range [2]int{want - step, want + step} {
			other, leaves := exits[x]
			if d.inside(q, x) && !taken[x] && (!leaves || other == p) {
				taken[x] = true
				return x
			}
		}
	}
	return want
}

// assign gives every place of a rank whose lines turn a row of its own among those below the rank, or one that it shares with
// others that do not touch it.
func (d *drawing) assign(r int) map[int]int {
	lanes := make(map[int]int)
	var ends []int
	for _, p := range d.ranks[r] {
		low, high := d.exit(p), d.exit(p)
		for _, q := range d.down[p] {
			low, high = min(low, d.port[[2]int{p, q}]), max(high, d.port[[2]int{p, q}])
		}
		if low == high {
			continue
		}
		lane := slices.IndexFunc(ends, func(end int) bool { return end < low-1 })
		if lane < 0 {
			lane = len(ends)
			ends = append(ends, 0)
		}
		ends[lane] = high
		lanes[p] = lane
	}
	return lanes
}

// rows returns the number of rows between a rank and the next one.
func (d *drawing) rows(r int) int {
	if r == len(d.ranks)-1 {
		return 0
	}
	rows := 1
	for _, lane := range d.lanes[r] {
		rows = max(rows, lane+2)
	}
	return rows
}

func (d *drawing) boxHeight(r int) int {
	height := 0
	for _, p := range d.ranks[r] {
		if i := d.places[p].node; i >= 0 {
			height = max(height, len(d.graph.Nodes[d.nodes[i]].content())+2)
		}
	}
	return height
}

func (d *drawing) lines() []string {
	height := 0
	for r := range d.ranks {
		height += d.boxHeight(r) + d.rows(r)
	}
	c := newCanvas(d.width, height)
	y := 0
	for r, rank := range d.ranks {
		bottom := y + d.boxHeight(r)
		for _, p := range rank {
			d.drawPlace(c, p, y, bottom)
			d.drawLines(c, r, p, bottom)
		}
		y = bottom + d.rows(r)
	}
	lines := c.lines()
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// drawPlace draws the box of a node, or the lines through a dummy, from y to bottom.
func (d *drawing) drawPlace(c *canvas, p, y, bottom int) {
	exit, end := d.exit(p), y
	if i := d.places[p].node; i >= 0 {
		n := d.graph.Nodes[d.nodes[i]]
		content := n.content()
		c.box(d.left[p], y, int(d.places[p].across), content, n.Critical)
		end = y + len(content) + 2
		if len(d.down[p]) > 0 {
			c.write(exit, end-1, tee(n.Critical))
		}
	} else if port := d.port[[2]int{d.up[p][0], p}]; port != exit {
		d.turn(c, p, y, port, []int{exit})
		end = y + 1
	}
	if len(d.down[p]) > 0 {
		c.down(exit, end, bottom-1, p)
	}
}

func tee(heavy bool) string {
	if heavy {
		return "┯"
	}
	return "┬"
}

// turn draws a row in which the line that comes down at x goes to columns and further down there.
func (d *drawing) turn(c *canvas, net, y, x int, to []int) {
	low, high := min(x, slices.Min(to)), max(x, slices.Max(to))
	for i := low; i <= high; i++ {
		var sides uint8
		if i > low {
			sides |= west
		}
		if i < high {
			sides |= east
		}
		if i == x {
			sides |= north
		}
		if slices.Contains(to, i) {
			sides |= south
		}
		c.join(i, y, net, sides)
	}
}

// drawLines draws the lines from a place to the rank after r.
func (d *drawing) drawLines(c *canvas, r, p, y int) {
	if len(d.down[p]) == 0 {
		return
	}
	ports := make([]int, len(d.down[p]))
	for i, q := range d.down[p] {
		ports[i] = d.port[[2]int{p, q}]
	}
	last := y + d.rows(r) - 1
	if lane, turns := d.lanes[r][p]; turns {
		c.down(d.exit(p), y, y+lane-1, p)
		d.turn(c, p, y+lane, d.exit(p), ports)
		for _, x := range ports {
			c.down(x, y+lane+1, last, p)
		}
	} else {
		c.down(d.exit(p), y, last, p)
	}
	for i, q := range d.down[p] {
		if d.places[q].node >= 0 {
			c.write(ports[i], last, "▼")
		}
	}
}
