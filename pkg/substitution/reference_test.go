package substitution_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/substitution"
)

// ref returns a plain reference without subscript.
func ref(text string, offset int, path ...string) substitution.Reference {
	return substitution.Reference{Text: text, Offset: offset, Path: path, Quoted: -1, Index: substitution.NoIndex}
}

func with(r substitution.Reference, change func(*substitution.Reference)) substitution.Reference {
	change(&r)
	return r
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want []substitution.Reference
	}{
		"nothing":       {text: "no reference, $HOME and ${HOME}"},
		"empty":         {text: ""},
		"one":           {text: "$(params.a)", want: []substitution.Reference{ref("$(params.a)", 0, "params", "a")}},
		"one name":      {text: "$(HOME)", want: []substitution.Reference{ref("$(HOME)", 0, "HOME")}},
		"shell command": {text: "$(date -u) $(cat <f)"},
		"no escape": {
			text: "x $$(params.a-b_c.d)",
			want: []substitution.Reference{ref("$(params.a-b_c.d)", 3, "params", "a-b_c", "d")},
		},
		"nested":           {text: "$($(params.a))", want: []substitution.Reference{ref("$(params.a)", 2, "params", "a")}},
		"after a bad one":  {text: "$(params.$(params.a)", want: []substitution.Reference{ref("$(params.a)", 9, "params", "a")}},
		"in a bad bracket": {text: "$(params['$(params.a)", want: []substitution.Reference{ref("$(params.a)", 10, "params", "a")}},
		"white space":      {text: "$( params.a) $(params.a )"},
		"unfinished":       {text: "$(params.a"},
		"empty names":      {text: "$(a..b.)", want: []substitution.Reference{ref("$(a..b.)", 0, "a", "", "b", "")}},
		"index": {
			text: "$(params.a[12])",
			want: []substitution.Reference{with(ref("$(params.a[12])", 0, "params", "a"), func(r *substitution.Reference) { r.Index = 12 })},
		},
		"huge index": {
			text: "$(a[99999999999999999999])",
			want: []substitution.Reference{with(ref("$(a[99999999999999999999])", 0, "a"), func(r *substitution.Reference) { r.Index = math.MaxInt })},
		},
		"star": {
			text: "$(params.a[*])",
			want: []substitution.Reference{with(ref("$(params.a[*])", 0, "params", "a"), func(r *substitution.Reference) { r.Star = true })},
		},
		"quoted": {
			text: `$(params['a.b'])$(params["it's"][*])`,
			want: []substitution.Reference{
				with(ref("$(params['a.b'])", 0, "params", "a.b"), func(r *substitution.Reference) { r.Quoted = 1 }),
				with(ref(`$(params["it's"][*])`, 16, "params", "it's"), func(r *substitution.Reference) { r.Quoted, r.Star = 1, true }),
			},
		},
		"quoted and dotted": {
			text: `$(results['a b'].path)`,
			want: []substitution.Reference{with(ref("$(results['a b'].path)", 0, "results", "a b", "path"), func(r *substitution.Reference) { r.Quoted = 1 })},
		},
		"key": {
			text: `$(tasks.t.results['r'][k])`,
			want: []substitution.Reference{with(ref("$(tasks.t.results['r'][k])", 0, "tasks", "t", "results", "r"), func(r *substitution.Reference) { r.Quoted, r.Key = 3, "k" })},
		},
		"not the end":    {text: "$(a[0].b) $(a[*][0]) $(a[k][1])"},
		"two quoted":     {text: "$(a['b']['c'])"},
		"empty brackets": {text: "$(a[]) $(a['']) $([0])"},
		"bad brackets":   {text: "$(a[0) $(a['b') $(a['b) $(a[*) $(a[-$]) $(a[0]x)"},
		"cut off":        {text: "$(a[", want: nil},
		"cut off later":  {text: "$(a['b'", want: nil},
		"only the start": {text: "$(", want: nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, substitution.Parse(tc.text)); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tc.text, diff)
			}
		})
	}
}

func TestWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"$(params.a)": true, "$(params.a[*])": true, `$(params["a)"])`: true, "$(params.a)x": false, "x$(params.a)": false,
		"$(params.a)$(params.b)": false, "": false, "$": false, "$(": false, "$()": false,
	} {
		got, ok := substitution.Whole(text)
		if ok != want || ok && got.Text != text {
			t.Errorf("Whole(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
}

// plain is the grammar of recognition as contract 1 §6.1 writes it.
var plain = regexp.MustCompile(`\$\([_a-zA-Z0-9.-]+(\.[_a-zA-Z0-9.-]+)*(\[([0-9]+|\*)\])?\)`)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"$(params.a) $(tasks.t.results.r[0])", "$(params['a'][*])", "$($(a.b))", "$(a[$(b.c)", "$(a['$(b)'])", `$(a["b"].c)$(d)`, "$(a[0)$(b)", "$(0['$(0)']",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got []string
		next := 0
		for _, r := range substitution.Parse(text) {
			if r.Offset < next || text[r.Offset:r.Offset+len(r.Text)] != r.Text {
				t.Fatalf("Parse(%q): %q is not at %d", text, r.Text, r.Offset)
			}
			next = r.Offset + len(r.Text)
			if whole, ok := substitution.Whole(r.Text); !ok || whole.Plain() != r.Plain() {
				t.Errorf("Whole(%q) = %v, %v", r.Text, whole, ok)
			}
			if r.Plain() {
				got = append(got, r.Text)
				continue
			}
			// A plain reference can stand inside a quoted name only.
			got = append(got, plain.FindAllString(r.Text, -1)...)
		}
		if diff := cmp.Diff(plain.FindAllString(text, -1), got); diff != "" {
			t.Errorf("plain references of %q (-want +got):\n%s", text, diff)
		}
	})
}

func TestTypedReferences(t *testing.T) {
	t.Parallel()
	no := substitution.NoIndex
	for text, want := range map[string]any{
		"$(params.a)":                       substitution.ParamRef{Name: "a", Dotted: "a", Index: no},
		"$(params.a.k)":                     substitution.ParamRef{Name: "a", Key: "k", Dotted: "a.k", Index: no},
		"$(params.a.k.l[*])":                substitution.ParamRef{Name: "a", Key: "k.l", Dotted: "a.k.l", Index: no, Star: true},
		"$(params['a.b'][3])":               substitution.ParamRef{Name: "a.b", Dotted: "a.b", Quoted: true, Index: 3},
		"$(inputs.params.a)":                substitution.ParamRef{Alias: true, Name: "a", Dotted: "a", Index: no},
		`$(inputs.params["a"])`:             substitution.ParamRef{Alias: true, Name: "a", Dotted: "a", Quoted: true, Index: no},
		"$(tasks.t.results.r)":              substitution.TaskResultRef{Section: "tasks", Task: "t", Result: "r", Index: no},
		"$(tasks.t.results.r[2])":           substitution.TaskResultRef{Section: "tasks", Task: "t", Result: "r", Index: 2},
		"$(tasks.t.results.r.k)":            substitution.TaskResultRef{Section: "tasks", Task: "t", Result: "r", Key: "k", Index: no},
		"$(finally.t.results.r[*])":         substitution.TaskResultRef{Section: "finally", Task: "t", Result: "r", Index: no, Star: true},
		"$(tasks.t.results['r.s'])":         substitution.TaskResultRef{Section: "tasks", Task: "t", Result: "r.s", Index: no, Quoted: true},
		"$(tasks.t.results['r'][0])":        substitution.TaskResultRef{Section: "tasks", Task: "t", Result: "r", Index: 0, Quoted: true},
		"$(tasks.t.results['r'][k])":        substitution.TaskResultRef{Section: "tasks", Task: "t", Result: "r", Key: "k", Index: no, Quoted: true},
		"$(steps.s.results.r)":              substitution.StepResultRef{Step: "s", Result: "r", Index: no},
		"$(steps.s.results.r.k)":            substitution.StepResultRef{Step: "s", Result: "r", Key: "k", Index: no},
		"$(steps.s.results.r[*])":           substitution.StepResultRef{Step: "s", Result: "r", Index: no, Star: true},
		"$(tasks.status)":                   substitution.StatusRef{},
		"$(tasks.t.status)":                 substitution.StatusRef{Task: "t"},
		"$(tasks.t.reason)":                 substitution.StatusRef{Task: "t", Reason: true},
		"$(context.taskRun.name)":           substitution.ContextRef{Object: "taskRun", Field: "name"},
		"$(workspaces.w.path)":              substitution.WorkspaceRef{Name: "w", Field: "path"},
		"$(workspaces.my.ws.bound)":         substitution.WorkspaceRef{Name: "my.ws", Field: "bound"},
		"$(tasks.t.matrix.length)":          substitution.MatrixLengthRef{Task: "t"},
		"$(tasks.t.matrix.r.length)":        substitution.MatrixLengthRef{Task: "t", Result: "r"},
		"$(steps.s.outputs.image)":          substitution.ArtifactRef{Section: "steps", Name: "s", Output: true, Artifact: "image"},
		"$(tasks.t.inputs.source)":          substitution.ArtifactRef{Section: "tasks", Name: "t", Artifact: "source"},
		"$(results.r.path)":                 substitution.ResultPathRef{Name: "r"},
		"$(results.r.s.path)":               substitution.ResultPathRef{Name: "r.s"},
		"$(step.results['r'].path)":         substitution.ResultPathRef{Step: true, Name: "r"},
		`$(results["r.s"].path)`:            substitution.ResultPathRef{Name: "r.s"},
		"$(params)":                         nil,
		"$(params.a[k])":                    nil,
		"$(inputs.a)":                       nil,
		"$(tasks['t'].results.r)":           nil,
		"$(tasks.t.results)":                nil,
		"$(tasks.t.results.r.k.l)":          nil,
		"$(tasks.t.results.r[k])":           nil,
		"$(tasks.t.results['r'].k)":         nil,
		"$(steps.s.results['r'])":           nil,
		"$(tasks.t.status[0])":              nil,
		"$(tasks.t.matrix)":                 nil,
		"$(context.taskRun)":                nil,
		"$(workspaces.w)":                   nil,
		"$(steps.step-a.exitCode.path)":     nil,
		"$(results.path)":                   nil,
		"$(step['results'].r.path)":         nil,
		"$(steps.s.outputs)":                nil,
		"$(credentials.path)":               nil,
		"$(finally.t.status)":               nil,
		"$(step.artifacts.path)":            nil,
		"$(tasks.t.outputs.a[0])":           nil,
		"$(workspaces['w'].path)":           nil,
		"$(context.pipelineTask.retries)":   substitution.ContextRef{Object: "pipelineTask", Field: "retries"},
		"$(tasks.t.matrix.a.b.length)":      substitution.MatrixLengthRef{Task: "t", Result: "a.b"},
		"$(params.a[99999999999999999999])": substitution.ParamRef{Name: "a", Dotted: "a", Index: math.MaxInt},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			r, ok := substitution.Whole(text)
			if !ok {
				t.Fatalf("%s is no reference", text)
			}
			if diff := cmp.Diff(withText(want, text), typed(t, r)); diff != "" {
				t.Errorf("typed form of %s (-want +got):\n%s", text, diff)
			}
		})
	}
}

// withText sets Text, which is the same for all.
func withText(want any, text string) any {
	switch v := want.(type) {
	case substitution.ParamRef:
		v.Text = text
		return v
	case substitution.TaskResultRef:
		v.Text = text
		return v
	case substitution.StepResultRef:
		v.Text = text
		return v
	case substitution.StatusRef:
		v.Text = text
		return v
	case substitution.ContextRef:
		v.Text = text
		return v
	case substitution.WorkspaceRef:
		v.Text = text
		return v
	case substitution.MatrixLengthRef:
		v.Text = text
		return v
	case substitution.ArtifactRef:
		v.Text = text
		return v
	case substitution.ResultPathRef:
		v.Text = text
		return v
	}
	return want
}

// typed returns the typed form of r, of which there can be only one.
func typed(t *testing.T, r substitution.Reference) any {
	t.Helper()
	var found []any
	add := func(v any, ok bool) {
		if ok {
			found = append(found, v)
		}
	}
	param, ok := r.Param()
	add(param, ok)
	taskResult, ok := r.TaskResult()
	add(taskResult, ok)
	stepResult, ok := r.StepResult()
	add(stepResult, ok)
	status, ok := r.Status()
	add(status, ok)
	fact, ok := r.Context()
	add(fact, ok)
	workspace, ok := r.Workspace()
	add(workspace, ok)
	length, ok := r.MatrixLength()
	add(length, ok)
	artifact, ok := r.Artifact()
	add(artifact, ok)
	path, ok := r.ResultPath()
	add(path, ok)
	if len(found) > 1 {
		t.Errorf("%s has forms %v", r.Text, found)
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

func TestArtifactPath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]bool{
		"$(step.artifacts.path)": {true, true}, "$(artifacts.path)": {false, true}, "$(steps.artifacts.path)": {false, false},
	} {
		r, _ := substitution.Whole(text)
		if step, ok := r.ArtifactPath(); step != want[0] || ok != want[1] {
			t.Errorf("ArtifactPath(%s) = %v, %v", text, step, ok)
		}
	}
}

func TestCollectors(t *testing.T) {
	t.Parallel()
	text := "$(tasks.a.results.r) $(tasks.b.status) $(tasks.c.matrix.length) $(steps.d.results.e) $(workspaces.f.path) $(tasks.g.outputs.h) $(x y)"
	got := map[string]string{
		"results":    substitution.TaskResults(text)[0].Text,
		"statuses":   substitution.Statuses(text)[0].Text,
		"lengths":    substitution.MatrixLengths(text)[0].Text,
		"steps":      substitution.StepResults(text)[0].Text,
		"workspaces": substitution.Workspaces(text)[0].Text,
		"artifacts":  substitution.Artifacts(text)[0].Text,
	}
	want := map[string]string{
		"results":    "$(tasks.a.results.r)",
		"statuses":   "$(tasks.b.status)",
		"lengths":    "$(tasks.c.matrix.length)",
		"steps":      "$(steps.d.results.e)",
		"workspaces": "$(workspaces.f.path)",
		"artifacts":  "$(tasks.g.outputs.h)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	no := substitution.NoIndex
	for name, tc := range map[string]struct {
		text, prefix string
		want         []substitution.Variable
	}{
		"dotted":        {text: "a $(params.x.y) b", want: []substitution.Variable{{Text: "$(params.x.y)", Name: "x.y", Index: no}}},
		"any character": {text: "$(params.x y!)", want: []substitution.Variable{{Text: "$(params.x y!)", Name: "x y!", Index: no}}},
		"shortest":      {text: "$(params.x))", want: []substitution.Variable{{Text: "$(params.x)", Name: "x", Index: no}}},
		"leftmost":      {text: "$(params.$(params.x)", want: []substitution.Variable{{Text: "$(params.$(params.x)", Name: "$(params.x", Index: no}}},
		"within a line": {text: "$(params.x\n) $(params.y)", want: []substitution.Variable{{Text: "$(params.y)", Name: "y", Index: no}}},
		"unfinished":    {text: "$(params.x $(params.y"},
		"only prefix":   {text: "$(params) $(params"},
		"other prefix":  {text: "$(paramsx.a) $(context.taskRun.name)"},
		"long prefix": {
			text: "$(context.taskRun.name)", prefix: "context.taskRun",
			want: []substitution.Variable{{Text: "$(context.taskRun.name)", Name: "name", Index: no}},
		},
		"index and star": {
			text: "$(params.x[1])$(params.y[*])$(params.z[k])",
			want: []substitution.Variable{
				{Text: "$(params.x[1])", Name: "x", Index: 1},
				{Text: "$(params.y[*])", Name: "y", Index: no, Star: true},
				{Text: "$(params.z[k])", Name: "z[k]", Index: no},
			},
		},
		"quoted": {
			text: `$(params['a.b'])$(params["c d"][2])$(params['e'][*])`,
			want: []substitution.Variable{
				{Text: "$(params['a.b'])", Name: "a.b", Quoted: true, Index: no},
				{Text: `$(params["c d"][2])`, Name: "c d", Quoted: true, Index: 2},
				{Text: "$(params['e'][*])", Name: "e", Quoted: true, Index: no, Star: true},
			},
		},
		"badly quoted": {text: "$(params['a) $(params['b'] $(params[c]) $(params['d\ne']) $(params['f'][k]) $(params["},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prefix := tc.prefix
			if prefix == "" {
				prefix = "params"
			}
			if diff := cmp.Diff(tc.want, substitution.Variables(tc.text, prefix)); diff != "" {
				t.Errorf("Variables(%q, %q) (-want +got):\n%s", tc.text, prefix, diff)
			}
		})
	}
}

func FuzzVariables(f *testing.F) {
	f.Add("$(params.x) $(params['y'][0]) $(params[\"z\"])")
	f.Add("$(params.$(params.x")
	dotted := regexp.MustCompile(`\$\(params\.(.*?)\)`)
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, v := range substitution.Variables(text, "params") {
			_, after, ok := strings.Cut(rest, v.Text)
			if !ok {
				t.Fatalf("%q is not in %q, or not in order", v.Text, text)
			}
			rest = after
		}
		if strings.Contains(text, "$(params[") {
			return
		}
		var got []string
		for _, v := range substitution.Variables(text, "params") {
			got = append(got, v.Text)
		}
		if diff := cmp.Diff(dotted.FindAllString(text, -1), got); diff != "" {
			t.Errorf("Variables(%q) (-want +got):\n%s", text, diff)
		}
	})
}

// TestLinear feeds texts on which a careless scanner takes quadratic time, which would be minutes here.
func TestLinear(t *testing.T) {
	t.Parallel()
	const n = 500_000
	start := time.Now()
	values := substitution.Values{Strings: map[string]string{"params.a": "x", strings.Repeat("$(", n/2): "y"}}
	for _, unit := range []string{"$(", "$(params.", "$(params['", "$(params[\"a\"", "$(params.a['b'][", "$(params.a"} {
		text := strings.Repeat(unit, n/len(unit))
		for _, s := range []string{text, text + ")"} {
			substitution.Parse(s)
			substitution.Variables(s, "params")
			substitution.NewReplacer(values).String(s)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}
