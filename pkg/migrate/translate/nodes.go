package translate

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// get returns the value of a key, nil if n is no mapping or has no such key.
func get(n *yaml.Node, key string) *yaml.Node {
	if i := indexOf(n, key); i >= 0 {
		return n.Content[i+1]
	}
	return nil
}

// at follows keys through mappings.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		n = get(n, key)
	}
	return n
}

func indexOf(n *yaml.Node, key string) int {
	if !isMapping(n) {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode && n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func isMapping(n *yaml.Node) bool  { return n != nil && n.Kind == yaml.MappingNode }
func isSequence(n *yaml.Node) bool { return n != nil && n.Kind == yaml.SequenceNode }

// text returns the value of a scalar at keys, empty if there is none.
func text(n *yaml.Node, keys ...string) string {
	if n = at(n, keys...); n != nil && n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		return n.Value
	}
	return ""
}

// items returns the elements of a list, nil if n is none.
func items(n *yaml.Node) []*yaml.Node {
	if !isSequence(n) {
		return nil
	}
	return n.Content
}

// mappings returns those elements of a list that are mappings.
func mappings(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, item := range items(n) {
		if isMapping(item) {
			out = append(out, item)
		}
	}
	return out
}

// set gives a key a value, behind all others if it is new.
func set(n *yaml.Node, key string, value *yaml.Node) {
	if i := indexOf(n, key); i >= 0 {
		n.Content[i+1] = value
		return
	}
	n.Content = append(n.Content, scalar(key), value)
}

// setFirst is set, but a new key comes before all others.
func setFirst(n *yaml.Node, key string, value *yaml.Node) {
	if indexOf(n, key) >= 0 {
		set(n, key, value)
		return
	}
	n.Content = append([]*yaml.Node{scalar(key), value}, n.Content...)
}

// remove takes a key out and returns its value. The comments of what is taken out stay, at the next key or the one before.
func remove(n *yaml.Node, key string) *yaml.Node {
	i := indexOf(n, key)
	if i < 0 {
		return nil
	}
	name, value := n.Content[i], n.Content[i+1]
	n.Content = slices.Delete(n.Content, i, i+2)
	comments := append(commentsOf(name), commentsOf(value)...)
	if len(comments) == 0 || len(n.Content) == 0 {
		return value
	}
	if i < len(n.Content) {
		prependComment(n.Content[i], comments...)
	} else {
		appendFoot(n.Content[i-2], comments...)
	}
	return value
}

// take is remove for values that are put elsewhere: their own comments go with them.
func take(n *yaml.Node, key string) *yaml.Node {
	i := indexOf(n, key)
	if i < 0 {
		return nil
	}
	value := n.Content[i+1]
	if head := n.Content[i].HeadComment; head != "" {
		prependComment(value, head)
	}
	n.Content = slices.Delete(n.Content, i, i+2)
	return value
}

// rename gives a key another name, where that is free.
func rename(n *yaml.Node, from, to string) {
	if i := indexOf(n, from); i >= 0 && indexOf(n, to) < 0 {
		n.Content[i].Value = to
	}
}

// list returns the list of a key, which is made if there is none.
func list(n *yaml.Node, key string) *yaml.Node {
	value := get(n, key)
	if isSequence(value) {
		return value
	}
	value = sequence()
	set(n, key, value)
	return value
}

// object returns the mapping of a key, which is made if there is none.
func object(n *yaml.Node, key string) *yaml.Node {
	value := get(n, key)
	if isMapping(value) {
		return value
	}
	value = mapping()
	set(n, key, value)
	return value
}

// named returns the element of a list with a name.
func named(n *yaml.Node, key, name string) *yaml.Node {
	for _, item := range mappings(n) {
		if text(item, key) == name {
			return item
		}
	}
	return nil
}

func sequence(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: content}
}

// mapping makes a mapping of keys and values in turn; values are nodes or texts.
func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		switch value := pairs[i+1].(type) {
		case string:
			set(n, key, scalar(value))
		case *yaml.Node:
			if value != nil {
				set(n, key, value)
			}
		}
	}
	return n
}

// ambiguous are texts that readers of YAML 1.1 or 1.2 take for something else.
var ambiguous = regexp.MustCompile(`(?i)^(|y|n|yes|no|on|off|true|false|null|~|[-+.]?[0-9].*|.*[#{}\[\],&*!|>%@].*|[\s?:'"` + "`" + `-].*|.*(: |:$|\s$).*)$`)

func scalar(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	switch {
	case strings.Contains(value, "\n"):
		n.Style = yaml.LiteralStyle
	case ambiguous.MatchString(value):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func truth() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"} }

// commentsOf returns the comments of a node and of all below it.
func commentsOf(n *yaml.Node) []string {
	var out []string
	for _, comment := range []string{n.HeadComment, n.LineComment} {
		if comment != "" {
			out = append(out, comment)
		}
	}
	for _, child := range n.Content {
		out = append(out, commentsOf(child)...)
	}
	if n.FootComment != "" {
		out = append(out, n.FootComment)
	}
	return out
}

func prependComment(n *yaml.Node, comments ...string) {
	if n.HeadComment != "" {
		comments = append(slices.Clone(comments), n.HeadComment)
	}
	n.HeadComment = strings.Join(comments, "\n")
}

func appendFoot(n *yaml.Node, comments ...string) {
	if n.FootComment != "" {
		comments = append([]string{n.FootComment}, comments...)
	}
	n.FootComment = strings.Join(comments, "\n")
}

// unflow turns mappings and lists in braces that have comments into lines, as there is no place for the comments between braces.
func unflow(n *yaml.Node) (hasComment bool) {
	for _, child := range n.Content {
		if unflow(child) {
			hasComment = true
		}
	}
	if hasComment {
		n.Style &^= yaml.FlowStyle
	}
	return hasComment || n.HeadComment != "" || n.FootComment != "" || n.LineComment != ""
}
