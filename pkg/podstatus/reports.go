package podstatus

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/termination"
)

// Report is what the runner in a step's container said when the step ended.
type Report struct {
	// Entries are results and artifacts, sorted by key and type.
	Entries []termination.Entry
	termination.Bookkeeping
	// Sent says that there was a message.
	Sent bool
	// Err says that the message is not readable, for instance because Kubernetes cut it.
	Err error
}

// Reports holds the report of every step container that has terminated, by container name.
type Reports map[string]Report

// ReadReports decodes the termination messages of the pod's steps. extra holds entries that left the pod another way (contract 2
// §4.4), by container name, and may be nil.
func ReadReports(pod *corev1.Pod, extra map[string][]termination.Entry) Reports {
	out := Reports{}
	for _, s := range steps(pod) {
		t := s.terminated()
		if t == nil {
			continue
		}
		var r Report
		if !isForeign(t) {
			r = readReport(t.Message)
		}
		r.Entries = append(r.Entries, extra[s.spec.Name]...)
		out[s.spec.Name] = r
	}
	return out
}

func readReport(message string) Report {
	entries, err := termination.Decode(message)
	if err != nil {
		return Report{Sent: true, Err: err}
	}
	rest, book, err := termination.Split(entries)
	if err != nil {
		return Report{Sent: true, Err: err}
	}
	return Report{Entries: rest, Bookkeeping: book, Sent: len(entries) > 0}
}

// StepText explains ends that the exit code alone does not: it is a StepText.
func (r Reports) StepText(container string, t *corev1.ContainerStateTerminated) string {
	report := r[container]
	switch {
	case report.Reason == termination.TimeoutExceeded:
		return fmt.Sprintf("%q exited because the step exceeded the specified timeout limit", container)
	case report.Overflow != nil:
		return fmt.Sprintf("%q exited with code %d: %s: %s", container, t.ExitCode, t.Reason, report.Overflow)
	default:
		return ""
	}
}

// text returns the value of the entry.
func (r Report) text(kind termination.Type) (string, bool) {
	for _, e := range r.Entries {
		if e.Type == kind {
			return e.Value, true
		}
	}
	return "", false
}
