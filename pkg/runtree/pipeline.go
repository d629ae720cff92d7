package runtree

import (
	"strings"
	"time"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func (b *builder) pipelineRun(pr *v1.PipelineRun) *Node {
	b.open[pr] = true
	defer delete(b.open, pr)
	n := &Node{
		Kind: KindPipelineRun, Name: pr.Name, Object: pr.Name, Namespace: pr.Namespace,
		Start: timeOf(pr.Status.StartTime), End: timeOf(pr.Status.CompletionTime),
	}
	setState(n, pr.Status.GetCondition(apis.ConditionSucceeded), v1.PipelineRunReasonCancelled.String(), v1.PipelineRunReasonTimedOut.String())
	for _, r := range pr.Status.Results {
		n.Results = append(n.Results, result(r.Name, r.Value))
	}
	spec := pr.Status.PipelineSpec
	if spec == nil {
		spec = pr.Spec.PipelineSpec
	}
	if spec == nil {
		b.addOrphans(n, pr)
		return n
	}
	skipped := make(map[string]v1.SkippedTask, len(pr.Status.SkippedTasks))
	for _, s := range pr.Status.SkippedTasks {
		skipped[s.Name] = s
	}
	needs := dependencies(spec)
	for _, pt := range ordered(spec.Tasks, needs) {
		task := b.pipelineTask(pr, n.State, pt, skipped)
		task.Needs = needs[pt.Name]
		n.Children = append(n.Children, task)
	}
	for i := range spec.Finally {
		task := b.pipelineTask(pr, n.State, &spec.Finally[i], skipped)
		task.Finally = true
		n.Children = append(n.Children, task)
	}
	explainParents(n.Children)
	return n
}

// addOrphans shows what the status names although the Pipeline is not known.
func (b *builder) addOrphans(n *Node, pr *v1.PipelineRun) {
	seen := make(map[string]bool)
	for _, ref := range pr.Status.ChildReferences {
		if !seen[ref.PipelineTaskName] {
			seen[ref.PipelineTaskName] = true
			n.Children = append(n.Children, b.pipelineTask(pr, n.State, &v1.PipelineTask{Name: ref.PipelineTaskName}, nil))
		}
	}
}

func (b *builder) pipelineTask(pr *v1.PipelineRun, parent State, pt *v1.PipelineTask, skipped map[string]v1.SkippedTask) *Node {
	children := b.of(pr, pt.Name)
	name := title(pt)
	skip, isSkipped := skipped[pt.Name]
	switch {
	case len(children) == 1 && !pt.IsMatrixed():
		n := b.build(children[0])
		n.Name, n.Task = name, pt.Name
		if children[0].display != "" {
			n.Name = children[0].display
		}
		return n
	case len(children) > 0:
		return b.combinations(pt, name, children)
	case isSkipped:
		return &Node{Kind: KindTask, Name: name, Task: pt.Name, State: Skipped, Reason: string(skip.Reason), Message: skippedBecause(skip)}
	case parent.IsDone():
		return &Node{Kind: KindTask, Name: name, Task: pt.Name, State: Skipped, Message: "the run ended before it could start"}
	default:
		return &Node{Kind: KindTask, Name: name, Task: pt.Name, State: Waiting}
	}
}

// title is the display name if nothing is left to fill in.
func title(pt *v1.PipelineTask) string {
	if pt.DisplayName != "" && !strings.Contains(pt.DisplayName, "$(") {
		return pt.DisplayName
	}
	return pt.Name
}

func (b *builder) combinations(pt *v1.PipelineTask, name string, children []child) *Node {
	n := &Node{Kind: KindTask, Name: name, Task: pt.Name}
	for _, c := range children {
		one := b.build(c)
		one.Name, one.Task = combination(pt, c), pt.Name
		n.Children = append(n.Children, one)
	}
	summarize(n)
	return n
}

// summarize gives a node without an object of its own the state and times of what is below it.
func summarize(n *Node) {
	counts := make(map[State]int)
	ignored := 0
	for _, c := range n.Children {
		counts[c.State]++
		if c.Ignored {
			ignored++
		}
		if !c.Start.IsZero() && (n.Start.IsZero() || c.Start.Before(n.Start)) {
			n.Start = c.Start
		}
		if c.End.After(n.End) {
			n.End = c.End
		}
	}
	n.State = worst(counts, len(n.Children))
	if !n.State.IsDone() {
		n.End = time.Time{}
	}
	n.Ignored = n.State == Failed && ignored == counts[Failed]
}

func worst(counts map[State]int, total int) State {
	switch {
	case counts[Waiting] == total:
		return Waiting
	case counts[Running]+counts[Waiting] > 0:
		return Running
	}
	for _, s := range []State{Failed, TimedOut, Cancelled, Unknown, Skipped} {
		if counts[s] > 0 {
			return s
		}
	}
	return Succeeded
}

// combination names one of the children of a matrix: by its display name, else by the values of the matrix's parameters.
func combination(pt *v1.PipelineTask, c child) string {
	if c.display != "" {
		return c.display
	}
	names := make(map[string]bool)
	if pt.Matrix != nil {
		for _, p := range pt.Matrix.Params {
			names[p.Name] = true
		}
		for _, include := range pt.Matrix.Include {
			for _, p := range include.Params {
				names[p.Name] = true
			}
		}
	}
	var values []string
	for _, p := range paramsOf(c) {
		if names[p.Name] {
			values = append(values, p.Name+"="+text(p.Value))
		}
	}
	if len(values) == 0 {
		return c.object.GetName()
	}
	return strings.Join(values, ", ")
}
