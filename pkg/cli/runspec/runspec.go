// Package runspec makes the run that the user means: it chooses among the objects of files, makes a run for a Task or Pipeline, and puts
// parameters, workspaces and secrets of the command line into it. It starts nothing.
package runspec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// Choice says which objects of the files to run.
type Choice struct {
	// Name is that of a run, Pipeline or Task; Task and Pipeline name one of that kind. At most one of them is not empty.
	Name, Task, Pipeline string
}

// Choose returns the TaskRuns and PipelineRuns to run, in the order of the files, as copies: those that are there, or one that is made
// for the only Pipeline, or for the only Task if there is no Pipeline.
func Choose(objects []runtime.Object, c Choice) ([]metav1.Object, error) {
	f := sort(objects)
	switch {
	case c.Task != "":
		if t := find(f.tasks, c.Task); t != nil {
			return []metav1.Object{taskRunOf(t)}, nil
		}
		return nil, notFound("Task", c.Task, named(f.tasks))
	case c.Pipeline != "":
		if p := find(f.pipelines, c.Pipeline); p != nil {
			return []metav1.Object{pipelineRunOf(p)}, nil
		}
		return nil, notFound("Pipeline", c.Pipeline, named(f.pipelines))
	case c.Name != "":
		return f.byName(c.Name)
	case len(f.runs) > 0:
		return f.runs, nil
	}
	return f.only()
}

// files are the objects of files by what they are for.
type files struct {
	runs      []metav1.Object
	pipelines []*v1.Pipeline
	tasks     []*v1.Task
}

func sort(objects []runtime.Object) files {
	var f files
	for _, o := range objects {
		switch o := o.(type) {
		case *v1.PipelineRun:
			f.runs = append(f.runs, o.DeepCopy())
		case *v1.TaskRun:
			f.runs = append(f.runs, o.DeepCopy())
		case *v1.Pipeline:
			f.pipelines = append(f.pipelines, o)
		case *v1.Task:
			f.tasks = append(f.tasks, o)
		}
	}
	return f
}

func (f files) byName(name string) ([]metav1.Object, error) {
	for _, run := range f.runs {
		if nameOf(run) == name || strings.TrimSuffix(run.GetGenerateName(), "-") == name {
			return []metav1.Object{run}, nil
		}
	}
	if p := find(f.pipelines, name); p != nil {
		return []metav1.Object{pipelineRunOf(p)}, nil
	}
	if t := find(f.tasks, name); t != nil {
		return []metav1.Object{taskRunOf(t)}, nil
	}
	return nil, notFound("run, Pipeline or Task", name, slices.Concat(named(f.runs), named(f.pipelines), named(f.tasks)))
}

// only returns a run of the only definition that is not part of another one.
func (f files) only() ([]metav1.Object, error) {
	top := slices.DeleteFunc(slices.Clone(f.pipelines), func(p *v1.Pipeline) bool { return len(f.pipelines) > 1 && f.isChild(p) })
	switch {
	case len(top) == 1:
		return []metav1.Object{pipelineRunOf(top[0])}, nil
	case len(f.pipelines) > 1:
		return nil, fmt.Errorf("there are several Pipelines: choose one with --pipeline: %s", strings.Join(named(f.pipelines), ", "))
	case len(f.tasks) == 1:
		return []metav1.Object{taskRunOf(f.tasks[0])}, nil
	case len(f.tasks) > 1:
		return nil, fmt.Errorf("there are several Tasks: choose one with --task: %s", strings.Join(named(f.tasks), ", "))
	}
	return nil, fmt.Errorf("there is nothing to run: no PipelineRun, TaskRun, Pipeline or Task")
}

// isChild tells whether another Pipeline runs it.
func (f files) isChild(p *v1.Pipeline) bool {
	for _, other := range f.pipelines {
		for _, pt := range slices.Concat(other.Spec.Tasks, other.Spec.Finally) {
			if other != p && pt.PipelineRef != nil && pt.PipelineRef.Name == p.Name {
				return true
			}
		}
	}
	return false
}

func find[T metav1.Object](list []T, name string) T {
	for _, o := range list {
		if o.GetName() == name {
			return o
		}
	}
	var none T
	return none
}

func named[T metav1.Object](list []T) []string {
	out := make([]string, 0, len(list))
	for _, o := range list {
		out = append(out, nameOf(o))
	}
	return out
}

// nameOf returns the name, or what it will begin with.
func nameOf(o metav1.Object) string {
	if o.GetName() != "" {
		return o.GetName()
	}
	return o.GetGenerateName()
}

func notFound(kind, name string, there []string) error {
	if len(there) == 0 {
		return fmt.Errorf("there is no %s %q in the files", kind, name)
	}
	return fmt.Errorf("there is no %s %q in the files; there is %s", kind, name, strings.Join(there, ", "))
}

func taskRunOf(t *v1.Task) *v1.TaskRun {
	return &v1.TaskRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: "TaskRun"},
		ObjectMeta: metav1.ObjectMeta{GenerateName: t.Name + "-", Namespace: t.Namespace},
		Spec:       v1.TaskRunSpec{TaskRef: &v1.TaskRef{Name: t.Name, Kind: v1.NamespacedTaskKind}},
	}
}

func pipelineRunOf(p *v1.Pipeline) *v1.PipelineRun {
	return &v1.PipelineRun{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.SchemeGroupVersion.String(), Kind: "PipelineRun"},
		ObjectMeta: metav1.ObjectMeta{GenerateName: p.Name + "-", Namespace: p.Namespace},
		Spec:       v1.PipelineRunSpec{PipelineRef: &v1.PipelineRef{Name: p.Name}},
	}
}

// Settings are what flags put into a run.
type Settings struct {
	Params         []string
	Values         map[string]v1.ParamValue
	Workspaces     []v1.WorkspaceBinding
	ServiceAccount string
	// Timeout is that of the whole run; nil leaves it as it is, 0 means none.
	Timeout *time.Duration
	// ReadFile reads what values of the form @FILE name.
	ReadFile func(name string) ([]byte, error)
}

// Apply changes a run as the settings say. Its definition is looked up among objects; an error tells of everything that is still missing.
func Apply(run metav1.Object, objects []runtime.Object, s Settings) error {
	d := definitionOf(run, objects)
	complete := definition.missing
	if isOfFile(run, objects) {
		// What a run of a file lacks is told as in a cluster, by its status.
		complete = func(definition, v1.Params, []v1.WorkspaceBinding) error { return nil }
	}
	params, err := d.values(s)
	if err != nil {
		return err
	}
	var timeout *metav1.Duration
	if s.Timeout != nil {
		timeout = &metav1.Duration{Duration: *s.Timeout}
	}
	switch run := run.(type) {
	case *v1.TaskRun:
		run.Spec.Params = merged(run.Spec.Params, params, func(p v1.Param) string { return p.Name })
		run.Spec.Workspaces = merged(run.Spec.Workspaces, s.Workspaces, func(w v1.WorkspaceBinding) string { return w.Name })
		if s.ServiceAccount != "" {
			run.Spec.ServiceAccountName = s.ServiceAccount
		}
		if timeout != nil {
			run.Spec.Timeout = timeout
		}
		return complete(d, run.Spec.Params, run.Spec.Workspaces)
	case *v1.PipelineRun:
		run.Spec.Params = merged(run.Spec.Params, params, func(p v1.Param) string { return p.Name })
		run.Spec.Workspaces = merged(run.Spec.Workspaces, s.Workspaces, func(w v1.WorkspaceBinding) string { return w.Name })
		if s.ServiceAccount != "" {
			run.Spec.TaskRunTemplate.ServiceAccountName = s.ServiceAccount
		}
		if timeout != nil {
			run.Spec.Timeouts = &v1.TimeoutFields{Pipeline: timeout}
		}
		return complete(d, run.Spec.Params, run.Spec.Workspaces)
	}
	return fmt.Errorf("running %T is not possible", run)
}

// isOfFile tells whether a run is one of the files, and not made for a Task or Pipeline.
func isOfFile(run metav1.Object, objects []runtime.Object) bool {
	return slices.ContainsFunc(objects, func(o runtime.Object) bool {
		if reflect.TypeOf(o) != reflect.TypeOf(run) {
			return false
		}
		other, ok := o.(metav1.Object)
		return ok && other.GetName() == run.GetName() && other.GetGenerateName() == run.GetGenerateName()
	})
}

// merged replaces those of the same key, and appends the others.
func merged[T any](list, with []T, key func(T) string) []T {
	for _, one := range with {
		i := slices.IndexFunc(list, func(o T) bool { return key(o) == key(one) })
		if i >= 0 {
			list[i] = one
			continue
		}
		list = append(list, one)
	}
	return list
}
