package runtree

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Build returns the tree of a run. It never returns nil; of a root of a kind that it does not know there is the name only.
func Build(o Objects) *Node {
	b := newBuilder(o)
	switch root := o.Root.(type) {
	case *v1.PipelineRun:
		return b.pipelineRun(root)
	case *v1.TaskRun:
		return taskRun(root)
	case *v1beta1.CustomRun:
		return customRun(root)
	case nil:
		return &Node{State: Unknown}
	default:
		return &Node{Name: root.GetName(), Object: root.GetName(), Namespace: root.GetNamespace(), State: Unknown}
	}
}

// builder finds objects by what leads to them.
type builder struct {
	children map[childKey]child
	// labelled are those that say by their labels which pipeline task they carry out: the status names new ones only later.
	labelled map[labelKey][]child
	// open are the PipelineRuns that are being built, so that objects that claim to be below themselves end.
	open map[*v1.PipelineRun]bool
}

type childKey struct {
	kind string
	name types.NamespacedName
}

type labelKey struct {
	run  types.NamespacedName
	task string
}

// child is an object that carries out a pipeline task.
type child struct {
	object metav1.Object
	kind   string
	// display is its name for people, from the status of its parent.
	display string
}

func newBuilder(o Objects) *builder {
	b := &builder{
		children: make(map[childKey]child, len(o.TaskRuns)+len(o.CustomRuns)+len(o.PipelineRuns)),
		labelled: make(map[labelKey][]child),
		open:     make(map[*v1.PipelineRun]bool),
	}
	for _, tr := range o.TaskRuns {
		b.add(child{object: tr, kind: KindTaskRun})
	}
	for _, r := range o.CustomRuns {
		b.add(child{object: r, kind: KindCustomRun})
	}
	for _, pr := range o.PipelineRuns {
		b.add(child{object: pr, kind: KindPipelineRun})
	}
	for _, list := range b.labelled {
		slices.SortStableFunc(list, func(x, y child) int {
			if c := x.object.GetCreationTimestamp().Compare(y.object.GetCreationTimestamp().Time); c != 0 {
				return c
			}
			return cmp.Compare(x.object.GetName(), y.object.GetName())
		})
	}
	return b
}

func (b *builder) add(c child) {
	name := types.NamespacedName{Namespace: c.object.GetNamespace(), Name: c.object.GetName()}
	key := childKey{kind: c.kind, name: name}
	if _, known := b.children[key]; known {
		return
	}
	b.children[key] = c
	labels := c.object.GetLabels()
	if run, task := labels[pipeline.PipelineRunLabelKey], labels[pipeline.PipelineTaskLabelKey]; run != "" && task != "" {
		key := labelKey{run: types.NamespacedName{Namespace: name.Namespace, Name: run}, task: task}
		b.labelled[key] = append(b.labelled[key], c)
	}
}

// of returns the children of a run by pipeline task: those of its status in order, then those that are newer than it.
func (b *builder) of(pr *v1.PipelineRun, task string) []child {
	var list []child
	seen := make(map[childKey]bool)
	for _, ref := range pr.Status.ChildReferences {
		if ref.PipelineTaskName != task {
			continue
		}
		key := childKey{kind: ref.Kind, name: types.NamespacedName{Namespace: pr.Namespace, Name: ref.Name}}
		found, ok := b.children[key]
		if !ok {
			found = child{kind: ref.Kind, object: &metav1.ObjectMeta{Name: ref.Name, Namespace: pr.Namespace}}
		}
		found.display = ref.DisplayName
		seen[key] = true
		list = append(list, found)
	}
	run := types.NamespacedName{Namespace: pr.Namespace, Name: pr.Name}
	for _, c := range b.labelled[labelKey{run: run, task: task}] {
		key := childKey{kind: c.kind, name: types.NamespacedName{Namespace: pr.Namespace, Name: c.object.GetName()}}
		if !seen[key] && !isOfAnother(c.object, pr) {
			list = append(list, c)
		}
	}
	return list
}

// isOfAnother tells whether an object belongs to an earlier run of the same name.
func isOfAnother(object metav1.Object, pr *v1.PipelineRun) bool {
	owner := metav1.GetControllerOfNoCopy(object)
	return owner != nil && pr.UID != "" && owner.UID != "" && owner.UID != pr.UID
}

func (b *builder) build(c child) *Node {
	switch object := c.object.(type) {
	case *v1.TaskRun:
		return taskRun(object)
	case *v1beta1.CustomRun:
		return customRun(object)
	case *v1.PipelineRun:
		if !b.open[object] {
			return b.pipelineRun(object)
		}
	}
	return &Node{
		Kind: c.kind, Name: c.object.GetName(), Object: c.object.GetName(), Namespace: c.object.GetNamespace(),
		State: Unknown, Message: "the object is gone",
	}
}
