// Package migrate tells what acts otherwise in Tenon than in the engine in use, before anybody moves. Rules are data; what finds them are
// pure functions of objects (object.go), settings and the rest of an installation (installation.go), and runs (runs.go). Files and clusters
// are read elsewhere: CheckFile takes documents, and package migrate/cluster hands over what it has read.
package migrate

import (
	"cmp"
	"slices"
	"strings"
)

// Severity says how much a finding matters.
type Severity string

// Severities, the worst first.
const (
	// Blocks is what stops working, or would be lost.
	Blocks Severity = "blocks"
	// Differs is what goes on and acts otherwise.
	Differs Severity = "differs"
	// Info is what to know.
	Info Severity = "info"
)

func (s Severity) order() int { return slices.Index([]Severity{Blocks, Differs, Info}, s) }

// Finding is one thing found.
type Finding struct {
	// Rule is its ID, see Rules.
	Rule     string
	Severity Severity
	// Object is a kind and name, as in "Task/build"; Namespace is empty where there is none.
	Namespace, Object string
	// Field is the path of the field, empty if it is about the object.
	Field string
	// File, Line and Column are those of files; Line is 0 for what is in a cluster.
	File         string
	Line, Column int
	// Message says what happens, Do what to do about it, and Doc where to read more.
	Message, Do, Doc string
}

// Report is what was found.
type Report struct {
	Findings []Finding
	// Looked counts what was looked at, by kind.
	Looked map[string]int
	// Unread says what could not be looked at, and why.
	Unread []string
}

// Add takes over findings, and counts an object.
func (r *Report) Add(kind string, findings ...Finding) {
	if r.Looked == nil {
		r.Looked = map[string]int{}
	}
	r.Looked[kind]++
	r.Findings = append(r.Findings, findings...)
}

// Sort puts the worst first, and what is about one object together.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Severity.order(), b.Severity.order()), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Field, b.Field))
	})
	r.Findings = slices.Compact(r.Findings)
	slices.Sort(r.Unread)
}

// Count returns how many findings have a severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}

// finding makes a finding of a rule.
func finding(rule, object, field, message string) Finding {
	r := ruleOf(rule)
	return Finding{
		Rule: rule, Severity: r.Severity, Object: object, Field: field, Message: message, Do: r.Do, Doc: "docs/migration-check.md#" + rule,
	}
}

// place is a value in an object, with its path.
type place struct {
	path  string
	value any
}

func (p place) get(keys ...string) place {
	for _, key := range keys {
		m, _ := p.value.(map[string]any)
		p = place{path: strings.TrimPrefix(p.path+"."+key, "."), value: m[key]}
	}
	return p
}

func (p place) text() string {
	s, _ := p.value.(string)
	return s
}

func (p place) is() bool { return p.value != nil }

func (p place) list() []place {
	values, _ := p.value.([]any)
	out := make([]place, len(values))
	for i, value := range values {
		out[i] = place{path: p.path + "[" + itoa(i) + "]", value: value}
	}
	return out
}

// texts calls do for each text below the value.
func (p place) texts(do func(place)) {
	switch value := p.value.(type) {
	case string:
		do(p)
	case []any:
		for _, item := range p.list() {
			item.texts(do)
		}
	case map[string]any:
		for _, key := range sortedKeys(value) {
			p.get(key).texts(do)
		}
	}
}
