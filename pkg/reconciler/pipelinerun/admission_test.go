package pipelinerun

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/controller"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func TestTaskRunsAreDefaultedBeforeTheyAreCreated(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	w := newWorld(t, pr)
	w.release = "r1"
	_, err := w.pass(t, pr)
	if again, _ := controller.IsRequeueKey(err); !again {
		t.Fatal(err)
	}
	tr, err := w.pipelines.TektonV1().TaskRuns("ns").Get(t.Context(), "run-a", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := v1.TaskRunSpec{
		TaskRef: &v1.TaskRef{Name: "t", Kind: "Task"}, ServiceAccountName: "default", Timeout: &metav1.Duration{Duration: time.Hour},
	}
	if diff := cmp.Diff(want, tr.Spec); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if tr.Labels["app.kubernetes.io/managed-by"] != "tekton-pipelines" || tr.Annotations["pipeline.tekton.dev/release"] != "r1" {
		t.Errorf("labels %v, annotations %v", tr.Labels, tr.Annotations)
	}
}

func TestAnInvalidTaskRunFailsTheRun(t *testing.T) {
	t.Parallel()
	pr := newRun("a")
	pr.Spec.TaskRunSpecs = []v1.PipelineTaskRunSpec{{PipelineTaskName: "a", StepSpecs: []v1.TaskRunStepSpec{{Name: "s"}, {Name: "s"}}}}
	w := newWorld(t, pr)
	if _, err := w.pass(t, pr); err == nil {
		t.Error("the failure was not reported")
	}
	cond := w.stored(t).Status.GetCondition("Succeeded")
	if !cond.IsFalse() || !strings.Contains(cond.Message, "TaskRun run-a is not valid: ") || !strings.Contains(cond.Message, "spec.stepSpecs") {
		t.Errorf("condition %+v", cond)
	}
	list, err := w.pipelines.TektonV1().TaskRuns("ns").List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) > 0 {
		t.Errorf("%d TaskRuns, error %v", len(list.Items), err)
	}
}
