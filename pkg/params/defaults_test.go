package params_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// chain returns n declarations, each of which refers to the next one; the last one is given.
func chain(n int) v1.ParamSpecs {
	var specs v1.ParamSpecs
	for i := range n {
		specs = append(specs, declare(fmt.Sprint("p", i), str(fmt.Sprintf("$(params.p%d)", i+1))))
	}
	return specs
}

func TestForPipeline(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared v1.ParamSpecs
		given    v1.Params
		want     params.Set
		err      string
	}{
		"value over default": {
			declared: v1.ParamSpecs{declare("a", str("default")), declare("b", str("default"))},
			given:    v1.Params{give("a", str("given")), give("extra", str("x"))},
			want:     params.Set{"a": str("given"), "b": str("default"), "extra": str("x")},
		},
		"any order": {
			declared: v1.ParamSpecs{declare("c", str("$(params.b)!")), declare("b", str("<$(params['a'])>")), declare("a", str("default"))},
			given:    v1.Params{give("a", str("given"))},
			want:     params.Set{"a": str("given"), "b": str("<given>"), "c": str("<given>!")},
		},
		"given values are not looked at": {
			declared: v1.ParamSpecs{declare("a", str("default")), declare("b", str("$(params.a)"))},
			given:    v1.Params{give("a", str("$(params.b) $(params.none)"))},
			want:     params.Set{"a": str("$(params.b) $(params.none)"), "b": str("$(params.b) $(params.none)")},
		},
		"extra values can be used": {
			declared: v1.ParamSpecs{declare("b", str("$(params.extra)"))},
			given:    v1.Params{give("extra", str("x"))},
			want:     params.Set{"extra": str("x"), "b": str("x")},
		},
		"elements and members": {
			declared: v1.ParamSpecs{declare("s", str("$(params.a[1]) $(params.o.k)")), declare("a", arr("x", "y")), declare("o", obj(map[string]string{"k": "v"}))},
			want:     params.Set{"s": str("y v"), "a": arr("x", "y"), "o": obj(map[string]string{"k": "v"})},
		},
		"a string stays a string": {
			declared: v1.ParamSpecs{declare("s", str("$(params.a[*])")), declare("a", arr("x"))},
			want:     params.Set{"s": str("$(params.a[*])"), "a": arr("x")},
		},
		"arrays and objects": {
			declared: v1.ParamSpecs{declare("a", arr("$(params.s)", "$(params.none)")), declare("o", obj(map[string]string{"k": "$(params.s)"})), declare("s", str("$(params.t)")), declare("t", str("T"))},
			want:     params.Set{"a": arr("T", "$(params.none)"), "o": obj(map[string]string{"k": "T"}), "s": str("T"), "t": str("T")},
		},
		"members missing in the value": {
			declared: v1.ParamSpecs{declare("o", obj(map[string]string{"k": "default", "l": "$(params.s)", "m": "M"})), declare("s", str("S")), declare("t", str("$(params.o.k)$(params.o.m)"))},
			given:    v1.Params{give("o", obj(map[string]string{"k": "given"}))},
			want:     params.Set{"o": obj(map[string]string{"k": "given", "l": "S", "m": "M"}), "s": str("S"), "t": str("givenM")},
		},
		"a name with dots": {
			declared: v1.ParamSpecs{declare("a.b", str("AB")), declare("c", str("$(params['a.b'])$(params.a.b)"))},
			want:     params.Set{"a.b": str("AB"), "c": str("ABAB")},
		},
		"ten in a row": {declared: chain(10), given: v1.Params{give("p10", str("end"))}, want: func() params.Set {
			set := params.Set{"p10": str("end")}
			for i := range 10 {
				set[fmt.Sprint("p", i)] = str("end")
			}
			return set
		}()},
		"too many in a row": {
			declared: append(chain(12), declare("p12", str("end"))),
			err:      `parameter resolution failed: maximum recursion depth (10) exceeded for param "p11"`,
		},
		"circle": {
			declared: v1.ParamSpecs{declare("a", str("$(params.b)")), declare("b", str("$(params.a)"))},
			err:      `parameter resolution failed: circular dependency detected in param "a"`,
		},
		"itself": {
			declared: v1.ParamSpecs{declare("a", str("$(params.a)"))},
			err:      `parameter resolution failed: circular dependency detected in param "a"`,
		},
		"a given value breaks the circle": {
			declared: v1.ParamSpecs{declare("a", str("$(params.b)")), declare("b", str("$(params.a)"))},
			given:    v1.Params{give("a", str("x"))},
			want:     params.Set{"a": str("x"), "b": str("x")},
		},
		"undefined": {
			declared: v1.ParamSpecs{declare("a", str("$(params.none)"))},
			err:      `parameter resolution failed: param "a" references undefined param "none"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := params.ForPipeline(tc.declared, tc.given)
			checkError(t, err, tc.err)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ForPipeline() (-want +got):\n%s", diff)
			}
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestForTask(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared v1.ParamSpecs
		given    v1.Params
		want     params.Set
	}{
		"a default sees defaults": {
			declared: v1.ParamSpecs{declare("a", str("default")), declare("b", str("$(params.a)"))},
			given:    v1.Params{give("a", str("given"))},
			want:     params.Set{"a": str("given"), "b": str("default")},
		},
		"a value where there is no default": {
			declared: v1.ParamSpecs{need("a", v1.ParamTypeString), declare("b", str("<$(inputs.params.a)> $(params.extra)"))},
			given:    v1.Params{give("a", str("given")), give("extra", str("x"))},
			want:     params.Set{"a": str("given"), "b": str("<given> x"), "extra": str("x")},
		},
		"several references": {
			declared: v1.ParamSpecs{declare("c", str("$(params.a)$(params.b)")), declare("a", str("A")), declare("b", str("$(params.a)"))},
			want:     params.Set{"a": str("A"), "b": str("A"), "c": str("AA")},
		},
		"unknown stays": {
			declared: v1.ParamSpecs{declare("a", str("$(params.none) $(context.taskRun.name)"))},
			want:     params.Set{"a": str("$(params.none) $(context.taskRun.name)")},
		},
		"a circle stays": {
			declared: v1.ParamSpecs{declare("a", str("$(params.a)"))},
			want:     params.Set{"a": str("$(params.a)")},
		},
		"members": {
			declared: v1.ParamSpecs{declare("o", obj(map[string]string{"k": "default", "l": "$(params.s)"})), declare("s", str("S"))},
			given:    v1.Params{give("o", obj(map[string]string{"k": "given"}))},
			want:     params.Set{"o": obj(map[string]string{"k": "given", "l": "S"}), "s": str("S")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := params.ForTask(tc.declared, tc.given)
			checkError(t, err, "")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ForTask() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForStepAction(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared v1.ParamSpecs
		given    v1.Params
		want     params.Set
		err      string
	}{
		"values and defaults": {
			declared: v1.ParamSpecs{declare("c", arr("$(params.b)", "$(params.list[*])")), declare("b", str("<$(params.a)>")), declare("a", str("default")), declare("list", arr("x", "y"))},
			given:    v1.Params{give("a", str("given"))},
			want:     params.Set{"a": str("given"), "b": str("<given>"), "c": arr("<given>", "x", "y"), "list": arr("x", "y")},
		},
		"members missing in the value": {
			declared: v1.ParamSpecs{declare("o", obj(map[string]string{"k": "default", "l": "$(params.s)"})), declare("s", str("S"))},
			given:    v1.Params{give("o", obj(map[string]string{"k": "given"}))},
			want:     params.Set{"o": obj(map[string]string{"k": "given", "l": "S"}), "s": str("S")},
		},
		"long chain": {
			declared: append(chain(50), declare("p50", str("end"))),
			want: func() params.Set {
				set := params.Set{}
				for i := range 51 {
					set[fmt.Sprint("p", i)] = str("end")
				}
				return set
			}(),
		},
		"unknown": {
			declared: v1.ParamSpecs{declare("a", obj(map[string]string{"k": "$(params.none)"}))},
			err:      `parameter "a" references non-existent parameter "none"`,
		},
		"circle": {
			declared: v1.ParamSpecs{declare("a", str("$(params.b)")), declare("b", str("$(params.a)"))},
			err:      "circular dependency detected in parameter references",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := params.ForStepAction(tc.declared, tc.given)
			checkError(t, err, tc.err)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ForStepAction() (-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyTimes lets each default name the next one a hundred times: ten of them would make 10^20 bytes.
func TestManyTimes(t *testing.T) {
	t.Parallel()
	var specs v1.ParamSpecs
	for i := range 9 {
		specs = append(specs, declare(fmt.Sprint("p", i), str(strings.Repeat(fmt.Sprintf("$(params.p%d)", i+1), 100))))
	}
	specs = append(specs, declare("p9", str("x")))
	for name, resolve := range map[string]func(v1.ParamSpecs, v1.Params) (params.Set, error){
		"pipeline": params.ForPipeline, "task": params.ForTask, "step action": params.ForStepAction,
	} {
		if _, err := resolve(specs, nil); !errors.Is(err, substitution.ErrTooLarge) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	list := v1.ParamSpecs{declare("s", str(strings.Repeat("x", 1<<20)))}
	for i := range 20 {
		list = append(list, declare(fmt.Sprint("a", i), arr("$(params.s)")))
	}
	if _, err := params.ForPipeline(list, nil); !errors.Is(err, substitution.ErrTooLarge) {
		t.Errorf("arrays: error %v", err)
	}
}

func FuzzDefaults(f *testing.F) {
	f.Add("$(params.b)", "$(params.c[0]) $(params.c)", "$(params['a'])", "x")
	f.Add("$(params.a)", "", "$(params.b.k)", "$(params.c)")
	f.Fuzz(func(t *testing.T, a, b, c, given string) {
		declared := v1.ParamSpecs{declare("a", str(a)), declare("b", str(b)), declare("c", arr(c, b))}
		for _, values := range []v1.Params{nil, {give("a", str(given))}} {
			if set, err := params.ForPipeline(declared, values); err == nil && len(set) != 3 {
				t.Errorf("ForPipeline() = %v", set)
			}
			if set, err := params.ForStepAction(declared, values); err == nil && len(set) != 3 {
				t.Errorf("ForStepAction() = %v", set)
			}
			set, err := params.ForTask(declared, values)
			if err != nil || len(set) != 3 {
				t.Errorf("ForTask() = %v, %v", set, err)
			}
		}
	})
}
