//go:build unix

package v1

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
)

// hostileLimit is generous: most take a fraction of a second. What it finds is time that grows with the square of the size
// or faster, which takes minutes.
const hostileLimit = 5 * time.Second

// processorTime returns what this process has used so far: other processes do not count, other tests do.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// chain returns n tasks, each after the one before.
func chain(n int) []PipelineTask {
	tasks := make([]PipelineTask, n)
	for i := range tasks {
		tasks[i] = PipelineTask{Name: fmt.Sprintf("t%d", i), TaskRef: &TaskRef{Name: "t"}}
		if i > 0 {
			tasks[i].RunAfter = []string{tasks[i-1].Name}
		}
	}
	return tasks
}

// nested returns a Pipeline of the given depth whose innermost tasks are given.
func nested(depth int, name string, innermost []PipelineTask) *PipelineSpec {
	spec := &PipelineSpec{Tasks: innermost}
	for range depth {
		spec = &PipelineSpec{Tasks: []PipelineTask{{Name: name, PipelineSpec: spec}}}
	}
	return spec
}

// TestHostilePipelines admits objects that are as bad as fits into a request. It does not run beside other tests, because
// it measures.
func TestHostilePipelines(t *testing.T) {
	const many = 4_000
	for name, spec := range map[string]func() *PipelineSpec{
		"chain of 1,000": func() *PipelineSpec { return &PipelineSpec{Tasks: chain(1000)} },
		"1,000 tasks each after all before": func() *PipelineSpec {
			tasks := chain(1000)
			for i := range tasks {
				tasks[i].RunAfter = nil
				for j := range i {
					tasks[i].RunAfter = append(tasks[i].RunAfter, tasks[j].Name)
				}
			}
			return &PipelineSpec{Tasks: tasks}
		},
		"1,000 tasks each after all": func() *PipelineSpec {
			tasks := chain(1000)
			for i := range tasks {
				tasks[i].RunAfter = nil
				for j := range tasks {
					tasks[i].RunAfter = append(tasks[i].RunAfter, tasks[j].Name)
				}
			}
			return &PipelineSpec{Tasks: tasks}
		},
		"nothing but mistakes": func() *PipelineSpec {
			tasks := make([]PipelineTask, many)
			for i := range tasks {
				tasks[i] = PipelineTask{Name: "X", OnError: "x", Params: Params{{Name: "a", Value: *NewString("$(x) $(params.y) $(tasks.z.results.r)")}}}
			}
			return &PipelineSpec{Tasks: tasks}
		},
		"mistakes at two levels": func() *PipelineSpec {
			tasks := chain(300)
			for i := range tasks {
				tasks[i].Params = make(Params, 300)
				for j := range tasks[i].Params {
					tasks[i].Params[j] = Param{Name: fmt.Sprintf("p%d", j), Value: *NewString(fmt.Sprintf("$(x%d.%d)", i, j))}
				}
			}
			return &PipelineSpec{Tasks: tasks}
		},
		"child pipelines 100 deep": func() *PipelineSpec { return nested(100, "a", chain(1000)) },
		"mistakes 1,000 deep": func() *PipelineSpec {
			tasks := chain(500)
			for i := range tasks {
				tasks[i].Name = fmt.Sprintf("X%d", i)
			}
			return nested(1000, "A", tasks)
		},
		"names of 300 characters": func() *PipelineSpec {
			tasks := chain(1000)
			for i := range tasks {
				tasks[i].Name = fmt.Sprintf("%0300d", i)
				tasks[i].RunAfter = []string{fmt.Sprintf("%0300d", (i+1)%1000)}
			}
			return &PipelineSpec{Tasks: tasks}
		},
		"one text with many references": func() *PipelineSpec {
			tasks := chain(2)
			tasks[1].Params = Params{{Name: "a", Value: *NewString(strings.Repeat("$(params.a.b.c)$(tasks.t9.results.r)$(params.l[*])$(x)", many))}}
			return &PipelineSpec{Params: ParamSpecs{{Name: "l", Type: ParamTypeArray}}, Tasks: tasks}
		},
		"invalid UTF-8 and unfinished references": func() *PipelineSpec {
			tasks := chain(2)
			tasks[1].Params = Params{{Name: "\xff\x00", Value: *NewString(strings.Repeat("\xff$($(params[\"", 10*many))}}
			return &PipelineSpec{Tasks: tasks}
		},
		"many parameters and many inline tasks": func() *PipelineSpec {
			spec := &PipelineSpec{Tasks: make([]PipelineTask, many)}
			for i := range many {
				spec.Params = append(spec.Params, ParamSpec{Name: fmt.Sprintf("p%d", i)})
				spec.Tasks[i] = PipelineTask{Name: fmt.Sprintf("t%d", i), TaskSpec: &EmbeddedTask{TaskSpec: TaskSpec{Steps: []Step{{Image: "i"}}}}}
			}
			return spec
		},
		"an object with many keys in many inline tasks": func() *PipelineSpec {
			spec := &PipelineSpec{Tasks: make([]PipelineTask, many)}
			for i := range many {
				key := map[string]PropertySpec{fmt.Sprintf("k%d", i): {Type: ParamTypeString}}
				spec.Tasks[i] = PipelineTask{Name: fmt.Sprintf("t%d", i), TaskSpec: &EmbeddedTask{TaskSpec: TaskSpec{
					Params: ParamSpecs{{Name: "o", Properties: key}}, Steps: []Step{{Image: "i"}},
				}}, Params: Params{{Name: "o", Value: *NewObject(map[string]string{fmt.Sprintf("k%d", i): "x"})}}}
			}
			return spec
		},
		"aggregates of a task with many results": func() *PipelineSpec {
			tasks := chain(2)
			tasks[0].Matrix = &Matrix{Params: Params{{Name: "x", Value: *NewArray("a")}}}
			tasks[0].TaskRef, tasks[0].TaskSpec = nil, &EmbeddedTask{TaskSpec: TaskSpec{Steps: []Step{{Image: "i"}}, Results: make([]TaskResult, many)}}
			for i := range many {
				tasks[0].TaskSpec.Results[i] = TaskResult{Name: fmt.Sprintf("result%d", i), Type: ResultsTypeArray}
			}
			for i := range many {
				tasks[1].Params = append(tasks[1].Params, Param{Name: fmt.Sprintf("p%d", i), Value: *NewString(fmt.Sprintf("$(tasks.t0.results.nothing%d[*])", i))})
			}
			return &PipelineSpec{Tasks: tasks}
		},
		"a huge matrix": func() *PipelineSpec {
			tasks := chain(1)
			tasks[0].Matrix = &Matrix{}
			for i := range 1000 {
				tasks[0].Matrix.Params = append(tasks[0].Matrix.Params, Param{Name: fmt.Sprintf("p%d", i), Value: *NewArray("a", "b", "c")})
				tasks[0].Matrix.Include = append(tasks[0].Matrix.Include, IncludeParams{Params: Params{{Name: "p1", Value: *NewString("d")}}})
			}
			return &PipelineSpec{Tasks: tasks}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := apis.WithinCreate(settings(t, alpha, ""))
			p := &Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: *spec()}
			run := &PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Spec: PipelineRunSpec{PipelineSpec: spec()}}
			begin := processorTime(t)
			for _, object := range []admitted{p, run} {
				object.SetDefaults(ctx)
				if text := errorText(object.Validate(ctx)); len(text) > 50<<20 {
					t.Errorf("the error has %d bytes", len(text))
				}
				// An update applies the rules to the stored object too.
				_ = object.Validate(apis.WithinUpdate(ctx, object))
			}
			if spent := processorTime(t) - begin; spent > hostileLimit {
				t.Errorf("admission took %v", spent)
			} else {
				t.Logf("%v", spent)
			}
		})
	}
}

// BenchmarkPipelineAdmission shows how the time to default and validate a Pipeline grows with its tasks.
func BenchmarkPipelineAdmission(b *testing.B) {
	for _, n := range []int{10, 100, 500, 1000} {
		b.Run(fmt.Sprintf("tasks=%d", n), func(b *testing.B) {
			ctx := apis.WithinCreate(settings(b, beta, ""))
			p := &Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: *realistic(n)}
			if err := admit(ctx, p.DeepCopy()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.SetDefaults(ctx)
				if err := p.Validate(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// dense returns a Pipeline of n tasks each of which comes after all before it: by runAfter, or by the results it needs.
func dense(n int, byResults bool) *PipelineSpec {
	tasks := chain(n)
	for i := range tasks {
		tasks[i].RunAfter = nil
		var results []string
		for j := range i {
			tasks[i].RunAfter = append(tasks[i].RunAfter, tasks[j].Name)
			results = append(results, fmt.Sprintf("$(tasks.%s.results.r)", tasks[j].Name))
		}
		if byResults && i > 0 {
			tasks[i].RunAfter, tasks[i].Params = nil, Params{{Name: "p", Value: *NewArray(results...)}}
		}
	}
	return &PipelineSpec{Tasks: tasks}
}

// BenchmarkDensePipelineAdmission shows the same for the edges between tasks, from the JSON of a request on. The time per
// edge is what has to stay the same.
func BenchmarkDensePipelineAdmission(b *testing.B) {
	for _, by := range []string{"runAfter", "results"} {
		for _, n := range []int{100, 300, 1000} {
			b.Run(fmt.Sprintf("by=%s/tasks=%d", by, n), func(b *testing.B) {
				ctx := apis.WithinCreate(settings(b, beta, ""))
				request, err := json.Marshal(&Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: *dense(n, by == "results")})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(request)))
				for b.Loop() {
					p := &Pipeline{}
					if err := json.Unmarshal(request, p); err != nil {
						b.Fatal(err)
					}
					if err := admit(ctx, p); err != nil {
						b.Fatal(err)
					}
				}
				edges := n * (n - 1) / 2
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*edges), "ns/edge")
			})
		}
	}
}

// realistic returns a Pipeline of n inline tasks that use parameters, results, conditions and workspaces.
func realistic(n int) *PipelineSpec {
	spec := &PipelineSpec{
		Params:     ParamSpecs{{Name: "url"}, {Name: "flags", Type: ParamTypeArray}},
		Workspaces: []PipelineWorkspaceDeclaration{{Name: "source"}},
		Tasks:      make([]PipelineTask, n),
		Results:    []PipelineResult{{Name: "digest", Value: *NewString("$(tasks.t0.results.digest)")}},
	}
	for i := range spec.Tasks {
		pt := &spec.Tasks[i]
		*pt = PipelineTask{
			Name:       fmt.Sprintf("t%d", i),
			Params:     Params{{Name: "url", Value: *NewString("$(params.url)/$(context.pipelineRun.name)")}},
			Workspaces: []WorkspacePipelineTaskBinding{{Name: "source"}},
			TaskSpec: &EmbeddedTask{TaskSpec: TaskSpec{
				Params: ParamSpecs{{Name: "url"}}, Results: []TaskResult{{Name: "digest"}}, Workspaces: []WorkspaceDeclaration{{Name: "source"}},
				Steps: []Step{
					{Name: "fetch", Image: "git", Script: "git clone $(params.url) $(workspaces.source.path)"},
					{Name: "build", Image: "build", Command: []string{"build"}, Args: []string{"$(params.flags[*])", "$(results.digest.path)"}},
				},
			}},
		}
		if i > 0 {
			digest := fmt.Sprintf("$(tasks.t%d.results.digest)", i-1)
			pt.Params = append(pt.Params, Param{Name: "base", Value: *NewString(digest)})
			pt.When = WhenExpressions{{Input: digest, Operator: "notin", Values: []string{""}}}
			pt.RunAfter = []string{fmt.Sprintf("t%d", i/2)}
		}
	}
	return spec
}

// TestAdmissionIsLinear compares what 100 and 1,000 tasks need, in allocations, which do not depend on the machine.
func TestAdmissionIsLinear(t *testing.T) {
	ctx := apis.WithinCreate(context.Background())
	allocations := func(n int) float64 {
		p := &Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: *realistic(n)}
		return testing.AllocsPerRun(3, func() {
			if err := admit(ctx, p); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(100), allocations(1000); many > 11*few {
		t.Errorf("10 times the tasks need %.1f times the allocations", many/few)
	}
}

// TestAdmissionIsLinearInEdges compares 50 and 200 tasks that all depend on each other, 1,225 and 19,900 edges.
func TestAdmissionIsLinearInEdges(t *testing.T) {
	ctx := apis.WithinCreate(context.Background())
	for _, byResults := range []bool{false, true} {
		allocations := func(n int) float64 {
			p := &Pipeline{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: *dense(n, byResults)}
			return testing.AllocsPerRun(3, func() {
				if err := admit(ctx, p); err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := allocations(50), allocations(200); many > 19_900/1_225.*1.1*few {
			t.Errorf("by results = %v: 16 times the edges need %.1f times the allocations", byResults, many/few)
		}
	}
}
