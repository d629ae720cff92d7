package runspec

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// MissingError says what has to be given, ready to be copied.
type MissingError struct {
	// Title names what needs it.
	Title string
	// Flags and Notes are, for each, the flag that gives it and what is known about it.
	Flags, Notes []string
}

// Error implements error.
func (e *MissingError) Error() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s needs what was not given:\n", e.Title)
	width := 0
	for _, f := range e.Flags {
		width = max(width, len(f))
	}
	for i, f := range e.Flags {
		fmt.Fprintf(&out, "\n  %-*s  %s", width, f, e.Notes[i])
	}
	return strings.TrimRight(out.String(), " ")
}

// missing returns a *MissingError if a run lacks something that its definition needs.
func (d definition) missing(params v1.Params, bindings []v1.WorkspaceBinding) error {
	e := &MissingError{Title: d.title}
	for i := range d.params {
		spec := &d.params[i]
		has := slices.ContainsFunc(params, func(p v1.Param) bool { return p.Name == spec.Name })
		if has || spec.Default != nil {
			continue
		}
		e.Flags = append(e.Flags, "--param "+spec.Name+"="+example(spec))
		e.Notes = append(e.Notes, describe(spec))
	}
	for _, w := range d.workspaces {
		if w.isOptional || slices.ContainsFunc(bindings, func(b v1.WorkspaceBinding) bool { return b.Name == w.name }) {
			continue
		}
		e.Flags = append(e.Flags, "--workspace "+w.name+"=DIR")
		e.Notes = append(e.Notes, oneLine(w.description))
	}
	if d.isKnown && len(e.Flags) > 0 {
		return e
	}
	for _, b := range bindings {
		isThere := func(w workspace) bool { return w.name == b.Name }
		if d.isKnown && !d.isOpen && !slices.ContainsFunc(d.workspaces, isThere) {
			return d.unknown("workspace", b.Name, d.workspaceNames())
		}
	}
	return nil
}

func (d definition) workspaceNames() []string {
	out := make([]string, 0, len(d.workspaces))
	for _, w := range d.workspaces {
		out = append(out, w.name)
	}
	return out
}

func example(spec *v1.ParamSpec) string {
	switch typeOf(spec) {
	case v1.ParamTypeArray:
		return "A,B"
	case v1.ParamTypeObject:
		keys := make([]string, 0, len(spec.Properties))
		for key := range spec.Properties {
			keys = append(keys, key+":VALUE")
		}
		slices.Sort(keys)
		if len(keys) == 0 {
			return "KEY:VALUE"
		}
		return strings.Join(keys, ",")
	default:
		return "TEXT"
	}
}

func describe(spec *v1.ParamSpec) string {
	text := string(typeOf(spec))
	if len(spec.Enum) > 0 {
		text += ", one of " + strings.Join(spec.Enum, ", ")
	}
	if spec.Description != "" {
		text += ": " + oneLine(spec.Description)
	}
	return text
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
