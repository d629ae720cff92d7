package graph

import (
	"fmt"
	"strings"
)

// Mermaid returns the graph as a Mermaid flowchart, with child pipelines and finally as subgraphs.
func (g *Graph) Mermaid() string {
	m := &writer{}
	m.line("flowchart LR")
	m.depth++
	m.mermaid(g, "n")
	for _, c := range mermaidClasses {
		m.line("classDef %s %s", c.name, c.style)
	}
	return m.String()
}

// mermaidClasses are readable on light and on dark ground.
var mermaidClasses = []struct{ name, style string }{
	{"waiting", "stroke-dasharray:3 3"},
	{"running", "stroke:#0969da,stroke-width:2px"},
	{"succeeded", "stroke:#1a7f37,stroke-width:2px"},
	{"failed", "stroke:#cf222e,stroke-width:3px"},
	{"cancelled", "stroke:#9a6700,stroke-width:2px"},
	{"skipped", "stroke:#6e7781,stroke-dasharray:3 3"},
	{"timedout", "stroke:#bc4c00,stroke-width:3px"},
	{"critical", "stroke-width:4px"},
}

// writer writes indented lines.
type writer struct {
	strings.Builder
	depth int
}

func (w *writer) line(format string, args ...any) {
	w.WriteString(strings.Repeat("  ", w.depth))
	_, _ = fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

func (w *writer) mermaid(g *Graph, prefix string) {
	tasks, final := g.sections()
	for _, i := range tasks {
		w.mermaidNode(g.Nodes[i], id(prefix, i))
	}
	if len(final) > 0 {
		w.line("subgraph %sf[\"finally\"]", prefix)
		w.depth++
		for _, i := range final {
			w.mermaidNode(g.Nodes[i], id(prefix, i))
		}
		w.depth--
		w.line("end")
	}
	for _, e := range g.Edges {
		w.mermaidEdge(e, id(prefix, e.From), id(prefix, e.To))
	}
	if len(final) > 0 {
		for _, i := range g.ends() {
			w.line("%s -.-> %sf", id(prefix, i), prefix)
		}
	}
}

func (w *writer) mermaidNode(n *Node, id string) {
	label := n.name()
	if n.State != "" {
		label = Glyph(n.State) + " " + label
	}
	lines := mermaidText(label)
	if d := n.detail(); d != "" {
		lines += "<br/>" + mermaidText(d)
	}
	if n.Child != nil {
		w.line("subgraph %s[\"%s\"]", id, lines)
		w.depth++
		w.mermaid(n.Child, id+"_")
		w.depth--
		w.line("end")
	} else {
		open, shut := mermaidShape(n)
		w.line("%s%s\"%s\"%s", id, open, lines, shut)
	}
	if n.State != "" {
		w.line("class %s %s", id, strings.ToLower(string(n.State)))
	}
	if n.Critical {
		w.line("class %s critical", id)
	}
}

func mermaidShape(n *Node) (open, shut string) {
	switch {
	case n.Kind == KindPipeline || n.Matrix:
		return "[[", "]]"
	case n.Kind == KindCustom:
		return "{{", "}}"
	case len(n.When) > 0:
		return "([", "])"
	default:
		return "[", "]"
	}
}

func (w *writer) mermaidEdge(e Edge, from, to string) {
	arrow := "-->"
	if e.Critical {
		arrow = "==>"
	}
	if len(e.Results) > 0 {
		arrow += "|\"" + mermaidText(e.resultNames()) + "\"|"
	}
	w.line("%s %s %s", from, arrow, to)
}

// mermaidText makes a text safe within double quotes: characters that mean something to Mermaid, to its Markdown or to HTML
// become entities of Mermaid. So does what would make a list of the text.
func mermaidText(text string) string {
	var b strings.Builder
	start := true
	for _, r := range clean(text) {
		if strings.ContainsRune("\"#<>&`*_~\\;", r) || start && strings.ContainsRune(".-+)", r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
		start = start && '0' <= r && r <= '9'
	}
	return b.String()
}

func id(prefix string, i int) string { return fmt.Sprintf("%s%d", prefix, i) }

// sections returns the positions of tasks and of final tasks.
func (g *Graph) sections() (tasks, final []int) {
	for i, n := range g.Nodes {
		if n.Finally {
			final = append(final, i)
		} else {
			tasks = append(tasks, i)
		}
	}
	return tasks, final
}

// ends returns the positions of the tasks that no other one waits for.
func (g *Graph) ends() []int {
	waited := make(map[int]bool)
	for _, e := range g.Edges {
		waited[e.From] = true
	}
	var ends []int
	for i, n := range g.Nodes {
		if !n.Finally && !waited[i] {
			ends = append(ends, i)
		}
	}
	return ends
}

// resultNames names the results of an edge, the first three of them.
func (e Edge) resultNames() string {
	if len(e.Results) > 3 {
		return strings.Join(e.Results[:3], ", ") + ", …"
	}
	return strings.Join(e.Results, ", ")
}
