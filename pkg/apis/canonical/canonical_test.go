package canonical_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/apis/canonical"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// TestMembersThatAreAlwaysThere compares with the order and the marks of contract 4, appendix A.
func TestMembersThatAreAlwaysThere(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		object any
		want   string
	}{
		"nothing":   {nil, `null`},
		"nil":       {(*v1.TaskSpec)(nil), `null`},
		"no steps":  {[]v1.Step(nil), `null`},
		"step":      {v1.Step{Image: "b"}, `{"name":"","image":"b","computeResources":{}}`},
		"pointer":   {&v1.Step{Image: "b"}, `{"name":"","image":"b","computeResources":{}}`},
		"old step":  {[]v1beta1.Step{{Name: "a", TTY: true}}, `[{"name":"a","resources":{},"tty":true}]`},
		"template":  {v1.TaskSpec{StepTemplate: &v1.StepTemplate{}}, `{"stepTemplate":{"computeResources":{}}}`},
		"sidecar":   {v1.Sidecar{Image: "b"}, `{"name":"","image":"b","computeResources":{}}`},
		"workspace": {v1.WorkspaceUsage{Name: "w"}, `{"name":"w","mountPath":""}`},
		"result":    {v1.PipelineResult{Name: "r", Value: *v1.NewString("<v>")}, `{"name":"r","description":"","value":"\u003cv\u003e"}`},
		"inline": {
			v1.PipelineTask{Name: "t", TaskSpec: &v1.EmbeddedTask{TaskSpec: v1.TaskSpec{Steps: []v1.Step{{Name: "a"}}}}},
			`{"name":"t","taskSpec":{"spec":null,"metadata":{},"steps":[{"name":"a","computeResources":{}}]}}`,
		},
		"custom": {
			v1.EmbeddedTask{
				TypeMeta: runtime.TypeMeta{APIVersion: "x/v1", Kind: "X"},
				Spec:     runtime.RawExtension{Raw: []byte(`{"b":1,"a":null}`)},
				Metadata: v1.PipelineTaskMetadata{Labels: map[string]string{"b": "1", "a": "2"}},
			},
			`{"apiVersion":"x/v1","kind":"X","spec":{"b":1,"a":null},"metadata":{"labels":{"a":"2","b":"1"}}}`,
		},
		"map": {
			map[string]v1.WorkspaceUsage{"b": {Name: "x"}, "a": {}},
			`{"a":{"name":"","mountPath":""},"b":{"name":"x","mountPath":""}}`,
		},
		"foreign members": {
			v1.Step{Name: "a", Env: []corev1.EnvVar{{Name: "E", Value: "&"}}},
			`{"name":"a","env":[{"name":"E","value":"\u0026"}],"computeResources":{}}`,
		},
		"list of params": {v1.Params{{Name: "p", Value: *v1.NewArray("a")}}, `[{"name":"p","value":["a"]}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := canonical.Marshal(tc.object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(text)); diff != "" {
				t.Errorf("canonical form (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSameAsJSON compares with encoding/json where nothing is left out.
func TestSameAsJSON(t *testing.T) {
	t.Parallel()
	spec := v1.PipelineSpec{
		DisplayName: "d",
		Tasks: []v1.PipelineTask{{
			Name: "a", TaskRef: &v1.TaskRef{Name: "t", ResolverRef: v1.ResolverRef{Resolver: "git"}}, Retries: 2,
			Matrix: &v1.Matrix{Include: v1.IncludeParamsList{{Name: "i"}}},
		}},
		Params: v1.ParamSpecs{{Name: "o", Type: v1.ParamTypeObject, Properties: map[string]v1.PropertySpec{"k": {Type: "string"}}}},
	}
	want, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := canonical.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("canonical form (-json +got):\n%s", diff)
	}
}

// TestValueWithoutType fails as encoding/json does.
func TestValueWithoutType(t *testing.T) {
	t.Parallel()
	if text, err := canonical.Marshal(v1.Param{Name: "p"}); err == nil {
		t.Errorf("a value without type was written: %s", text)
	}
}
