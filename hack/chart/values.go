package main

import (
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value is a setting of the chart: its line in values.yaml and its entry in the schema are made from the same thing.
type value struct {
	key, comment string
	// preset is the default; groups have none.
	preset *yaml.Node
	// schema says what may be set, without the description.
	schema schema
	// members are those of a group.
	members []*value
}

type schema map[string]any

// Kinds of values.
var (
	boolean  = schema{"type": "boolean"}
	anything = schema{}
	freeForm = schema{"type": "object"}
	anyText  = schema{"type": "string"}
	count    = schema{"type": "integer", "minimum": 0}
	dnsLabel = schema{"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}
)

// orNull also takes null, which leaves a field out.
func orNull(s schema) schema { return schema{"anyOf": []any{s, schema{"type": "null"}}} }

func orEmpty(s schema) schema { return schema{"anyOf": []any{s, schema{"const": ""}}} }

func listOf(s schema) schema { return schema{"type": "array", "items": s} }

func oneOf(values ...any) schema { return schema{"enum": values} }

// textsExcept are labels or annotations, without the keys that are taken.
func textsExcept(taken ...string) schema {
	s := schema{"type": "object", "additionalProperties": anyText}
	if len(taken) > 0 {
		s["propertyNames"] = schema{"not": schema{"enum": taken}}
	}
	return s
}

// leaf is a value with its default as YAML.
func leaf(key, comment, preset string, s schema) *value {
	return &value{key: key, comment: comment, preset: literal(preset), schema: s}
}

func group(key, comment string, members ...*value) *value {
	return &value{key: key, comment: comment, members: members}
}

// node returns what values.yaml has for a value.
func (v *value) node() *yaml.Node {
	if v.members == nil && v.preset != nil {
		return v.preset
	}
	node := mapping()
	for _, m := range v.members {
		key := described(m.key, wrap(m.comment))
		node.Content = append(node.Content, key, m.node())
	}
	if len(node.Content) == 0 {
		node.Style = yaml.FlowStyle
	}
	return node
}

// toSchema returns the schema of a value. Groups take their members and nothing else, unless the group has a schema that says more.
func (v *value) toSchema() schema {
	result := schema{}
	if v.comment != "" {
		result["description"] = v.comment
	}
	if v.members != nil || v.preset == nil {
		properties := schema{}
		for _, m := range v.members {
			properties[m.key] = m.toSchema()
		}
		result["type"], result["properties"], result["additionalProperties"] = "object", properties, false
	}
	for key, entry := range v.schema {
		result[key] = entry
	}
	return result
}

// valuesFile is the text of values.yaml.
func (v *value) valuesFile() string {
	return "# What people change about an installation. Everything here has the value that release.yaml has.\n\n" + encode(v.node())
}

// schemaFile is the text of values.schema.json. Charts that have this one as a part put "global" into its values.
func (v *value) schemaFile() (string, error) {
	root := v.toSchema()
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["properties"].(schema)["global"] = freeForm
	content, err := json.MarshalIndent(root, "", "  ")
	return string(content) + "\n", err
}

// wrap breaks a comment into lines that fit into a terminal.
func wrap(text string) string {
	var b strings.Builder
	width := 0
	for i, w := range strings.Fields(text) {
		switch {
		case i == 0:
		case width+len(w) > 115:
			b.WriteString("\n")
			width = 0
		default:
			b.WriteString(" ")
		}
		b.WriteString(w)
		width += len(w) + 1
	}
	return b.String()
}

// find returns the value at a path, nil if there is none.
func (v *value) find(path ...string) *value {
	for _, key := range path {
		i := slices.IndexFunc(v.members, func(m *value) bool { return m.key == key })
		if i < 0 {
			return nil
		}
		v = v.members[i]
	}
	return v
}
