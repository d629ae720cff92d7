package main

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// get returns the node at the end of a path of keys, nil if there is none.
func get(node *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		if node == nil || node.Kind != yaml.MappingNode {
			return nil
		}
		i := indexOf(node, key)
		if i < 0 {
			return nil
		}
		node = node.Content[i+1]
	}
	return node
}

// text returns the scalar at the end of a path, empty if there is none.
func text(node *yaml.Node, path ...string) string {
	if node = get(node, path...); node != nil && node.Kind == yaml.ScalarNode {
		return node.Value
	}
	return ""
}

func indexOf(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// set gives a key of a mapping a value. A new key comes last.
func set(mapping *yaml.Node, key string, value *yaml.Node) {
	if i := indexOf(mapping, key); i >= 0 {
		mapping.Content[i+1] = value
		return
	}
	mapping.Content = append(mapping.Content, scalar(key), value)
}

// take removes a key and returns its value, nil if there was none.
func take(mapping *yaml.Node, key string) *yaml.Node {
	i := indexOf(mapping, key)
	if i < 0 {
		return nil
	}
	value := mapping.Content[i+1]
	mapping.Content = slices.Delete(mapping.Content, i, i+2)
	return value
}

func scalar(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: value}
}

// quoted is a scalar that is a string whatever it looks like.
func quoted(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: yaml.DoubleQuotedStyle}
}

func mapping(pairs ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: pairs}
}

// literal returns the node of a YAML text.
func literal(yamlText string) *yaml.Node {
	document := &yaml.Node{}
	if err := yaml.Unmarshal([]byte(yamlText), document); err != nil {
		panic(err) // a text of this program
	}
	return document.Content[0]
}

// described is a key with a comment above it.
func described(key, comment string) *yaml.Node {
	node := scalar(key)
	node.HeadComment = comment
	return node
}

// walk visits every scalar that is a value, with its path; keys of mappings are names, places in lists are numbers.
func walk(node *yaml.Node, path []string, visit func([]string, *yaml.Node)) {
	path = path[:len(path):len(path)]
	switch node.Kind {
	case yaml.ScalarNode:
		visit(path, node)
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			walk(node.Content[i+1], append(path, node.Content[i].Value), visit)
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			walk(item, append(path, strconv.Itoa(i)), visit)
		}
	}
}
