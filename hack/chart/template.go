package main

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// templates puts template actions into objects. While an object is nodes, an action is a word that stands for it: YAML is
// printed as it always is, and the words are replaced in the text.
type templates struct {
	actions []string
}

// word is what stands for an action, blockWord what stands for lines, as a key or as an item of a list. They have nothing that
// YAML quotes or breaks.
var (
	word      = regexp.MustCompile(`XACTION(\d+)X`)
	blockWord = regexp.MustCompile(`(?m)^( *)(?:- )?XLINES(\d+)X(?:: null)?\n`)
)

func (t *templates) word(action string) string {
	t.actions = append(t.actions, action)
	return fmt.Sprintf("XACTION%dX", len(t.actions)-1)
}

func (t *templates) blockWord(lines string) string {
	t.actions = append(t.actions, lines)
	return fmt.Sprintf("XLINES%dX", len(t.actions)-1)
}

// inline is a scalar that an action makes.
func (t *templates) inline(action string) *yaml.Node {
	return scalar(t.word("{{ " + action + " }}"))
}

// block adds lines to a mapping: @ at the beginning of a line stands for its indentation, @+2 for a deeper one as a number.
func (t *templates) block(m *yaml.Node, lines string) {
	m.Style &^= yaml.FlowStyle
	m.Content = append(m.Content, scalar(t.blockWord(lines)), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"})
}

// item is an item of a list that lines make.
func (t *templates) item(lines string) *yaml.Node { return scalar(t.blockWord(lines)) }

// field adds a field to a mapping that is there unless its value is empty.
func (t *templates) field(m *yaml.Node, name, value string) {
	t.block(m, fmt.Sprintf("{{- with %s }}\n@%s: {{- toYaml . | nindent @+2 }}\n{{- end }}", value, name))
}

// text prints an object as a template.
func (t *templates) text(node *yaml.Node) string {
	printed := strings.ReplaceAll(encode(node), "{{", `{{ "{{" }}`)
	printed = blockWord.ReplaceAllStringFunc(printed, func(line string) string {
		match := blockWord.FindStringSubmatch(line)
		return indent(t.actions[number(match[2])], len(match[1])) + "\n"
	})
	return word.ReplaceAllStringFunc(printed, func(w string) string {
		return t.actions[number(word.FindStringSubmatch(w)[1])]
	})
}

// deeper is an indentation as a number.
var deeper = regexp.MustCompile(`nindent @\+(\d)`)

// indent fills in the indentation.
func indent(lines string, by int) string {
	lines = deeper.ReplaceAllStringFunc(lines, func(s string) string {
		return fmt.Sprintf("nindent %d", by+number(deeper.FindStringSubmatch(s)[1]))
	})
	lines = strings.ReplaceAll("\n"+lines, "\n@", "\n"+strings.Repeat(" ", by))
	return strings.TrimPrefix(lines, "\n")
}
