package dag_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/dag"
)

// diamond is a → b, c → d, plus a lone e. Its order is not the one in which nodes can run.
func diamond() []dag.Node {
	return []dag.Node{
		{Name: "d", After: []string{"c", "b", "c"}},
		{Name: "e"},
		{Name: "b", After: []string{"a"}},
		{Name: "a"},
		{Name: "c", After: []string{"a"}},
	}
}

func build(t testing.TB, nodes []dag.Node) *dag.Graph {
	t.Helper()
	g, err := dag.Build(nodes)
	if err != nil {
		t.Fatalf("Build() = %v", err)
	}
	return g
}

func among(names ...string) func(string) bool {
	return func(name string) bool {
		for _, n := range names {
			if n == name {
				return true
			}
		}
		return false
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	g := build(t, diamond())
	for name, tc := range map[string]struct {
		done []string
		want []string
	}{
		"nothing done":               {want: []string{"e", "a"}},
		"root done":                  {done: []string{"a"}, want: []string{"e", "b", "c"}},
		"one branch done":            {done: []string{"a", "b"}, want: []string{"e", "c"}},
		"both branches done":         {done: []string{"a", "b", "c", "e"}, want: []string{"d"}},
		"all done":                   {done: []string{"a", "b", "c", "d", "e"}},
		"done without its ancestors": {done: []string{"b"}, want: []string{"e", "a"}},
		"unknown names are ignored":  {done: []string{"x", "a"}, want: []string{"e", "b", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, g.Ready(among(tc.done...))); diff != "" {
				t.Errorf("Ready() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	g := build(t, diamond())
	for name, tc := range map[string]struct {
		got, want []string
	}{
		"names":                   {g.Names(), []string{"d", "e", "b", "a", "c"}},
		"roots":                   {g.Roots(), []string{"e", "a"}},
		"order":                   {g.Order(), []string{"e", "a", "b", "c", "d"}},
		"dependencies":            {g.Dependencies("d"), []string{"c", "b"}},
		"dependents":              {g.Dependents("a"), []string{"b", "c"}},
		"ancestors":               {g.Ancestors("d"), []string{"b", "a", "c"}},
		"descendants":             {g.Descendants("a"), []string{"d", "b", "c"}},
		"no dependencies":         {g.Dependencies("a"), nil},
		"unknown dependencies":    {g.Dependencies("x"), nil},
		"unknown node's ancestor": {g.Ancestors("x"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, tc.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if g.Len() != 5 || !g.Has("a") || g.Has("x") {
		t.Errorf("Len() = %d, Has(a) = %v, Has(x) = %v", g.Len(), g.Has("a"), g.Has("x"))
	}
	if empty := build(t, nil); empty.Len() != 0 || empty.Roots() != nil {
		t.Errorf("empty graph: Len() = %d, Roots() = %v", empty.Len(), empty.Roots())
	}
}

func TestBuildErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		nodes []dag.Node
		want  error
		text  string
	}{
		"duplicate": {
			nodes: []dag.Node{{Name: "a"}, {Name: "b", After: []string{"x"}}, {Name: "a"}},
			want:  &dag.DuplicateError{Name: "a"},
			text:  "task a is already present in Graph, can't add it again: duplicate pipeline task",
		},
		"unknown": {
			nodes: []dag.Node{{Name: "a", After: []string{"b", "x", "y"}}, {Name: "b"}},
			want:  &dag.UnknownError{Name: "a", Dependency: "x"},
			text:  "couldn't add link between a and x: task a depends on x but x wasn't present in Pipeline",
		},
		"self reference": {
			nodes: []dag.Node{{Name: "a", After: []string{"a"}}},
			want:  &dag.CycleError{Name: "a", On: []string{"a"}, Path: []string{"a", "a"}},
			text:  `cycle detected; task "a" depends on "a"`,
		},
		"cycle goes before unknown": {
			nodes: []dag.Node{{Name: "c", After: []string{"x"}}, {Name: "b", After: []string{"a"}}, {Name: "a", After: []string{"b"}}},
			want:  &dag.CycleError{Name: "a", On: []string{"b"}, Path: []string{"a", "b", "a"}},
			text:  `cycle detected; task "a" depends on "b"`,
		},
		"several dependencies left, sorted": {
			nodes: []dag.Node{
				{Name: "root"},
				{Name: "a", After: []string{"root", "c", "b"}},
				{Name: "b", After: []string{"c"}},
				{Name: "c", After: []string{"a"}},
			},
			want: &dag.CycleError{Name: "a", On: []string{"b", "c"}, Path: []string{"a", "c", "a"}},
			text: `cycle detected; task "a" depends on "b", "c"`,
		},
		"first name comes after the cycle": {
			nodes: []dag.Node{{Name: "a", After: []string{"b"}}, {Name: "b", After: []string{"c"}}, {Name: "c", After: []string{"b"}}},
			want:  &dag.CycleError{Name: "a", On: []string{"b"}, Path: []string{"b", "c", "b"}},
			text:  `cycle detected; task "a" depends on "b"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := dag.Build(tc.nodes)
			if g != nil {
				t.Errorf("Build() returned a graph next to %v", err)
			}
			if diff := cmp.Diff(tc.want, err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if err.Error() != tc.text {
				t.Errorf("text = %q, want %q", err, tc.text)
			}
		})
	}
}

// chain returns n nodes, each after the next one.
func chain(n int) []dag.Node {
	nodes := make([]dag.Node, n)
	for i := range nodes {
		nodes[i].Name = strconv.Itoa(i)
		if i+1 < n {
			nodes[i].After = []string{strconv.Itoa(i + 1)}
		}
	}
	return nodes
}

func TestDeepGraph(t *testing.T) {
	t.Parallel()
	const n = 100_000
	g := build(t, chain(n))
	if got := len(g.Ancestors("0")); got != n-1 {
		t.Errorf("%d ancestors, want %d", got, n-1)
	}
	if got := g.Order()[0]; got != strconv.Itoa(n-1) {
		t.Errorf("first = %s", got)
	}
	ring := chain(n)
	ring[n-1].After = []string{"0"}
	_, err := dag.Build(ring)
	var cycle *dag.CycleError
	if !errors.As(err, &cycle) || len(cycle.Path) != n+1 {
		t.Errorf("Build(ring) = %v", err)
	}
}

// FuzzBuild draws nodes and edges from bytes. Whatever they are, a graph has an order that respects every edge, and an
// error names something that is there.
func FuzzBuild(f *testing.F) {
	f.Add([]byte{3, 0, 1, 1, 2})
	f.Add([]byte{3, 0, 1, 1, 2, 2, 0})
	f.Add([]byte{2, 0, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		n := int(data[0]) % 32
		nodes := make([]dag.Node, n)
		for i := range nodes {
			nodes[i].Name = fmt.Sprint("t", i)
		}
		for e := data[1:]; n > 0 && len(e) > 1; e = e[2:] {
			i := int(e[0]) % n
			nodes[i].After = append(nodes[i].After, fmt.Sprint("t", e[1]))
		}
		g, err := dag.Build(nodes)
		var cycle *dag.CycleError
		if errors.As(err, &cycle) {
			checkCycle(t, nodes, cycle)
		}
		if err == nil {
			checkOrder(t, nodes, g)
		}
	})
}

func checkCycle(t *testing.T, nodes []dag.Node, cycle *dag.CycleError) {
	t.Helper()
	after := make(map[string][]string)
	for _, n := range nodes {
		after[n.Name] = n.After
	}
	if len(cycle.Path) < 2 || cycle.Path[0] != cycle.Path[len(cycle.Path)-1] {
		t.Fatalf("%v is no cycle", cycle.Path)
	}
	for i, name := range cycle.Path[1:] {
		if !among(after[cycle.Path[i]]...)(name) {
			t.Errorf("%s does not come after %s", cycle.Path[i], name)
		}
	}
}

func checkOrder(t *testing.T, nodes []dag.Node, g *dag.Graph) {
	t.Helper()
	place := make(map[string]int)
	for i, name := range g.Order() {
		place[name] = i
	}
	if len(place) != len(nodes) {
		t.Fatalf("order has %d nodes, want %d", len(place), len(nodes))
	}
	done := make(map[string]bool)
	for range nodes {
		for _, name := range g.Ready(func(name string) bool { return done[name] }) {
			done[name] = true
		}
	}
	for _, n := range nodes {
		if !done[n.Name] {
			t.Errorf("%s never became ready", n.Name)
		}
		for _, d := range n.After {
			if place[d] >= place[n.Name] {
				t.Errorf("%s stands before its dependency %s", n.Name, d)
			}
		}
	}
}

// layers returns n nodes in layers of width 10; each node comes after the whole layer before.
func layers(n int) []dag.Node {
	nodes := make([]dag.Node, n)
	for i := range nodes {
		nodes[i].Name = fmt.Sprint("task-", i)
		for j := i/10*10 - 10; j >= 0 && j < i/10*10; j++ {
			nodes[i].After = append(nodes[i].After, fmt.Sprint("task-", j))
		}
	}
	return nodes
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{10, 1000} {
		nodes := layers(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dag.Build(nodes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReady(b *testing.B) {
	for _, n := range []int{10, 1000} {
		g := build(b, layers(n))
		done := make(map[string]bool)
		for _, name := range g.Order()[:n/2] {
			done[name] = true
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Ready(func(name string) bool { return done[name] })
			}
		})
	}
}
