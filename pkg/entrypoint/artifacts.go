package entrypoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// artifacts is the content of an artifacts file (contract 2 §3.7). Members that it doesn't know are dropped.
type artifacts struct {
	Inputs  []artifact `json:"inputs,omitempty"`
	Outputs []artifact `json:"outputs,omitempty"`
}

type artifact struct {
	Name        string          `json:"name,omitempty"`
	BuildOutput bool            `json:"buildOutput,omitempty"`
	Values      []artifactValue `json:"values,omitempty"`
}

// artifactValue has its members in the order in which they are shown.
type artifactValue struct {
	Digest map[string]string `json:"digest,omitempty"`
	URI    string            `json:"uri,omitempty"`
}

func parseArtifacts(content []byte) (artifacts, error) {
	var a artifacts
	if err := json.Unmarshal(content, &a); err != nil {
		return artifacts{}, fmt.Errorf("artifacts are not of the expected form: %w", err)
	}
	return a, nil
}

// values returns the values of one artifact as compact JSON, false if there is none of that name.
func (a artifacts) values(name string, output bool) (string, bool) {
	list := a.Inputs
	if output {
		list = a.Outputs
	}
	for _, item := range list {
		if item.Name == name {
			return compactJSON(append([]artifactValue{}, item.Values...)), true
		}
	}
	return "", false
}

// compactJSON encodes what can always be encoded, without escaping what only matters in HTML.
func compactJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n")
}
