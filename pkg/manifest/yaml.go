package manifest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tenon-ci/tenon/pkg/document"
)

// maxExpanded is how long the JSON of one object may be, in bytes, each alias replaced by what it stands for.
const maxExpanded = 4 * document.MaxSize

// member is one key of a mapping and its value, merged ones included.
type member struct {
	name       string
	key, value *yaml.Node
}

// located is a mistake at a place.
type located struct {
	line, column int
	message      string
}

// Error implements error.
func (e *located) Error() string { return e.message }

func errAt(n *yaml.Node, format string, args ...any) error {
	return &located{line: n.Line, column: n.Column, message: fmt.Sprintf(format, args...)}
}

// writer turns nodes into JSON, as the usual clients of Kubernetes do, which read YAML 1.1. Aliases are bounded by what they stand for.
type writer struct {
	out   bytes.Buffer
	nodes int
	// duplicate, unless nil, is called for a key that a mapping has already.
	duplicate func(key *yaml.Node)
	// dropped are keys to leave out.
	dropped map[*yaml.Node]bool
}

func (w *writer) write(n *yaml.Node, depth int) error {
	if err := w.count(n, depth); err != nil {
		return err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.write(n.Alias, depth+1)
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		w.out.WriteByte('[')
		for i, element := range n.Content {
			if i > 0 {
				w.out.WriteByte(',')
			}
			if err := w.write(element, depth+1); err != nil {
				return err
			}
		}
		w.out.WriteByte(']')
		return nil
	default:
		text, err := scalar(n)
		w.out.Write(text)
		return err
	}
}

func (w *writer) count(n *yaml.Node, depth int) error {
	w.nodes++
	switch {
	case depth > document.MaxDepth:
		return errAt(n, "its values lie more than %d deep in each other", document.MaxDepth)
	case w.nodes > document.MaxNodes:
		return errAt(n, "it has more than %d values, each alias counted as what it stands for", document.MaxNodes)
	case w.out.Len() > maxExpanded:
		return errAt(n, "it has more than %d bytes, each alias counted as what it stands for", maxExpanded)
	default:
		return nil
	}
}

func (w *writer) mapping(n *yaml.Node, depth int) error {
	members, err := w.members(n, depth)
	if err != nil {
		return err
	}
	w.out.WriteByte('{')
	first := true
	for i := range members {
		if w.dropped[members[i].key] {
			continue
		}
		if !first {
			w.out.WriteByte(',')
		}
		first = false
		w.out.Write(quote(members[i].name))
		w.out.WriteByte(':')
		if err := w.write(members[i].value, depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

// members returns what is in a mapping. What it merges comes last and never replaces what it says itself.
func (w *writer) members(n *yaml.Node, depth int) ([]member, error) {
	members := make([]member, 0, len(n.Content)/2)
	known := indexer{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			merged = append(merged, value)
			continue
		}
		name, err := keyName(key)
		if err != nil {
			return nil, err
		}
		if at := known.find(members, name); at >= 0 {
			if w.duplicate != nil {
				w.duplicate(key)
			}
			members[at] = member{name, key, value}
			continue
		}
		members = append(members, member{name, key, value})
	}
	for _, value := range merged {
		more, err := w.merged(value, depth+1)
		if err != nil {
			return nil, err
		}
		for _, m := range more {
			if known.find(members, m.name) < 0 {
				members = append(members, m)
			}
		}
	}
	return members, nil
}

// indexer finds members by name. It makes a map only where there are so many that one pays.
type indexer struct{ byName map[string]int }

func (x *indexer) find(members []member, name string) int {
	const few = 24
	if len(members) < few {
		return slices.IndexFunc(members, func(m member) bool { return m.name == name })
	}
	if x.byName == nil {
		x.byName = map[string]int{}
	}
	for i := len(x.byName); i < len(members); i++ {
		x.byName[members[i].name] = i
	}
	if at, ok := x.byName[name]; ok {
		return at
	}
	return -1
}

// merged returns the members of a mapping, or of the mappings in a list, that a merge key names.
func (w *writer) merged(n *yaml.Node, depth int) ([]member, error) {
	if err := w.count(n, depth); err != nil {
		return nil, err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.merged(n.Alias, depth+1)
	case yaml.MappingNode:
		w.nodes += len(n.Content)
		return w.members(n, depth)
	case yaml.SequenceNode:
		var all []member
		for _, element := range n.Content {
			more, err := w.merged(element, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		return all, nil
	default:
		return nil, errAt(n, "only mappings can be merged")
	}
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && (key.Tag == "" || key.Tag == "!!merge" || key.Tag == "!")
}

func keyName(key *yaml.Node) (string, error) {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	if key.Kind != yaml.ScalarNode {
		return "", errAt(key, "a key must be a text")
	}
	if isText(key) || staysText(key) {
		return key.Value, nil
	}
	text, err := scalar(key)
	if err != nil {
		return "", err
	}
	var name string
	switch {
	case string(text) == "null":
		return "", errAt(key, "a key must not be null")
	case json.Unmarshal(text, &name) == nil:
		return name, nil
	default:
		return string(text), nil
	}
}

func quote(text string) []byte {
	// A string can always be marshaled.
	quoted, _ := json.Marshal(text) //nolint:errchkjson // see above
	return quoted
}

// isText tells whether a scalar is written in a way that makes it a text whatever it contains.
func isText(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 && n.Style&yaml.TaggedStyle == 0
}

// staysText tells whether a scalar without quotes is a text for every reader.
func staysText(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Style&yaml.TaggedStyle != 0 || n.Tag != "!!str" {
		return false
	}
	_, isBoolean := boolean(n.Value)
	return !isBoolean
}

// scalar returns the JSON of a scalar.
func scalar(n *yaml.Node) ([]byte, error) {
	if isText(n) {
		return quote(n.Value), nil
	}
	tag := n.ShortTag()
	switch {
	case tag == "!!null":
		return []byte("null"), nil
	case tag == "!!binary":
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil {
			return nil, errAt(n, "!!binary value contains invalid base64 data")
		}
		return quote(string(data)), nil
	case n.Style&yaml.TaggedStyle != 0 && tag == "!!str":
		return quote(n.Value), nil
	case tag == "!!int", tag == "!!float":
		return number(n)
	case tag == "!!bool", tag == "!!str" && n.Style&yaml.TaggedStyle == 0:
		if truth, ok := boolean(n.Value); ok {
			return strconv.AppendBool(nil, truth), nil
		}
	}
	return quote(n.Value), nil
}

// boolean reads what YAML 1.1 takes for a truth value.
func boolean(text string) (value, ok bool) {
	switch text {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE":
		return true, true
	case "n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE":
		return false, true
	default:
		return false, false
	}
}

func number(n *yaml.Node) ([]byte, error) {
	text := strings.ReplaceAll(n.Value, "_", "")
	if i, err := strconv.ParseInt(text, 0, 64); err == nil {
		return strconv.AppendInt(nil, i, 10), nil
	}
	if u, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 0, 64); err == nil {
		return strconv.AppendUint(nil, u, 10), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errAt(n, "%s is no number of JSON", n.Value)
	}
	out, err := json.Marshal(f)
	if err != nil {
		return nil, errAt(n, "%s is no number of JSON", n.Value)
	}
	return out, nil
}
