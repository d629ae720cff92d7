package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tenon-ci/tenon/pkg/document"
)

// parseJSON returns the nodes that YAML would have for one or more objects.
func parseJSON(text []byte) ([]*yaml.Node, error) {
	p := jsonParser{decoder: json.NewDecoder(bytes.NewReader(text)), text: text, lines: lineStarts(text)}
	p.decoder.UseNumber()
	var nodes []*yaml.Node
	for {
		node, err := p.value(0)
		if errors.Is(err, io.EOF) {
			return nodes, nil
		}
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
}

type jsonParser struct {
	decoder *json.Decoder
	text    []byte
	lines   []int
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if depth > document.MaxDepth {
		return nil, fmt.Errorf("its values lie more than %d deep in each other", document.MaxDepth)
	}
	node := &yaml.Node{}
	p.place(node)
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err //nolint:wrapcheck // io.EOF is looked for, the others get their place
	}
	switch token := token.(type) {
	case json.Delim:
		node.Kind, node.Tag = yaml.MappingNode, "!!map"
		if token == '[' {
			node.Kind, node.Tag = yaml.SequenceNode, "!!seq"
		}
		return node, p.members(node, depth)
	case string:
		node.Kind, node.Tag, node.Style, node.Value = yaml.ScalarNode, "!!str", yaml.DoubleQuotedStyle, token
	case json.Number:
		node.Kind, node.Tag, node.Value = yaml.ScalarNode, "", token.String()
	case bool:
		node.Kind, node.Tag, node.Value = yaml.ScalarNode, "!!bool", fmt.Sprint(token)
	default:
		node.Kind, node.Tag, node.Value = yaml.ScalarNode, "!!null", "null"
	}
	return node, nil
}

// members reads what is in an object or list, and its end.
func (p *jsonParser) members(node *yaml.Node, depth int) error {
	for p.decoder.More() {
		child, err := p.value(depth + 1)
		if err != nil {
			return unexpectedEnd(err)
		}
		node.Content = append(node.Content, child)
	}
	_, err := p.decoder.Token()
	return unexpectedEnd(err)
}

func unexpectedEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// place gives a node the position of the next token.
func (p *jsonParser) place(node *yaml.Node) {
	at := int(p.decoder.InputOffset())
	for at < len(p.text) && bytes.IndexByte([]byte(" \t\r\n,:"), p.text[at]) >= 0 {
		at++
	}
	node.Line, node.Column = position(p.lines, at)
}

func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, b := range text {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// position returns the line and column of an offset, from 1.
func position(starts []int, offset int) (line, column int) {
	line = sort.SearchInts(starts, offset+1)
	return line, offset - starts[line-1] + 1
}

func jsonError(name string, text []byte, err error) error {
	offset := len(text)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = max(0, int(syntax.Offset))
		// Some errors count the character that they name, some do not.
		if offset >= len(text) || !strings.HasPrefix(err.Error(), "invalid character '"+string(rune(text[offset]))+"'") {
			offset = max(0, offset-1)
		}
	}
	line, column := position(lineStarts(text), min(offset, len(text)))
	return &ParseError{File: name, Line: line, Column: column, Message: err.Error()}
}
