package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mutated returns the mutants of a function body, and its text with all of them behind switches.
func mutated(t *testing.T, body string) (whats []string, text string) {
	t.Helper()
	source := &source{fset: token.NewFileSet(), info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}}
	const head, tail = "package p\n\nfunc f(a, b int, s string, ok bool, list []int, call func() bool) {\n", "\n}\n"
	code := head + body + tail
	file, err := parser.ParseFile(source.fset, "p.go", code, 0)
	if err != nil {
		t.Fatal(err)
	}
	source.files, source.texts = []*ast.File{file}, [][]byte{[]byte(code)}
	if _, err := (&types.Config{}).Check("p", source.fset, source.files, source.info); err != nil {
		t.Fatal(err)
	}
	mutants, text := mutate(source, 0, 1, "p.go")
	for _, m := range mutants {
		whats = append(whats, m.String())
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0); err != nil {
		t.Errorf("the code with mutants is wrong: %v\n%s", err, text)
	}
	return whats, text[len(head) : len(text)-len(tail)]
}

func TestMutants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body, want string
		whats      []string
	}{
		"comparison": {
			body: "_ = a == b", want: "_ = ((a == b) != mutant_(1))",
			whats: []string{"p.go:4:7: comparison == negated"},
		},
		"bound": {
			body: "_ = a < b", want: "_ = mutantLess_(a , b, 1)",
			whats: []string{"p.go:4:7: bound of < moved", "p.go:4:7: comparison < negated"},
		},
		"logic keeps the order of evaluation": {
			body:  "_ = ok && a == 1",
			want:  "_ = ((((((ok) != mutant_(1))) != mutant_(2)) && ((((a == 1) != mutant_(3))) != mutant_(2))) != mutant_(2))",
			whats: []string{"p.go:4:5: condition negated", "p.go:4:8: && became ||", "p.go:4:13: comparison == negated"},
		},
		"condition": {
			body: "if !call() {\n}", want: "if !((call()) != mutant_(1)) {\n}",
			whats: []string{"p.go:4:5: condition negated"},
		},
		"arithmetic of numbers only": {
			body: "_, _ = a+b, s+s", want: "_, _ = mutantAdd_(a,b, 1), s+s",
			whats: []string{"p.go:4:9: arithmetic + inverted"},
		},
		"constants are left alone": {body: "const c = 1 + 2\n_ = list[:c]", want: "const c = 1 + 2\n_ = list[:c]"},
		"step": {
			body: "for i := 0; ok; i++ {\n}", want: "for i := 0; ((ok) != mutant_(1)); i += int(mutantSign_(2)) {\n}",
			whats: []string{"p.go:4:13: condition negated", "p.go:4:18: ++ inverted"},
		},
		"statements": {
			body: "a = b\ncall()", want: "if !mutant_(1) { a = b }\nif !mutant_(2) { call() }",
			whats: []string{"p.go:4:1: assignment left out", "p.go:5:1: call left out"},
		},
		"additions": {
			body: "a += b\ns += \"x\"", want: "a += mutantNegate_(b, 1)\ns += mutantDrop_(\"x\", 2)",
			whats: []string{"p.go:4:3: += inverted", "p.go:5:3: addition left out"},
		},
		"loops": {
			body:  "for range list {\nif ok {\nbreak\n}\n}",
			want:  "for range list {\nif ((ok) != mutant_(1)) {\nif mutant_(2) { continue }; break\n}\n}",
			whats: []string{"p.go:5:4: condition negated", "p.go:6:1: break became continue"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whats, text := mutated(t, test.body)
			if diff := cmp.Diff(test.want, text); diff != "" {
				t.Errorf("code (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.whats, whats); diff != "" {
				t.Errorf("mutants (-want +got):\n%s", diff)
			}
		})
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	r := result{dir: "pkg/p", mutants: make([]mutant, 4), fates: []fate{lives, unreached, killed, timedOut}}
	if got, want := r.row(), "| pkg/p | 4 | 1 | 1 | 2 | 50.0 % |"; got != want {
		t.Errorf("row\n got %s\nwant %s", got, want)
	}
	want := []string{":0:0: ", ":0:0:  (no test gets there)"}
	if diff := cmp.Diff(want, r.lived()); diff != "" {
		t.Errorf("lived (-want +got):\n%s", diff)
	}
}
