package results_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/results"
)

func producers() map[string]results.Producer {
	good := results.OfTaskRun(taskRun("good",
		result("s", v1.NewString("text")), result("list", v1.NewArray("x", "y")),
		result("map", v1.NewObject(map[string]string{"k": "v"}))))
	return map[string]results.Producer{
		"tasks/good":      {Results: good, Succeeded: true},
		"tasks/bad":       {Results: results.OfTaskRun(taskRun("bad", result("s", v1.NewString("wrote this first"))))},
		"finally/last":    {Results: results.OfTaskRun(taskRun("last", result("s", v1.NewString("end")))), Succeeded: true},
		"tasks/custom":    {Results: results.OfCustomRuns([]*v1beta1.CustomRun{customRun(`["a"]`)}), Succeeded: true},
		"tasks/customs":   {Results: results.OfCustomRuns([]*v1beta1.CustomRun{customRun("1"), customRun("2")}), Succeeded: true},
		"tasks/forgetful": {Succeeded: true},
	}
}

func TestPipeline(t *testing.T) {
	t.Parallel()
	all := producers()
	find := func(section, task string) (results.Producer, bool) {
		p, ok := all[section+"/"+task]
		return p, ok
	}
	cases := map[string]struct {
		value   *v1.ParamValue
		want    *v1.ParamValue
		invalid bool
	}{
		"string":             {value: v1.NewString("$(tasks.good.results.s)"), want: v1.NewString("text")},
		"text around":        {value: v1.NewString("a $(tasks.good.results.s) b $(finally.last.results.s)"), want: v1.NewString("a text b end")},
		"array":              {value: v1.NewString("$(tasks.good.results.list[*])"), want: v1.NewArray("x", "y")},
		"element":            {value: v1.NewString("$(tasks.good.results.list[1])"), want: v1.NewString("y")},
		"array without star": {value: v1.NewString("$(tasks.good.results.list)"), want: v1.NewString("x")},
		"object":             {value: v1.NewString("$(tasks.good.results.map[*])"), want: v1.NewObject(map[string]string{"k": "v"})},
		"member":             {value: v1.NewString("$(tasks.good.results.map.k)"), want: v1.NewString("v")},
		"made array": {
			value: v1.NewArray("$(tasks.good.results.s)", "and", "$(tasks.good.results.list[*])"),
			want:  v1.NewArray("text", "and", "x", "y"),
		},
		"made object": {
			value: v1.NewObject(map[string]string{"a": "$(tasks.good.results.s)"}),
			want:  v1.NewObject(map[string]string{"a": "text"}),
		},
		"failed task that wrote it": {value: v1.NewString("$(tasks.bad.results.s)"), want: v1.NewString("wrote this first")},
		"failed task without it":    {value: v1.NewString("$(tasks.bad.results.other)")},
		"skipped task":              {value: v1.NewString("$(tasks.skipped.results.s)")},
		"one of two missing":        {value: v1.NewString("$(tasks.good.results.s) $(tasks.skipped.results.s)")},
		"forgotten":                 {value: v1.NewString("$(tasks.forgetful.results.s)"), invalid: true},
		"forgotten and skipped":     {value: v1.NewString("$(tasks.skipped.results.s) $(tasks.forgetful.results.s)"), invalid: true},
		"index past the end":        {value: v1.NewString("$(tasks.good.results.list[2])"), invalid: true},
		"member missing":            {value: v1.NewString("$(tasks.good.results.map.z)"), invalid: true},
		"custom task":               {value: v1.NewString("$(tasks.custom.results.r)"), want: v1.NewString(`["a"]`)},
		"element of a custom task":  {value: v1.NewString("$(tasks.custom.results.r[0])"), invalid: true},
		"several custom runs":       {value: v1.NewString("$(tasks.customs.results.r)"), invalid: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			declared := []v1.PipelineResult{{Name: "out", Value: *tc.value}}
			made, invalid := results.Pipeline(declared, find)
			var want []v1.PipelineRunResult
			if tc.want != nil {
				want = []v1.PipelineRunResult{{Name: "out", Value: *tc.want}}
			}
			if diff := cmp.Diff(want, made); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			if got := len(invalid) > 0; got != tc.invalid {
				t.Errorf("invalid = %v, want %v", invalid, tc.invalid)
			}
		})
	}
}

func TestPipelineKeepsTheGoodOnes(t *testing.T) {
	t.Parallel()
	all := producers()
	find := func(section, task string) (results.Producer, bool) {
		p, ok := all[section+"/"+task]
		return p, ok
	}
	declared := []v1.PipelineResult{
		{Name: "one", Value: *v1.NewString("$(tasks.good.results.s)")},
		{Name: "two", Value: *v1.NewString("$(tasks.forgetful.results.s)")},
		{Name: "three", Value: *v1.NewString("$(finally.last.results.s)")},
	}
	made, invalid := results.Pipeline(declared, find)
	want := []v1.PipelineRunResult{{Name: "one", Value: *v1.NewString("text")}, {Name: "three", Value: *v1.NewString("end")}}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"two"}, invalid); diff != "" {
		t.Errorf("invalid (-want +got):\n%s", diff)
	}
}
