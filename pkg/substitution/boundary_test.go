package substitution_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// TestNameCharacters tries every byte in a name (contract 1 §6.1).
func TestNameCharacters(t *testing.T) {
	t.Parallel()
	const allowed = "_-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		text := "$(x" + string([]byte{byte(c)}) + "y)"
		want := strings.IndexByte(allowed, byte(c)) >= 0
		if _, got := substitution.Whole(text); got != want {
			t.Errorf("%q is a reference: %t", text, got)
		}
	}
}

// TestNumbers tries every byte as an index.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		digit := c >= '0' && c <= '9'
		text := string([]byte{byte(c)})
		if r, ok := substitution.Whole("$(a[" + text + "])"); ok && (r.Index != substitution.NoIndex) != digit {
			t.Errorf("%q: index %d", text, r.Index)
		}
		found := substitution.Variables("$(params.a["+text+"])", "params")
		if len(found) == 1 && (found[0].Index != substitution.NoIndex) != digit {
			t.Errorf("%q: index %d", text, found[0].Index)
		}
		list := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
		reference := "$(a[" + text + "])"
		want := reference
		if digit {
			want = text
		}
		if got := substitution.NewReplacer(substitution.Values{Arrays: map[string][]string{"a": list}}).String(reference); got != want {
			t.Errorf("%q became %q", reference, got)
		}
	}
}

// TestIndexes has numbers of all lengths that count, and the first that does not.
func TestIndexes(t *testing.T) {
	t.Parallel()
	list := make([]string, 1001)
	for i := range list {
		list[i] = "-"
	}
	list[9], list[10], list[99], list[100], list[1000] = "nine", "ten", "ninety-nine", "hundred", "thousand"
	for text, want := range map[string]string{
		"$(a[9])": "nine", "$(a[10])": "ten", "$(a[99])": "ninety-nine", "$(a[100])": "hundred", "$(a[1000])": "thousand", "$(a[1001])": "$(a[1001])",
		"$(a[010])": "$(a[010])", "$(a[0010])": "$(a[0010])", "$(a[999999999])": "$(a[999999999])", "$(a[1000000000])": "$(a[1000000000])",
		"$(a[0000000010])": "$(a[0000000010])", "$(aa[9])": "$(aa[9])", "$([9])": "$([9])", "$(a9])": "$(a9])", "$(a[9)": "$(a[9)", "$(a[9]])": "$(a[9]])",
		"$(a[*])": "$(a[*])", "$(a[9][9])": "$(a[9][9])",
	} {
		if got := substitution.NewReplacer(substitution.Values{Arrays: map[string][]string{"a": list}}).String(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestStringsGoBeforeElements has a key that is written like an element.
func TestStringsGoBeforeElements(t *testing.T) {
	t.Parallel()
	v := substitution.Values{Strings: map[string]string{"a[0]": "text"}, Arrays: map[string][]string{"a": {"element", "other"}}}
	if got := substitution.NewReplacer(v).String("$(a[0]) $(a[1])"); got != "text other" {
		t.Errorf("got %q", got)
	}
}

// TestLimitIsExact makes as much as is allowed, and one byte more.
func TestLimitIsExact(t *testing.T) {
	t.Parallel()
	const header = 16
	v := func(n int) substitution.Values {
		big := strings.Repeat("x", n)
		return substitution.Values{
			Strings: map[string]string{"s": big, "half": strings.Repeat("y", substitution.MaxSize/2)},
			Arrays:  map[string][]string{"a": {big}, "two": {big, ""}},
			Objects: map[string]map[string]string{"o": {"key": big}},
		}
	}
	for name, tc := range map[string]struct {
		// room is what is left for the value.
		room int
		use  func(*substitution.Replacer) bool
	}{
		"text":              {substitution.MaxSize, func(r *substitution.Replacer) bool { return len(r.String("$(s)")) > 4 }},
		"text before":       {substitution.MaxSize - 3, func(r *substitution.Replacer) bool { return len(r.String("abc$(s)")) > 7 }},
		"text after":        {substitution.MaxSize - 3, func(r *substitution.Replacer) bool { return len(r.String("$(s)abc")) > 7 }},
		"text around":       {substitution.MaxSize - 3, func(r *substitution.Replacer) bool { return len(r.String("a$(s)bc")) > 7 }},
		"text between":      {substitution.MaxSize/2 - 1, func(r *substitution.Replacer) bool { return len(r.String("$(half)-$(s)")) > 12 }},
		"second text":       {substitution.MaxSize / 2, func(r *substitution.Replacer) bool { r.String("$(half)"); return len(r.String("$(s)")) > 4 }},
		"list":              {substitution.MaxSize - header, func(r *substitution.Replacer) bool { _, ok := r.Array("$(a)"); return ok }},
		"list of two":       {substitution.MaxSize - 2*header, func(r *substitution.Replacer) bool { _, ok := r.Array("$(two)"); return ok }},
		"list after text":   {substitution.MaxSize/2 - header, func(r *substitution.Replacer) bool { r.String("$(half)"); _, ok := r.Array("$(a)"); return ok }},
		"object":            {substitution.MaxSize - 2*header - 3, func(r *substitution.Replacer) bool { _, ok := r.Object("$(o)"); return ok }},
		"text after list":   {(substitution.MaxSize - header) / 2, func(r *substitution.Replacer) bool { r.Array("$(a)"); return len(r.String("$(s)")) > 4 }},
		"element of a list": {substitution.MaxSize, func(r *substitution.Replacer) bool { return len(r.String("$(a[0])")) > 7 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := substitution.NewReplacer(v(tc.room))
			if !tc.use(r) || r.Err() != nil {
				t.Errorf("as much as is allowed: %v", r.Err())
			}
			r = substitution.NewReplacer(v(tc.room + 1))
			if tc.use(r) || r.Err() == nil {
				t.Errorf("one byte more: %v", r.Err())
			}
		})
	}
}

// TestUnchangedTextsAreFree shows that texts without values count nothing.
func TestUnchangedTextsAreFree(t *testing.T) {
	t.Parallel()
	r := substitution.NewReplacer(substitution.Values{Strings: map[string]string{"s": strings.Repeat("x", substitution.MaxSize)}})
	for range 3 {
		r.String(strings.Repeat("a", substitution.MaxSize))
	}
	if got := r.String("$(s)"); len(got) != substitution.MaxSize || r.Err() != nil {
		t.Errorf("%d bytes, %v", len(got), r.Err())
	}
}

func TestEmptyValues(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		values substitution.Values
		want   bool
	}{
		"nothing": {substitution.Values{}, true},
		"maps":    {substitution.Values{Strings: map[string]string{}, Arrays: map[string][]string{}, Objects: map[string]map[string]string{}}, true},
		"string":  {substitution.Values{Strings: map[string]string{"a": ""}}, false},
		"array":   {substitution.Values{Arrays: map[string][]string{"a": nil}}, false},
		"object":  {substitution.Values{Objects: map[string]map[string]string{"a": nil}}, false},
	} {
		if got := tc.values.Empty(); got != tc.want {
			t.Errorf("%s: Empty() = %t", name, got)
		}
	}
}

// TestOneKindOfValue has values of one kind only.
func TestOneKindOfValue(t *testing.T) {
	t.Parallel()
	const text = "$(s) $(a[0])"
	for name, tc := range map[string]struct {
		values substitution.Values
		want   string
	}{
		"none":    {substitution.Values{}, text},
		"strings": {substitution.Values{Strings: map[string]string{"s": "S"}}, "S $(a[0])"},
		"arrays":  {substitution.Values{Arrays: map[string][]string{"a": {"A"}}}, "$(s) A"},
		"objects": {substitution.Values{Objects: map[string]map[string]string{"s": {"k": "v"}}}, text},
	} {
		if got := substitution.NewReplacer(tc.values).String(text); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// TestListsKeepWhatComesBefore has the first change at every position.
func TestListsKeepWhatComesBefore(t *testing.T) {
	t.Parallel()
	v := substitution.Values{Strings: map[string]string{"s": "S"}, Arrays: map[string][]string{"a": {"1", "2"}, "same": {"$(same)"}}}
	for name, tc := range map[string]struct{ list, want []string }{
		"first":           {[]string{"$(s)", "b", "c"}, []string{"S", "b", "c"}},
		"last":            {[]string{"a", "b", "$(s)"}, []string{"a", "b", "S"}},
		"twice":           {[]string{"a", "$(s)", "b", "$(a)", "c"}, []string{"a", "S", "b", "1", "2", "c"}},
		"list last":       {[]string{"a", "$(a)"}, []string{"a", "1", "2"}},
		"list of its own": {[]string{"$(same)", "$(s)"}, []string{"$(same)", "S"}},
	} {
		if diff := cmp.Diff(tc.want, substitution.NewReplacer(v).List(tc.list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestNoTypedReferences has references that miss a typed form by one part.
func TestNoTypedReferences(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"$(inputs.params)", "$(inputs['params'].a)", "$(params.a['b'])", "$(inputs.params.a['b'])", "$(inputs.params.a[k])", "$(inputs)", "$(other.params.a)",
		"$(tasks.t.result.r)", "$(tasks.t['results'].r)", "$(finally.t.results)", "$(finally['t'].results.r)", "$(tasks.t.results.r['k'])", "$(task.t.results.r)",
		"$(steps.s.results)", "$(steps.s.results.r.k.l)", "$(steps.s.results.r[k])", "$(steps.s.result.r)", "$(steps['s'].results.r)", "$(step.s.results.r)",
		"$(tasks)", "$(tasks.t)", "$(tasks.reason)", "$(tasks.t.status.x)", "$(tasks.t.reason.x)", "$(tasks.t.status[*])", "$(tasks.status[*])", "$(tasks.status.status.x)",
		"$(context.taskRun.name.x)", "$(context.taskRun.name[0])", "$(context.taskRun.name[*])", "$(context['taskRun'].name)", "$(contexts.taskRun.name)",
		"$(workspaces.w.path[0])", "$(workspaces.w.path[*])", "$(workspace.w.path)", "$(workspaces)",
		"$(tasks.t.matrix.size)", "$(tasks.t.matrices.length)", "$(tasks.t.matrix.length[0])", "$(tasks.t.matrix.length[*])", "$(steps.t.matrix.length)", "$(tasks['t'].matrix.length)",
		"$(finally.t.outputs.a)", "$(steps.s.output.a)", "$(steps.s.outputs.a[*])", "$(steps['s'].outputs.a)", "$(tasks.t.inputs)",
		"$(results.r.paths)", "$(result.r.path)", "$(results.r.path[0])", "$(results.r.path[*])", "$(results['r'].s.path)", "$(results.r['path'])", "$(step.results.path)", "$(step.results)",
		"$(step)", "$(step.result.r.path)", "$(step.results['r'].s.path)", "$(step.results.r['path'])",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			r, ok := substitution.Whole(text)
			if !ok {
				t.Fatal("no reference")
			}
			if got := typed(t, r); got != nil {
				t.Errorf("taken for %#v", got)
			}
		})
	}
}

// TestLongestTypedReferences has dots in names where they are allowed.
func TestLongestTypedReferences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"$(steps.s.outputs.a.b.c)":        substitution.ArtifactRef{Section: "steps", Name: "s", Output: true, Artifact: "a.b.c"},
		"$(step.results.r.s.path)":        substitution.ResultPathRef{Step: true, Name: "r.s"},
		"$(inputs.params.a.k.l)":          substitution.ParamRef{Alias: true, Name: "a", Key: "k.l", Dotted: "a.k.l", Index: substitution.NoIndex},
		"$(params['a'].k)":                substitution.ParamRef{Name: "a", Key: "k", Dotted: "a.k", Quoted: true, Index: substitution.NoIndex},
		"$(finally.t.results.r.k)":        substitution.TaskResultRef{Section: "finally", Task: "t", Result: "r", Key: "k", Index: substitution.NoIndex},
		"$(steps.s.results.r.k[*])":       substitution.StepResultRef{Step: "s", Result: "r", Key: "k", Index: substitution.NoIndex, Star: true},
		"$(tasks.status.status)":          substitution.StatusRef{Task: "status"},
		"$(tasks.status.reason)":          substitution.StatusRef{Task: "status", Reason: true},
		"$(tasks.t.matrix.length.length)": substitution.MatrixLengthRef{Task: "t", Result: "length"},
	} {
		r, ok := substitution.Whole(text)
		if !ok {
			t.Fatalf("%s is no reference", text)
		}
		if diff := cmp.Diff(withText(want, text), typed(t, r)); diff != "" {
			t.Errorf("typed form of %s (-want +got):\n%s", text, diff)
		}
	}
}

// TestEdgesOfVariables has variables that begin or end where the text does.
func TestEdgesOfVariables(t *testing.T) {
	t.Parallel()
	no := substitution.NoIndex
	for text, want := range map[string][]substitution.Variable{
		"$(params":                      nil,
		"$(params.":                     nil,
		"$(params[":                     nil,
		"$(params['":                    nil,
		"$(params['a'":                  nil,
		"$(params['a']":                 nil,
		"$(params['a'][":                nil,
		"$(params['a'][0":               nil,
		"$(params['a'][0]":              nil,
		"$(params['a'][])":              nil,
		"$(params['a'][0*])":            nil,
		"$(params['a']x)":               nil,
		"$(params['a'].k)":              nil,
		"$(params.)":                    {{Text: "$(params.)", Index: no}},
		"$(params.[0])":                 {{Text: "$(params.[0])", Index: 0}},
		"$(params.a])":                  {{Text: "$(params.a])", Name: "a]", Index: no}},
		"$(params.a[)":                  {{Text: "$(params.a[)", Name: "a[", Index: no}},
		"$(params.a[])":                 {{Text: "$(params.a[])", Name: "a[]", Index: no}},
		"$(params.a[0][1])":             {{Text: "$(params.a[0][1])", Name: "a[0]", Index: 1}},
		"$(params[''])":                 {{Text: "$(params[''])", Quoted: true, Index: no}},
		"$(params['a\"b'])":             {{Text: "$(params['a\"b'])", Name: `a"b`, Quoted: true, Index: no}},
		"$(params['a'][12])":            {{Text: "$(params['a'][12])", Name: "a", Quoted: true, Index: 12}},
		"$(params.a)$(params.b)":        {{Text: "$(params.a)", Name: "a", Index: no}, {Text: "$(params.b)", Name: "b", Index: no}},
		"$(params.a\n$(params.b)":       {{Text: "$(params.b)", Name: "b", Index: no}},
		"$(params.a\n$(params['b'])":    {{Text: "$(params['b'])", Name: "b", Quoted: true, Index: no}},
		"$(params['a'$(params['b'])":    {{Text: "$(params['b'])", Name: "b", Quoted: true, Index: no}},
		"$(params[a)$(params.b)":        {{Text: "$(params.b)", Name: "b", Index: no}},
		"$(params.a $(params.b) c) (d)": {{Text: "$(params.a $(params.b)", Name: "a $(params.b", Index: no}},
	} {
		if diff := cmp.Diff(want, substitution.Variables(text, "params")); diff != "" {
			t.Errorf("Variables(%q) (-want +got):\n%s", text, diff)
		}
	}
}

// TestEdgesOfReferences has references that begin or end where the text does.
func TestEdgesOfReferences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"$":                      nil,
		"$(a":                    nil,
		"$(a.":                   nil,
		"$(a[0":                  nil,
		"$(a[0]":                 nil,
		"$(a[*":                  nil,
		"$(a[k":                  nil,
		"$(a['":                  nil,
		"$(a['b":                 nil,
		"$(a['b']":               nil,
		"$(a['b'].":              nil,
		"$(a['b'].)":             nil,
		"$(a['b']c)":             nil,
		"$(a['b'].c['d'])":       nil,
		"$(a['b'][0].c)":         nil,
		"$(a.)":                  {"$(a.)"},
		"$(.)":                   {"$(.)"},
		"$(a)":                   {"$(a)"},
		"$(a)$(b)":               {"$(a)", "$(b)"},
		"$(a[0])$(b[*])":         {"$(a[0])", "$(b[*])"},
		"$(a['$(b)'])":           {"$(a['$(b)'])"},
		"$(a['$(b)'][x y]$(c)":   {"$(b)", "$(c)"},
		"$(a[\"b\"].c.d[1])":     {"$(a[\"b\"].c.d[1])"},
		"$(a[\"b\"][\"$(c)\"])":  {"$(c)"},
		"x$(a)y$(b":              {"$(a)"},
		"$(a[k])":                {"$(a[k])"},
		"$(a[k-1.x_y])":          {"$(a[k-1.x_y])"},
		"$(a['it\"s'])$(b[\"'])": {"$(a['it\"s'])"},
	} {
		var got []string
		for _, r := range substitution.Parse(text) {
			got = append(got, r.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, diff)
		}
	}
}
