package params_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

func withKeys(spec v1.ParamSpec, keys ...string) v1.ParamSpec {
	spec.Properties = make(map[string]v1.PropertySpec)
	for _, k := range keys {
		spec.Properties[k] = v1.PropertySpec{Type: v1.ParamTypeString}
	}
	return spec
}

func TestCheck(t *testing.T) {
	t.Parallel()
	object := withKeys(need("o", v1.ParamTypeObject), "z", "k", "l")
	defaulted := withKeys(declare("o", obj(map[string]string{"l": "default"})), "k", "l")
	for name, tc := range map[string]struct {
		declared      v1.ParamSpecs
		given         v1.Params
		want          *params.Problem
		text, runText string
	}{
		"fine": {
			declared: v1.ParamSpecs{need("s", ""), need("a", v1.ParamTypeArray), defaulted, declare("d", str("x"))},
			given:    v1.Params{give("s", str("")), give("a", arr()), give("o", obj(map[string]string{"k": ""})), give("extra", arr())},
		},
		"missing": {
			declared: v1.ParamSpecs{need("b", ""), need("a", v1.ParamTypeArray), declare("d", str("x"))},
			given:    v1.Params{give("d", arr())},
			want:     &params.Problem{Kind: params.Missing, Names: []string{"b", "a"}},
			text:     "missing values for these params which have no default values: [b a]",
			runText:  "pipelineRun missing parameters: [b a]",
		},
		"wrong type": {
			declared: v1.ParamSpecs{need("s", ""), need("a", v1.ParamTypeArray), object},
			given:    v1.Params{give("s", arr()), give("a", str("")), give("o", obj(nil))},
			want:     &params.Problem{Kind: params.WrongType, Names: []string{"s", "a"}},
			text:     "param types don't match the user-specified type: [s a]",
			runText:  "parameters have inconsistent types : [s a]",
		},
		"a result to come": {
			declared: v1.ParamSpecs{need("a", v1.ParamTypeArray), need("b", v1.ParamTypeArray)},
			given:    v1.Params{give("a", str("$(tasks.t.results.r[*])")), give("b", str("$(tasks.t.results.r)"))},
			want:     &params.Problem{Kind: params.WrongType, Names: []string{"b"}},
			text:     "param types don't match the user-specified type: [b]",
			runText:  "parameters have inconsistent types : [b]",
		},
		"missing keys": {
			declared: v1.ParamSpecs{object},
			given:    v1.Params{give("o", obj(map[string]string{"l": "", "more": ""}))},
			want:     &params.Problem{Kind: params.MissingKeys, Keys: map[string][]string{"o": {"k", "z"}}},
			text:     "missing keys for these params which are required in ParamSpec's properties map[o:[k z]]",
			runText:  "pipelineRun missing object keys for parameters: map[o:[k z]]",
		},
		"keys missing in the default": {
			declared: v1.ParamSpecs{defaulted},
			want:     &params.Problem{Kind: params.MissingKeys, Keys: map[string][]string{"o": {"k"}}},
			text:     "missing keys for these params which are required in ParamSpec's properties map[o:[k]]",
			runText:  "pipelineRun missing object keys for parameters: map[o:[k]]",
		},
		"an object to come": {
			declared: v1.ParamSpecs{object},
			given:    v1.Params{give("o", str("$(tasks.t.results.r[*])"))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := params.Check(tc.declared, tc.given)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Check() (-want +got):\n%s", diff)
			}
			if got == nil {
				return
			}
			if got.Error() != tc.text {
				t.Errorf("Error() = %q, want %q", got.Error(), tc.text)
			}
			if got.ForPipelineRun() != tc.runText {
				t.Errorf("ForPipelineRun() = %q, want %q", got.ForPipelineRun(), tc.runText)
			}
		})
	}
}

func TestCheckIndexes(t *testing.T) {
	t.Parallel()
	var refs []substitution.ParamRef
	for _, r := range substitution.Parse("$(params.a[1]) $(params.a[2]) $(params['a'][3]) $(params.a[2]) $(params.s[5]) $(params.none[0]) $(params.a[*]) $(params.e[0])") {
		if p, ok := r.Param(); ok {
			refs = append(refs, p)
		}
	}
	set := params.Set{"a": arr("x", "y"), "s": str("text"), "e": arr()}
	got := params.CheckIndexes(refs, set)
	want := &params.Problem{Kind: params.BadIndex, References: []string{"$(params.a[2])", "$(params['a'][3])", "$(params.e[0])"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("CheckIndexes() (-want +got):\n%s", diff)
	}
	if text := "non-existent param references:[$(params.a[2]) $(params['a'][3]) $(params.e[0])]"; got.Error() != text || got.ForPipelineRun() != text {
		t.Errorf("texts %q and %q, want %q", got.Error(), got.ForPipelineRun(), text)
	}
	if got := params.CheckIndexes(refs[:1], set); got != nil {
		t.Errorf("CheckIndexes() = %v, want nil", got)
	}
}

func TestCheckEnums(t *testing.T) {
	t.Parallel()
	spec := need("e", v1.ParamTypeString)
	spec.Enum = []string{"v1", "v2"}
	declared := v1.ParamSpecs{need("free", ""), spec}
	for value, want := range map[string]string{"v1": "", "": "", "v3": "param `e` value: v3 is not in the enum list"} {
		got := ""
		if p := params.CheckEnums(declared, v1.Params{give("free", str("any")), give("e", str(value))}); p != nil {
			got = p.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if p := params.CheckEnums(declared, nil); p != nil {
		t.Errorf("nothing given: %v", p)
	}
}

func TestCheckEnumSubsets(t *testing.T) {
	t.Parallel()
	enum := func(name string, values ...string) v1.ParamSpec {
		return v1.ParamSpec{Name: name, Type: v1.ParamTypeString, Enum: values}
	}
	pipeline := v1.ParamSpecs{enum("none"), enum("few", "a"), enum("many", "a", "b", "c")}
	task := v1.ParamSpecs{enum("x", "a", "b"), enum("free")}
	for value, want := range map[string]string{
		"$(params.few)":                "",
		"$(params.many)":               `pipeline param "many" enum: [a b c] is not a subset of the referenced in "build" task param enum: [a b]`,
		"$(params.none)":               `pipeline param "none" has no enum, but referenced in "build" task has enums: [a b]`,
		"$(params.few)$(params.many)":  "",
		"$(params.undeclared)":         "",
		"literal":                      "",
		"prefix $(params['many']) end": `pipeline param "many" enum: [a b c] is not a subset of the referenced in "build" task param enum: [a b]`,
	} {
		given := v1.Params{give("x", str(value)), give("free", str("$(params.many)"))}
		checkError(t, params.CheckEnumSubsets(pipeline, given, "build", task), want)
	}
}
