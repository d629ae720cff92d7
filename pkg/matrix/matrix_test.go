package matrix_test

import (
	"testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/matrix"
)

func array(name string, values ...string) v1.Param {
	return v1.Param{Name: name, Value: *v1.NewArray(values...)}
}

func text(name, value string) v1.Param {
	return v1.Param{Name: name, Value: *v1.NewString(value)}
}

func entry(name string, params ...v1.Param) v1.IncludeParams {
	return v1.IncludeParams{Name: name, Params: params}
}

func TestCheckTypes(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		matrix *v1.Matrix
		want   string
	}{
		"nil":  {},
		"good": {matrix: &v1.Matrix{Params: v1.Params{array("a", "1")}, Include: v1.IncludeParamsList{entry("", text("b", "x"))}}},
		"string in params": {
			matrix: &v1.Matrix{Params: v1.Params{text("a", "1")}},
			want:   `parameters of type array only are allowed, but param "a" has type "string" in pipelineTask "build"`,
		},
		"array in include": {
			matrix: &v1.Matrix{Include: v1.IncludeParamsList{entry("", array("b", "x"))}},
			want:   `parameters of type string only are allowed, but param "b" has type "array" in pipelineTask "build"`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := matrix.CheckTypes("build", tc.matrix); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("CheckTypes() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestHasEmptyArray(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		matrix *v1.Matrix
		want   bool
	}{
		"nil":         {},
		"include":     {matrix: &v1.Matrix{Include: v1.IncludeParamsList{entry("")}}},
		"empty array": {matrix: &v1.Matrix{Params: v1.Params{array("b", "1"), array("a")}}, want: true},
		"array":       {matrix: &v1.Matrix{Params: v1.Params{array("a", "1")}}},
		"text":        {matrix: &v1.Matrix{Params: v1.Params{text("a", "")}}},
	}
	for name, tc := range cases {
		if got := matrix.HasEmptyArray(tc.matrix); got != tc.want {
			t.Errorf("%s: HasEmptyArray() = %v, want %v", name, got, tc.want)
		}
	}
}

func TestDisplayName(t *testing.T) {
	t.Parallel()
	m := &v1.Matrix{Include: v1.IncludeParamsList{
		entry("on mac", text("platform", "mac")),
		entry("with $(params.flags)", text("flags", "-v"), text("platform", "mac")),
		entry("on linux", text("platform", "linux")),
		entry("", text("platform", "mac")),
	}}
	child := v1.Params{text("flags", "-v"), text("platform", "mac")}
	if got, want := matrix.DisplayName(m, child), "on mac with $(params.flags)"; got != want {
		t.Errorf("DisplayName() = %q, want %q", got, want)
	}
	if got := matrix.DisplayName(nil, child); got != "" {
		t.Errorf("DisplayName(nil) = %q, want none", got)
	}
}
