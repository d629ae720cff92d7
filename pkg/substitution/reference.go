// Package substitution finds and replaces variable references such as $(params.name) in text (contract 1 §6.1). Parse
// and Whole find references and give them a typed form; Variables finds what validation looks at, which is more
// lenient about names; a Replacer puts values in place of references. It knows strings and lists only: which fields of
// which object hold references is package specvars' business. It depends on the standard library only.
//
// Everything takes time linear in the length of the text, whatever the text is.
package substitution

import (
	"math"
	"strconv"
	"strings"
)

// NoIndex is the Index of references that do not name an element.
const NoIndex = -1

// Reference is one variable reference in a text.
type Reference struct {
	// Text is the reference as written, with $( and ).
	Text string
	// Offset is the position of Text in the text that was parsed, in bytes.
	Offset int
	// Path holds the names in order: tasks, build, results, digest. It has at least one element; elements can be empty.
	Path []string
	// Quoted is the index in Path of the name that is written in brackets and quotes, as in params['a.b'], or -1.
	Quoted int
	// Index is the number in a final [0], NoIndex without one. Numbers too large for an int become the largest int.
	Index int
	// Star says that the reference ends in [*].
	Star bool
	// Key is the text in a final [KEY] that is neither a number nor a star; empty without one.
	Key string
}

// Plain reports whether the reference consists of dotted names and at most one final [0] or [*]. Dependencies and
// execution statuses are recognised in this form only (contract 1 §6.1).
func (r Reference) Plain() bool { return r.Quoted < 0 && r.Key == "" }

// Root returns the first name.
func (r Reference) Root() string { return r.Path[0] }

// Parse returns all references in text, in order. References do not nest: of $($(a.b)) only the inner one is found.
// What does not have the form of a reference, $(date -u) for instance, is passed over.
func Parse(text string) []Reference {
	var refs []Reference
	for at := 0; ; {
		i := strings.Index(text[at:], "$(")
		if i < 0 {
			return refs
		}
		start := at + i
		ref, end, ok := parseAt(text, start)
		if ok {
			refs = append(refs, ref)
		}
		at = end
	}
}

// Whole returns the reference that is the entire text.
func Whole(text string) (Reference, bool) {
	if !strings.HasPrefix(text, "$(") || text[len(text)-1] != ')' {
		return Reference{}, false
	}
	ref, end, ok := parseAt(text, 0)
	if !ok || end != len(text) {
		return Reference{}, false
	}
	return ref, true
}

// parseAt parses the reference that starts at text[start:], where $( stands. It returns the position to go on from: in
// case of failure no reference starts before it.
func parseAt(text string, start int) (ref Reference, end int, ok bool) {
	ref = Reference{Offset: start, Quoted: -1, Index: NoIndex}
	pos := nameEnd(text, start+len("$("))
	if pos == start+len("$(") {
		return Reference{}, pos, false
	}
	ref.Path = strings.Split(text[start+len("$("):pos], ".")
	// inner is where a quoted name starts, in which another reference can stand if this is none.
	inner := -1
	for ok = true; ok && pos < len(text) && text[pos] != ')'; {
		if text[pos] == '[' && inner < 0 {
			inner = pos + 1
		}
		pos, ok = ref.next(text, pos)
	}
	switch {
	case ok && pos < len(text):
		ref.Text = text[start : pos+1]
		return ref, pos + 1, true
	case inner >= 0:
		return Reference{}, inner, false
	default:
		return Reference{}, pos, false
	}
}

// next adds the bracket or the names at text[pos:], and returns the position after them.
func (r *Reference) next(text string, pos int) (int, bool) {
	switch {
	case r.ended():
		return pos, false
	case text[pos] == '[':
		return r.bracket(text, pos)
	case text[pos] == '.' && r.Quoted == len(r.Path)-1:
		return r.dotted(text, pos)
	default:
		return pos, false
	}
}

// ended reports whether nothing but the closing parenthesis may follow.
func (r *Reference) ended() bool { return r.Index != NoIndex || r.Star || r.Key != "" }

// dotted adds the names that follow a quoted one.
func (r *Reference) dotted(text string, pos int) (int, bool) {
	end := nameEnd(text, pos+1)
	if end == pos+1 {
		return end, false
	}
	r.Path = append(r.Path, strings.Split(text[pos+1:end], ".")...)
	return end, true
}

// bracket adds what stands in brackets, text[pos] being the opening one.
func (r *Reference) bracket(text string, pos int) (int, bool) {
	pos++
	if pos == len(text) {
		return pos, false
	}
	if quote := text[pos]; quote == '\'' || quote == '"' {
		return r.quoted(text, pos)
	}
	if text[pos] == '*' {
		r.Star = true
		return closing(text, pos+1)
	}
	end := nameEnd(text, pos)
	if end == pos {
		return pos, false
	}
	if word := text[pos:end]; isNumber(word) {
		r.Index = toIndex(word)
	} else {
		r.Key = word
	}
	return closing(text, end)
}

// quoted adds the name in quotes at text[pos:]. There can be one such name.
func (r *Reference) quoted(text string, pos int) (int, bool) {
	n := strings.IndexByte(text[pos+1:], text[pos])
	if n <= 0 || r.Quoted >= 0 {
		return pos, false
	}
	end := pos + 1 + n
	r.Quoted = len(r.Path)
	r.Path = append(r.Path, text[pos+1:end])
	next, ok := closing(text, end+1)
	if !ok {
		return pos, false
	}
	return next, true
}

// closing expects the bracket to end at pos.
func closing(text string, pos int) (int, bool) {
	if pos == len(text) || text[pos] != ']' {
		return pos, false
	}
	return pos + 1, true
}

// nameEnd returns the end of the run of name characters and dots at text[pos:].
func nameEnd(text string, pos int) int {
	for pos < len(text) && isNameByte(text[pos]) {
		pos++
	}
	return pos
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func toIndex(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return math.MaxInt
	}
	return n
}
