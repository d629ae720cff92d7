package bounds

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/taskplan"
	"github.com/tenon-ci/tenon/test/load/measure"
)

// What objects have that a cluster would give them, with the usual lengths.
const (
	namespace = "a-namespace"
	uid       = "11111111-2222-3333-4444-555555555555"
	release   = "0123abc"
)

var (
	epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

	helperImages = podbuild.Images{
		Entrypoint:     "registry.example/entrypoint@sha256:e",
		EntrypointCEL:  "registry.example/entrypoint-cel@sha256:c",
		ResultsSidecar: "registry.example/sidecarlogresults@sha256:r",
	}
)

// newTask is what the planner sees of a TaskRun of one step for which everything was looked up.
func newTask(t *testing.T) taskplan.Seen {
	t.Helper()
	sh := measure.Shape{Kind: measure.ShapeTaskRun, Node: "a-node"}
	tr := sh.TaskRun("a-run")
	tr.Namespace, tr.UID, tr.CreationTimestamp = namespace, uid, metav1.NewTime(epoch)
	tr.SetDefaults(t.Context())
	task := sh.Task()
	return taskplan.Seen{
		TaskRun: tr, Now: epoch.Add(time.Second), Config: config.NewConfig(nil, nil),
		Release: release, NopImage: "nop", HelperImages: helperImages,
		Task: &taskplan.Task{Name: task.Name, Spec: &task.Spec}, Parts: &taskplan.Parts{},
	}
}

// ended is what the planner sees when the pod of a new TaskRun has ended well.
func ended(t *testing.T, seen taskplan.Seen) taskplan.Seen {
	t.Helper()
	step := taskplan.Next(seen)
	if !step.Wants.Empty() || len(step.Actions) != 1 {
		t.Fatalf("the planner wants %+v and does %d things, where it should make a pod", step.Wants, len(step.Actions))
	}
	create, ok := step.Actions[0].(taskplan.CreatePod)
	if !ok {
		t.Fatalf("the planner does %T, where it should make a pod", step.Actions[0])
	}
	tr, pod := written(seen.TaskRun, step), create.Pod.DeepCopy()
	pod.UID, pod.CreationTimestamp, pod.Spec.NodeName = uid, metav1.NewTime(epoch), "a-node"
	var err error
	if pod.Status, err = measure.Succeeded(pod, epoch.Add(2*time.Second), false); err != nil {
		t.Fatal(err)
	}
	seen.TaskRun, seen.Pod, seen.Now = tr, pod, epoch.Add(3*time.Second)
	return seen
}

// written is the TaskRun after a pass.
func written(tr *v1.TaskRun, step taskplan.Step) *v1.TaskRun {
	out := tr.DeepCopy()
	out.Status = *step.Status.DeepCopy()
	for key, value := range step.Labels {
		metav1.SetMetaDataLabel(&out.ObjectMeta, key, value)
	}
	for key, value := range step.Annotations {
		metav1.SetMetaDataAnnotation(&out.ObjectMeta, key, value)
	}
	return out
}

// finishedTask is a TaskRun of one step that has succeeded, and its pod.
func finishedTask(t *testing.T) (*v1.TaskRun, *corev1.Pod) {
	t.Helper()
	seen := ended(t, newTask(t))
	tr := written(seen.TaskRun, taskplan.Next(seen))
	if !tr.IsSuccessful() {
		t.Fatalf("the TaskRun has not succeeded: %+v", tr.Status.Conditions)
	}
	return tr, seen.Pod
}

// newPipeline is what the planner sees of a PipelineRun of a shape.
func newPipeline(t *testing.T, sh measure.Shape) plan.Seen {
	t.Helper()
	sh.Node = "a-node"
	pr := sh.PipelineRun("a-run")
	pr.Namespace, pr.UID, pr.CreationTimestamp = namespace, uid, metav1.NewTime(epoch)
	pr.SetDefaults(t.Context())
	seen := plan.Seen{
		PipelineRun: pr, Now: epoch.Add(time.Second),
		Config: plan.Config{FeatureFlags: config.DefaultFeatureFlags(), Defaults: config.DefaultDefaults(), NopImage: "nop"},
	}
	if sh.Inline {
		return seen
	}
	seen.Pipeline = &plan.PipelineDefinition{Pipeline: sh.Pipeline()}
	seen.Definitions = map[string]plan.Definition{}
	for _, task := range sh.Pipeline().Spec.Tasks {
		seen.Definitions[task.Name] = plan.Definition{Task: sh.Task()}
	}
	return seen
}

// halfDone is what the planner sees when the first half of the tasks have succeeded, and those after them that could start have.
func halfDone(t *testing.T, sh measure.Shape) plan.Seen {
	t.Helper()
	seen := newPipeline(t, sh)
	succeed(t, &seen, sh.Tasks()/2)
	pass(t, &seen)
	return seen
}

// finishedPipeline is a PipelineRun all of whose tasks have succeeded.
func finishedPipeline(t *testing.T, sh measure.Shape) *v1.PipelineRun {
	t.Helper()
	seen := newPipeline(t, sh)
	succeed(t, &seen, sh.Tasks())
	pass(t, &seen)
	if pr := seen.PipelineRun; !pr.IsSuccessful() {
		t.Fatalf("the PipelineRun has not succeeded: %+v", pr.Status.Conditions)
	}
	return seen.PipelineRun
}

// succeed makes passes until a number of tasks have succeeded.
func succeed(t *testing.T, seen *plan.Seen, tasks int) {
	t.Helper()
	for done := 0; done < tasks; {
		pass(t, seen)
		if done == len(seen.Children.TaskRuns) {
			t.Fatalf("%d tasks have succeeded, and no other one starts: %+v", done, seen.PipelineRun.Status.Conditions)
		}
		for _, tr := range seen.Children.TaskRuns[done:min(tasks, len(seen.Children.TaskRuns))] {
			tr.Status.Conditions = []apis.Condition{{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}}
			for _, result := range resultsOf(tr) {
				tr.Status.Results = append(tr.Status.Results, v1.TaskRunResult{Name: result.Name, Value: *v1.NewString("text")})
			}
			done++
		}
	}
}

func resultsOf(tr *v1.TaskRun) []v1.TaskResult {
	if tr.Spec.TaskSpec == nil {
		return nil
	}
	return tr.Spec.TaskSpec.Results
}

// pass makes a pass and carries it out.
func pass(t *testing.T, seen *plan.Seen) {
	t.Helper()
	step := plan.Next(*seen)
	if !step.Wants.Empty() {
		t.Fatalf("the planner wants %+v", step.Wants)
	}
	pr := seen.PipelineRun.DeepCopy()
	pr.Status = step.Status
	for key, value := range step.Labels {
		metav1.SetMetaDataLabel(&pr.ObjectMeta, key, value)
	}
	for key, value := range step.Annotations {
		metav1.SetMetaDataAnnotation(&pr.ObjectMeta, key, value)
	}
	seen.PipelineRun = pr
	for _, action := range step.Actions {
		if create, ok := action.(plan.CreateTaskRun); ok {
			seen.Children.TaskRuns = append(seen.Children.TaskRuns, create.TaskRun.DeepCopy())
		}
	}
}
