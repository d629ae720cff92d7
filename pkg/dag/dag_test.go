package dag_test

import (
	"errors"
	"fmt"
	"slices"
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

func TestCheckAcceptsAnOrder(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string][]dag.Node{"none": nil, "diamond": diamond()} {
		if err := dag.Check(nodes); err != nil {
			t.Errorf("%s: Check() = %v", name, err)
		}
	}
}

func TestCheckErrors(t *testing.T) {
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
			err := dag.Check(tc.nodes)
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
	if err := dag.Check(chain(n)); err != nil {
		t.Errorf("Check(chain) = %v", err)
	}
	ring := chain(n)
	ring[n-1].After = []string{"0"}
	err := dag.Check(ring)
	var cycle *dag.CycleError
	if !errors.As(err, &cycle) || len(cycle.Path) != n+1 {
		t.Errorf("Check(ring) = %v", err)
	}
}

// FuzzCheck draws nodes and edges from bytes. Whatever they are, nodes without a problem have an order that respects every
// edge, and an error names something that is there.
func FuzzCheck(f *testing.F) {
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
		err := dag.Check(nodes)
		var cycle *dag.CycleError
		if errors.As(err, &cycle) {
			checkCycle(t, nodes, cycle)
		}
		if err == nil {
			checkOrder(t, nodes)
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
		if !slices.Contains(after[cycle.Path[i]], name) {
			t.Errorf("%s does not come after %s", cycle.Path[i], name)
		}
	}
}

// checkOrder takes nodes away as soon as all that they come after are gone, until none is left.
func checkOrder(t *testing.T, nodes []dag.Node) {
	t.Helper()
	gone := make(map[string]bool)
	for range nodes {
		for _, n := range nodes {
			isOpen := func(name string) bool { return !gone[name] }
			gone[n.Name] = gone[n.Name] || !slices.ContainsFunc(n.After, isOpen)
		}
	}
	for _, n := range nodes {
		if !gone[n.Name] {
			t.Errorf("%s never became ready", n.Name)
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

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10, 1000} {
		nodes := layers(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := dag.Check(nodes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
