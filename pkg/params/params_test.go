package params_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

func str(s string) v1.ParamValue                 { return *v1.NewString(s) }
func arr(s ...string) v1.ParamValue              { return *v1.NewArray(s...) }
func obj(m map[string]string) v1.ParamValue      { return *v1.NewObject(m) }
func give(name string, v v1.ParamValue) v1.Param { return v1.Param{Name: name, Value: v} }

// declare returns a declaration with a default.
func declare(name string, v v1.ParamValue) v1.ParamSpec {
	return v1.ParamSpec{Name: name, Type: v.Type, Default: &v}
}

// need returns a declaration without a default.
func need(name string, t v1.ParamType) v1.ParamSpec { return v1.ParamSpec{Name: name, Type: t} }

func TestValues(t *testing.T) {
	t.Parallel()
	set := params.Set{"s": str("S"), "a": arr("x", "y"), "o": obj(map[string]string{"k": "v"}), "o.k": str("dotted"), "n.m": str("N")}
	r := substitution.NewReplacer(set.Values(params.Prefix, params.TaskAlias))
	for text, want := range map[string]string{
		"$(params.s)":              "S",
		"$(params['s'])":           "S",
		`$(params["s"])`:           "S",
		"$(inputs.params.s)":       "S",
		"$(inputs.params['s'])":    "S",
		"$(params.a[1])":           "y",
		"$(params['a'][0])":        "x",
		"$(params.a[2])":           "$(params.a[2])",
		"$(params.o.k)":            "v",
		"$(params['o.k'])":         "dotted",
		"$(params['n.m'])":         "N",
		"$(params.n.m)":            "N",
		"$(params['o'].k)":         "$(params['o'].k)",
		"$(params.a)$(params.o)":   "$(params.a)$(params.o)",
		"$(params.none)$(param.s)": "$(params.none)$(param.s)",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%s = %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"$(params.a)", "$(params.a[*])", "$(params['a'][*])", `$(inputs.params["a"])`} {
		if got, ok := r.Array(text); !ok || len(got) != 2 {
			t.Errorf("%s = %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"$(params.o)", "$(params.o[*])", `$(params["o"][*])`} {
		if got, ok := r.Object(text); !ok || got["k"] != "v" {
			t.Errorf("%s = %v, %v", text, got, ok)
		}
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	base := params.Set{"a": str("base"), "b": str("base"), "o": obj(map[string]string{"k": "base", "l": "base"}), "p": obj(map[string]string{"k": "v"})}
	over := params.Set{"a": str("over"), "o": obj(map[string]string{"k": "over"}), "p": str("text")}
	want := params.Set{"a": str("over"), "b": str("base"), "o": obj(map[string]string{"k": "over", "l": "base"}), "p": str("text")}
	if diff := cmp.Diff(want, over.Over(base)); diff != "" {
		t.Errorf("Over() (-want +got):\n%s", diff)
	}
	if got := base["o"].ObjectVal["k"]; got != "base" {
		t.Errorf("base was changed: %q", got)
	}
	if diff := cmp.Diff(v1.Params{give("a", str("1")), give("b", str("2"))}, params.Set{"b": str("2"), "a": str("1")}.Params()); diff != "" {
		t.Errorf("Params() (-want +got):\n%s", diff)
	}
}

func TestTypeOf(t *testing.T) {
	t.Parallel()
	list := arr("x")
	for name, tc := range map[string]struct {
		spec v1.ParamSpec
		want v1.ParamType
	}{
		"given":           {v1.ParamSpec{Type: v1.ParamTypeArray}, v1.ParamTypeArray},
		"from properties": {v1.ParamSpec{Properties: map[string]v1.PropertySpec{}}, v1.ParamTypeObject},
		"from default":    {v1.ParamSpec{Default: &list}, v1.ParamTypeArray},
		"neither":         {v1.ParamSpec{}, v1.ParamTypeString},
	} {
		if got := params.TypeOf(tc.spec); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	set := params.Set{"s": str("S"), "a": arr("x", "y"), "o": obj(map[string]string{"k": "v"})}
	for name, tc := range map[string]struct{ in, want v1.ParamValue }{
		"string":            {str("<$(params.s)>"), str("<S>")},
		"becomes array":     {str("$(params.a[*])"), arr("x", "y")},
		"becomes object":    {str("$(params.o[*])"), obj(map[string]string{"k": "v"})},
		"array in text":     {str("-$(params.a[*])"), str("-$(params.a[*])")},
		"array":             {arr("$(params.s)", "$(params.a[*])", "$(params.o.k)"), arr("S", "x", "y", "v")},
		"object":            {obj(map[string]string{"m": "$(params.s)", "n": "$(params.a[*])"}), obj(map[string]string{"m": "S", "n": "$(params.a[*])"})},
		"nothing to change": {obj(map[string]string{"m": "n"}), obj(map[string]string{"m": "n"})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := *tc.in.DeepCopy()
			got := params.Replace(tc.in, substitution.NewReplacer(set.Values()))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Replace() (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tc.in); diff != "" {
				t.Errorf("the value was changed (-before +after):\n%s", diff)
			}
		})
	}
}
