package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tenon-ci/tenon/pkg/manifest"
)

// WriteText writes a line for each problem, and further lines of its message with a tab before them, then a summary.
func WriteText(w io.Writer, problems []manifest.Problem, files int, colours bool) error {
	var b strings.Builder
	for i := range problems {
		p := &problems[i]
		message := p.Message
		if p.Field != "" {
			message = insertField(message, p.Field)
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s %s\n", p.File, p.Line, p.Column, paint(colours, p.Severity, string(p.Severity)),
			strings.ReplaceAll(message, "\n", "\n\t"), paint(colours, "", "["+p.Rule+"]"))
	}
	errors := Count(problems, manifest.Error)
	fmt.Fprintf(&b, "%s and %s in %s\n", counted(errors, "error"), counted(len(problems)-errors, "warning"), counted(files, "file"))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// insertField puts the field where the webhook has it: after the first line.
func insertField(message, field string) string {
	first, rest, more := strings.Cut(message, "\n")
	if strings.Contains(first, field) {
		return message
	}
	if !more {
		return first + ": " + field
	}
	return first + ": " + field + "\n" + rest
}

func paint(colours bool, severity manifest.Severity, text string) string {
	if !colours {
		return text
	}
	code := "2" // faint
	switch severity {
	case manifest.Error:
		code = "1;31"
	case manifest.Warning:
		code = "33"
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Count returns how many problems have a severity.
func Count(problems []manifest.Problem, severity manifest.Severity) int {
	n := 0
	for i := range problems {
		if problems[i].Severity == severity {
			n++
		}
	}
	return n
}

// jsonProblem is the form of a problem for programs. Its members do not change.
type jsonProblem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Object   string `json:"object"`
	Field    string `json:"field"`
	Message  string `json:"message"`
}

// WriteJSON writes an object with the problems, and how many there are.
func WriteJSON(w io.Writer, problems []manifest.Problem) error {
	errors := Count(problems, manifest.Error)
	report := struct {
		Problems []jsonProblem `json:"problems"`
		Errors   int           `json:"errors"`
		Warnings int           `json:"warnings"`
	}{Problems: make([]jsonProblem, 0, len(problems)), Errors: errors, Warnings: len(problems) - errors}
	for i := range problems {
		p := &problems[i]
		report.Problems = append(report.Problems, jsonProblem{p.File, p.Line, p.Column, string(p.Severity), p.Rule, p.Object, p.Field, p.Message})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(report); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
