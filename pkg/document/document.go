// Package document bounds definitions before they are decoded. What a resolver fetches is written by anybody, and a short text can stand
// for an object of any size: aliases of YAML repeat what they name, and deep nesting takes stack. It is pure. Check is the entry point.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxSize is the length of the longest document, in bytes. Objects in the API are not much longer.
	MaxSize = 1 << 20
	// MaxDepth is how deep values may lie in each other.
	MaxDepth = 100
	// MaxNodes is how many values a document may have, each alias counted as what it stands for.
	MaxNodes = 100_000
)

// errSeveral refuses a text of which a decoder would read the first document only, while a reader sees them all.
var errSeveral = errors.New("it has more than one YAML document: keep the one that is meant")

// Check tells whether a document in YAML or JSON may be decoded: not longer than MaxSize, not nested deeper than MaxDepth, no more
// values than MaxNodes, and only one. It expands no aliases, so that the time it takes depends on the length only.
func Check(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("it has %d bytes: a definition may have %d at most", len(data), MaxSize)
	}
	if json.Valid(data) {
		return checkJSON(data)
	}
	return checkYAML(data)
}

func checkJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	depth := 0
	for nodes := 0; ; nodes++ {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading JSON: %w", err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
			nodes--
		}
		if depth > MaxDepth {
			return errDepth()
		}
		if nodes >= MaxNodes {
			return errNodes()
		}
	}
}

func checkYAML(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		return fmt.Errorf("reading YAML: %w", err)
	}
	c := counter{known: map[*yaml.Node]size{}}
	if _, err := c.measure(&document, 0); err != nil {
		return err
	}
	for {
		var next yaml.Node
		err := decoder.Decode(&next)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading YAML: %w", err)
		case !isEmpty(&next):
			return errSeveral
		}
	}
}

// isEmpty tells whether there is nothing between two separators of documents but comments.
func isEmpty(document *yaml.Node) bool {
	return len(document.Content) == 0 || len(document.Content) == 1 && document.Content[0].Tag == "!!null" && document.Content[0].Value == ""
}

// size is what a node stands for, aliases replaced.
type size struct {
	nodes, depth int
	// open says that the node is still being measured: it would contain itself.
	open bool
}

// counter measures each node of a document once, however many aliases lead to it.
type counter struct{ known map[*yaml.Node]size }

// measure returns the size of a node that lies in as many others as depth says.
func (c *counter) measure(n *yaml.Node, depth int) (size, error) {
	if depth > MaxDepth+1 { // the document is a node too
		return size{}, errDepth()
	}
	if n.Kind == yaml.AliasNode {
		return c.measure(n.Alias, depth)
	}
	if known, ok := c.known[n]; ok {
		if known.open {
			return size{}, errors.New("an alias in it stands for what it is part of")
		}
		if depth+known.depth > MaxDepth+1 {
			return size{}, errDepth()
		}
		return known, nil
	}
	if len(n.Content) > 0 {
		c.known[n] = size{open: true}
	}
	out := size{nodes: 1}
	for _, child := range n.Content {
		inner, err := c.measure(child, depth+1)
		if err != nil {
			return size{}, err
		}
		out.nodes += inner.nodes
		out.depth = max(out.depth, inner.depth+1)
		if out.nodes > MaxNodes {
			return size{}, errNodes()
		}
	}
	if len(n.Content) > 0 {
		c.known[n] = out
	}
	return out, nil
}

func errDepth() error { return fmt.Errorf("its values lie more than %d deep in each other", MaxDepth) }

func errNodes() error {
	return fmt.Errorf("it has more than %d values, each alias counted as what it stands for", MaxNodes)
}
