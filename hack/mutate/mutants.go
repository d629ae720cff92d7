package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// mutant is one change to the code.
type mutant struct {
	// id is the number of its switch.
	id           int
	file         string
	line, column int
	// what says what is changed.
	what string
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d:%d: %s", m.file, m.line, m.column, m.what) }

// edit replaces a part of a file, or inserts text.
type edit struct {
	from, to token.Pos
	text     string
	// closes says that the text ends something: at one place, what ends goes before what begins, the inner before the outer.
	closes bool
	depth  int
}

// editor finds the mutants of a file and puts them behind switches.
type editor struct {
	src     *source
	first   int
	mutants []mutant
	edits   []edit
	parents []ast.Node
	shown   string
}

// mutate returns the mutants of a file, and its text with all of them behind switches. The numbers of the switches start at
// first. shown is the name of the file for people.
func mutate(src *source, index, first int, shown string) ([]mutant, string) {
	e := &editor{src: src, first: first, shown: shown}
	ast.Inspect(src.files[index], func(n ast.Node) bool {
		if n == nil {
			e.parents = e.parents[:len(e.parents)-1]
			return true
		}
		e.visit(n)
		e.parents = append(e.parents, n)
		return true
	})
	return e.mutants, e.apply(index)
}

// add notes a mutant and returns the number of its switch.
func (e *editor) add(at token.Pos, what string) int {
	p := e.src.fset.Position(at)
	id := e.first + len(e.mutants)
	e.mutants = append(e.mutants, mutant{id: id, file: e.shown, line: p.Line, column: p.Column, what: what})
	return id
}

// wrap puts text around a node, and replaces its operator if there is one.
func (e *editor) wrap(n ast.Node, before, after string) {
	e.wrapAt(n, 2*len(e.parents), before, after)
}

func (e *editor) wrapAt(n ast.Node, depth int, before, after string) {
	e.edits = append(e.edits,
		edit{from: n.Pos(), to: n.Pos(), text: before, depth: depth},
		edit{from: n.End(), to: n.End(), text: after, closes: true, depth: depth})
}

func (e *editor) replace(at token.Pos, old, text string) {
	e.edits = append(e.edits, edit{from: at, to: at + token.Pos(len(old)), text: text})
}

// apply returns the text of the file after all edits.
func (e *editor) apply(index int) string {
	slices.SortStableFunc(e.edits, func(a, b edit) int {
		if c := cmp.Compare(a.from, b.from); c != 0 {
			return c
		}
		switch {
		case a.closes && b.closes:
			return cmp.Compare(b.depth, a.depth)
		case a.closes:
			return -1
		case b.closes:
			return 1
		}
		return cmp.Compare(a.depth, b.depth)
	})
	text, start := e.src.texts[index], e.src.fset.File(e.src.files[index].Pos()).Base()
	var b strings.Builder
	done := 0
	for _, x := range e.edits {
		from, to := int(x.from)-start, int(x.to)-start
		b.Write(text[done:from])
		b.WriteString(x.text)
		done = to
	}
	b.Write(text[done:])
	return b.String()
}

func (e *editor) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		e.binary(n)
	case *ast.IncDecStmt:
		e.step(n)
	case *ast.AssignStmt:
		e.assign(n)
	case *ast.BranchStmt:
		e.branch(n)
	case *ast.ExprStmt:
		e.call(n)
	case *ast.IfStmt:
		e.condition(n.Cond)
	case *ast.ForStmt:
		e.condition(n.Cond)
	case *ast.CaseClause:
		if sw, ok := e.parent(1).(*ast.SwitchStmt); ok && sw.Tag == nil {
			for _, c := range n.List {
				e.condition(c)
			}
		}
	}
}

// parent returns a node further out: 0 is the next one.
func (e *editor) parent(i int) ast.Node {
	if i >= len(e.parents) {
		return nil
	}
	return e.parents[len(e.parents)-1-i]
}

func (e *editor) isConstant(x ast.Expr) bool { return e.src.info.Types[x].Value != nil }

// basic returns the kind of a type that is no type parameter, nor untyped.
func (e *editor) basic(x ast.Expr) types.BasicInfo {
	t := e.src.info.Types[x].Type
	if t == nil {
		return 0
	}
	if _, isParam := t.(*types.TypeParam); isParam {
		return 0
	}
	if b, ok := t.Underlying().(*types.Basic); ok {
		return b.Info()
	}
	return 0
}

func isPlainBool(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

var comparisons = map[token.Token]string{
	token.LSS: "mutantLess_", token.LEQ: "mutantLessOrEqual_", token.GTR: "mutantGreater_", token.GEQ: "mutantGreaterOrEqual_",
}

var arithmetic = map[token.Token]string{
	token.ADD: "mutantAdd_", token.SUB: "mutantSubtract_", token.MUL: "mutantMultiply_", token.QUO: "mutantDivide_",
	token.REM: "mutantRemainder_",
}

func (e *editor) binary(n *ast.BinaryExpr) {
	if e.isConstant(n) {
		return
	}
	switch n.Op {
	case token.EQL, token.NEQ:
		id := e.add(n.OpPos, "comparison "+n.Op.String()+" negated")
		e.wrap(n, "((", fmt.Sprintf(") != mutant_(%d))", id))
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if e.basic(n.X)&types.IsOrdered == 0 {
			return
		}
		id := e.add(n.OpPos, "bound of "+n.Op.String()+" moved")
		e.add(n.OpPos, "comparison "+n.Op.String()+" negated")
		e.wrap(n, comparisons[n.Op]+"(", fmt.Sprintf(", %d)", id))
		e.replace(n.OpPos, n.Op.String(), ",")
	case token.LAND, token.LOR:
		e.logical(n)
	case token.ADD, token.SUB, token.MUL, token.QUO, token.REM:
		if e.basic(n)&types.IsNumeric == 0 || e.basic(n)&types.IsUntyped != 0 {
			return
		}
		id := e.add(n.OpPos, "arithmetic "+n.Op.String()+" inverted")
		e.wrap(n, arithmetic[n.Op]+"(", fmt.Sprintf(", %d)", id))
		e.replace(n.OpPos, n.Op.String(), ",")
	}
}

// logical turns && into || and back. By De Morgan that is negating both sides and the whole, so that nothing is written twice
// and the right side is still looked at only if the left one asks for it.
func (e *editor) logical(n *ast.BinaryExpr) {
	e.condition(n.X)
	e.condition(n.Y)
	if !isPlainBool(e.src.info.Types[n.X].Type) || !isPlainBool(e.src.info.Types[n.Y].Type) {
		return
	}
	other := map[token.Token]string{token.LAND: "||", token.LOR: "&&"}[n.Op]
	id := e.add(n.OpPos, n.Op.String()+" became "+other)
	flip := fmt.Sprintf(") != mutant_(%d))", id)
	e.wrap(n, "((", flip)
	e.wrapInner(n.X, "((", flip)
	e.wrapInner(n.Y, "((", flip)
}

// wrapInner is wrap for a child of the node that is being visited: around what the child itself will get.
func (e *editor) wrapInner(n ast.Node, before, after string) {
	e.wrapAt(n, 2*len(e.parents)+1, before, after)
}

// condition negates a condition that is a name or a call. Comparisons have mutants of their own.
func (e *editor) condition(x ast.Expr) {
	for {
		if p, ok := x.(*ast.ParenExpr); ok {
			x = p.X
			continue
		}
		if not, ok := x.(*ast.UnaryExpr); ok && not.Op == token.NOT {
			x = not.X
			continue
		}
		break
	}
	if x == nil || e.isConstant(x) || !isPlainBool(e.src.info.Types[x].Type) {
		return
	}
	switch x.(type) {
	case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr:
		id := e.add(x.Pos(), "condition negated")
		e.wrapAt(x, 2*len(e.parents)+4, "((", fmt.Sprintf(") != mutant_(%d))", id))
	}
}

// step turns ++ into -- and back.
func (e *editor) step(n *ast.IncDecStmt) {
	t, ok := e.src.info.Types[n.X].Type.(*types.Basic)
	if !ok {
		return
	}
	op := map[token.Token]string{token.INC: "+=", token.DEC: "-="}[n.Tok]
	id := e.add(n.TokPos, n.Tok.String()+" inverted")
	e.replace(n.TokPos, n.Tok.String(), fmt.Sprintf(" %s %s(mutantSign_(%d))", op, t.Name(), id))
}

// assign turns += into -= and back, leaves out what is added to a text, or the whole of a plain assignment.
func (e *editor) assign(n *ast.AssignStmt) {
	switch n.Tok {
	case token.ASSIGN:
		if e.isStatement() && !isBlank(n) {
			e.remove(n, "assignment left out")
		}
	case token.ADD_ASSIGN, token.SUB_ASSIGN:
		info := e.basic(n.Lhs[0])
		switch {
		case info&types.IsString != 0:
			id := e.add(n.TokPos, "addition left out")
			e.wrapInner(n.Rhs[0], "mutantDrop_(", fmt.Sprintf(", %d)", id))
		case info&types.IsNumeric != 0 && !e.isConstant(n.Rhs[0]):
			id := e.add(n.TokPos, n.Tok.String()+" inverted")
			e.wrapInner(n.Rhs[0], "mutantNegate_(", fmt.Sprintf(", %d)", id))
		}
	}
}

// isBlank tells whether an assignment has no effect but that of its right side.
func isBlank(n *ast.AssignStmt) bool {
	return !slices.ContainsFunc(n.Lhs, func(x ast.Expr) bool {
		name, ok := x.(*ast.Ident)
		return !ok || name.Name != "_"
	})
}

// isStatement tells whether the node stands in a list of statements, and not in the head of a loop or condition.
func (e *editor) isStatement() bool {
	switch e.parent(0).(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	default:
		return false
	}
}

// call leaves out a call whose results nobody uses.
func (e *editor) call(n *ast.ExprStmt) {
	c, ok := n.X.(*ast.CallExpr)
	if !ok || !e.isStatement() {
		return
	}
	if name, ok := c.Fun.(*ast.Ident); ok && name.Name == "panic" {
		return
	}
	e.remove(n, "call left out")
}

func (e *editor) remove(n ast.Node, what string) {
	id := e.add(n.Pos(), what)
	e.wrap(n, fmt.Sprintf("if !mutant_(%d) { ", id), " }")
}

// branch turns break into continue and back, where both are possible and mean different things.
func (e *editor) branch(n *ast.BranchStmt) {
	other := map[token.Token]string{token.BREAK: "continue", token.CONTINUE: "break"}[n.Tok]
	if n.Label != nil || other == "" || !e.isStatement() {
		return
	}
	for i := 0; ; i++ {
		switch p := e.parent(i).(type) {
		case nil, *ast.FuncLit, *ast.FuncDecl:
			return
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			// A break in there does not end the loop.
			return
		case *ast.ForStmt:
			if p.Cond == nil && n.Tok == token.CONTINUE {
				return // the loop would end where the compiler knows that it never does
			}
			e.swap(n, other)
			return
		case *ast.RangeStmt:
			e.swap(n, other)
			return
		}
	}
}

func (e *editor) swap(n *ast.BranchStmt, other string) {
	id := e.add(n.Pos(), n.Tok.String()+" became "+other)
	e.wrap(n, fmt.Sprintf("if mutant_(%d) { %s }; ", id, other), "")
}
