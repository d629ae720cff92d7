package graph

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// Sizes of the picture in pixels. charWidth is a generous guess at the width of a character of the font.
const (
	charWidth  = 7.6
	lineHeight = 17.0
	boxPadding = 10.0
	rowGap     = 18.0
	columnGap  = 56.0
	titleSpace = 34.0
	margin     = 16.0
	minWidth   = 72.0
)

// svgStyle has the colours for light and dark surroundings. States differ in signs and lines too.
const svgStyle = `
.b{fill:#fff;stroke:#6e7781;stroke-width:1.2}.s{fill:#fff;stroke:#6e7781}.g{fill:none;stroke:#afb8c1;stroke-dasharray:5 4}
.e{fill:none;stroke:#8c959f;stroke-width:1.3}.c.e{stroke:#24292f;stroke-width:3}.c.b{stroke-width:3.4}
text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#24292f}.d{font-size:11px;fill:#57606a}.t{font-size:14px;font-weight:600}
.running{stroke:#0969da}.succeeded{stroke:#1a7f37}.failed{stroke:#cf222e;fill:#ffebe9}.timedout{stroke:#bc4c00;fill:#fff1e5}
.cancelled{stroke:#9a6700}.skipped,.waiting{stroke-dasharray:4 3}
.arrow{fill:#8c959f}
@media (prefers-color-scheme:dark){
.b,.s{fill:#161b22;stroke:#8b949e}.g{stroke:#484f58}.e{stroke:#6e7681}.c.e{stroke:#e6edf3}.arrow{fill:#6e7681}
text{fill:#e6edf3}.d{fill:#9198a1}
.running{stroke:#4493f8}.succeeded{stroke:#3fb950}.failed{stroke:#f85149;fill:#3c1618}.timedout{stroke:#db6d28;fill:#3d2410}
.cancelled{stroke:#d29922}}
`

// SVG returns the graph as a picture of its own: no fonts, scripts or files are needed for it. Ranks go from left to right.
func (g *Graph) SVG() string {
	p := pictureOf(g)
	head := g.headline()
	width := math.Max(p.width, float64(ansi.StringWidth(head))*9) + 2*margin
	height := p.height + 2*margin + titleSpace
	critical := g.CriticalLine()
	if critical != "" {
		width = math.Max(width, float64(ansi.StringWidth(critical))*charWidth+2*margin)
		height += lineHeight + boxPadding
	}
	w := &writer{}
	_, _ = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img">`+"\n",
		px(width), px(height), px(width), px(height))
	w.line("<title>%s</title>", xml(head))
	w.line("<style>%s</style>", svgStyle)
	w.line(`<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" markerUnits="userSpaceOnUse"><path class="arrow" d="M0 0L8 4L0 8z"/></marker></defs>`)
	w.line(`<text class="t" x="%s" y="%s">%s</text>`, px(margin), px(margin+14), xml(head))
	p.write(w, margin, margin+titleSpace)
	if critical != "" {
		w.line(`<text class="d" x="%s" y="%s">%s</text>`, px(margin), px(height-margin), xml(critical))
	}
	w.line("</svg>")
	return w.String()
}

// picture is a graph with the places of everything in it, in pixels from its own corner.
type picture struct {
	*layered
	// edges are those that are drawn.
	edges         []Edge
	tasks         []int
	boxes         []box
	left          []float64
	finalTop      float64
	width, height float64
}

// box is a node with its size and place.
type box struct {
	node                *Node
	inner               *picture
	x, y, width, height float64
}

func pictureOf(g *Graph) *picture {
	tasks, final := g.sections()
	p := &picture{tasks: tasks, boxes: make([]box, len(g.Nodes))}
	for i, n := range g.Nodes {
		p.boxes[i] = boxOf(n)
	}
	sizes := make([]float64, len(tasks))
	for i, t := range tasks {
		sizes[i] = p.boxes[t].height
	}
	p.edges = g.reduced(false)
	p.layered = newLayered(sizes, pairs(p.edges), 4)
	p.order()
	p.height = p.spread(rowGap)
	p.columns()
	p.placeFinal(final)
	return p
}

func boxOf(n *Node) box {
	widest := 0
	for _, line := range n.content() {
		widest = max(widest, ansi.StringWidth(line))
	}
	b := box{
		node: n, width: math.Max(minWidth, float64(widest)*charWidth+2*boxPadding),
		height: 2*boxPadding - 4 + float64(len(n.content()))*lineHeight,
	}
	if n.hasContent() {
		b.inner = pictureOf(n.Child)
		b.width = math.Max(b.width, b.inner.width+2*boxPadding)
		b.height += b.inner.height + boxPadding
	}
	return b
}

// columns gives ranks their places from left to right.
func (p *picture) columns() {
	x := 0.0
	p.left = make([]float64, len(p.ranks)+1)
	for r, rank := range p.ranks {
		widest := 0.0
		for _, i := range rank {
			if node := p.places[i].node; node >= 0 {
				widest = math.Max(widest, p.boxes[p.tasks[node]].width)
			}
		}
		p.left[r] = x
		for _, i := range rank {
			if node := p.places[i].node; node >= 0 {
				b := &p.boxes[p.tasks[node]]
				b.x, b.y = x+(widest-b.width)/2, p.places[i].center-b.height/2
			}
		}
		x += widest + columnGap
	}
	p.left[len(p.ranks)] = x
	p.width = math.Max(0, x-columnGap)
}

// placeFinal puts final tasks below the others, in rows about as wide as those.
func (p *picture) placeFinal(final []int) {
	if len(final) == 0 {
		return
	}
	p.finalTop = p.height + rowGap
	x, y, row := boxPadding, p.finalTop+boxPadding+lineHeight, 0.0
	limit := math.Max(p.width, 640)
	for _, i := range final {
		b := &p.boxes[i]
		if x > boxPadding && x+b.width > limit {
			x, y, row = boxPadding, y+row+rowGap, 0
		}
		b.x, b.y = x, y
		x += b.width + rowGap
		row = math.Max(row, b.height)
		p.width = math.Max(p.width, b.x+b.width+boxPadding)
	}
	p.height = y + row + boxPadding
}

// write draws the picture with its corner at x and y.
func (p *picture) write(w *writer, x, y float64) {
	for i, e := range p.edges {
		p.writeEdge(w, e, p.routes[i], x, y)
	}
	if p.finalTop > 0 {
		w.line(`<rect class="g" x="%s" y="%s" width="%s" height="%s" rx="6"/>`, px(x), px(y+p.finalTop), px(p.width), px(p.height-p.finalTop))
		w.line(`<text class="d" x="%s" y="%s">finally</text>`, px(x+boxPadding), px(y+p.finalTop+lineHeight))
	}
	for i := range p.boxes {
		p.boxes[i].write(w, x, y)
	}
}

func (p *picture) writeEdge(w *writer, e Edge, route []int, x, y float64) {
	from, to := p.boxes[p.tasks[e.From]], p.boxes[p.tasks[e.To]]
	var d strings.Builder
	atX, atY := x+from.x+from.width, y+p.places[route[0]].center
	fmt.Fprintf(&d, "M%s %s", px(atX), px(atY))
	bend := func(toX, toY float64) {
		middle := (atX + toX) / 2
		fmt.Fprintf(&d, "C%s %s %s %s %s %s", px(middle), px(atY), px(middle), px(toY), px(toX), px(toY))
		atX, atY = toX, toY
	}
	for _, i := range route[1 : len(route)-1] {
		r := p.places[i].rank
		bend(x+p.left[r], y+p.places[i].center)
		atX = x + p.left[r+1] - columnGap
		fmt.Fprintf(&d, "H%s", px(atX))
	}
	bend(x+to.x, y+p.places[route[len(route)-1]].center)
	title := from.node.Name + " → " + to.node.Name
	if len(e.Results) > 0 {
		title += ": " + strings.Join(e.Results, ", ")
	}
	w.line(`<path class="e%s" d="%s" marker-end="url(#a)"><title>%s</title></path>`, criticalClass(e.Critical), d.String(), xml(clean(title)))
}

func criticalClass(is bool) string {
	if is {
		return " c"
	}
	return ""
}

func (b *box) write(w *writer, x, y float64) {
	x, y = x+b.x, y+b.y
	n := b.node
	w.line("<g><title>%s</title>", xml(strings.Join(n.tooltip(), "\n")))
	if n.Matrix {
		w.line(`<rect class="s" x="%s" y="%s" width="%s" height="%s" rx="5"/>`, px(x+4), px(y-4), px(b.width), px(b.height))
	}
	radius := 5.0
	switch {
	case n.Kind == KindCustom:
		radius = 0
	case len(n.When) > 0:
		radius = 14
	}
	w.line(`<rect class="b %s%s" x="%s" y="%s" width="%s" height="%s" rx="%s"/>`,
		stateClass(n.State), criticalClass(n.Critical), px(x), px(y), px(b.width), px(b.height), px(radius))
	for i, line := range n.content() {
		class := ""
		if i > 0 {
			class = ` class="d"`
		}
		w.line(`<text%s x="%s" y="%s" text-anchor="middle">%s</text>`, class, px(x+b.width/2), px(y+boxPadding+10+float64(i)*lineHeight), xml(line))
	}
	if b.inner != nil {
		b.inner.write(w, x+boxPadding, y+boxPadding+float64(len(n.content()))*lineHeight)
	}
	w.line("</g>")
}

func stateClass(s runtree.State) string { return strings.ToLower(string(s)) }

// xml makes a text safe in XML. Texts are clean before, so that no character is left that XML does not know.
func xml(text string) string { return html.EscapeString(text) }

// px writes a length with at most one digit.
func px(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}
