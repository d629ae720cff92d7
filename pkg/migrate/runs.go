package migrate

import (
	"fmt"
	"slices"
	"strings"
)

// CheckRun tells of a run that has not ended, and in which stage it is. It is also what CheckObject says of the run then; runs that have
// ended are not looked at.
func CheckRun(content map[string]any, flags map[string]string) []Finding {
	o := NewObject(content, flags)
	stage, ended := Stage(content)
	if ended {
		return nil
	}
	o.add("run-in-flight", "", stage)
	if o.group != "tekton.dev" || o.kind == "CustomRun" {
		return o.findings
	}
	// What was admitted once is not asked about again, and stored objects are read in whichever version was asked for.
	return append(o.findings, slices.DeleteFunc(CheckObject(content, flags), func(f Finding) bool { return f.Rule == "old-version" })...)
}

// Stage says in words how far a run has come.
func Stage(content map[string]any) (stage string, ended bool) {
	root := place{value: content}
	status := root.get("status")
	succeeded, reason := "", ""
	for _, c := range status.get("conditions").list() {
		if c.get("type").text() == "Succeeded" {
			succeeded, reason = c.get("status").text(), c.get("reason").text()
		}
	}
	if succeeded == "True" || succeeded == "False" {
		return "", true
	}
	words := []string{"has not begun"}
	if succeeded != "" {
		words = []string{"has begun"}
	}
	if reason != "" && reason != "Started" {
		words = []string{reason}
	}
	if s := root.get("spec", "status").text(); s != "" {
		words = append(words, "asked for "+s)
	}
	if pod := status.get("podName").text(); pod != "" {
		words = append(words, "pod "+pod)
	}
	if n := len(status.get("steps").list()); n > 0 {
		words = append(words, fmt.Sprintf("%d of %d steps ended", endedSteps(status), n))
	}
	if n := len(status.get("retriesStatus").list()); n > 0 {
		words = append(words, fmt.Sprintf("attempt %d", n+1))
	}
	if n := len(status.get("childReferences").list()); n > 0 {
		words = append(words, fmt.Sprintf("%d children", n))
	}
	if status.get("finallyStartTime").is() {
		words = append(words, "finally tasks run")
	}
	return strings.Join(words, ", "), false
}

func endedSteps(status place) int {
	n := 0
	for _, step := range status.get("steps").list() {
		if step.get("terminated").is() {
			n++
		}
	}
	return n
}
