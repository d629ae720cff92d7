package entrypoint

import "encoding/json"

// value is a result's content with its type, which is detected: an array of strings, an object with strings, else text
// (contract 2 §4.2).
type value struct {
	text   string
	array  []string
	object map[string]string
}

func parseValue(content string) value {
	if content == "" {
		return value{}
	}
	switch content[0] {
	case '[':
		var array []string
		if json.Unmarshal([]byte(content), &array) == nil {
			return value{array: array}
		}
	case '{':
		var object map[string]string
		if json.Unmarshal([]byte(content), &object) == nil {
			return value{object: object}
		}
	case '"':
		var text string
		if json.Unmarshal([]byte(content), &text) == nil {
			return value{text: text}
		}
	}
	return value{text: content}
}
