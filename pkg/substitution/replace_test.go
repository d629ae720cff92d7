package substitution_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

func values() substitution.Values {
	return substitution.Values{
		Strings: map[string]string{
			"params.a":      "A",
			"params['a']":   "A",
			`params["a"]`:   "A",
			"params.nested": "$(params.a)",
			"params.empty":  "",
			"a)b":           "never",
		},
		Arrays: map[string][]string{
			"params.list":    {"one", "$(params.a)"},
			"params.list[*]": {"one", "$(params.a)"},
			"params.none":    {},
		},
		Objects: map[string]map[string]string{
			"params.obj[*]": {"k": "v"},
		},
	}
}

func TestReplaceString(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":            {"plain", "plain"},
		"one":                {"$(params.a)", "A"},
		"all forms":          {`<$(params.a)$(params['a'])$(params["a"])>`, "<AAA>"},
		"unknown":            {"$(params.b) $(params.a) $(date -u)", "$(params.b) A $(date -u)"},
		"no escape":          {"$$(params.a)", "$A"},
		"value is not read":  {"$(params.nested)", "$(params.a)"},
		"no nesting":         {"$(params.$(params.a))", "$(params.A)"},
		"inner one is found": {"$($(params.a))", "$(A)"},
		"made by two":        {"$(params.empty)$($(params.empty)params.a)", "$(params.a)"},
		"empty value":        {"a$(params.empty)b", "ab"},
		"element":            {"$(params.list[0])", "one"},
		"other element":      {"x $(params.list[1]) y", "x $(params.a) y"},
		"past the end":       {"$(params.list[2])", "$(params.list[2])"},
		"no plain number":    {"$(params.list[00])$(params.list[-1])$(params.list[])$(params.list[9999999999])", "$(params.list[00])$(params.list[-1])$(params.list[])$(params.list[9999999999])"},
		"element of none":    {"$(other[0])$(0])$([0])$(])", "$(other[0])$(0])$([0])$(])"},
		"element of object":  {"$(params.obj[0])", "$(params.obj[0])"},
		"array in text":      {"x $(params.list[*])", "x $(params.list[*])"},
		"unfinished":         {"$(params.a) $(params.a", "A $(params.a"},
		"white space":        {"$( params.a)", "$( params.a)"},
		"key with )":         {"$(a)b)", "$(a)b)"},
		"not ascii":          {"ä$(params.a)ö", "äAö"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := substitution.NewReplacer(values())
			if got := r.String(tc.text); got != tc.want {
				t.Errorf("String(%q) = %q, want %q", tc.text, got, tc.want)
			}
			if err := r.Err(); err != nil {
				t.Errorf("Err() = %v", err)
			}
		})
	}
}

func TestReplaceList(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ list, want []string }{
		"nil":           {nil, nil},
		"empty":         {[]string{}, []string{}},
		"unchanged":     {[]string{"a", "$(b)"}, []string{"a", "$(b)"}},
		"string":        {[]string{"a", "$(params.a)", "b"}, []string{"a", "A", "b"}},
		"array":         {[]string{"a", "$(params.list[*])", "b$(params.a)"}, []string{"a", "one", "$(params.a)", "bA"}},
		"without star":  {[]string{"$(params.list)"}, []string{"one", "$(params.a)"}},
		"empty array":   {[]string{"a", "$(params.none)", "b"}, []string{"a", "b"}},
		"only empty":    {[]string{"$(params.none)"}, []string{}},
		"two arrays":    {[]string{"$(params.list)", "$(params.list)"}, []string{"one", "$(params.a)", "one", "$(params.a)"}},
		"array in text": {[]string{"x$(params.list)"}, []string{"x$(params.list)"}},
		"object":        {[]string{"$(params.obj[*])"}, []string{"$(params.obj[*])"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := append([]string(nil), tc.list...)
			got := substitution.NewReplacer(values()).List(tc.list)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("List(%q) (-want +got):\n%s", tc.list, diff)
			}
			if diff := cmp.Diff(before, append([]string(nil), tc.list...)); diff != "" {
				t.Errorf("the list was changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReplaceListIf(t *testing.T) {
	t.Parallel()
	star := func(s string) bool { return strings.HasSuffix(s, "[*])") }
	got := substitution.NewReplacer(values()).ListIf([]string{"$(params.list)", "$(params.list[*])", "$(params.a)"}, star)
	want := []string{"$(params.list)", "one", "$(params.a)", "A"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ListIf() (-want +got):\n%s", diff)
	}
}

func TestWholeValues(t *testing.T) {
	t.Parallel()
	r := substitution.NewReplacer(values())
	if got, ok := r.Array("$(params.list)"); !ok || len(got) != 2 {
		t.Errorf("Array() = %v, %v", got, ok)
	}
	if got, ok := r.Object("$(params.obj[*])"); !ok || got["k"] != "v" {
		t.Errorf("Object() = %v, %v", got, ok)
	}
	for _, text := range []string{"", "$(", "$(params.list) ", "$(params.a)", "params.list"} {
		if got, ok := r.Array(text); ok {
			t.Errorf("Array(%q) = %v", text, got)
		}
		if got, ok := r.Object(text); ok {
			t.Errorf("Object(%q) = %v", text, got)
		}
	}
}

func TestMaxSize(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1<<20)
	v := substitution.Values{
		Strings: map[string]string{"s": big},
		Arrays:  map[string][]string{"a": {big}},
		Objects: map[string]map[string]string{"o": {"k": big}},
	}
	many := strings.Repeat("$(s)", 100)
	for name, use := range map[string]func(*substitution.Replacer) bool{
		"one text": func(r *substitution.Replacer) bool { return r.String(many) == many },
		"many texts": func(r *substitution.Replacer) bool {
			return repeat(func() bool { return r.String("a$(s)") == "a$(s)" })
		},
		"many lists": func(r *substitution.Replacer) bool {
			return repeat(func() bool { return r.List([]string{"$(a)"})[0] == "$(a)" })
		},
		"many arrays": func(r *substitution.Replacer) bool {
			return repeat(func() bool { _, ok := r.Array("$(a)"); return !ok })
		},
		"many maps": func(r *substitution.Replacer) bool {
			return repeat(func() bool { _, ok := r.Object("$(o)"); return !ok })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := substitution.NewReplacer(v)
			if !use(r) {
				t.Error("more than the limit was made")
			}
			if r.Err() == nil {
				t.Error("Err() = nil")
			}
		})
	}
}

// repeat calls f up to 20 times and reports whether it returned true.
func repeat(f func() bool) bool {
	for range 20 {
		if f() {
			return true
		}
	}
	return false
}

func TestValues(t *testing.T) {
	t.Parallel()
	var v substitution.Values
	if !v.Empty() {
		t.Error("Empty() = false")
	}
	v.SetString("s", "1")
	v.SetArray("a", []string{"1"})
	v.SetObject("o", map[string]string{"k": "1"})
	v.Merge(substitution.Values{
		Strings: map[string]string{"s": "2", "t": "3"},
		Arrays:  map[string][]string{"a": {"2"}},
		Objects: map[string]map[string]string{"o": {"k": "2"}},
	})
	want := substitution.Values{
		Strings: map[string]string{"s": "2", "t": "3"},
		Arrays:  map[string][]string{"a": {"2"}},
		Objects: map[string]map[string]string{"o": {"k": "2"}},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([3]string{"p.n", "p['n']", `p["n"]`}, substitution.Forms("p", "n")); diff != "" {
		t.Errorf("Forms() (-want +got):\n%s", diff)
	}
}

func TestNothingToReplaceAllocatesNothing(t *testing.T) {
	r := substitution.NewReplacer(values())
	text := strings.Repeat("some text with $HOME and $(date) and $(params.unknown)\n", 100)
	list := []string{"a", text, "$(params.unknown)"}
	if n := testing.AllocsPerRun(10, func() { r.String(text); r.List(list) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzReplace compares with one replacement after the other of a key whose value cannot be mistaken for a reference.
func FuzzReplace(f *testing.F) {
	f.Add("$(params.a) $(b)", "params.a", "x")
	f.Add("$($(a))", "a", "")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		if strings.ContainsAny(key, ")") {
			t.Skip()
		}
		want := strings.ReplaceAll(text, "$("+key+")", value)
		r := substitution.NewReplacer(substitution.Values{Strings: map[string]string{key: value, "other": "$(other)"}})
		got := r.String(text)
		if key != "other" && got != want {
			t.Errorf("String(%q) with %q = %q: got %q, want %q", text, key, value, got, want)
		}
	})
}

func BenchmarkReplace(b *testing.B) {
	v := substitution.Values{Strings: make(map[string]string)}
	for i := range 1000 {
		v.Strings[fmt.Sprint("params.name-", i)] = "some value"
	}
	r := substitution.NewReplacer(v)
	for name, text := range map[string]string{
		"short": "echo $(params.name-1) and $(params.name-2)",
		"1MB":   strings.Repeat("some line of a script with $(params.name-1)\n", 1<<20/44),
		"plain": strings.Repeat("some line of a script with $HOME and $(date)\n", 1<<20/46),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				// A fresh copy, as a Replacer is used for one object only.
				c := *r
				c.String(text)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat("some line of a script with $(params.name-1) and $(tasks.a.results.b)\n", 1<<20/68)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		substitution.Parse(text)
	}
}
