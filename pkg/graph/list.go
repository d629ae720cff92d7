package graph

import (
	"fmt"
	"strings"
)

// list is the graph as text without lines: its tasks by level, each with what it waits for.
func (g *Graph) list(w *writer) {
	tasks, final := g.sections()
	ranks := longestPath(len(g.Nodes), pairs(g.Edges))
	last := -1
	for _, i := range tasks {
		last = max(last, ranks[i])
	}
	before := make(map[int][]string)
	for _, e := range g.reduced(true) {
		before[e.To] = append(before[e.To], short(g.Nodes[e.From].Name))
	}
	for level := 0; level <= last; level++ {
		w.line("level %d", level+1)
		for _, i := range tasks {
			if ranks[i] == level {
				g.listNode(w, g.Nodes[i], before[i])
			}
		}
	}
	if len(final) > 0 {
		w.line("finally")
		for _, i := range final {
			g.listNode(w, g.Nodes[i], nil)
		}
	}
}

// maxBefore is how many of the tasks before one are named in a list.
const maxBefore = 4

func (g *Graph) listNode(w *writer, n *Node, before []string) {
	text := fmt.Sprintf("  %s %s", nodeGlyph(n), n.name())
	if d := n.detail(); d != "" {
		text += "  " + d
	}
	if len(before) > maxBefore {
		before = append(before[:maxBefore:maxBefore], fmt.Sprintf("%d more", len(before)-maxBefore))
	}
	if len(before) > 0 {
		text += "  ← " + strings.Join(before, ", ")
	}
	w.line("%s", text)
	if n.hasContent() {
		w.depth += 2
		n.Child.list(w)
		w.depth -= 2
	}
}

// nodeGlyph is the sign of a node in a list: that of its state, or of its kind if there is no run.
func nodeGlyph(n *Node) string {
	switch {
	case n.Critical:
		return Glyph(n.State) + "▸"
	case n.State != "":
		return Glyph(n.State)
	case n.Kind == KindPipeline:
		return "▣"
	case n.Kind == KindCustom:
		return "◇"
	default:
		return "•"
	}
}
