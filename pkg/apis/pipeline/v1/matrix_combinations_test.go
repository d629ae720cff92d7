package v1_test

import (
	"math"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
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
		"include without params adds nothing": {
			matrix: &v1.Matrix{Params: v1.Params{platforms}, Include: v1.IncludeParamsList{entry("extra")}},
			want:   []string{"platform=linux", "platform=mac"},
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
			got := short(tc.matrix.Combinations())
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("combinations (-want +got):\n%s", diff)
			}
			if count := tc.matrix.Count(); count != len(tc.want) {
				t.Errorf("Count() = %d, want %d", count, len(tc.want))
			}
		})
	}
}

func TestCombinationsAreIndependent(t *testing.T) {
	t.Parallel()
	m := &v1.Matrix{Params: v1.Params{array("a", "1", "2")}, Include: v1.IncludeParamsList{entry("", text("b", "x"))}}
	first := m.Combinations()
	first[0][0].Value.StringVal = "changed"
	if diff := cmp.Diff([]string{"a=1 b=x", "a=2 b=x"}, short(m.Combinations())); diff != "" {
		t.Errorf("a second call sees the change (-want +got):\n%s", diff)
	}
}

func TestCountOfHugeMatrices(t *testing.T) {
	t.Parallel()
	hundred := array("p", make([]string, 100)...)
	three := v1.Params{hundred, hundred, hundred}
	if got := (&v1.Matrix{Params: three}).Count(); got != 1_000_000 {
		t.Errorf("Count() = %d, want 1000000", got)
	}
	var many v1.Params
	for range 20 {
		many = append(many, hundred)
	}
	if got := (&v1.Matrix{Params: many}).Count(); got != math.MaxInt {
		t.Errorf("Count() = %d, want MaxInt", got)
	}
	if got := (&v1.Matrix{Params: three, Include: make(v1.IncludeParamsList, 10)}).Count(); got != 1_000_010 {
		t.Errorf("Count() with include entries = %d, want 1000010", got)
	}
	if got := (&v1.Matrix{Params: many, Include: make(v1.IncludeParamsList, 10)}).Count(); got != math.MaxInt {
		t.Errorf("Count() with include entries = %d, want MaxInt", got)
	}
	if got := (&v1.Matrix{Params: append(many, array("empty"))}).Count(); got != 0 {
		t.Errorf("Count() with an empty array = %d, want 0", got)
	}
}

func TestEveryCombinationHasEveryArrayParam(t *testing.T) {
	t.Parallel()
	property := func(a, b uint8) bool {
		m := &v1.Matrix{Params: v1.Params{array("a", make([]string, a%7)...), array("b", make([]string, b%7)...)}}
		all := m.Combinations()
		for _, c := range all {
			if len(c) != 2 {
				return false
			}
		}
		return len(all) == int(a%7)*int(b%7) && len(all) == m.Count()
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}
