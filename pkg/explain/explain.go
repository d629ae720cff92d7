// Package explain says in one line why a run waits or failed, and what to do next. It reads objects only: the run and what is below
// it, pods, their events, claims. It is pure and must not import clients, clocks or loggers.
package explain

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// Objects is everything that is known about a run. Whatever is missing makes answers less exact, never wrong.
type Objects struct {
	runtree.Objects
	// Pods are those of the run, and of affinity assistants. Events and Claims may hold others too.
	Pods   []*corev1.Pod
	Events []*corev1.Event
	Claims []*corev1.PersistentVolumeClaim
	// Log returns the last lines that a container of a pod wrote, nil if they are gone. It can be nil.
	Log func(pod, container string) []string
	Now time.Time
}

// Line says how one task, or a whole run, is.
type Line struct {
	// Task is the name of the pipeline task, empty for the run itself. Step names a step of it, if it is about one.
	Task, Step string
	State      runtree.State
	// Why says why it waits or failed, Next what to do about it; Next can be empty.
	Why, Next string
	// Log are the last lines that a failed step wrote.
	Log []string
}

// String returns the line.
func (l Line) String() string {
	text := l.Why
	if l.Task != "" {
		text = "task " + l.Task + ": " + text
	}
	if l.Next != "" {
		text += ". Next: " + l.Next
	}
	return text
}

// Run says why a run waits or failed: of its tasks, the first one that failed, or else the one that has waited the longest.
func Run(o Objects) Line {
	e := newExplainer(o)
	switch root := o.Root.(type) {
	case *v1.PipelineRun:
		return e.pipelineRun(root, e.tree)
	case *v1.TaskRun:
		return e.taskRun(root, e.tree)
	case *v1beta1.CustomRun:
		return e.customRun(root, e.tree)
	default:
		return Line{State: runtree.Unknown, Why: "it is not there"}
	}
}

// All says it of every task, in the order of the tree. Child pipelines come with their tasks, which are named "child/task".
func All(o Objects) []Line {
	e := newExplainer(o)
	if _, ok := o.Root.(*v1.PipelineRun); !ok {
		return []Line{Run(o)}
	}
	return e.tasks(e.tree, "")
}

type explainer struct {
	Objects
	tree        *runtree.Node
	pipelines   map[string]*v1.PipelineRun
	taskRuns    map[string]*v1.TaskRun
	customRuns  map[string]*v1beta1.CustomRun
	pods        map[string]*corev1.Pod
	claims      map[string]*corev1.PersistentVolumeClaim
	eventsOfPod map[string][]*corev1.Event
}

func newExplainer(o Objects) *explainer {
	e := &explainer{
		Objects: o, tree: runtree.Build(o.Objects),
		pipelines: make(map[string]*v1.PipelineRun), taskRuns: make(map[string]*v1.TaskRun), customRuns: make(map[string]*v1beta1.CustomRun),
		pods: make(map[string]*corev1.Pod), claims: make(map[string]*corev1.PersistentVolumeClaim), eventsOfPod: make(map[string][]*corev1.Event),
	}
	for _, pr := range o.PipelineRuns {
		e.pipelines[pr.Name] = pr
	}
	for _, tr := range o.TaskRuns {
		e.taskRuns[tr.Name] = tr
	}
	for _, cr := range o.CustomRuns {
		e.customRuns[cr.Name] = cr
	}
	for _, pod := range o.Pods {
		e.pods[pod.Name] = pod
	}
	for _, c := range o.Claims {
		e.claims[c.Name] = c
	}
	for _, ev := range o.Events {
		key := ev.InvolvedObject.Kind + "/" + ev.InvolvedObject.Name
		e.eventsOfPod[key] = append(e.eventsOfPod[key], ev)
	}
	return e
}

// tasks explains all tasks below a node.
func (e *explainer) tasks(of *runtree.Node, prefix string) []Line {
	var lines []Line
	for _, n := range of.Children {
		if n.Kind == runtree.KindStep || n.Kind == runtree.KindSidecar {
			continue
		}
		name := prefix + taskName(n)
		if n.Kind == runtree.KindTask && len(n.Children) > 0 {
			for _, one := range n.Children {
				l := e.node(one)
				l.Task = name + " (" + one.Name + ")"
				lines = append(lines, l)
			}
			continue
		}
		l := e.node(n)
		if l.Task != "" && n.Kind == runtree.KindPipelineRun {
			l.Why = "task " + l.Task + ": " + l.Why
		}
		l.Task = name
		lines = append(lines, l)
		if n.Kind == runtree.KindPipelineRun {
			lines = append(lines, e.tasks(n, name+"/")...)
		}
	}
	return lines
}

func taskName(n *runtree.Node) string {
	if n.Task != "" {
		return n.Task
	}
	return n.Name
}

// node explains one task of a Pipeline.
func (e *explainer) node(n *runtree.Node) Line {
	l := Line{Task: taskName(n), State: n.State}
	switch {
	case n.Kind == runtree.KindTaskRun && e.taskRuns[n.Object] != nil:
		l = e.taskRun(e.taskRuns[n.Object], n)
	case n.Kind == runtree.KindCustomRun && e.customRuns[n.Object] != nil:
		l = e.customRun(e.customRuns[n.Object], n)
	case n.Kind == runtree.KindPipelineRun && e.pipelines[n.Object] != nil:
		inner := e.pipelineRun(e.pipelines[n.Object], n)
		inner.Task = join(taskName(n), inner.Task)
		return inner
	case n.Kind == runtree.KindTask && len(n.Children) > 0:
		l = e.combinations(n)
	case n.State == runtree.Skipped:
		l.Why, l.Next = skipped(n)
	case n.State == runtree.Unknown:
		l.Why = "its object " + n.Object + " is gone"
	default:
		l.Why = e.waitsFor(n)
	}
	l.Task = taskName(n)
	return l
}

func join(task, inner string) string {
	if inner == "" {
		return task
	}
	return task + "/" + inner
}

func (e *explainer) combinations(n *runtree.Node) Line {
	if worst := pick(n.Children); worst != nil {
		l := e.node(worst)
		l.Why = worst.Name + ": " + l.Why
		return l
	}
	return Line{State: n.State, Why: strings.ToLower(string(n.State))}
}

// waitsFor names the tasks that one has to wait for.
func (e *explainer) waitsFor(n *runtree.Node) string {
	if n.Finally {
		return "waits until all other tasks have ended"
	}
	open := make(map[string]bool)
	e.tree.Walk(func(t *runtree.Node, _ int) bool {
		if t.Task != "" && !t.State.IsDone() {
			open[t.Task] = true
		}
		return true
	})
	var names []string
	for _, need := range n.Needs {
		if open[need] {
			names = append(names, need)
		}
	}
	if len(names) == 0 {
		return "is about to start"
	}
	return "waits for " + strings.Join(names, ", ")
}

// skipped says because of what a task was skipped.
func skipped(n *runtree.Node) (why, next string) {
	why = "skipped"
	if n.Message != "" {
		why += ": " + n.Message
	}
	switch v1.SkippingReason(n.Reason) {
	case v1.MissingResultsSkip:
		next = "let the task before it write that result in every case"
	case v1.PipelineTimedOutSkip, v1.TasksTimedOutSkip, v1.FinallyTimedOutSkip:
		next = "raise spec.timeouts of the run"
	case v1.EmptyArrayInMatrixParams:
		next = "give the matrix at least one value"
	}
	return why, next
}

// pick returns the node to talk about: of those that failed the one that ended first, else of those that wait the one that began
// first, else one that runs; nil if all is well.
func pick(nodes []*runtree.Node) *runtree.Node {
	var failed, waiting, running *runtree.Node
	for _, n := range nodes {
		switch {
		case n.Kind == runtree.KindStep || n.Kind == runtree.KindSidecar:
		case n.State.IsBad() && !n.Ignored:
			// What was cancelled is a consequence if something else failed.
			if failed == nil || (failed.State == runtree.Cancelled && n.State != runtree.Cancelled) ||
				(n.State != runtree.Cancelled || failed.State == runtree.Cancelled) && n.End.Before(failed.End) {
				failed = n
			}
		case n.State == runtree.Waiting && n.Object != "":
			waiting = earlier(waiting, n)
		case n.State == runtree.Running:
			running = earlier(running, n)
		}
	}
	switch {
	case failed != nil:
		return failed
	case waiting != nil:
		return waiting
	default:
		return running
	}
}

func earlier(a, b *runtree.Node) *runtree.Node {
	if a == nil || b.Start.Before(a.Start) {
		return b
	}
	return a
}

// since is how long something has lasted, for people.
func (e *explainer) since(t time.Time) string {
	if t.IsZero() || e.Now.Before(t) {
		return ""
	}
	return " for " + e.Now.Sub(t).Round(time.Second).String()
}

// asker names who set spec.status, as far as the API noted it.
func asker(fields []metav1.ManagedFieldsEntry) string {
	for _, f := range fields {
		if f.FieldsV1 == nil || f.Subresource != "" {
			continue
		}
		text := string(f.FieldsV1.Raw)
		spec := strings.Index(text, `"f:spec"`)
		if spec < 0 || f.Operation != metav1.ManagedFieldsOperationUpdate && f.Operation != metav1.ManagedFieldsOperationApply {
			continue
		}
		if strings.Contains(text[spec:], `"f:status":{}`) {
			return " by " + f.Manager
		}
	}
	return ""
}

// firstLine cuts a text after its first line and the prefix of users' errors.
func firstLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "[User error] "), "\n")
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}
