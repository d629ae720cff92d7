package measure

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Shapes of runs.
const (
	ShapeTaskRun = "taskrun"
	ShapeChain   = "chain"
	ShapeFan     = "fan"
	ShapeDiamond = "diamond"
	ShapeMatrix  = "matrix"
	// ShapeRemote are TaskRuns again, by name first and then by a reference that a resolver answers.
	ShapeRemote = "remote"
)

// Shapes are all kinds of shapes.
var Shapes = []string{ShapeTaskRun, ShapeChain, ShapeFan, ShapeDiamond, ShapeMatrix, ShapeRemote}

// KnownShape tells whether there is a shape of that kind.
func KnownShape(kind string) bool { return slices.Contains(Shapes, kind) }

const (
	// definition names the Task and the Pipeline.
	definition = "load"
	paramName  = "value"
	resultName = "value"
	// image is never pulled: the virtual node runs nothing.
	image = "registry.invalid/load:1"
	taint = "tenon.dev/virtual"
)

// Shape describes the runs to create.
type Shape struct {
	// Kind is one of Shapes.
	Kind string
	// Size is how many tasks a PipelineRun has: in the chain, side by side in fan, diamond (two more around them) and matrix.
	Size int
	// Results lets every task report a result, and hand it to the next task of a chain or diamond.
	Results bool
	// Inline embeds the tasks and the pipeline in the runs instead of referring to stored ones.
	Inline bool
	// Remote is what TaskRuns refer to instead of the Task that is stored.
	Remote *v1.TaskRef
	// Node is the name of the node that the pods go to. A Session sets its own.
	Node string
}

// Single tells whether the runs are TaskRuns.
func (s Shape) Single() bool { return s.Kind == ShapeTaskRun || s.Kind == ShapeRemote }

// Tasks is how many TaskRuns a run of the shape has.
func (s Shape) Tasks() int {
	switch s.Kind {
	case ShapeTaskRun, ShapeRemote:
		return 1
	case ShapeDiamond:
		return s.Size + 2
	default:
		return s.Size
	}
}

// Hops is how many TaskRuns follow one another.
func (s Shape) Hops() int {
	switch s.Kind {
	case ShapeChain:
		return s.Size
	case ShapeDiamond:
		return 3
	default:
		return 1
	}
}

// Task is what the runs refer to, unless the shape is Inline.
func (s Shape) Task() *v1.Task {
	return &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: definition}, Spec: s.taskSpec()}
}

func (s Shape) taskSpec() v1.TaskSpec {
	spec := v1.TaskSpec{
		Params: v1.ParamSpecs{{Name: paramName, Type: v1.ParamTypeString, Default: v1.NewString("none")}},
		// A command that is given keeps the registry out of the measurement.
		Steps: []v1.Step{{Name: "work", Image: image, Command: []string{"true"}, Args: []string{"$(params." + paramName + ")"}}},
	}
	if s.Results {
		spec.Results = []v1.TaskResult{{Name: resultName, Type: v1.ResultsTypeString}}
	}
	return spec
}

// Pipeline is what PipelineRuns refer to, unless the shape is Inline.
func (s Shape) Pipeline() *v1.Pipeline {
	return &v1.Pipeline{ObjectMeta: metav1.ObjectMeta{Name: definition}, Spec: s.pipelineSpec()}
}

func (s Shape) pipelineSpec() v1.PipelineSpec {
	var tasks []v1.PipelineTask
	if s.Kind == ShapeMatrix {
		task := s.pipelineTask("each")
		values := make([]string, s.Size)
		for i := range values {
			values[i] = fmt.Sprint(i)
		}
		task.Matrix = &v1.Matrix{Params: v1.Params{{Name: paramName, Value: *v1.NewArray(values...)}}}
		return v1.PipelineSpec{Tasks: []v1.PipelineTask{task}}
	}
	if s.Kind == ShapeDiamond {
		tasks = append(tasks, s.pipelineTask("first"))
	}
	for i := range s.Size {
		task := s.pipelineTask(fmt.Sprintf("t%d", i))
		switch {
		case s.Kind == ShapeChain && i > 0:
			s.follow(&task, fmt.Sprintf("t%d", i-1))
		case s.Kind == ShapeDiamond:
			s.follow(&task, "first")
		}
		tasks = append(tasks, task)
	}
	if s.Kind == ShapeDiamond {
		last := s.pipelineTask("last")
		for i := range s.Size {
			last.RunAfter = append(last.RunAfter, fmt.Sprintf("t%d", i))
		}
		tasks = append(tasks, last)
	}
	return v1.PipelineSpec{Tasks: tasks}
}

func (s Shape) pipelineTask(name string) v1.PipelineTask {
	if s.Inline {
		return v1.PipelineTask{Name: name, TaskSpec: &v1.EmbeddedTask{TaskSpec: s.taskSpec()}}
	}
	return v1.PipelineTask{Name: name, TaskRef: &v1.TaskRef{Name: definition}}
}

// follow lets a task wait for another one, for its result if there are any.
func (s Shape) follow(task *v1.PipelineTask, previous string) {
	if !s.Results {
		task.RunAfter = []string{previous}
		return
	}
	task.Params = v1.Params{{Name: paramName, Value: *v1.NewString(fmt.Sprintf("$(tasks.%s.results.%s)", previous, resultName))}}
}

func (s Shape) podTemplate() *pod.Template {
	return &pod.Template{NodeSelector: s.selector(), Tolerations: tolerations(), AutomountServiceAccountToken: ptr.To(false)}
}

func (s Shape) selector() map[string]string { return map[string]string{corev1.LabelHostname: s.Node} }

func tolerations() []corev1.Toleration {
	return []corev1.Toleration{{Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}}
}

// TaskRun is a run of a shape of single TaskRuns.
func (s Shape) TaskRun(name string) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1.TaskRunSpec{PodTemplate: s.podTemplate()}}
	switch {
	case s.Remote != nil:
		tr.Spec.TaskRef = s.Remote
	case s.Inline:
		tr.Spec.TaskSpec = ptr.To(s.taskSpec())
	default:
		tr.Spec.TaskRef = &v1.TaskRef{Name: definition}
	}
	return tr
}

// PipelineRun is a run of any other shape.
func (s Shape) PipelineRun(name string) *v1.PipelineRun {
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: name}}
	pr.Spec.TaskRunTemplate.PodTemplate = s.podTemplate()
	if s.Inline {
		pr.Spec.PipelineSpec = ptr.To(s.pipelineSpec())
	} else {
		pr.Spec.PipelineRef = &v1.PipelineRef{Name: definition}
	}
	return pr
}

// RawPod is a pod for the virtual node that Tenon knows nothing of.
func (s Shape) RawPod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, NodeSelector: s.selector(), Tolerations: tolerations(),
			AutomountServiceAccountToken: ptr.To(false),
			Containers:                   []corev1.Container{{Name: "work", Image: image, Command: []string{"true"}}},
		},
	}
}
