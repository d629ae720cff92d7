package main

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
	shapeTaskRun = "taskrun"
	shapeChain   = "chain"
	shapeFan     = "fan"
	shapeDiamond = "diamond"
	shapeMatrix  = "matrix"
	// shapeRemote are TaskRuns again, by name first and then by a reference that a resolver answers.
	shapeRemote = "remote"
)

var shapes = []string{shapeTaskRun, shapeChain, shapeFan, shapeDiamond, shapeMatrix, shapeRemote}

func knownShape(kind string) bool { return slices.Contains(shapes, kind) }

const (
	// definition names the Task and the Pipeline.
	definition = "load"
	paramName  = "value"
	resultName = "value"
	// image is never pulled: the virtual node runs nothing.
	image = "registry.invalid/load:1"
	taint = "tenon.dev/virtual"
)

// shape describes the runs to create.
type shape struct {
	kind            string
	size            int
	results, inline bool
	node            string
	// remote is what TaskRuns refer to instead of the Task that is stored.
	remote *v1.TaskRef
}

// single tells whether the runs are TaskRuns.
func (s shape) single() bool { return s.kind == shapeTaskRun || s.kind == shapeRemote }

// tasks is how many TaskRuns a run of the shape has.
func (s shape) tasks() int {
	switch s.kind {
	case shapeTaskRun, shapeRemote:
		return 1
	case shapeDiamond:
		return s.size + 2
	default:
		return s.size
	}
}

// hops is how many TaskRuns follow one another.
func (s shape) hops() int {
	switch s.kind {
	case shapeChain:
		return s.size
	case shapeDiamond:
		return 3
	default:
		return 1
	}
}

func (s shape) task() *v1.Task {
	return &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: definition}, Spec: s.taskSpec()}
}

func (s shape) taskSpec() v1.TaskSpec {
	spec := v1.TaskSpec{
		Params: v1.ParamSpecs{{Name: paramName, Type: v1.ParamTypeString, Default: v1.NewString("none")}},
		// A command that is given keeps the registry out of the measurement.
		Steps: []v1.Step{{Name: "work", Image: image, Command: []string{"true"}, Args: []string{"$(params." + paramName + ")"}}},
	}
	if s.results {
		spec.Results = []v1.TaskResult{{Name: resultName, Type: v1.ResultsTypeString}}
	}
	return spec
}

func (s shape) pipeline() *v1.Pipeline {
	return &v1.Pipeline{ObjectMeta: metav1.ObjectMeta{Name: definition}, Spec: s.pipelineSpec()}
}

func (s shape) pipelineSpec() v1.PipelineSpec {
	var tasks []v1.PipelineTask
	if s.kind == shapeMatrix {
		task := s.pipelineTask("each")
		values := make([]string, s.size)
		for i := range values {
			values[i] = fmt.Sprint(i)
		}
		task.Matrix = &v1.Matrix{Params: v1.Params{{Name: paramName, Value: *v1.NewArray(values...)}}}
		return v1.PipelineSpec{Tasks: []v1.PipelineTask{task}}
	}
	if s.kind == shapeDiamond {
		tasks = append(tasks, s.pipelineTask("first"))
	}
	for i := range s.size {
		task := s.pipelineTask(fmt.Sprintf("t%d", i))
		switch {
		case s.kind == shapeChain && i > 0:
			s.follow(&task, fmt.Sprintf("t%d", i-1))
		case s.kind == shapeDiamond:
			s.follow(&task, "first")
		}
		tasks = append(tasks, task)
	}
	if s.kind == shapeDiamond {
		last := s.pipelineTask("last")
		for i := range s.size {
			last.RunAfter = append(last.RunAfter, fmt.Sprintf("t%d", i))
		}
		tasks = append(tasks, last)
	}
	return v1.PipelineSpec{Tasks: tasks}
}

func (s shape) pipelineTask(name string) v1.PipelineTask {
	if s.inline {
		return v1.PipelineTask{Name: name, TaskSpec: &v1.EmbeddedTask{TaskSpec: s.taskSpec()}}
	}
	return v1.PipelineTask{Name: name, TaskRef: &v1.TaskRef{Name: definition}}
}

// follow lets a task wait for another one, for its result if there are any.
func (s shape) follow(task *v1.PipelineTask, previous string) {
	if !s.results {
		task.RunAfter = []string{previous}
		return
	}
	task.Params = v1.Params{{Name: paramName, Value: *v1.NewString(fmt.Sprintf("$(tasks.%s.results.%s)", previous, resultName))}}
}

func (s shape) podTemplate() *pod.Template {
	return &pod.Template{NodeSelector: s.selector(), Tolerations: tolerations(), AutomountServiceAccountToken: ptr.To(false)}
}

func (s shape) selector() map[string]string { return map[string]string{corev1.LabelHostname: s.node} }

func tolerations() []corev1.Toleration {
	return []corev1.Toleration{{Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}}
}

func (s shape) taskRun(name string) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1.TaskRunSpec{PodTemplate: s.podTemplate()}}
	switch {
	case s.remote != nil:
		tr.Spec.TaskRef = s.remote
	case s.inline:
		tr.Spec.TaskSpec = ptr.To(s.taskSpec())
	default:
		tr.Spec.TaskRef = &v1.TaskRef{Name: definition}
	}
	return tr
}

func (s shape) pipelineRun(name string) *v1.PipelineRun {
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: name}}
	pr.Spec.TaskRunTemplate.PodTemplate = s.podTemplate()
	if s.inline {
		pr.Spec.PipelineSpec = ptr.To(s.pipelineSpec())
	} else {
		pr.Spec.PipelineRef = &v1.PipelineRef{Name: definition}
	}
	return pr
}

// rawPod is a pod for the virtual node that Tenon knows nothing of.
func (s shape) rawPod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, NodeSelector: s.selector(), Tolerations: tolerations(),
			AutomountServiceAccountToken: ptr.To(false),
			Containers:                   []corev1.Container{{Name: "work", Image: image, Command: []string{"true"}}},
		},
	}
}
