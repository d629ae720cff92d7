package migrate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteText writes each finding with what to do, what could not be read, and a summary.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.File != "" {
			fmt.Fprintf(&b, "%s:%d:%d: ", f.File, f.Line, f.Column)
		}
		object := f.Object
		if f.Namespace != "" && f.File == "" {
			object = f.Namespace + " " + object
		}
		fmt.Fprintf(&b, "%s: %s: ", f.Severity, object)
		if f.Field != "" {
			fmt.Fprintf(&b, "%s: ", f.Field)
		}
		fmt.Fprintf(&b, "%s [%s]\n", strings.ReplaceAll(f.Message, "\n", "\n\t"), f.Rule)
		// What to do is said once for findings of a rule in a row.
		if i+1 == len(r.Findings) || r.Findings[i+1].Rule != f.Rule {
			fmt.Fprintf(&b, "    do: %s (%s)\n", f.Do, f.Doc)
		}
	}
	for _, text := range r.Unread {
		fmt.Fprintf(&b, "not read: %s\n", text)
	}
	fmt.Fprintf(&b, "%d block, %d differ, %d to know; looked at %s\n", r.Count(Blocks), r.Count(Differs), r.Count(Info), r.looked())
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func (r *Report) looked() string {
	var parts []string
	for _, kind := range sortedKeys(r.Looked) {
		if kind != "" {
			parts = append(parts, fmt.Sprintf("%d %s", r.Looked[kind], kind))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// jsonFinding is the form of a finding for programs. Its members do not change.
type jsonFinding struct {
	ID        string `json:"id"`
	Severity  string `json:"severity"`
	Namespace string `json:"namespace,omitempty"`
	Object    string `json:"object"`
	Field     string `json:"field,omitempty"`
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	Message   string `json:"message"`
	Do        string `json:"do"`
	Doc       string `json:"doc"`
}

// WriteJSON writes an object with the findings, how many there are, and what could not be read.
func (r *Report) WriteJSON(w io.Writer) error {
	out := struct {
		Findings []jsonFinding  `json:"findings"`
		Blocks   int            `json:"blocks"`
		Differs  int            `json:"differs"`
		Info     int            `json:"info"`
		Looked   map[string]int `json:"looked"`
		Unread   []string       `json:"unread"`
	}{make([]jsonFinding, 0, len(r.Findings)), r.Count(Blocks), r.Count(Differs), r.Count(Info), r.Looked, append([]string{}, r.Unread...)}
	for i := range r.Findings {
		f := &r.Findings[i]
		out.Findings = append(out.Findings, jsonFinding{
			f.Rule, string(f.Severity), f.Namespace, f.Object, f.Field, f.File, f.Line, f.Column, f.Message, f.Do, f.Doc,
		})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
