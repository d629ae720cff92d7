package translate

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tenon-ci/tenon/pkg/document"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// chunk is a document of a file with its text.
type chunk struct {
	// separator is the line before the document, with its end, if there is one.
	separator, text string
	// line is that of the first line of text, from 1.
	line int
	// root is nil if the document is empty.
	root *yaml.Node
	// compact says that the file does not indent lists below their keys.
	compact bool
}

var (
	separatorLine = regexp.MustCompile(`^---[ \t]*(#.*)?\r?\n?$`)
	compactList   = regexp.MustCompile(`(?m)^( *)[A-Za-z]+:[ \t]*\r?\n( *)- `)
)

// split divides a file into its documents. A line that begins with three dashes ends a document wherever it stands.
func split(s Source) ([]*chunk, error) {
	var chunks []*chunk
	current := &chunk{line: 1}
	for i, line := range strings.SplitAfter(string(s.Text), "\n") {
		if strings.HasPrefix(line, "---") && (len(line) == 3 || strings.ContainsAny(line[3:4], " \t\r\n")) {
			chunks = append(chunks, current)
			current = &chunk{line: i + 1}
			if separatorLine.MatchString(line) {
				current.separator, current.line = line, i+2
				continue
			}
		}
		current.text += line
	}
	chunks = append(chunks, current)
	for _, c := range chunks {
		if err := c.parse(s.Name); err != nil {
			return nil, err
		}
	}
	return chunks, nil
}

func (c *chunk) parse(file string) error {
	if isEmpty(c.text) {
		return nil
	}
	decoder := yaml.NewDecoder(strings.NewReader(c.text))
	var n yaml.Node
	if err := decoder.Decode(&n); err != nil {
		return c.parseError(file, err)
	}
	if len(n.Content) != 1 || n.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	if !looksOld(c.text) {
		return nil
	}
	e := expander{left: document.MaxNodes}
	root, err := e.expand(n.Content[0], 0)
	if err != nil {
		return &manifest.ParseError{File: file, Line: c.line, Column: 1, Message: err.Error()}
	}
	// The comments of the document itself are those of its first and last key.
	if len(root.Content) > 0 {
		if n.HeadComment != "" {
			root.HeadComment = strings.TrimSpace(n.HeadComment + "\n\n" + root.HeadComment)
		}
		if n.FootComment != "" {
			root.FootComment = strings.TrimSpace(root.FootComment + "\n\n" + n.FootComment)
		}
	}
	c.root = root
	if m := compactList.FindStringSubmatch(c.text); m != nil {
		c.compact = m[1] == m[2]
	}
	return nil
}

// isEmpty tells whether a document has nothing but comments and directives.
func isEmpty(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line[0] != '%' && line != "..." {
			return false
		}
	}
	return true
}

// looksOld leaves out at once what can't hold anything to translate.
func looksOld(text string) bool { return strings.Contains(text, "tekton.dev/") }

var lineOfError = regexp.MustCompile(`^yaml: line (\d+): `)

func (c *chunk) parseError(file string, err error) error {
	line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineOfError.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = err.Error()[len(m[0]):]
	}
	return &manifest.ParseError{File: file, Line: c.line + max(line, 1) - 1, Column: 1, Message: message}
}

// encode returns the text of the document as it is now.
func (c *chunk) encode() (string, error) {
	unflow(c.root)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if c.compact {
		encoder.CompactSeqIndent()
	}
	if err := encoder.Encode(c.root); err != nil {
		return "", fmt.Errorf("writing YAML: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return "", fmt.Errorf("writing YAML: %w", err)
	}
	text := out.String()
	if strings.Contains(c.text, "\r\n") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text, nil
}

// expander replaces aliases and merged mappings by what they stand for, so that each place can be changed by itself.
type expander struct{ left int }

var errTooLarge = errors.New("the document is too large or too deep, each alias counted as what it stands for")

func (e *expander) expand(n *yaml.Node, depth int) (*yaml.Node, error) {
	if e.left--; e.left < 0 || depth > document.MaxDepth {
		return nil, errTooLarge
	}
	if n.Kind == yaml.AliasNode {
		return e.expand(n.Alias, depth+1)
	}
	out := *n
	out.Anchor, out.Content = "", nil
	for i := 0; i < len(n.Content); i++ {
		if n.Kind == yaml.MappingNode && i%2 == 0 && n.Content[i].Tag == "!!merge" {
			if err := e.merge(&out, n, n.Content[i+1], depth+1); err != nil {
				return nil, err
			}
			i++
			continue
		}
		child, err := e.expand(n.Content[i], depth+1)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, child)
	}
	return &out, nil
}

// merge adds the members of a merged mapping that n does not have itself.
func (e *expander) merge(out, n, merged *yaml.Node, depth int) error {
	merged, err := e.expand(merged, depth)
	if err != nil {
		return err
	}
	sources := []*yaml.Node{merged}
	if merged.Kind == yaml.SequenceNode {
		sources = merged.Content
	}
	for _, source := range sources {
		if !isMapping(source) {
			continue
		}
		for i := 0; i+1 < len(source.Content); i += 2 {
			if key := source.Content[i].Value; indexOf(n, key) < 0 && indexOf(out, key) < 0 {
				out.Content = append(out.Content, source.Content[i], source.Content[i+1])
			}
		}
	}
	return nil
}
