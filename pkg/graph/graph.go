// Package graph draws Pipelines and their runs: as text for terminals, as Mermaid, as DOT and as SVG. It decides nothing about
// order itself, which is in pkg/plan. It is pure and must not import clients, clocks or loggers.
package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/dag"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// maxDepth is how many levels of child pipelines are drawn; deeper ones are nodes without content.
const maxDepth = 5

// Kind says what a node is.
type Kind int

// Kinds of nodes.
const (
	KindTask Kind = iota
	KindCustom
	KindPipeline
)

// Graph is a Pipeline, or a run of one, as it is drawn.
type Graph struct {
	// Title is the name of the Pipeline or run.
	Title string
	// Nodes are the tasks in the order of the Pipeline, those of finally last.
	Nodes []*Node
	// Edges lead from a task to one that waits for it. Final tasks have none from tasks: they wait for all.
	Edges []Edge
	// State and Duration are those of the run; empty and 0 without one.
	State    runtree.State
	Duration time.Duration
	// Critical is the critical path of the run, nil without one.
	Critical []Link
}

// Node is a task of a Pipeline.
type Node struct {
	// Name is unique in its graph. Label is the display name if there is one, and else the name.
	Name, Label string
	Kind        Kind
	// Ref is what it runs, empty if that is written in place.
	Ref string
	// Matrix says that it fans out, to Copies runs if that is known already; 0 if not.
	Matrix bool
	Copies int
	// When are its conditions, in words.
	When    []string
	Finally bool
	// Child is what a child pipeline consists of, nil if that is not known.
	Child *Graph
	// State, Reason and Duration are those of the run; empty and 0 without one.
	State    runtree.State
	Reason   string
	Duration time.Duration
	// Critical says that it is on the critical path of the run.
	Critical bool
}

// Edge leads from a task to one that waits for it.
type Edge struct {
	// From and To are positions in Nodes.
	From, To int
	// Order says that runAfter asks for it, Results which results are handed on.
	Order    bool
	Results  []string
	Critical bool
}

// Source has what a Pipeline refers to.
type Source struct {
	// Pipelines are those that child pipelines may refer to by name.
	Pipelines map[string]*v1.PipelineSpec
}

// Of returns the graph of a Pipeline. The error says that its tasks have no order; it is one of pkg/dag.
func Of(title string, spec *v1.PipelineSpec, source Source) (*Graph, error) {
	return source.graph(title, spec, 0)
}

func (s Source) graph(title string, spec *v1.PipelineSpec, depth int) (*Graph, error) {
	g := &Graph{Title: title}
	index := make(map[string]int, len(spec.Tasks))
	waits := make([]dag.Node, len(spec.Tasks))
	for i := range spec.Tasks {
		pt := &spec.Tasks[i]
		if err := s.add(g, pt, depth); err != nil {
			return nil, err
		}
		waits[i].Name = pt.Name
		index[pt.Name] = i
	}
	for i := range spec.Tasks {
		waits[i].After = after(plan.Edges(&spec.Tasks[i]), index)
	}
	if err := dag.Check(waits); err != nil {
		return nil, fmt.Errorf("ordering the tasks of %s: %w", title, err)
	}
	for i := range spec.Tasks {
		g.Edges = append(g.Edges, edges(i, plan.Edges(&spec.Tasks[i]), index)...)
	}
	for i := range spec.Finally {
		if err := s.add(g, &spec.Finally[i], depth); err != nil {
			return nil, err
		}
		g.Nodes[len(g.Nodes)-1].Finally = true
	}
	return g, nil
}

// after returns the names of the tasks that edges lead from. That a result is of no task is not for a drawing to say.
func after(edges []plan.Edge, index map[string]int) []string {
	var names []string
	for _, e := range edges {
		if _, ok := index[e.Task]; ok || e.Result == "" {
			names = append(names, e.Task)
		}
	}
	return names
}

// edges joins what a task says several times about the same one.
func edges(to int, found []plan.Edge, index map[string]int) []Edge {
	var out []Edge
	at := make(map[int]int)
	for _, e := range found {
		from, known := index[e.Task]
		if !known {
			continue
		}
		i, met := at[from]
		if !met {
			i = len(out)
			at[from] = i
			out = append(out, Edge{From: from, To: to})
		}
		switch {
		case e.Result == "":
			out[i].Order = true
		case !slices.Contains(out[i].Results, e.Result):
			out[i].Results = append(out[i].Results, e.Result)
		}
	}
	return out
}

func (s Source) add(g *Graph, pt *v1.PipelineTask, depth int) error {
	n := &Node{Name: pt.Name, Label: pt.Name, Matrix: pt.IsMatrixed()}
	if pt.DisplayName != "" {
		n.Label = pt.DisplayName
	}
	if n.Matrix {
		n.Copies = copies(pt.Matrix)
	}
	for i := range pt.When {
		n.When = append(n.When, condition(&pt.When[i]))
	}
	g.Nodes = append(g.Nodes, n)
	switch {
	case pt.IsChildPipeline():
		n.Kind = KindPipeline
		return s.addChild(n, pt, depth)
	case pt.IsCustomTask():
		n.Kind = KindCustom
	}
	switch {
	case pt.TaskRef != nil:
		n.Ref = reference(pt.TaskRef.Name, string(pt.TaskRef.Resolver))
		if n.Kind == KindCustom {
			n.Ref = string(pt.TaskRef.Kind) + " " + n.Ref
		}
	case n.Kind == KindCustom:
		n.Ref = pt.TaskSpec.Kind
	}
	return nil
}

func (s Source) addChild(n *Node, pt *v1.PipelineTask, depth int) error {
	spec := pt.PipelineSpec
	if pt.PipelineRef != nil {
		n.Ref = reference(pt.PipelineRef.Name, string(pt.PipelineRef.Resolver))
		if pt.PipelineRef.Resolver == "" {
			spec = s.Pipelines[pt.PipelineRef.Name]
		}
	}
	// Pipelines that contain each other end here too.
	if spec == nil || depth == maxDepth {
		return nil
	}
	child, err := s.graph(pt.Name, spec, depth+1)
	n.Child = child
	return err
}

func reference(name, resolver string) string {
	if resolver != "" {
		return "from " + resolver
	}
	return name
}

// copies returns how many runs a matrix makes, 0 if that depends on values that are not known yet.
func copies(m *v1.Matrix) int {
	for _, p := range m.Params {
		if p.Value.Type != v1.ParamTypeArray || slices.ContainsFunc(p.Value.ArrayVal, isWholeArray) {
			return 0
		}
	}
	return m.Count()
}

// isWholeArray tells whether a text stands for all elements of an array.
func isWholeArray(text string) bool { return strings.HasSuffix(text, "[*])") }

func condition(w *v1.WhenExpression) string {
	if w.CEL != "" {
		return w.CEL
	}
	values := make([]string, len(w.Values))
	for i, v := range w.Values {
		values[i] = strconv.Quote(v)
	}
	return fmt.Sprintf("%q %s %v", w.Input, w.Operator, values)
}
