package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/tenon-ci/tenon/pkg/document"
)

// maxDocuments is how many objects a file may have, each alias in a List counted as what it stands for.
const maxDocuments = 100_000

// reader turns the roots of documents into objects.
type reader struct {
	source    *source
	types     typeCache
	documents []Document
	// passOver leaves out what is no object.
	passOver bool
	// visited counts Lists too.
	visited int
}

func (r *reader) add(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if r.passOver && !looksLikeObject(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return r.refuse(errAt(n, "an object is expected: a mapping with apiVersion and kind"))
	}
	if r.visited++; r.visited > maxDocuments {
		return r.refuse(errAt(n, "there are more than %d objects", maxDocuments))
	}
	if items := itemsOf(n); items != nil {
		for _, item := range items.Content {
			if err := r.add(item); err != nil {
				return err
			}
		}
		return nil
	}
	return r.decode(n)
}

func looksLikeObject(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i].Value; key == "apiVersion" || key == "kind" || key == "<<" {
			return true
		}
	}
	return false
}

// itemsOf returns the list of objects in a List, nil if n is none.
func itemsOf(n *yaml.Node) *yaml.Node {
	isList := false
	var items *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key, value := n.Content[i].Value, resolved(n.Content[i+1]); {
		case key == "kind":
			isList = strings.HasSuffix(value.Value, "List")
		case key == "items" && value.Kind == yaml.SequenceNode:
			items = value
		}
	}
	if !isList {
		return nil
	}
	return items
}

func (r *reader) refuse(err error) error {
	var at *located
	if !errors.As(err, &at) {
		return err
	}
	return &ParseError{File: r.source.name, Line: at.line, Column: at.column, Message: at.message}
}

func (r *reader) decode(n *yaml.Node) error {
	d := Document{File: r.source.name, Line: n.Line, source: r.source, node: n}
	var duplicates []*yaml.Node
	w := writer{duplicate: func(key *yaml.Node) { duplicates = append(duplicates, key) }}
	if err := w.write(n, 0); err != nil {
		return r.refuse(err)
	}
	text := w.out.Bytes()
	var kind struct{ APIVersion, Kind string }
	_ = json.Unmarshal(text, &kind) // what is not a text is no kind that is known
	typed := newObject(kind.APIVersion, kind.Kind)
	c := checker{types: r.types, own: isOwn(kind.APIVersion)}
	if typed != nil {
		c.value(n, reflect.TypeOf(typed), "", false, 0)
		if len(c.dropped) > 0 {
			w = writer{dropped: c.dropped}
			if err := w.write(n, 0); err != nil {
				return r.refuse(err)
			}
		}
	}
	failure := d.fill(typed, w.out.Bytes(), text)
	d.report(duplicates, c.found)
	if failure != nil {
		d.problems = append(d.problems, d.wrongTypes(failure, reflect.TypeOf(typed), r.types)...)
	}
	r.documents = append(r.documents, d)
	return nil
}

// fill sets the object: the typed one from the known fields, or else one without types from all.
func (d *Document) fill(typed runtime.Object, known, all []byte) error {
	var failure error
	if typed != nil {
		if failure = json.Unmarshal(known, typed); failure == nil {
			d.Object = typed
			return nil
		}
	}
	free := &unstructured.Unstructured{Object: map[string]any{}}
	if err := utiljson.Unmarshal(all, &free.Object); err != nil && failure == nil {
		failure = err
	}
	d.Object = free
	return failure
}

// report turns what was found in nodes into problems, once the object has a name.
func (d *Document) report(duplicates []*yaml.Node, found []finding) {
	for _, key := range duplicates {
		d.problems = append(d.problems, d.at(key, RuleDuplicateKey, "", fmt.Sprintf("key %q is set more than once", key.Value), Error))
	}
	for _, f := range found {
		d.problems = append(d.problems, d.at(f.node, RuleUnknownField, f.path, f.message, f.severity))
	}
}

// wrongTypes returns the problems of an object that cannot be decoded. The first has the message of the webhook.
func (d *Document) wrongTypes(failure error, t reflect.Type, types typeCache) []Problem {
	message := "cannot decode incoming new object: " + failure.Error()
	c := checker{types: types, leaves: true}
	if t != nil {
		c.value(d.node, t, "", false, 0)
	}
	if len(c.found) == 0 {
		return []Problem{d.Problem(Error, RuleDecode, "", message)}
	}
	problems := make([]Problem, 0, len(c.found))
	for i, f := range c.found {
		if i > 0 {
			message = "cannot decode incoming new object: " + f.message
		}
		problems = append(problems, d.at(f.node, RuleDecode, f.path, message, Error))
	}
	return problems
}

func (d *Document) at(n *yaml.Node, rule, field, message string, severity Severity) Problem {
	return Problem{
		File: d.File, Line: n.Line, Column: n.Column, Object: d.Name(), Rule: rule, Field: field, Message: message, Severity: severity,
	}
}

// finding is something about a node.
type finding struct {
	node          *yaml.Node
	path, message string
	severity      Severity
}

// typeCache has the members of structs by the names that they have in JSON.
type typeCache map[reflect.Type]map[string]reflect.Type

func (c typeCache) members(t reflect.Type) map[string]reflect.Type {
	if known, ok := c[t]; ok {
		return known
	}
	members := map[string]reflect.Type{}
	c[t] = members
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			for name, t := range c.members(inner) {
				if _, shadowed := members[name]; !shadowed {
					members[name] = t
				}
			}
		case !field.IsExported() || name == "-":
		case name == "":
			members[field.Name] = field.Type
		default:
			members[name] = field.Type
		}
	}
	return members
}

// checker compares nodes with a type.
type checker struct {
	types typeCache
	// own says that the object is one of the webhook's.
	own bool
	// leaves looks for values of a wrong type instead of fields that the type does not have.
	leaves bool
	found  []finding
	// dropped are the keys that the API server drops.
	dropped map[*yaml.Node]bool
}

// value checks a node. free says that the schemas of the API server say nothing about it.
func (c *checker) value(n *yaml.Node, t reflect.Type, path string, free bool, depth int) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if depth > document.MaxDepth {
		return
	}
	_, decodesItself := reflect.New(t).Interface().(json.Unmarshaler)
	switch {
	case decodesItself:
		c.leaf(n, t, path)
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		c.fields(n, t, path, free, depth)
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, element := range n.Content {
			c.value(element, t.Elem(), fmt.Sprintf("%s[%d]", path, i), free, depth+1)
		}
	case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode:
		for _, m := range membersOf(n) {
			c.value(m.value, t.Elem(), fmt.Sprintf("%s[%s]", path, m.name), free, depth+1)
		}
	default:
		c.leaf(n, t, path)
	}
}

func membersOf(n *yaml.Node) []member {
	var w writer
	members, err := w.members(n, 0)
	if err != nil {
		return nil // the writer has refused it before
	}
	return members
}

func (c *checker) fields(n *yaml.Node, t reflect.Type, path string, free bool, depth int) {
	known := c.types.members(t)
	for _, m := range membersOf(n) {
		at := m.name
		if path != "" {
			at = path + "." + m.name
		}
		if c.own && at == "status" {
			continue // the API server takes no status from those who create an object
		}
		inner, ok := known[m.name]
		if !ok && free {
			inner, ok = foldedMember(known, m.name)
		}
		if !ok {
			c.unknown(m, at, free)
			continue
		}
		c.value(m.value, inner, at, free || c.own && isFree(path, m.name), depth+1)
	}
}

func foldedMember(known map[string]reflect.Type, name string) (reflect.Type, bool) {
	for other, t := range known {
		if strings.EqualFold(other, name) {
			return t, true
		}
	}
	return nil, false
}

// isFree tells whether the schemas of the API server say nothing about a member.
func isFree(path, name string) bool {
	switch name {
	case "taskSpec", "pipelineSpec", "volumes", "volumeClaimTemplate":
		return true
	case "affinity", "securityContext":
		return strings.HasSuffix(path, "odTemplate")
	default:
		return false
	}
}

func (c *checker) unknown(m member, path string, free bool) {
	if c.leaves {
		return
	}
	f := finding{node: m.key, path: path, message: fmt.Sprintf("unknown field %q is ignored", path), severity: Warning}
	if free {
		f.message, f.severity = fmt.Sprintf("cannot decode incoming new object: json: unknown field %q", m.name), Error
	}
	c.found = append(c.found, f)
	if c.dropped == nil {
		c.dropped = map[*yaml.Node]bool{}
	}
	c.dropped[m.key] = true
}

func (c *checker) leaf(n *yaml.Node, t reflect.Type, path string) {
	if !c.leaves {
		return
	}
	var w writer
	if w.write(n, 0) != nil {
		return
	}
	if err := json.Unmarshal(w.out.Bytes(), reflect.New(t).Interface()); err != nil {
		c.found = append(c.found, finding{node: n, path: path, message: err.Error(), severity: Error})
	}
}
