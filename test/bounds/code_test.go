package bounds

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/test/load/measure"
)

// The transforms of the informers' caches, by kind.
var (
	taskRunTransform     cache.TransformFunc = cached.TaskRun
	pipelineRunTransform cache.TransformFunc = cached.PipelineRun
	// Of the pod of a run that is over nothing else is left.
	podTransform cache.TransformFunc = func(object any) (any, error) {
		pod, ok := object.(*corev1.Pod)
		if !ok {
			return nil, fmt.Errorf("%T is no pod", object)
		}
		return cached.PodStub(pod), nil
	}
)

// TestCode is not parallel: it counts what other tests would allocate too.
func TestCode(t *testing.T) {
	measured := map[string]float64{}
	for _, counts := range []map[string]float64{mounts(t), plannerAllocations(t), taskAllocations(t), bytesOfRuns(t)} {
		maps.Copy(measured, counts)
	}
	check(t, Code, measured)
}

// mounts counts what Tenon adds to pods, the most of pods of 1, 5 and 20 steps.
func mounts(t *testing.T) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, kind := range []struct {
		suffix string
		step   v1.Step
	}{
		{"", v1.Step{Image: "busybox", Command: []string{"true"}}},
		{"-scripts", v1.Step{Image: "busybox", Script: "true"}},
	} {
		for _, steps := range []int{1, 5, 20} {
			pod := built(t, steps, kind.step)
			volumes, mounts := "pod-volumes"+kind.suffix, "step-mounts"+kind.suffix
			out[volumes] = max(out[volumes], float64(len(pod.Spec.Volumes)))
			out[mounts] = max(out[mounts], float64(mostMounts(pod)))
		}
	}
	return out
}

// built is the pod of a run whose steps are all the same.
func built(t *testing.T, steps int, step v1.Step) *corev1.Pod {
	t.Helper()
	task := &v1.TaskSpec{}
	for i := range steps {
		step.Name = fmt.Sprintf("s%d", i)
		task.Steps = append(task.Steps, step)
	}
	pod, err := podbuild.Build(podbuild.Input{
		TaskRun: &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: uid}},
		Task:    task, Config: config.NewConfig(nil, nil), HelperImages: helperImages,
	})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// mostMounts is the largest number of mounts that a step has. None of them is the Task's.
func mostMounts(pod *corev1.Pod) int {
	most, steps := 0, 0
	for _, c := range pod.Spec.Containers {
		if strings.HasPrefix(c.Name, "step-") {
			most = max(most, len(c.VolumeMounts))
			steps++
		}
	}
	if steps == 0 {
		return -1
	}
	return most
}

// plannerAllocations counts the allocations of a pass over PipelineRuns half of whose tasks have ended.
func plannerAllocations(t *testing.T) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, kind := range []string{measure.ShapeFan, measure.ShapeChain} {
		for _, tasks := range []int{10, 100} {
			seen := halfDone(t, measure.Shape{Kind: kind, Size: tasks, Inline: true, Results: true})
			name := fmt.Sprintf("plan-%s-%d-allocations", kind, tasks)
			out[name] = testing.AllocsPerRun(20, func() { plan.Next(seen) })
		}
	}
	return out
}

// taskAllocations counts the allocations of the two passes that a TaskRun needs: the one that makes the pod, and the one that sees it
// ended.
func taskAllocations(t *testing.T) map[string]float64 {
	t.Helper()
	first := newTask(t)
	last := ended(t, first)
	return map[string]float64{
		"taskplan-start-allocations": testing.AllocsPerRun(100, func() { taskplan.Next(first) }),
		"taskplan-end-allocations":   testing.AllocsPerRun(100, func() { taskplan.Next(last) }),
	}
}

// bytesOfRuns measures what finished runs take: as JSON, without managed fields, and in the caches of informers.
func bytesOfRuns(t *testing.T) map[string]float64 {
	t.Helper()
	tr, pod := finishedTask(t)
	pr := finishedPipeline(t, measure.Shape{Kind: measure.ShapeChain, Size: 5})
	return map[string]float64{
		"taskrun-bytes":            float64(len(encoded(t, tr))),
		"taskrun-status-bytes":     float64(len(encoded(t, tr.Status))),
		"pipelinerun-bytes":        float64(len(encoded(t, pr))),
		"cached-taskrun-bytes":     heapOf(t, tr, taskRunTransform),
		"cached-pod-bytes":         heapOf(t, pod, podTransform),
		"cached-pipelinerun-bytes": heapOf(t, pr, pipelineRunTransform),
	}
}

func encoded(t *testing.T, object any) []byte {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// copies is how many copies of an object are decoded to see what one takes: enough that what else is on the heap does not count.
const copies = 1000

// heapOf returns how much the heap grows by an object that is decoded and goes through a transform, as in an informer.
func heapOf[T any](t *testing.T, object *T, transform cache.TransformFunc) float64 {
	t.Helper()
	text := encoded(t, object)
	kept := make([]any, copies)
	fill := func(n int) {
		for i := range n {
			decoded := new(T)
			if err := json.Unmarshal(text, decoded); err != nil {
				t.Fatal(err)
			}
			var err error
			if kept[i], err = transform(decoded); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill(1) // what is made once for a type
	kept[0] = nil
	before := liveHeap()
	fill(copies)
	after := liveHeap()
	runtime.KeepAlive(kept)
	return float64(after-before) / copies
}

// liveHeap is what is on the heap after garbage, and what pools keep, was collected.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
