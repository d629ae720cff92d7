package substitution

import "strings"

// Variable is what validation takes for a reference with a certain prefix (contract 1 §6.1): unlike a Reference it can
// have any characters in its name, so that a mistyped name is found and not passed over.
type Variable struct {
	// Text is the variable as written, with $( and ).
	Text string
	// Name is what stands between the prefix and the index: the rest of a dotted name with all its dots, or what stands
	// in brackets and quotes.
	Name string
	// Quoted says that the name is in brackets and quotes.
	Quoted bool
	// Index is the number in a final [0], NoIndex without one.
	Index int
	// Star says that the variable ends in [*].
	Star bool
}

// Variables returns the variables in text that begin with prefix, for instance params or context.taskRun. A name ends
// at the first closing parenthesis, and does not go beyond a line.
func Variables(text, prefix string) []Variable {
	var found []Variable
	open := "$(" + prefix
	for at, end := 0, 0; ; {
		i := strings.Index(text[at:], open)
		if i < 0 {
			return found
		}
		start := at + i
		at = start + len(open)
		if at == len(text) {
			return found
		}
		switch text[at] {
		case '.':
			// end is where the search for the end of an earlier name got to: nothing is searched twice.
			if end < at {
				end = at + lineOrParenthesis(text[at:])
			}
			if end == len(text) || text[end] != ')' {
				continue
			}
			found = append(found, dottedVariable(text[start:end+1], text[at+1:end]))
			at = end + 1
		case '[':
			if v, ok := quotedVariable(text, start, at+1); ok {
				found = append(found, v)
				at = start + len(v.Text)
			}
		}
	}
}

// lineOrParenthesis returns the position of the first line feed or closing parenthesis, else the length of s.
func lineOrParenthesis(s string) int {
	if i := strings.IndexAny(s, ")\n"); i >= 0 {
		return i
	}
	return len(s)
}

func dottedVariable(text, name string) Variable {
	v := Variable{Text: text, Name: name, Index: NoIndex}
	if open := strings.LastIndexByte(name, '['); open >= 0 && strings.HasSuffix(name, "]") && v.subscript(name[open+1:len(name)-1]) {
		v.Name = name[:open]
	}
	return v
}

// subscript takes over what stands in the final brackets if it is a number or a star.
func (v *Variable) subscript(s string) bool {
	switch {
	case s == "*":
		v.Star = true
	case isNumber(s):
		v.Index = toIndex(s)
	default:
		return false
	}
	return true
}

// quotedVariable parses the name in quotes at text[pos:] and what follows it.
func quotedVariable(text string, start, pos int) (Variable, bool) {
	if pos == len(text) || text[pos] != '\'' && text[pos] != '"' {
		return Variable{}, false
	}
	n := strings.IndexByte(text[pos+1:], text[pos])
	if n < 0 {
		return Variable{}, false
	}
	v := Variable{Name: text[pos+1 : pos+1+n], Quoted: true, Index: NoIndex}
	if strings.Contains(v.Name, "\n") {
		return Variable{}, false
	}
	end, ok := closing(text, pos+n+2)
	if ok && end < len(text) && text[end] == '[' {
		inner := end + 1
		for end = inner; end < len(text) && (text[end] == '*' || isNumber(text[end:end+1])); {
			end++
		}
		if !v.subscript(text[inner:end]) {
			return Variable{}, false
		}
		end, ok = closing(text, end)
	}
	if !ok || end == len(text) || text[end] != ')' {
		return Variable{}, false
	}
	v.Text = text[start : end+1]
	return v, true
}
