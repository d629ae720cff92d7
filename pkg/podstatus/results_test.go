package podstatus

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func str(name, s string) v1.TaskRunResult {
	return v1.TaskRunResult{Name: name, Type: v1.ResultsTypeString, Value: *v1.NewString(s)}
}

func TestCollectResults(t *testing.T) {
	t.Parallel()
	arr := v1.TaskResult{Name: "arr", Type: v1.ResultsTypeArray}
	obj := v1.TaskResult{Name: "obj", Type: v1.ResultsTypeObject, Properties: map[string]v1.PropertySpec{"k": {Type: "string"}, "l": {Type: "string"}}}
	plain := func(name string) v1.TaskResult { return v1.TaskResult{Name: name, Type: v1.ResultsTypeString} }
	for name, tc := range map[string]struct {
		spec    v1.TaskSpec
		a, b    string
		codeB   int32
		want    []v1.TaskRunResult
		steps   [2][]v1.TaskRunResult
		failure string
	}{
		"the last step wins at the place of the first": {
			spec: v1.TaskSpec{Results: []v1.TaskResult{plain("x"), plain("y"), {Name: "untyped"}}},
			a:    `[{"key":"y","value":"1","type":1},{"key":"x","value":" [\"a\"]\n","type":1},{"key":"undeclared","value":"1","type":1}]`,
			b:    `[{"key":"untyped","value":"[\"u\"]","type":1},{"key":"y","value":"2","type":1}]`,
			want: []v1.TaskRunResult{str("x", " [\"a\"]\n"), str("y", "2"), str("untyped", `["u"]`)},
		},
		"results of a failed step count": {
			spec: v1.TaskSpec{Results: []v1.TaskResult{plain("x")}}, b: `[{"key":"x","value":"","type":1}]`, codeB: 1,
			want: []v1.TaskRunResult{str("x", "")},
		},
		"array and object": {
			spec: v1.TaskSpec{Results: []v1.TaskResult{arr, obj}},
			a:    `[{"key":"arr","value":"[\"a\",\"b\"]","type":1},{"key":"obj","value":"{\"k\":\"1\",\"l\":\"2\",\"m\":\"3\"}","type":1}]`,
			want: []v1.TaskRunResult{
				{Name: "arr", Type: "array", Value: *v1.NewArray("a", "b")},
				{Name: "obj", Type: "object", Value: *v1.NewObject(map[string]string{"k": "1", "l": "2", "m": "3"})},
			},
		},
		"wrong types": {
			spec:    v1.TaskSpec{Results: []v1.TaskResult{arr, obj, plain("x")}},
			a:       `[{"key":"arr","value":" [\"a\"]","type":1},{"key":"obj","value":"[1]","type":1},{"key":"x","value":"ok","type":1}]`,
			want:    []v1.TaskRunResult{str("x", "ok")},
			failure: `[User error] Provided results don't match declared results; may be invalid JSON or missing result declaration:  "arr": task result is expected to be "array" type but was initialized to a different type "string", "obj": task result is expected to be "object" type but was initialized to a different type "string"`,
		},
		"missing keys": {
			spec:    v1.TaskSpec{Results: []v1.TaskResult{obj}},
			a:       `[{"key":"obj","value":"{\"k\":\"1\"}","type":1}]`,
			failure: `[User error] missing keys for these results which are required in TaskResult's properties map[obj:[l]]`,
		},
		"mapped from a step, twice": {
			spec: v1.TaskSpec{
				Results: []v1.TaskResult{
					{Name: "m1", Type: v1.ResultsTypeString, Value: v1.NewString("$(steps.a.results.s)")},
					{Name: "m2", Type: v1.ResultsTypeArray, Value: v1.NewString("$(steps.a.results.list)")},
					{Name: "m3", Type: v1.ResultsTypeString, Value: v1.NewString("$(steps.a.results.s)")},
				},
				Steps: []v1.Step{{Name: "a", Results: []v1.StepResult{{Name: "s", Type: v1.ResultsTypeString}, {Name: "list"}}}, {Name: "b"}},
			},
			a: `[{"key":"list","value":"[\"1\"]","type":4},{"key":"s","value":"[\"1\"]","type":4},{"key":"m1","value":"not this","type":1},{"key":"undeclared","value":"","type":4}]`,
			steps: [2][]v1.TaskRunResult{{
				{Name: "list", Type: "array", Value: *v1.NewArray("1")}, str("s", `["1"]`),
			}},
			want: []v1.TaskRunResult{{Name: "m2", Type: "array", Value: *v1.NewArray("1")}, str("m1", `["1"]`), str("m3", `["1"]`)},
		},
		"unreadable message": {
			spec: v1.TaskSpec{Results: []v1.TaskResult{plain("x")}}, a: `[{"key":"x"`,
			failure: `results of "step-a" are lost: termination message is not readable: unexpected end of JSON input`,
		},
		"written although a value is there, an empty one": {
			spec: v1.TaskSpec{Results: []v1.TaskResult{{Name: "x", Value: v1.NewString("")}}},
			a:    `[{"key":"x","value":"1","type":1}]`, want: []v1.TaskRunResult{str("x", "1")},
		},
		"unreadable message without consequence": {a: `[{"key":"x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPod(corev1.PodRunning).container("step-a", exited(0, "Completed", tc.a)).container("step-b", exited(tc.codeB, "Error", tc.b)).pod
			reports := ReadReports(p, nil)
			states := StepStates(p, reports, nil)
			got := CollectResults(&tc.spec, states, reports)
			if diff := cmp.Diff(tc.want, got.Task); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.steps, [2][]v1.TaskRunResult{states[0].Results, states[1].Results}); diff != "" {
				t.Errorf("step results (-want +got):\n%s", diff)
			}
			message := ""
			if got.Failure != nil {
				message = got.Failure.Message()
			}
			if diff := cmp.Diff(tc.failure, message); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCollectArtifacts(t *testing.T) {
	t.Parallel()
	artifact := func(name, uri string, build bool) v1.Artifact {
		return v1.Artifact{Name: name, BuildOutput: build, Values: []v1.ArtifactValue{{URI: uri}}}
	}
	p := newPod(corev1.PodSucceeded).
		container("step-a", exited(0, "Completed", `[{"key":"a","value":"{\"inputs\":[{\"name\":\"src\",\"buildOutput\":true,\"values\":[{\"uri\":\"git\"}]}],\"outputs\":[{\"name\":\"img\",\"values\":[{\"uri\":\"one\"}]}]}","type":5}]`)).
		container("step-b", exited(0, "Completed", `[{"key":"b","value":"{\"outputs\":[{\"name\":\"img\",\"buildOutput\":true,\"values\":[{\"uri\":\"one\"},{\"uri\":\"two\"}]}]}","type":6}]`)).
		container("step-c", exited(0, "Completed", `[{"key":"c","value":"{no JSON","type":5}]`)).pod
	reports := ReadReports(p, nil)
	states := StepStates(p, reports, nil)
	got := CollectArtifacts(states, reports)
	img := artifact("img", "one", true)
	img.Values = append(img.Values, v1.ArtifactValue{URI: "two"})
	want := &v1.Artifacts{Inputs: []v1.Artifact{artifact("src", "git", false)}, Outputs: []v1.Artifact{img}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("artifacts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]v1.Artifact{artifact("src", "git", true)}, states[0].Inputs); diff != "" {
		t.Errorf("inputs of the step (-want +got):\n%s", diff)
	}
	if len(states[2].Outputs) != 0 {
		t.Errorf("unreadable artifacts gave %v", states[2].Outputs)
	}
}

func TestIsStepResult(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"$(steps.a.results.r)":      true,
		"$(steps.a.results.r.s.t)":  false,
		"$(steps.b.results.r)":      false,
		"$(steps.a.results.r[0])":   false,
		"$(steps.a.results.r[*])":   false,
		"$(steps.a.results['r'])":   false,
		"x$(steps.a.results.r)":     false,
		"$(steps.a.results.r)x":     false,
		"$(steps.a.outputs.r)":      false,
		"$(tasks.a.results.r)":      false,
		"$(steps.a.results)":        false,
		"$(steps.a.results.r) none": false,
		"":                          false,
	} {
		if got := isStepResult(text, "a", "r"); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if !isStepResult("$(steps.a.results.r.s.t)", "a", "r.s.t") {
		t.Error("a name with dots is not known")
	}
}
