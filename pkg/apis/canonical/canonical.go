// Package canonical writes API objects as JSON in the form that does not depend on what objects leave out to be small. Checksums, and
// so signatures (contract 4 §4.4), and the annotation with deprecated members (contract 1 §3.2) are made of it. It is pure.
//
// The form is that of encoding/json, with one difference: members of Tenon's own types that are marked omitzero are always written,
// as computeResources, mountPath and the like are in contract 4, appendix A. Objects in the API leave them out while nobody sets them,
// because a member that a webhook adds is a difference for whoever applied the object.
package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// own is what the paths of packages begin with whose types have members that are always written.
const own = "github.com/tenon-ci/tenon/"

var marshaler = reflect.TypeFor[json.Marshaler]()

// Marshal returns the canonical JSON of an API type, or of values, lists and maps of them. Like [json.Marshal] it escapes what
// matters inside HTML, and fails where that fails.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := write(&b, reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func write(b *bytes.Buffer, v reflect.Value) error {
	if !v.IsValid() || !holdsOwn(v.Type()) {
		return writePlain(b, v)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return writePlain(b, v)
		}
		return write(b, v.Elem())
	case reflect.Struct:
		return writeStruct(b, v)
	case reflect.Slice:
		return writeList(b, v)
	case reflect.Map:
		return writeMap(b, v)
	default:
		return writePlain(b, v)
	}
}

// holdsOwn reports whether values of the type may contain members to write always.
func holdsOwn(t reflect.Type) bool {
	if t.Implements(marshaler) || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(marshaler) {
		return false
	}
	switch t.Kind() {
	case reflect.Struct:
		return strings.HasPrefix(t.PkgPath(), own)
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return holdsOwn(t.Elem())
	default:
		return t.Kind() == reflect.Interface
	}
}

func writePlain(b *bytes.Buffer, v reflect.Value) error {
	var value any
	if v.IsValid() {
		value = v.Interface()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("writing %T: %w", value, err)
	}
	b.Write(text)
	return nil
}

func writeList(b *bytes.Buffer, v reflect.Value) error {
	if v.IsNil() {
		return writePlain(b, v)
	}
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(b, v.Index(i)); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func writeMap(b *bytes.Buffer, v reflect.Value) error {
	if v.IsNil() {
		return writePlain(b, v)
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	b.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeMember(b, key.String(), v.MapIndex(key)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func writeMember(b *bytes.Buffer, name string, value reflect.Value) error {
	if err := writePlain(b, reflect.ValueOf(name)); err != nil {
		return err
	}
	b.WriteByte(':')
	return write(b, value)
}

func writeStruct(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	first := true
	for name, value := range members(v) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := writeMember(b, name, value); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// members goes through the members to write, in order, with those of embedded types in their place.
func members(v reflect.Value) func(yield func(string, reflect.Value) bool) {
	return func(yield func(string, reflect.Value) bool) { eachMember(v, yield) }
}

func eachMember(v reflect.Value, yield func(string, reflect.Value) bool) bool {
	t := v.Type()
	always := strings.HasPrefix(t.PkgPath(), own)
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			if !eachMember(v.Field(i), yield) {
				return false
			}
		case !field.IsExported() || name == "-" || leavesOut(options, always, v.Field(i)):
		case !yield(name, v.Field(i)):
			return false
		}
	}
	return true
}

func leavesOut(options string, always bool, value reflect.Value) bool {
	for option := range strings.SplitSeq(options, ",") {
		switch {
		case option == "omitempty" && isEmpty(value), option == "omitzero" && !always && value.IsZero():
			return true
		}
	}
	return false
}

// isEmpty is what encoding/json calls empty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}
