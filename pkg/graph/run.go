package graph

import (
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// OfRun returns the graph of a run, with the state and duration of each task at the time now, and its critical path. Of a TaskRun
// or CustomRun it is one node; of a PipelineRun whose Pipeline is not known yet, the tasks that its status names.
func OfRun(o runtree.Objects, now time.Time) (*Graph, error) {
	r := runs{pipelines: make(map[string]*v1.PipelineRun, len(o.PipelineRuns)+1), now: now}
	for _, pr := range o.PipelineRuns {
		r.pipelines[pr.Name] = pr
	}
	if pr, ok := o.Root.(*v1.PipelineRun); ok {
		r.pipelines[pr.Name] = pr
	}
	return r.graph(runtree.Build(o), 0)
}

type runs struct {
	pipelines map[string]*v1.PipelineRun
	now       time.Time
}

func (r runs) graph(root *runtree.Node, depth int) (*Graph, error) {
	g := &Graph{Title: root.Name}
	if root.Kind != runtree.KindPipelineRun {
		g.Nodes = []*Node{r.leaf(root)}
		r.mark(g, root)
		return g, nil
	}
	spec := specOf(r.pipelines[root.Object])
	if spec == nil {
		for _, task := range root.Children {
			g.Nodes = append(g.Nodes, r.leaf(task))
		}
		r.mark(g, root)
		return g, nil
	}
	g, err := Of(root.Name, spec, Source{})
	if err != nil {
		return nil, err
	}
	r.mark(g, root)
	states := make(map[string]*runtree.Node, len(root.Children))
	for _, task := range root.Children {
		states[task.Task] = task
	}
	for _, n := range g.Nodes {
		if err := r.fill(n, states[n.Name], depth); err != nil {
			return nil, err
		}
	}
	r.markCritical(g, root, states)
	return g, nil
}

func specOf(pr *v1.PipelineRun) *v1.PipelineSpec {
	switch {
	case pr == nil:
		return nil
	case pr.Status.PipelineSpec != nil:
		return pr.Status.PipelineSpec
	default:
		return pr.Spec.PipelineSpec
	}
}

func (r runs) mark(g *Graph, root *runtree.Node) {
	g.State, g.Duration = root.State, root.Duration(r.now)
}

// leaf is a node of a task of which only the run is known.
func (r runs) leaf(run *runtree.Node) *Node {
	n := &Node{Name: run.Task, Label: run.Name, Finally: run.Finally}
	if n.Name == "" {
		n.Name = run.Name
	}
	switch run.Kind {
	case runtree.KindCustomRun:
		n.Kind = KindCustom
	case runtree.KindPipelineRun:
		n.Kind = KindPipeline
	}
	n.State, n.Reason, n.Duration = run.State, run.Reason, run.Duration(r.now)
	return n
}

// fill adds to a node how its task went.
func (r runs) fill(n *Node, run *runtree.Node, depth int) error {
	if run == nil {
		return nil
	}
	n.Label, n.State, n.Reason, n.Duration = run.Name, run.State, run.Reason, run.Duration(r.now)
	if run.State == runtree.Skipped && run.Message != "" {
		n.Reason = run.Message
	}
	if n.Matrix && run.Kind == runtree.KindTask && len(run.Children) > 0 {
		n.Copies = len(run.Children)
	}
	if run.Kind != runtree.KindPipelineRun || depth == maxDepth || specOf(r.pipelines[run.Object]) == nil {
		return nil
	}
	child, err := r.graph(run, depth+1)
	n.Child = child
	return err
}

// markCritical finds the critical path and marks its nodes and edges.
func (r runs) markCritical(g *Graph, root *runtree.Node, states map[string]*runtree.Node) {
	tasks := make([]Timed, len(g.Nodes))
	at := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		tasks[i] = Timed{Name: n.Name, Finally: n.Finally}
		if run := states[n.Name]; run != nil {
			tasks[i].Start, tasks[i].End = run.Start, run.End
		}
		at[n.Name] = i
	}
	for _, e := range g.Edges {
		tasks[e.To].After = append(tasks[e.To].After, g.Nodes[e.From].Name)
	}
	g.Critical = CriticalPath(tasks, root.Start, r.now)
	before := make(map[int]int)
	for i, link := range g.Critical {
		g.Nodes[at[link.Name]].Critical = true
		if i > 0 {
			before[at[link.Name]] = at[g.Critical[i-1].Name]
		}
	}
	for i, e := range g.Edges {
		if from, ok := before[e.To]; ok && from == e.From {
			g.Edges[i].Critical = true
		}
	}
}
