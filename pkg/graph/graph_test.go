package graph_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/dag"
	"github.com/tenon-ci/tenon/pkg/graph"
)

var update = flag.Bool("update", false, "write the golden files anew")

func task(name string, after ...string) v1.PipelineTask {
	return v1.PipelineTask{Name: name, RunAfter: after, TaskRef: &v1.TaskRef{Name: name + "-task"}}
}

func array(values ...string) v1.ParamValue {
	return v1.ParamValue{Type: v1.ParamTypeArray, ArrayVal: values}
}

// pipeline has everything that a drawing shows.
func pipeline() *v1.PipelineSpec {
	tests := task("unit-tests", "fetch")
	tests.Matrix = &v1.Matrix{Params: v1.Params{{Name: "go", Value: array("1.24", "1.25")}, {Name: "os", Value: array("linux", "darwin")}}}
	build := task("build", "fetch")
	build.When = v1.WhenExpressions{{Input: "$(params.build)", Operator: "in", Values: []string{"yes", `"quoted"`}}}
	push := task("push", "unit-tests", "lint")
	push.Params = v1.Params{
		{Name: "image", Value: *v1.NewString("$(tasks.build.results.digest)")},
		{Name: "tag", Value: *v1.NewString("$(tasks.build.results.tag)")},
	}
	approve := v1.PipelineTask{
		Name: "approve", RunAfter: []string{"push"}, DisplayName: "Ask <somebody> & wait",
		TaskRef: &v1.TaskRef{APIVersion: "example.dev/v1", Kind: "Approval", Name: "ask"},
	}
	deploy := v1.PipelineTask{
		Name: "deploy", RunAfter: []string{"approve", "notes"},
		PipelineSpec: &v1.PipelineSpec{Tasks: []v1.PipelineTask{task("roll-out"), task("smoke", "roll-out")}},
	}
	return &v1.PipelineSpec{
		Tasks: []v1.PipelineTask{
			task("fetch"), task("lint", "fetch"), tests, build, push, task("notes", "fetch"), approve, deploy,
		},
		Finally: []v1.PipelineTask{task("report"), task("clean-up")},
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestDrawings(t *testing.T) {
	t.Parallel()
	g, err := graph.Of("release", pipeline(), graph.Source{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "pipeline.txt", g.Text(100))
	golden(t, "pipeline-narrow.txt", g.Text(40))
	golden(t, "pipeline.mmd", g.Mermaid())
	golden(t, "pipeline.dot", g.DOT())
	golden(t, "pipeline.svg", g.SVG())
}

func TestOrderIsChecked(t *testing.T) {
	t.Parallel()
	_, err := graph.Of("p", &v1.PipelineSpec{Tasks: []v1.PipelineTask{task("a", "b"), task("b", "a")}}, graph.Source{})
	var cycle *dag.CycleError
	if !errors.As(err, &cycle) {
		t.Errorf("Of = %v, want a cycle", err)
	}
}

func TestChildPipelines(t *testing.T) {
	t.Parallel()
	child := v1.PipelineTask{Name: "again", PipelineRef: &v1.PipelineRef{Name: "self"}}
	spec := &v1.PipelineSpec{Tasks: []v1.PipelineTask{child}}
	g, err := graph.Of("self", spec, graph.Source{Pipelines: map[string]*v1.PipelineSpec{"self": spec}})
	if err != nil {
		t.Fatal(err)
	}
	depth := 0
	for g.Nodes[0].Child != nil {
		g = g.Nodes[0].Child
		depth++
	}
	if depth != 5 {
		t.Errorf("a Pipeline that contains itself is drawn %d levels deep, want 5", depth)
	}
}

func TestMatrixOfResults(t *testing.T) {
	t.Parallel()
	pt := task("b", "a")
	pt.Matrix = &v1.Matrix{Params: v1.Params{{Name: "x", Value: *v1.NewString("$(tasks.a.results.list[*])")}}}
	g, err := graph.Of("p", &v1.PipelineSpec{Tasks: []v1.PipelineTask{task("a"), pt}}, graph.Source{})
	if err != nil {
		t.Fatal(err)
	}
	want := []graph.Edge{{From: 0, To: 1, Order: true, Results: []string{"list"}}}
	if diff := cmp.Diff(want, g.Edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	if n := g.Nodes[1]; !n.Matrix || n.Copies != 0 {
		t.Errorf("Matrix, Copies = %t, %d, want a matrix of unknown size", n.Matrix, n.Copies)
	}
}

func TestTextKeepsToTheWidth(t *testing.T) {
	t.Parallel()
	for _, width := range []int{20, 40, 60, 80, 120, 200} {
		g, err := graph.Of("p", many(60, 3), graph.Source{})
		if err != nil {
			t.Fatal(err)
		}
		text := g.Text(width)
		if strings.Contains(text, "level 1") {
			continue
		}
		for line := range strings.Lines(text) {
			if w := ansi.StringWidth(strings.TrimRight(line, "\n")); w > width {
				t.Errorf("at width %d a line has %d columns: %q", width, w, line)
			}
		}
	}
}

// many returns a Pipeline of n tasks in which each waits for some of those before it, near and far.
func many(n, edges int) *v1.PipelineSpec {
	spec := &v1.PipelineSpec{}
	for i := range n {
		pt := task(fmt.Sprintf("task-%d", i))
		for e := range edges {
			if before := i - 1 - (i*7+e*e*13)%max(1, 10+e*30); before >= 0 && (i+e)%3 != 0 {
				pt.RunAfter = append(pt.RunAfter, fmt.Sprintf("task-%d", before))
			}
		}
		spec.Tasks = append(spec.Tasks, pt)
	}
	return spec
}

// TestBoxesDoNotOverlap reads the picture: no box of a node may lie on another one.
func TestBoxesDoNotOverlap(t *testing.T) {
	t.Parallel()
	g, err := graph.Of("p", many(120, 4), graph.Source{})
	if err != nil {
		t.Fatal(err)
	}
	type rect struct{ x, y, w, h float64 }
	var boxes []rect
	each(t, g.SVG(), func(e xml.StartElement) {
		if e.Name.Local != "rect" || !strings.HasPrefix(attribute(e, "class"), "b") {
			return
		}
		var r rect
		if _, err := fmt.Sscan(strings.Join([]string{attribute(e, "x"), attribute(e, "y"), attribute(e, "width"), attribute(e, "height")}, " "),
			&r.x, &r.y, &r.w, &r.h); err != nil {
			t.Fatal(err)
		}
		boxes = append(boxes, r)
	})
	if len(boxes) != 120 {
		t.Fatalf("there are %d boxes, want 120", len(boxes))
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			if a.x < b.x+b.w && b.x < a.x+a.w && a.y+0.2 < b.y+b.h && b.y+0.2 < a.y+a.h {
				t.Errorf("%v and %v overlap", a, b)
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// each calls visit with every element, and fails if the text is no XML.
func each(t *testing.T, text string, visit func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			visit(e)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"plain", `a"b]-->x`, "<script>alert(1)</script>", "\x1b[31mred\x00\xff", "1. list", "日本語の名前", "a\u202eb", "`md`", `\`, "e\u0301"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		spec := pipeline()
		spec.Tasks[0].DisplayName = name
		spec.Finally[0].DisplayName = name
		g, err := graph.Of(name, spec, graph.Source{})
		if err != nil {
			t.Fatal(err)
		}
		each(t, g.SVG(), func(e xml.StartElement) {
			if e.Name.Local == "script" {
				t.Error("a name became an element")
			}
		})
		for _, text := range []string{g.Text(200), g.Mermaid(), g.DOT()} {
			if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == '\x7f' || r == '\u202e' }); i >= 0 {
				t.Errorf("a control character came through: %q", text[i:])
			}
		}
		for line := range strings.Lines(g.Mermaid()) {
			if quotes := strings.Count(line, `"`); quotes != 0 && quotes != 2 {
				t.Errorf("a quote is open: %q", line)
			}
		}
		for line := range strings.Lines(g.Text(200)) {
			if w := ansi.StringWidth(strings.TrimRight(line, "\n")); w > 200 && !strings.Contains(line, strings.TrimSpace(name)) {
				t.Errorf("a line has %d columns: %q", w, line)
			}
		}
	})
}

func TestCriticalPath(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	timed := func(name string, from, to int, after ...string) graph.Timed {
		return graph.Timed{Name: name, Start: at(from), End: at(to), After: after}
	}
	link := func(name string, wait, took int) graph.Link {
		return graph.Link{Name: name, Wait: time.Duration(wait) * time.Second, Took: time.Duration(took) * time.Second}
	}
	final := timed("report", 33, 34)
	final.Finally = true
	running := graph.Timed{Name: "b", Start: at(6), After: []string{"a"}}
	for _, test := range []struct {
		name  string
		tasks []graph.Timed
		want  []graph.Link
	}{
		{"nothing has begun", []graph.Timed{{Name: "a"}}, []graph.Link{}},
		{"a chain", []graph.Timed{timed("a", 1, 5), timed("b", 6, 9, "a")}, []graph.Link{link("a", 1, 4), link("b", 1, 3)}},
		{"the longer branch", []graph.Timed{timed("a", 0, 5), timed("fast", 5, 6, "a"), timed("slow", 5, 20, "a"), timed("z", 20, 30, "fast", "slow")},
			[]graph.Link{link("a", 0, 5), link("slow", 0, 15), link("z", 0, 10)}},
		{"what ended last is no end of the graph", []graph.Timed{timed("a", 0, 5), timed("b", 5, 6, "a"), timed("alone", 0, 9)}, []graph.Link{link("alone", 0, 9)}},
		{"through a skipped task", []graph.Timed{timed("a", 0, 5), {Name: "skipped", After: []string{"a"}}, timed("c", 5, 7, "skipped")},
			[]graph.Link{link("a", 0, 5), link("c", 0, 2)}},
		{"finally comes after all", []graph.Timed{timed("a", 0, 30), timed("b", 0, 3), final}, []graph.Link{link("a", 0, 30), link("report", 3, 1)}},
		{"still running", []graph.Timed{timed("a", 0, 5), running}, []graph.Link{link("a", 0, 5), link("b", 1, 34)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, graph.CriticalPath(test.tasks, start, at(40))); diff != "" {
				t.Errorf("CriticalPath (-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkThousandTasks(b *testing.B) {
	g, err := graph.Of("p", many(1000, 3), graph.Source{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("svg", func(b *testing.B) {
		for b.Loop() {
			g.SVG()
		}
	})
	b.Run("text", func(b *testing.B) {
		for b.Loop() {
			g.Text(200)
		}
	})
	// Everything waits for everything before it.
	dense := &v1.PipelineSpec{}
	for i := range 1000 {
		pt := task(fmt.Sprintf("task-%d", i))
		for j := range i {
			pt.RunAfter = append(pt.RunAfter, fmt.Sprintf("task-%d", j))
		}
		dense.Tasks = append(dense.Tasks, pt)
	}
	g, err = graph.Of("dense", dense, graph.Source{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("dense svg", func(b *testing.B) {
		for b.Loop() {
			g.SVG()
		}
	})
	b.Run("dense text", func(b *testing.B) {
		for b.Loop() {
			g.Text(200)
		}
	})
}
