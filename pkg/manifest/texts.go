package manifest

import (
	"encoding/json"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Text is one value of an object that has no parts.
type Text struct {
	// Field is its path.
	Field string
	// Value is the text; for what is no text in JSON, such as a number, its JSON.
	Value string
	// Written is the value as the file has it, without quotes.
	Written string
	// Quoted says that it is a text however it is written.
	Quoted bool
}

// Texts calls visit for each value of a field and all below it that has no parts, in the order of the file. Aliases are followed.
func (d Document) Texts(field string, visit func(Text)) {
	if d.node == nil {
		return
	}
	_, rest, value := walk(d.node, parsePath(field))
	if len(rest) == 0 {
		texts(value, field, visit)
	}
}

func texts(n *yaml.Node, path string, visit func(Text)) {
	n = resolved(n)
	switch n.Kind {
	case yaml.MappingNode:
		for _, m := range membersOf(n) {
			at := m.name
			if path != "" {
				at = path + "." + m.name
			}
			texts(m.value, at, visit)
		}
	case yaml.SequenceNode:
		for i, element := range n.Content {
			texts(element, path+"["+strconv.Itoa(i)+"]", visit)
		}
	case yaml.ScalarNode:
		t := Text{Field: path, Value: n.Value, Written: n.Value, Quoted: isText(n)}
		if !t.Quoted && !staysText(n) {
			out, err := scalar(n)
			if err != nil || json.Unmarshal(out, &t.Value) != nil {
				t.Value = string(out)
			}
		}
		visit(t)
	}
}
