package manifest

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tenon-ci/tenon/pkg/document"
)

// element is one part of a path: a name, or what stands in brackets.
type element struct {
	text    string
	bracket bool
}

// Position returns where a field was written, both from 1. The path is one as the webhook reports it ("spec.tasks[1].name"). Where a
// part of it does not exist, as with a field that is missing, it is the place of the nearest part around it.
func (d Document) Position(field string) (line, column int) {
	at, _ := d.find(field)
	return at.Line, at.Column
}

// Has tells whether the field was written: not left out, and not added by a default.
func (d Document) Has(field string) bool {
	if d.node == nil {
		return false
	}
	_, rest, _ := walk(d.node, parsePath(field))
	return len(rest) == 0
}

// Find returns where a part of the text of a field was written, or the field if it can't be seen in the file, as when a line was folded
// within it.
func (d Document) Find(field, part string) (line, column int) {
	at, value := d.find(field)
	if d.source == nil || value == nil || value.Kind != yaml.ScalarNode || part == "" || strings.Contains(part, "\n") {
		return at.Line, at.Column
	}
	lines := strings.Count(value.Value, "\n") + 1
	if value.Style&yaml.LiteralStyle == 0 {
		lines += len(value.Value)/40 + 1 // lines that a reader folds
	}
	for i := value.Line - 1; i >= 0 && i < len(d.source.lines) && i <= value.Line+lines; i++ {
		text, from := d.source.lines[i], 0
		if i == value.Line-1 {
			from = offsetOf(text, value.Column)
		}
		if j := strings.Index(text[from:], part); j >= 0 {
			return i + 1, utf8.RuneCountInString(text[:from+j]) + 1
		}
	}
	return at.Line, at.Column
}

func offsetOf(line string, column int) int {
	for i := range line {
		if column--; column <= 0 {
			return i
		}
	}
	return len(line)
}

// Text returns a line of the file, from 1, with its comments.
func (d Document) Text(line int) string {
	if d.source == nil || line < 1 || line > len(d.source.lines) {
		return ""
	}
	return d.source.lines[line-1]
}

// find returns the node that marks a field, and its value if there is such a field.
func (d Document) find(field string) (mark, value *yaml.Node) {
	if d.node == nil {
		return &yaml.Node{Line: max(d.Line, 1), Column: 1}, nil
	}
	path := parsePath(field)
	mark, rest, value := walk(d.node, path)
	for _, other := range detours(path) {
		if len(rest) == 0 {
			break
		}
		if at, left, found := walk(d.node, other); len(left) < len(rest) {
			mark, rest, value = at, left, found
		}
	}
	if len(rest) > 0 {
		value = nil
	}
	return mark, value
}

// detours returns paths to try for messages whose paths do not begin at the object.
func detours(path []element) [][]element {
	if len(path) == 0 {
		return nil
	}
	spec := element{text: "spec"}
	others := [][]element{append([]element{spec}, path...)}
	if path[0].text == "key" && len(path) > 1 && path[1].bracket {
		others = append(others, slices.Concat([]element{spec, {text: "authorities"}, path[1], {text: "key"}}, path[2:]))
	}
	if path[0].text == "ResourcePattern" {
		others = append(others, []element{spec, {text: "resources"}})
	}
	return others
}

func parsePath(field string) []element {
	var path []element
	for field != "" {
		switch field[0] {
		case '.':
			field = field[1:]
		case '[':
			end := closing(field)
			path = append(path, element{strings.Trim(field[1:end], `'"`), true})
			field = strings.TrimPrefix(field[end:], "]")
		default:
			end := strings.IndexAny(field, ".[")
			if end < 0 {
				end = len(field)
			}
			path = append(path, element{field[:end], false})
			field = field[end:]
		}
	}
	return path
}

// closing returns where the bracket that a text begins with ends. Keys may have brackets of their own.
func closing(text string) int {
	for i := 1; i < len(text); i++ {
		if text[i] == ']' && (i+1 == len(text) || text[i+1] == '.' || text[i+1] == '[') {
			return i
		}
	}
	return len(text)
}

// walk follows a path as far as it goes. It returns the node that marks the last part that exists, the parts left and the value.
func walk(root *yaml.Node, path []element) (mark *yaml.Node, rest []element, value *yaml.Node) {
	mark, value = root, root
	for len(path) > 0 {
		next, used := step(value, path)
		if used == 0 {
			break
		}
		mark, value, path = next.key, next.value, path[used:]
	}
	return mark, path, value
}

// step follows the next part of a path, or several that are one key with dots in it, and returns how many it has used.
func step(n *yaml.Node, path []element) (next member, used int) {
	switch n.Kind {
	case yaml.MappingNode:
		return stepInto(n, path)
	case yaml.SequenceNode:
		if found := elementOf(n, path[0]); found != nil {
			return member{key: found, value: resolved(found)}, 1
		}
	}
	return member{}, 0
}

func stepInto(n *yaml.Node, path []element) (next member, used int) {
	if !path[0].bracket {
		joined := 1
		for joined < len(path) && !path[joined].bracket {
			joined++
		}
		for ; joined > 1; joined-- {
			names := make([]string, 0, joined)
			for _, e := range path[:joined] {
				names = append(names, e.text)
			}
			if found := child(n, strings.Join(names, "."), 0); found.key != nil {
				return found, joined
			}
		}
	}
	if found := child(n, path[0].text, 0); found.key != nil {
		return found, 1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if strings.EqualFold(n.Content[i].Value, path[0].text) {
			return member{key: n.Content[i], value: resolved(n.Content[i+1])}, 1
		}
	}
	return named(n, path)
}

// named finds a parameter or result that a path names without the list that it is in.
func named(n *yaml.Node, path []element) (next member, used int) {
	if path[0].bracket {
		return member{}, 0
	}
	for _, list := range []string{"params", "results"} {
		found := child(n, list, 0)
		if found.value == nil || found.value.Kind != yaml.SequenceNode {
			continue
		}
		if e := elementOf(found.value, element{text: path[0].text}); e != nil {
			return member{key: e, value: resolved(e)}, 1
		}
	}
	return member{}, 0
}

// child returns the member of a mapping with a name, the last if there are several, with an alias followed.
func child(n *yaml.Node, name string, depth int) member {
	var merged []*yaml.Node
	found := member{}
	if n.Kind != yaml.MappingNode || depth > document.MaxDepth {
		return found
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolved(n.Content[i])
		switch {
		case isMerge(key):
			merged = append(merged, resolved(n.Content[i+1]))
		case key.Kind == yaml.ScalarNode && key.Value == name:
			found = member{name: name, key: n.Content[i], value: resolved(n.Content[i+1])}
		}
	}
	for _, m := range merged {
		if found.key != nil {
			break
		}
		if m.Kind == yaml.SequenceNode {
			for _, one := range m.Content {
				if found = child(resolved(one), name, depth+1); found.key != nil {
					break
				}
			}
			continue
		}
		found = child(m, name, depth+1)
	}
	return found
}

// elementOf returns the element of a list with an index or a name, nil if there is none.
func elementOf(n *yaml.Node, e element) *yaml.Node {
	if i, err := strconv.Atoi(e.text); err == nil && e.bracket && i >= 0 && i < len(n.Content) {
		return n.Content[i]
	}
	key, name, selects := strings.Cut(e.text, "=")
	if !selects {
		key, name = "name", e.text
	}
	for _, one := range n.Content {
		value := resolved(one)
		if value.Kind == yaml.ScalarNode && value.Value == e.text {
			return one
		}
		if label := child(value, key, 0); label.value != nil && label.value.Kind == yaml.ScalarNode && label.value.Value == name {
			return one
		}
	}
	return nil
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
