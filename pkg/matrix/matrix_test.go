package matrix_test

import (
	"math"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"

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

// short writes combinations as "a=1 b=2".
func short(combinations []v1.Params) []string {
	var all []string
	for _, c := range combinations {
		var parts []string
		for _, p := range c {
			parts = append(parts, p.Name+"="+p.Value.StringVal)
		}
		all = append(all, strings.Join(parts, " "))
	}
	return all
}

func TestCombinations(t *testing.T) {
	t.Parallel()
	platforms := array("platform", "linux", "mac")
	browsers := array("browser", "safari", "chrome")
	cases := map[string]struct {
		matrix *v1.Matrix
		want   []string
	}{
		"nil": {},
		"first param varies fastest": {
			matrix: &v1.Matrix{Params: v1.Params{platforms, browsers}},
			want: []string{
				"browser=safari platform=linux", "browser=safari platform=mac",
				"browser=chrome platform=linux", "browser=chrome platform=mac",
			},
		},
		"include only": {
			matrix: &v1.Matrix{Include: v1.IncludeParamsList{
				entry("one", text("image", "a"), text("file", "x")), entry("two", text("image", "b")),
			}},
			want: []string{"file=x image=a", "image=b"},
		},
		"include that shares nothing is merged everywhere": {
			matrix: &v1.Matrix{Params: v1.Params{platforms}, Include: v1.IncludeParamsList{entry("all", text("flags", "-v"))}},
			want:   []string{"flags=-v platform=linux", "flags=-v platform=mac"},
		},
		"include that matches is merged where it matches": {
			matrix: &v1.Matrix{
				Params:  v1.Params{platforms, browsers},
				Include: v1.IncludeParamsList{entry("", text("platform", "mac"), text("flags", "-v"))},
			},
			want: []string{
				"browser=safari platform=linux", "browser=safari flags=-v platform=mac",
				"browser=chrome platform=linux", "browser=chrome flags=-v platform=mac",
			},
		},
		"include with a new value is appended": {
			matrix: &v1.Matrix{
				Params:  v1.Params{platforms},
				Include: v1.IncludeParamsList{entry("", text("platform", "bsd"), text("flags", "-v"))},
			},
			want: []string{"platform=linux", "platform=mac", "flags=-v platform=bsd"},
		},
		"include with two new values is appended once": {
			matrix: &v1.Matrix{
				Params:  v1.Params{platforms, array("browser", "safari")},
				Include: v1.IncludeParamsList{entry("", text("platform", "bsd"), text("browser", "lynx"))},
			},
			want: []string{"browser=safari platform=linux", "browser=safari platform=mac", "browser=lynx platform=bsd"},
		},
		"the same new combination twice is appended once": {
			matrix: &v1.Matrix{
				Params:  v1.Params{platforms},
				Include: v1.IncludeParamsList{entry("", text("platform", "bsd")), entry("", text("platform", "bsd"))},
			},
			want: []string{"platform=linux", "platform=mac", "platform=bsd"},
		},
		"include with one equal and one different value is lost": {
			matrix: &v1.Matrix{
				Params:  v1.Params{platforms, array("browser", "safari")},
				Include: v1.IncludeParamsList{entry("", text("platform", "linux"), text("browser", "edge"))},
			},
			want: []string{"browser=safari platform=linux", "browser=safari platform=mac"},
		},
		"later entries see earlier merges": {
			matrix: &v1.Matrix{
				Params: v1.Params{platforms},
				Include: v1.IncludeParamsList{
					entry("", text("platform", "linux"), text("flags", "-a")),
					entry("", text("flags", "-a"), text("level", "1")),
					entry("", text("flags", "-b"), text("level", "2")),
				},
			},
			want: []string{"flags=-a level=1 platform=linux", "flags=-a level=1 platform=mac", "flags=-b level=2"},
		},
		"empty array": {
			matrix: &v1.Matrix{
				Params:  v1.Params{platforms, array("browser")},
				Include: v1.IncludeParamsList{entry("", text("platform", "bsd"))},
			},
		},
		"reference not replaced yet counts as one value": {
			matrix: &v1.Matrix{Params: v1.Params{text("url", "$(tasks.a.results.urls[*])")}},
			want:   []string{"url=$(tasks.a.results.urls[*])"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := short(matrix.Combinations(tc.matrix))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("combinations (-want +got):\n%s", diff)
			}
			if count := matrix.Count(tc.matrix); count != len(tc.want) {
				t.Errorf("Count() = %d, want %d", count, len(tc.want))
			}
		})
	}
}

func TestCombinationsAreIndependent(t *testing.T) {
	t.Parallel()
	m := &v1.Matrix{Params: v1.Params{array("a", "1", "2")}, Include: v1.IncludeParamsList{entry("", text("b", "x"))}}
	first := matrix.Combinations(m)
	first[0][0].Value.StringVal = "changed"
	if diff := cmp.Diff([]string{"a=1 b=x", "a=2 b=x"}, short(matrix.Combinations(m))); diff != "" {
		t.Errorf("a second call sees the change (-want +got):\n%s", diff)
	}
}

func TestCountOfHugeMatrices(t *testing.T) {
	t.Parallel()
	hundred := array("p", make([]string, 100)...)
	three := v1.Params{hundred, hundred, hundred}
	if got := matrix.Count(&v1.Matrix{Params: three}); got != 1_000_000 {
		t.Errorf("Count() = %d, want 1000000", got)
	}
	var many v1.Params
	for range 20 {
		many = append(many, hundred)
	}
	if got := matrix.Count(&v1.Matrix{Params: many}); got != math.MaxInt {
		t.Errorf("Count() = %d, want MaxInt", got)
	}
	if got := matrix.Product(append(many, array("empty"))); got != 0 {
		t.Errorf("Product() with an empty array = %d, want 0", got)
	}
}

func TestEveryCombinationHasEveryArrayParam(t *testing.T) {
	t.Parallel()
	property := func(a, b uint8) bool {
		m := &v1.Matrix{Params: v1.Params{array("a", make([]string, a%7)...), array("b", make([]string, b%7)...)}}
		all := matrix.Combinations(m)
		for _, c := range all {
			if len(c) != 2 {
				return false
			}
		}
		return len(all) == int(a%7)*int(b%7) && len(all) == matrix.Count(m)
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
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
