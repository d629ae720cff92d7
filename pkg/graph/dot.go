package graph

import (
	"fmt"
	"strings"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// DOT returns the graph in the language of Graphviz, with child pipelines and finally as clusters.
func (g *Graph) DOT() string {
	w := &writer{}
	w.line("digraph {")
	w.depth++
	w.line("rankdir=LR")
	w.line("compound=true")
	w.line("label=%s", dotText(g.headline()))
	w.line("node [shape=box, style=rounded, fontname=\"sans-serif\"]")
	w.dot(g, "n")
	w.depth--
	w.line("}")
	return w.String()
}

func (w *writer) dot(g *Graph, prefix string) {
	tasks, final := g.sections()
	for _, i := range tasks {
		w.dotNode(g.Nodes[i], id(prefix, i))
	}
	if len(final) > 0 {
		w.line("subgraph cluster_%sf {", prefix)
		w.depth++
		w.line("label=\"finally\"")
		w.line("style=dashed")
		for _, i := range final {
			w.dotNode(g.Nodes[i], id(prefix, i))
		}
		w.depth--
		w.line("}")
	}
	for _, e := range g.Edges {
		w.dotEdge(g, e, prefix)
	}
	if len(final) > 0 {
		for _, i := range g.ends() {
			w.line("%s -> %s [style=dashed, lhead=cluster_%sf]", g.Nodes[i].last(id(prefix, i)), g.Nodes[final[0]].first(id(prefix, final[0])), prefix)
		}
	}
}

func (w *writer) dotNode(n *Node, id string) {
	label := n.name()
	if n.State != "" {
		label = Glyph(n.State) + " " + label
	}
	text := dotText(label, n.detail())
	if n.hasContent() {
		w.line("subgraph cluster_%s {", id)
		w.depth++
		w.line("label=%s", text)
		w.line("color=%q", dotColour(n.State))
		w.dot(n.Child, id+"_")
		w.depth--
		w.line("}")
		return
	}
	attributes := []string{"label=" + text, "tooltip=" + dotText(n.tooltip()...)}
	if n.State != "" {
		attributes = append(attributes, fmt.Sprintf("color=%q", dotColour(n.State)))
	}
	if n.Critical {
		attributes = append(attributes, "penwidth=3")
	}
	switch {
	case n.Matrix:
		attributes = append(attributes, "peripheries=2")
	case n.Kind == KindCustom:
		attributes = append(attributes, "shape=hexagon")
	case n.Kind == KindPipeline:
		attributes = append(attributes, "shape=tab")
	}
	if n.State == runtree.Skipped || n.State == runtree.Waiting || n.State == "" && len(n.When) > 0 {
		attributes = append(attributes, "style=\"rounded,dashed\"")
	}
	w.line("%s [%s]", id, strings.Join(attributes, ", "))
}

func (w *writer) dotEdge(g *Graph, e Edge, prefix string) {
	from, to := g.Nodes[e.From], g.Nodes[e.To]
	var attributes []string
	if from.hasContent() {
		attributes = append(attributes, "ltail=cluster_"+id(prefix, e.From))
	}
	if to.hasContent() {
		attributes = append(attributes, "lhead=cluster_"+id(prefix, e.To))
	}
	if len(e.Results) > 0 {
		attributes = append(attributes, "label="+dotText(e.resultNames()))
	}
	if e.Critical {
		attributes = append(attributes, "penwidth=3")
	}
	text := fmt.Sprintf("%s -> %s", from.last(id(prefix, e.From)), to.first(id(prefix, e.To)))
	if len(attributes) > 0 {
		text += " [" + strings.Join(attributes, ", ") + "]"
	}
	w.line("%s", text)
}

func (n *Node) hasContent() bool { return n.Child != nil && len(n.Child.Nodes) > 0 }

// first returns the id of the node that edges to n lead to: clusters have no edges of their own.
func (n *Node) first(at string) string {
	if !n.hasContent() {
		return at
	}
	return n.Child.Nodes[0].first(id(at+"_", 0))
}

func (n *Node) last(at string) string {
	if !n.hasContent() {
		return at
	}
	last := len(n.Child.Nodes) - 1
	return n.Child.Nodes[last].last(id(at+"_", last))
}

func dotColour(s runtree.State) string {
	switch s {
	case runtree.Running:
		return "#0969da"
	case runtree.Succeeded:
		return "#1a7f37"
	case runtree.Failed:
		return "#cf222e"
	case runtree.Cancelled:
		return "#9a6700"
	case runtree.TimedOut:
		return "#bc4c00"
	default:
		return "#6e7781"
	}
}

// dotText quotes lines as one label.
func dotText(lines ...string) string {
	var texts []string
	for _, l := range lines {
		if l != "" {
			texts = append(texts, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean(l)))
		}
	}
	return `"` + strings.Join(texts, `\n`) + `"`
}
