package lint_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// row is a failing case of the tests of the webhook's rules.
type row struct {
	name, function, object              string
	bad, want, flags, defaults, version string
}

// TestRowsOfTheWebhook runs each failing case of the tests of pkg/apis through files: the messages are the same, and each is at the line
// of its field. The cases are read from the source, as tests of other packages can't be imported.
func TestRowsOfTheWebhook(t *testing.T) {
	t.Parallel()
	total, skipped := 0, 0
	for _, version := range []string{"v1", "v1beta1", "v1alpha1"} {
		rows, unread := rowsOf(t, version)
		total, skipped = total+len(rows), skipped+unread
		for _, r := range rows {
			t.Run(version+" "+r.function+" "+r.name, func(t *testing.T) {
				t.Parallel()
				checkRow(t, r)
			})
		}
	}
	t.Logf("%d rows, %d not read", total, skipped)
	if total < 260 || skipped > 3 {
		t.Errorf("%d rows were read, %d were not", total, skipped)
	}
}

func checkRow(t *testing.T, r row) {
	t.Helper()
	text := document(r)
	if text == "" {
		t.Skipf("objects of %s are made in another way", r.object)
	}
	docs, err := manifest.Read("f.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	var errors []manifest.Problem
	admission := admissionRules()
	for _, p := range lint.Lint(rowContext(t, r), docs, lint.Options{}) {
		if p.Severity == manifest.Error && admission[p.Rule] {
			errors = append(errors, p)
			checkPlace(t, docs[0], p, text)
		}
	}
	if diff := cmp.Diff(r.want, asWebhook(errors, r.want)); diff != "" {
		t.Errorf("messages (-want +got):\n%s\nof\n%s", diff, text)
	}
}

func admissionRules() map[string]bool {
	rules := map[string]bool{}
	for _, id := range manifest.Rules() {
		rules[id] = true
	}
	return rules
}

// checkPlace expects the name of the field at its place, or else the place of the nearest part around it.
func checkPlace(t *testing.T, d manifest.Document, p manifest.Problem, text string) {
	t.Helper()
	line := strings.Split(text, "\n")[p.Line-1]
	if !d.Has(p.Field) {
		for part := p.Field; part != ""; {
			part = part[:max(0, strings.LastIndexAny(part, ".["))]
			if line, column := d.Position(part); line == p.Line && column == p.Column {
				return
			}
		}
		// Messages about params and policies leave out a part of the path.
		if !strings.HasPrefix(p.Field, "spec.") || strings.Contains(p.Field, "properties") {
			return
		}
		t.Errorf("%q is at %d:%d, where no part around it is", p.Field, p.Line, p.Column)
		return
	}
	name := p.Field[strings.LastIndexByte(p.Field, '.')+1:]
	if strings.HasSuffix(name, "]") || name == "" {
		return
	}
	if rest := strings.TrimLeft(line[p.Column-1:], `"'`); !strings.HasPrefix(strings.ToLower(rest), strings.ToLower(name)) {
		t.Errorf("%q is at %d:%d, where %q is written", p.Field, p.Line, p.Column, rest)
	}
}

// asWebhook puts problems together as the webhook writes them, with fields before the details of a message.
func asWebhook(problems []manifest.Problem, want string) string {
	fields := map[string][]string{}
	for _, p := range problems {
		fields[p.Message] = append(fields[p.Message], p.Field)
	}
	var messages []string
	for _, message := range slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		firstA, restA, _ := strings.Cut(a, "\n")
		firstB, restB, _ := strings.Cut(b, "\n")
		if firstA != firstB {
			return strings.Compare(firstA, firstB)
		}
		return strings.Compare(restA, restB)
	}) {
		first, rest, more := strings.Cut(message, "\n")
		slices.Sort(fields[message])
		list := ": " + strings.Join(fields[message], ", ")
		if strings.Contains(want, message+list) {
			first, more = message, false // all of it is the message
		}
		first += list
		if more {
			first += "\n" + rest
		}
		messages = append(messages, first)
	}
	return strings.Join(messages, "\n")
}

func rowContext(t *testing.T, r row) context.Context {
	t.Helper()
	read := func(text string) map[string]string {
		data := map[string]string{}
		if err := yaml.Unmarshal([]byte(text), &data); err != nil {
			t.Fatal(err)
		}
		return data
	}
	flags, err := config.NewFeatureFlagsFromMap(read(r.flags))
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.NewDefaultsFromMap(read(r.defaults))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.name, "forbidden variable") {
		defaults.DefaultForbiddenEnv = []string{"FORBIDDEN"} // as the test has it
	}
	return config.ToContext(t.Context(), config.NewConfig(flags, defaults))
}

// document writes the object of a row, empty if it is not known how.
func document(r row) string {
	kinds := map[string]string{
		"taskOf": "Task task", "pipelineOf": "Pipeline p", "taskRunOf": "TaskRun run", "pipelineRunOf": "PipelineRun run",
		"stepActionOf": "StepAction action", "customRunOf": "CustomRun run", "TestVerificationPolicyRules": "VerificationPolicy a",
		"TestStepActionRules": "StepAction a",
	}
	object := r.object
	if object == "" {
		object = r.function
	}
	kind, name, _ := strings.Cut(kinds[object], " ")
	bad := r.bad
	switch object {
	case "whole":
		return bad + "\n"
	case "stepWhen":
		kind, name, bad = "Task", "task", "steps: [{image: i, when: ["+bad+"]}]"
	case "stepRef":
		kind, name, bad = "Task", "task", "steps: [{ref: "+bad+"}]"
	case "TestMatrixRules":
		kind, name = "Pipeline", "p"
		if first, rest, found := strings.Cut(bad, "]\n- "); found {
			bad = "tasks:\n- " + strings.TrimPrefix(first, "tasks: [") + "\n- " + rest
		}
	}
	if kind == "" {
		return ""
	}
	// The tests read YAML in a way that makes texts of truth values.
	bad = regexp.MustCompile(`(: |\[)([ny])([],}\n]|$)`).ReplaceAllString(bad, `$1"$2"$3`)
	spec := "\n  " + strings.ReplaceAll(strings.TrimRight(bad, "\n"), "\n", "\n  ")
	return fmt.Sprintf("apiVersion: tekton.dev/%s\nkind: %s\nmetadata:\n  name: %s\nspec:%s\n", r.version, kind, name, spec)
}

// source reads texts of a package.
type source struct {
	constants map[string]ast.Expr
	// functions return one expression.
	functions map[string]function
}

type function struct {
	params []string
	body   ast.Expr
}

func rowsOf(t *testing.T, version string) (rows []row, unread int) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "apis", "pipeline", version, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := make([]*ast.File, 0, len(paths))
	set := token.NewFileSet()
	s := source{constants: map[string]ast.Expr{}, functions: map[string]function{}}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		for _, decl := range file.Decls {
			s.learn(decl)
		}
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				more, missed := s.within(f, version)
				rows, unread = append(rows, more...), unread+missed
			}
		}
	}
	return rows, unread
}

func (s source) learn(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		s.learnFunction(n.Name.Name, n.Type, n.Body)
	case *ast.AssignStmt:
		name, named := n.Lhs[0].(*ast.Ident)
		if f, ok := n.Rhs[0].(*ast.FuncLit); ok && named {
			s.learnFunction(name.Name, f.Type, f.Body)
		} else if named && n.Tok == token.DEFINE && len(n.Rhs) == 1 {
			s.constants[name.Name] = n.Rhs[0]
		}
	case *ast.GenDecl:
		s.learnConstants(n)
	}
}

func (s source) learnFunction(name string, kind *ast.FuncType, body *ast.BlockStmt) {
	if body == nil || len(body.List) != 1 {
		return
	}
	result, ok := body.List[0].(*ast.ReturnStmt)
	if !ok || len(result.Results) != 1 {
		return
	}
	f := function{body: result.Results[0]}
	for _, field := range kind.Params.List {
		for _, param := range field.Names {
			f.params = append(f.params, param.Name)
		}
	}
	s.functions[name] = f
}

func (s source) learnConstants(decl *ast.GenDecl) {
	if decl.Tok != token.CONST {
		return
	}
	for _, spec := range decl.Specs {
		if value, ok := spec.(*ast.ValueSpec); ok {
			for i, name := range value.Names {
				if i < len(value.Values) {
					s.constants[name.Name] = value.Values[i]
				}
			}
		}
	}
}

// within returns the rows of one test.
func (s source) within(f *ast.FuncDecl, version string) (rows []row, unread int) {
	local := source{constants: maps.Clone(s.constants), functions: maps.Clone(s.functions)}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if n != nil {
			local.learn(n)
		}
		if whole, ok := n.(*ast.CompositeLit); ok {
			if r := (row{function: f.Name.Name, version: version}); local.wholeObject(whole, &r) {
				rows = append(rows, r)
			}
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != "runRules" {
			return true
		}
		object := ""
		if name, ok := call.Args[2].(*ast.Ident); ok {
			object = name.Name
		}
		cases, ok := call.Args[1].(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, element := range cases.Elts {
			r := row{function: f.Name.Name, object: object, version: version}
			if local.row(element, &r) {
				rows = append(rows, r)
			} else {
				unread++
			}
		}
		return true
	})
	return rows, unread
}

func (s source) row(element ast.Expr, r *row) bool {
	pair, ok := element.(*ast.KeyValueExpr)
	if !ok {
		return false
	}
	name, ok := s.text(pair.Key)
	fields, isList := pair.Value.(*ast.CompositeLit)
	if !ok || !isList {
		return false
	}
	r.name = name
	order := []string{"bad", "want", "good"}
	if r.version == "v1" {
		order = []string{"bad", "flags", "want"}
	}
	for i, field := range fields.Elts {
		member, value := "", field
		if i < len(order) {
			member = order[i]
		}
		if named, ok := field.(*ast.KeyValueExpr); ok {
			if key, ok := named.Key.(*ast.Ident); ok {
				member, value = key.Name, named.Value
			}
		}
		target := map[string]*string{"bad": &r.bad, "want": &r.want, "flags": &r.flags, "defaults": &r.defaults}[member]
		if target == nil {
			continue
		}
		if *target, ok = s.text(value); !ok {
			return false
		}
	}
	return true
}

// wholeObject reads a case that has the text of an object, and tells whether the object is refused.
func (s source) wholeObject(fields *ast.CompositeLit, r *row) bool {
	texts := map[string]string{}
	for _, field := range fields.Elts {
		pair, ok := field.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		if name, ok := pair.Key.(*ast.Ident); ok {
			texts[name.Name], _ = s.text(pair.Value)
		}
	}
	object, isFlow := strings.CutPrefix(texts["object"], "{")
	r.name, r.want = texts["name"], texts["want"]
	r.bad = fmt.Sprintf("{apiVersion: tekton.dev/%s, kind: %s, %s", r.version, texts["kind"], object)
	r.object = "whole"
	return r.function == "TestValidate" && isFlow && r.want != "" && texts["kind"] != "" && texts["name"] != ""
}

// text evaluates a text: what is written, constants, sums and the helpers of the tests.
func (s source) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.Ident:
		if value, ok := s.constants[e.Name]; ok {
			return s.text(value)
		}
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.BinaryExpr:
		left, ok := s.text(e.X)
		right, also := s.text(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	case *ast.CallExpr:
		return s.call(e)
	}
	return "", false
}

func (s source) call(e *ast.CallExpr) (string, bool) {
	switch f := e.Fun.(type) {
	case *ast.SelectorExpr:
		if f.Sel.Name == "Repeat" && len(e.Args) == 2 {
			text, ok := s.text(e.Args[0])
			n, also := number(e.Args[1])
			return strings.Repeat(text, n), ok && also
		}
	case *ast.Ident:
		if len(e.Args) == 1 {
			if n, ok := number(e.Args[0]); ok {
				return made(f.Name, n)
			}
		}
		called, ok := s.functions[f.Name]
		if !ok || len(called.params) != len(e.Args) {
			return "", false
		}
		inner := source{constants: maps.Clone(s.constants), functions: s.functions}
		for i, param := range called.params {
			text, ok := s.text(e.Args[i])
			if !ok {
				return "", false
			}
			inner.constants[param] = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(text)}
		}
		return inner.text(called.body)
	}
	return "", false
}

func number(e ast.Expr) (int, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.INT {
		return 0, false
	}
	n, err := strconv.Atoi(literal.Value)
	return n, err == nil
}

// made returns what the helpers of the tests make of a number.
func made(name string, n int) (string, bool) {
	switch name {
	case "longName":
		return strings.Repeat("a", n), true
	case "list":
		return strings.TrimSuffix(strings.Repeat("x, ", n), ", "), true
	default:
		return "", false
	}
}
