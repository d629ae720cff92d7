package v1

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// UnmarshalJSON reads a value by its shape. A string, a list of strings and a map of strings keep their type, with null
// members as empty strings; null is the empty string; everything else becomes a string that holds the JSON text.
func (v *ParamValue) UnmarshalJSON(data []byte) error {
	text := bytes.TrimSpace(data)
	*v = ParamValue{Type: ParamTypeString}
	if len(text) == 0 || bytes.Equal(text, []byte("null")) {
		return nil
	}
	switch text[0] {
	case '"':
		if err := json.Unmarshal(text, &v.StringVal); err != nil {
			return fmt.Errorf("reading string value: %w", err)
		}
		return nil
	case '[':
		var values []string
		if json.Unmarshal(text, &values) == nil {
			*v = ParamValue{Type: ParamTypeArray, ArrayVal: values}
			return nil
		}
	case '{':
		var members map[string]string
		if json.Unmarshal(text, &members) == nil {
			*v = ParamValue{Type: ParamTypeObject, ObjectVal: members}
			return nil
		}
	}
	if !json.Valid(text) {
		return fmt.Errorf("value is not valid JSON: %q", text)
	}
	v.StringVal = string(text)
	return nil
}

// MarshalJSON writes the plain value. A value without a type cannot be written: it stands for one that was left out.
func (v ParamValue) MarshalJSON() ([]byte, error) {
	switch v.Type {
	case ParamTypeString:
		return json.Marshal(v.StringVal)
	case ParamTypeArray:
		if v.ArrayVal == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.ArrayVal)
	case ParamTypeObject:
		if v.ObjectVal == nil {
			return []byte("{}"), nil
		}
		return json.Marshal(v.ObjectVal)
	default:
		return nil, fmt.Errorf("impossible ParamValues.Type: %q", v.Type)
	}
}
