package plan

import (
	"strings"
	"time"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// run is the state of one pass over a PipelineRun. It is built by newRun, filled phase by phase, and read by the makers of
// children and status. It is thrown away after the pass.
type run struct {
	seen *Seen
	pr   *v1.PipelineRun
	now  time.Time
	// status is the new status.
	status v1.PipelineRunStatus
	// labels and annotations are those of the PipelineRun with what is added in this pass.
	labels, annotations map[string]string
	// pipelineName and pipelineNamespace identify the definition in messages.
	pipelineName, pipelineNamespace string
	// namesForgotten says that they are not those of the document, which was fetched from elsewhere in an earlier pass.
	namesForgotten bool
	limits         limits
	// mode is the coschedule mode that counts for the run.
	mode string
	spec *v1.PipelineSpec
	// bindings are spec.workspaces of the run with params and context filled in.
	bindings []v1.WorkspaceBinding
	// children are all observed children; tasks and finals hold them by pipeline task.
	children      []child
	tasks, finals []*task
	byName        map[string]*task
	specsByTask   map[string][]*v1.PipelineTaskRunSpec
	// upon are the tasks on whose end another one has started; nil before anybody asks.
	upon map[string]bool
	// ended are the tasks that are known to have succeeded although children of theirs were deleted.
	ended map[string]bool
	// fatal ends the run at once.
	fatal *failure.Failure
	wants Wants
	// asked has the keys of wants.Definitions.
	asked   map[string]bool
	actions []Action
	events  []Event
}

// all returns the DAG tasks and then the final tasks, in the order of the spec.
func (r *run) all(visit func(*task)) {
	for _, t := range r.tasks {
		visit(t)
	}
	for _, t := range r.finals {
		visit(t)
	}
}

// arrange builds the tasks of the pipeline and gives each its children.
func (r *run) arrange() {
	n := len(r.spec.Tasks) + len(r.spec.Finally)
	r.byName = make(map[string]*task, n)
	add := func(specs []v1.PipelineTask, final bool) []*task {
		tasks := make([]*task, len(specs))
		for i := range specs {
			tasks[i] = &task{spec: &specs[i], final: final}
			r.byName[specs[i].Name] = tasks[i]
		}
		return tasks
	}
	r.tasks = add(r.spec.Tasks, false)
	r.finals = add(r.spec.Finally, true)
	r.shareDefinitions()
	for _, c := range r.children {
		if t := r.byName[c.task]; t != nil && c.kind == childKind(t.spec) {
			t.children = append(t.children, c)
		}
	}
	for _, ref := range r.status.ChildReferences {
		if t := r.byName[ref.PipelineTaskName]; t != nil && ref.Kind == childKind(t.spec) {
			t.recorded = append(t.recorded, ref)
		}
	}
	r.specsByTask = make(map[string][]*v1.PipelineTaskRunSpec, len(r.pr.Spec.TaskRunSpecs))
	for i := range r.pr.Spec.TaskRunSpecs {
		s := &r.pr.Spec.TaskRunSpecs[i]
		r.specsByTask[s.PipelineTaskName] = append(r.specsByTask[s.PipelineTaskName], s)
	}
}

// shareDefinitions finds the tasks that refer to the same Task or Pipeline of the cluster: it is looked up once, under the name
// of the first of them.
func (r *run) shareDefinitions() {
	first := map[string]string{}
	r.all(func(t *task) {
		kind, name := localReference(t.spec)
		if name == "" {
			return
		}
		key := kind + "/" + name
		if _, ok := first[key]; !ok {
			first[key] = t.spec.Name
		}
		t.sharedWith = first[key]
	})
}

// localReference returns the kind and name of the object of the cluster that a pipeline task refers to; no name if it refers to
// none, or if the name depends on variables.
func localReference(pt *v1.PipelineTask) (kind, name string) {
	switch {
	case pt.PipelineRef != nil && pt.PipelineRef.Resolver == "":
		kind, name = "Pipeline", pt.PipelineRef.Name
	case pt.TaskRef != nil && pt.TaskRef.Resolver == "" && !pt.IsCustomTask():
		kind, name = string(pt.TaskRef.Kind), pt.TaskRef.Name
	}
	if strings.Contains(name, "$(") {
		return kind, ""
	}
	return kind, name
}

// definitionKey is the key of the definition of a task in Seen.Definitions.
func (t *task) definitionKey() string {
	if t.sharedWith != "" {
		return t.sharedWith
	}
	return t.spec.Name
}

// hasChildren tells whether the run has, or had, any child.
func (r *run) hasChildren() bool {
	return len(r.children) > 0 || len(r.pr.Status.ChildReferences) > 0
}

// unfinished returns the children that are still running, of the kind TaskRun first (contract 3 §9.4).
func (r *run) unfinished() []child {
	var found []child
	for _, kind := range []string{kindTaskRun, kindCustomRun, kindPipelineRun} {
		for _, c := range r.children {
			if c.kind == kind && !c.isDone() {
				found = append(found, c)
			}
		}
	}
	return found
}

func (t *task) customRuns() []*v1beta1.CustomRun {
	var runs []*v1beta1.CustomRun
	for _, c := range t.children {
		if c.kind == kindCustomRun && c.isDone() {
			runs = append(runs, c.customRun)
		}
	}
	return runs
}

// isFannedOut tells whether a pipeline task has a matrix that counts; child pipelines cannot fan out (contract 3 §10.6).
func isFannedOut(pt *v1.PipelineTask) bool { return pt.IsMatrixed() && !pt.IsChildPipeline() }
