package plan

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

// Edge says that a pipeline task comes after another one.
type Edge struct {
	// Task is the name of the pipeline task that has to end first.
	Task string
	// Result is the name of the result of it that is needed; empty if the order alone is asked for (runAfter).
	Result string
}

// Edges returns why a pipeline task of the section "tasks" waits for others: first runAfter, then the results it needs, in
// the order of its fields. An edge can come several times, and its task need not exist. For a final task, which waits for all
// tasks anyway, they are the results that it needs.
func Edges(pt *v1.PipelineTask) []Edge {
	refs := resultRefs(pt)
	edges := make([]Edge, 0, len(pt.RunAfter)+len(refs))
	for _, name := range pt.RunAfter {
		edges = append(edges, Edge{Task: name})
	}
	for _, r := range refs {
		if r.isNeeded() {
			edges = append(edges, Edge{Task: r.Task, Result: r.Result})
		}
	}
	return edges
}
