package cluster

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// lister lists and watches one kind, as generated clients do.
type lister[L runtime.Object] struct {
	list  func(context.Context, metav1.ListOptions) (L, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// await waits until the object of that name satisfies a condition, and returns it. Objects that do not exist yet are
// waited for. The test fails when the time is over, with the last state that was seen.
func await[T runtime.Object, L runtime.Object](t testing.TB, limit time.Duration, what string, kind lister[L], name string, ok func(T) bool) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	only := fields.OneTermEqualSelector("metadata.name", name).String()
	source := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			o.FieldSelector = only
			return kind.list(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.FieldSelector = only
			return kind.watch(ctx, o)
		},
	}
	var last T
	_, err := watchtools.UntilWithSync(ctx, source, *new(T), nil, func(e watch.Event) (bool, error) {
		object, isT := e.Object.(T)
		if !isT || e.Type == watch.Deleted {
			return false, nil
		}
		last = object
		return ok(object), nil
	})
	if err != nil {
		t.Fatalf("waiting %s for %s: %v; last seen: %s", limit, what, err, summary(last))
	}
	return last
}

// AwaitTaskRun waits until a TaskRun satisfies a condition.
func (n *Namespace) AwaitTaskRun(name, what string, ok func(*v1.TaskRun) bool) *v1.TaskRun {
	n.t.Helper()
	client := n.Tekton.TektonV1().TaskRuns(n.Name)
	return await(n.t, Patience, "TaskRun "+name+" "+what, lister[*v1.TaskRunList]{client.List, client.Watch}, name, ok)
}

// AwaitPipelineRun waits until a PipelineRun satisfies a condition.
func (n *Namespace) AwaitPipelineRun(name, what string, ok func(*v1.PipelineRun) bool) *v1.PipelineRun {
	n.t.Helper()
	client := n.Tekton.TektonV1().PipelineRuns(n.Name)
	return await(n.t, Patience, "PipelineRun "+name+" "+what, lister[*v1.PipelineRunList]{client.List, client.Watch}, name, ok)
}

// AwaitCustomRun waits until a CustomRun satisfies a condition.
func (n *Namespace) AwaitCustomRun(name, what string, ok func(*v1beta1.CustomRun) bool) *v1beta1.CustomRun {
	n.t.Helper()
	client := n.Tekton.TektonV1beta1().CustomRuns(n.Name)
	return await(n.t, Patience, "CustomRun "+name+" "+what, lister[*v1beta1.CustomRunList]{client.List, client.Watch}, name, ok)
}

// TaskRunDone waits for the end of a TaskRun, whatever it is.
func (n *Namespace) TaskRunDone(name string) *v1.TaskRun {
	n.t.Helper()
	return n.AwaitTaskRun(name, "to end", (*v1.TaskRun).IsDone)
}

// PipelineRunDone waits for the end of a PipelineRun, whatever it is.
func (n *Namespace) PipelineRunDone(name string) *v1.PipelineRun {
	n.t.Helper()
	return n.AwaitPipelineRun(name, "to end", (*v1.PipelineRun).IsDone)
}
