package cloudevent

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

var sendTime = epoch.Add(time.Hour)

func TestAttributes(t *testing.T) {
	t.Parallel()
	linked := taskRun(condition("True", "Succeeded"), at(1))
	linked.SetSelfLink("/a/link")
	strange := taskRun(condition("True", "Succeeded"), at(1))
	strange.ResourceVersion = "v-7"
	type attributes struct{ Type, Source, Subject, Sequence string }
	tests := map[string]struct {
		object Object
		want   attributes
	}{
		"TaskRun": {taskRun(condition("Unknown", "Running"), at(1)), attributes{
			"dev.tekton.event.taskrun.running.v1", "/apis/tekton.dev/v1/namespaces/ns/TaskRun/run", "run", "00000000000000000007",
		}},
		"PipelineRun": {pipelineRun(condition("False", "Failed"), at(1)), attributes{
			"dev.tekton.event.pipelinerun.failed.v1", "/apis/tekton.dev/v1/namespaces/ns/PipelineRun/run", "run", "00000000000000000007",
		}},
		"CustomRun": {customRun(condition("True", "Fine"), at(1)), attributes{
			"dev.tekton.event.customrun.successful.v1", "/apis/tekton.dev/v1beta1/namespaces/ns/CustomRun/run", "run", "00000000000000000007",
		}},
		"a link":            {linked, attributes{"dev.tekton.event.taskrun.successful.v1", "/a/link", "run", "00000000000000000007"}},
		"a version of text": {strange, attributes{"dev.tekton.event.taskrun.successful.v1", "/apis/tekton.dev/v1/namespaces/ns/TaskRun/run", "run", ""}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := Of(tc.object)
			e, err := s.Own().Build(sendTime)
			if err != nil {
				t.Fatal(err)
			}
			sequence, _ := e.Extensions()[SequenceExtension].(string)
			if diff := cmp.Diff(tc.want, attributes{e.Type(), e.Source(), e.Subject(), sequence}); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if e.ID() != s.ID || e.SpecVersion() != "1.0" || e.DataContentType() != "application/json" || !e.Time().Equal(sendTime) {
				t.Errorf("event:\n%s", e)
			}
		})
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	tr := taskRun(condition("True", "Succeeded"), at(1))
	tr.Spec.TaskRef = &v1.TaskRef{Name: "build"}
	tr.Spec.TaskSpec = nil
	tr.Spec.StepSpecs = []v1.TaskRunStepSpec{{Name: "compile"}}
	pr := pipelineRun(condition("True", "Succeeded"), at(1))
	pr.Spec.TaskRunTemplate.ServiceAccountName = "robot"
	for member, tc := range map[string]struct {
		object Object
		kind   string
		// only is a member that the run has in its v1beta1 form and no other.
		only string
	}{
		"taskRun":     {tr, "TaskRun", "stepOverrides"},
		"pipelineRun": {pr, "PipelineRun", "serviceAccountName"},
		"customRun":   {customRun(condition("True", "Succeeded"), at(1)), "CustomRun", ""},
	} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			before := tc.object.DeepCopyObject()
			s, _ := Of(tc.object)
			e, err := s.Own().Build(sendTime)
			if err != nil {
				t.Fatal(err)
			}
			var body map[string]struct {
				Kind, APIVersion string
				Metadata         map[string]any
				Spec             map[string]any
				Status           struct{ Conditions []map[string]any }
			}
			if err := json.Unmarshal(e.Data(), &body); err != nil {
				t.Fatal(err)
			}
			run, ok := body[member]
			if !ok || len(body) != 1 {
				t.Fatalf("body %s, want the member %s and no other", e.Data(), member)
			}
			if run.Kind != tc.kind || run.APIVersion != "tekton.dev/v1beta1" || run.Metadata["uid"] != "uid" || run.Metadata["labels"] == nil {
				t.Errorf("body %s", e.Data())
			}
			if len(run.Status.Conditions) != 1 || run.Status.Conditions[0]["reason"] != "Succeeded" {
				t.Errorf("conditions %v", run.Status.Conditions)
			}
			if tc.only != "" && run.Spec[tc.only] == nil {
				t.Errorf("spec %v, want %s as in v1beta1", run.Spec, tc.only)
			}
			if diff := cmp.Diff(before, tc.object); diff != "" {
				t.Errorf("the run was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// The texts have to be in order wherever the versions are, also that of a start between two versions that follow one another.
func TestSequence(t *testing.T) {
	t.Parallel()
	of := func(version string, start bool) string {
		tr := taskRun(condition("Unknown", "Running"), at(1))
		tr.ResourceVersion = version
		s, _ := Of(tr)
		if start {
			return s.Start().Sequence
		}
		return s.Own().Sequence
	}
	got := []string{of("9", false), of("10", true), of("10", false), of("11", false), of("100", true), of("100", false), of("18446744073709551615", false)}
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("not in order: %q", got)
	}
}

func TestStartEvent(t *testing.T) {
	t.Parallel()
	s, _ := Of(pipelineRun(condition("False", "Failed"), at(3)))
	e := s.Start()
	if e.Type != "dev.tekton.event.pipelinerun.started.v1" || e.ID != OnceID("uid", e.Type) || e.Final || !e.Since.Equal(at(3).Time) {
		t.Errorf("event %+v", e)
	}
}
