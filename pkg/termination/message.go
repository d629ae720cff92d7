// Package termination is the form of a step container's termination message: how the runner tells the controller about
// results, artifacts and the way the step ended (contract 2 §4.3). Encode and Decode are the way in and out, Public is
// the part that users see in status. It depends on the standard library only: the runner links it.
package termination

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Type says what an entry holds. Numbers 2 and 10 are reserved.
type Type int

// Types of entries (contract 2 §4.3).
const (
	TaskResult    Type = 1
	Internal      Type = 3
	StepResult    Type = 4
	StepArtifacts Type = 5
	TaskArtifacts Type = 6
)

// namedTypes are the types that older runners wrote by name.
var namedTypes = map[string]Type{"TaskRunResult": TaskResult, "InternalTektonResult": Internal}

// String returns what the type means, for messages.
func (t Type) String() string {
	switch t {
	case TaskResult:
		return "result"
	case Internal:
		return "internal entry"
	case StepResult:
		return "step result"
	case StepArtifacts:
		return "step artifacts"
	case TaskArtifacts:
		return "task artifacts"
	default:
		return fmt.Sprintf("entry of type %d", int(t))
	}
}

// UnmarshalJSON accepts the number and the names that older runners wrote. Other names are kept out of the way as type 0.
func (t *Type) UnmarshalJSON(text []byte) error {
	var number int
	if err := json.Unmarshal(text, &number); err == nil {
		*t = Type(number)
		return nil
	}
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return fmt.Errorf("type %s is neither a number nor a name", text)
	}
	*t = namedTypes[name]
	return nil
}

// Entry is one item of a message. Key is the result's name, or one of the internal keys; Value is the content of the
// result file as it is.
type Entry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Type  Type   `json:"type"`
}

// ErrUnreadable says that a message is no message of the runner, for instance because Kubernetes cut it.
var ErrUnreadable = errors.New("termination message is not readable")

// EncodeOptions say how a message is written.
type EncodeOptions struct {
	// Limit is the most bytes of the encoded message; 0 means no limit.
	Limit int
	// Compress writes the compressed form when it is shorter.
	Compress bool
}

// Encode returns the message for entries: one per type and key (the last wins), sorted by key and type. A message above
// the limit is refused with an *Overflow. Without entries the message is empty.
func Encode(entries []Entry, o EncodeOptions) (string, error) {
	entries = normalize(entries)
	if len(entries) == 0 {
		return "", nil
	}
	text, err := marshal(entries)
	if err != nil {
		return "", err
	}
	if o.Compress && len(text) <= maxExpanded {
		if packed := compress(text); len(packed) < len(text) {
			text = packed
		}
	}
	if o.Limit > 0 && len(text) > o.Limit {
		return "", overflow(entries, len(text), o.Limit)
	}
	return text, nil
}

// Decode reverses Encode. An empty message has no entries. The error wraps ErrUnreadable.
func Decode(message string) ([]Entry, error) {
	message = strings.TrimSpace(message)
	if message == "" {
		return nil, nil
	}
	if strings.HasPrefix(message, compressedPrefix) {
		text, err := expand(message)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		message = text
	}
	var entries []Entry
	if err := json.Unmarshal([]byte(message), &entries); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return normalize(entries), nil
}

// Public returns the form that goes into status.steps[].terminated.message: a JSON array of the entries that are not
// internal, sorted by key, or the empty string when there are none.
func Public(entries []Entry) (string, error) {
	var public []Entry
	for _, e := range normalize(entries) {
		if e.Type != Internal && e.Type != 0 {
			public = append(public, e)
		}
	}
	if len(public) == 0 {
		return "", nil
	}
	text, err := json.Marshal(public)
	if err != nil {
		return "", fmt.Errorf("encoding public termination message: %w", err)
	}
	return string(text), nil
}

// normalize keeps the last entry of each type and key, sorted by key and type.
func normalize(entries []Entry) []Entry {
	type id struct {
		t   Type
		key string
	}
	last := make(map[id]string, len(entries))
	for _, e := range entries {
		last[id{e.Type, e.Key}] = e.Value
	}
	var out []Entry
	for k, v := range last {
		out = append(out, Entry{Key: k.key, Value: v, Type: k.t})
	}
	slices.SortFunc(out, func(a, b Entry) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return int(a.Type) - int(b.Type)
	})
	return out
}

// marshal leaves <, > and & alone: escaping them would cost five bytes each out of 4096.
func marshal(entries []Entry) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(entries); err != nil {
		return "", fmt.Errorf("encoding termination message: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
