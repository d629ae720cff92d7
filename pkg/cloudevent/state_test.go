package cloudevent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func meta(version string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: "ns", Name: "run", UID: "uid", ResourceVersion: version, CreationTimestamp: metav1.NewTime(epoch),
		Labels: map[string]string{"team": "a"},
	}
}

// at returns a time some seconds after the creation of runs.
func at(seconds int) *metav1.Time {
	t := metav1.NewTime(epoch.Add(time.Duration(seconds) * time.Second))
	return &t
}

// condition returns the status of a run whose condition changed ten seconds after its creation.
func condition(status corev1.ConditionStatus, reason string) duckv1.Status {
	return duckv1.Status{Conditions: duckv1.Conditions{{
		Type: apis.ConditionSucceeded, Status: status, Reason: reason, Message: "message", LastTransitionTime: apis.VolatileTime{Inner: *at(10)},
	}}}
}

func taskRun(status duckv1.Status, start *metav1.Time) *v1.TaskRun {
	tr := &v1.TaskRun{ObjectMeta: meta("7")}
	tr.Status.Status, tr.Status.StartTime = status, start
	return tr
}

func pipelineRun(status duckv1.Status, start *metav1.Time) *v1.PipelineRun {
	pr := &v1.PipelineRun{ObjectMeta: meta("7")}
	pr.Status.Status, pr.Status.StartTime = status, start
	return pr
}

func customRun(status duckv1.Status, start *metav1.Time) *v1beta1.CustomRun {
	cr := &v1beta1.CustomRun{ObjectMeta: meta("7")}
	cr.Status.Status, cr.Status.StartTime = status, start
	return cr
}

func TestTypes(t *testing.T) {
	t.Parallel()
	none := duckv1.Status{}
	other := duckv1.Status{Conditions: duckv1.Conditions{{Type: apis.ConditionReady, Status: corev1.ConditionTrue}}}
	tests := map[string]struct {
		status                          duckv1.Status
		taskRun, pipelineRun, customRun string
		startedByItself, customByItself bool
		ended                           bool
		wantSince                       time.Time
	}{
		"no condition":      {none, "queued", "queued", "started", false, true, false, epoch},
		"another condition": {other, "queued", "queued", "started", false, true, false, epoch},
		"Started":           {condition("Unknown", "Started"), "started", "started", "running", true, true, false, at(10).Time},
		"Running":           {condition("Unknown", "Running"), "running", "running", "running", true, true, false, at(10).Time},
		"Pending":           {condition("Unknown", "Pending"), "unknown", "unknown", "running", false, true, false, at(10).Time},
		"True":              {condition("True", "Succeeded"), "successful", "successful", "successful", true, true, true, at(10).Time},
		"False":             {condition("False", "Running"), "failed", "failed", "failed", true, true, true, at(10).Time},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, kind := range []struct {
				object  Object
				want    string
				started bool
			}{
				{taskRun(tc.status, nil), "dev.tekton.event.taskrun." + tc.taskRun + ".v1", tc.startedByItself},
				{pipelineRun(tc.status, nil), "dev.tekton.event.pipelinerun." + tc.pipelineRun + ".v1", tc.startedByItself},
				{customRun(tc.status, nil), "dev.tekton.event.customrun." + tc.customRun + ".v1", tc.customByItself},
			} {
				s, ok := Of(kind.object)
				if !ok || s.Type != kind.want || s.Ended != tc.ended || s.StartedAt.IsZero() == kind.started || !s.Since.Equal(tc.wantSince) {
					t.Errorf("%T: ok %v, state %+v; want type %s, ended %v, started %v, since %s", kind.object, ok, s, kind.want, tc.ended, kind.started, tc.wantSince)
				}
			}
		})
	}
}

func TestOfRefusesOthers(t *testing.T) {
	t.Parallel()
	for _, object := range []any{nil, "text", &corev1.Pod{}, &v1.Task{}} {
		if s, ok := Of(object); ok {
			t.Errorf("%T: %+v", object, s)
		}
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	retried := taskRun(condition("Unknown", "ToBeRetried"), nil)
	retried.Status.RetriesStatus = []v1.TaskRunStatus{{TaskRunStatusFields: v1.TaskRunStatusFields{StartTime: at(1)}}}
	tests := map[string]struct {
		object Object
		want   time.Time
	}{
		"waits for its Task":        {taskRun(condition("Unknown", "ResolvingTaskRef"), at(2)), at(2).Time},
		"is kept from starting":     {taskRun(condition("Unknown", "TaskRunPending"), nil), time.Time{}},
		"the first attempt counts":  {retried, at(1).Time},
		"ended without having said": {pipelineRun(condition("False", "CouldntGetPipeline"), nil), at(10).Time},
		"a CustomRun is created":    {customRun(condition("Unknown", "Odd"), at(5)), epoch},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s, _ := Of(tc.object); !s.StartedAt.Equal(tc.want) {
				t.Errorf("started at %s, want %s", s.StartedAt, tc.want)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	base := func() *v1.TaskRun { return taskRun(condition("Unknown", "Pending"), at(1)) }
	id := func(change func(*v1.TaskRun)) string {
		tr := base()
		change(tr)
		s, _ := Of(tr)
		return s.ID
	}
	same := id(func(*v1.TaskRun) {})
	if got := id(func(tr *v1.TaskRun) { tr.ResourceVersion, tr.Labels = "9", nil }); got != same {
		t.Error("the id changes with what is no part of the condition")
	}
	for what, change := range map[string]func(*v1.TaskRun){
		"another run":     func(tr *v1.TaskRun) { tr.UID = "other" },
		"another reason":  func(tr *v1.TaskRun) { tr.Status.Conditions[0].Reason = "ToBeRetried" },
		"another message": func(tr *v1.TaskRun) { tr.Status.Conditions[0].Message = "other" },
		"the same again":  func(tr *v1.TaskRun) { tr.Status.Conditions[0].LastTransitionTime.Inner = *at(20) },
	} {
		if id(change) == same {
			t.Errorf("%s has the same id", what)
		}
	}
	running := func(message string, second int) string {
		return id(func(tr *v1.TaskRun) {
			c := &tr.Status.Conditions[0]
			c.Reason, c.Message, c.LastTransitionTime.Inner = "Running", message, *at(second)
		})
	}
	if diff := cmp.Diff(running("one", 1), running("two", 2)); diff != "" {
		t.Errorf("ids of a type that is sent once (-first +second):\n%s", diff)
	}
	// Receivers may keep ids for long: they must not change from one release to the next.
	if diff := cmp.Diff("3ee029e3-dbfe-5ead-9ab7-d6908aa75205", OnceID("uid", "dev.tekton.event.taskrun.running.v1")); diff != "" {
		t.Errorf("id of a known event (-want +got):\n%s", diff)
	}
}
