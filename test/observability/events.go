// Package observability tests what others are told about runs: CloudEvents, traces and metrics, with a real sink, a real receiver of
// traces and a real Prometheus. What says whether something is as it should be are functions of what was received.
package observability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	"github.com/tenon-ci/tenon/hack/telemetry/sink"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Event is a CloudEvent that a sink has accepted.
type Event struct {
	ID, Source, Subject, Time string
	// Kind is taskrun, pipelinerun or customrun, State the one of the object: the two parts of the type that differ.
	Kind, State string
	// Sequence grows from one event of an object to the next, compared as text.
	Sequence string
	// Status is that of the condition Succeeded in the body, empty if it is not there.
	Status corev1.ConditionStatus
}

// States that end a run, and the one that may come more than once.
const (
	stateStarted    = "started"
	stateUnknown    = "unknown"
	stateSuccessful = "successful"
	stateFailed     = "failed"
)

// IsFinal tells whether nothing can come after the event.
func (e *Event) IsFinal() bool { return e.State == stateSuccessful || e.State == stateFailed }

// Delivered returns the events about objects of a namespace that a sink has accepted, in the order of arrival, each once. repeats is
// how many came again: whoever sends an event and dies before the answer arrives sends it again, with the same ID. Requests that
// are no such events are errors.
func Delivered(requests []sink.Request, namespace string) (events []Event, repeats int, err error) {
	seen := map[string]string{} // state by source and ID
	for i := range requests {
		r := &requests[i]
		if !r.Accepted() || !strings.Contains(r.Header.Get("Ce-Source"), "/namespaces/"+namespace+"/") {
			continue
		}
		event, err := parseEvent(r, namespace)
		if err != nil {
			return nil, 0, fmt.Errorf("request %d, of type %q about %q: %w", r.Number, r.Header.Get("Ce-Type"), r.Header.Get("Ce-Source"), err)
		}
		key := event.Source + " " + event.ID
		if before, ok := seen[key]; ok {
			if before != event.State {
				return nil, 0, fmt.Errorf("%s is the ID of two events about %s: %s and %s", event.ID, event.Source, before, event.State)
			}
			repeats++
			continue
		}
		seen[key] = event.State
		events = append(events, *event)
	}
	return events, repeats, nil
}

// kinds are the kinds of objects, as they are written in sources, by their part of the type.
var kinds = map[string]string{
	"taskrun":     "/apis/tekton.dev/v1/namespaces/%s/TaskRun/%s",
	"pipelinerun": "/apis/tekton.dev/v1/namespaces/%s/PipelineRun/%s",
	"customrun":   "/apis/tekton.dev/v1beta1/namespaces/%s/CustomRun/%s",
}

// parseEvent checks what contract 4 §5.1 says about one event.
func parseEvent(r *sink.Request, namespace string) (*Event, error) {
	header := func(name string) string { return r.Header.Get("Ce-" + name) }
	e := &Event{ID: header("Id"), Source: header("Source"), Subject: header("Subject"), Time: header("Time"), Sequence: header("Sequence")}
	for name, got := range map[string]string{"Id": e.ID, "Source": e.Source, "Subject": e.Subject, "Time": e.Time, "Sequence": e.Sequence} {
		if got == "" {
			return nil, fmt.Errorf("there is no header Ce-%s", name)
		}
	}
	if got := header("Specversion"); got != "1.0" {
		return nil, fmt.Errorf("the version of the specification is %q", got)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		return nil, fmt.Errorf("the type of the content is %q", got)
	}
	words := strings.Split(header("Type"), ".")
	if len(words) != 6 || !strings.HasPrefix(header("Type"), "dev.tekton.event.") || words[5] != "v1" {
		return nil, fmt.Errorf("the type %q is none of the contract", header("Type"))
	}
	e.Kind, e.State = words[3], words[4]
	if want := fmt.Sprintf(kinds[e.Kind], namespace, e.Subject); e.Source != want {
		return nil, fmt.Errorf("the source is %q, want %q", e.Source, want)
	}
	return e, e.parseBody(r.Body)
}

// body is what events carry. Its types are those of v1beta1, and unknown members are refused: that is how the forms differ.
type body struct {
	TaskRun     *v1beta1.TaskRun     `json:"taskRun,omitempty"`
	PipelineRun *v1beta1.PipelineRun `json:"pipelineRun,omitempty"`
	CustomRun   *v1beta1.CustomRun   `json:"customRun,omitempty"`
}

func (e *Event) parseBody(text []byte) error {
	var b body
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		return fmt.Errorf("the body is not of the form v1beta1: %w", err)
	}
	var object metav1.ObjectMeta
	var status duckv1.Status
	switch {
	case b.TaskRun != nil && b.PipelineRun == nil && b.CustomRun == nil && e.Kind == "taskrun":
		object, status = b.TaskRun.ObjectMeta, b.TaskRun.Status.Status
	case b.PipelineRun != nil && b.TaskRun == nil && b.CustomRun == nil && e.Kind == "pipelinerun":
		object, status = b.PipelineRun.ObjectMeta, b.PipelineRun.Status.Status
	case b.CustomRun != nil && b.TaskRun == nil && b.PipelineRun == nil && e.Kind == "customrun":
		object, status = b.CustomRun.ObjectMeta, b.CustomRun.Status.Status
	default:
		return fmt.Errorf("the body does not have a %s and nothing else", e.Kind)
	}
	if object.Name != e.Subject {
		return fmt.Errorf("the body is about %q, the subject is %q", object.Name, e.Subject)
	}
	if condition := status.GetCondition("Succeeded"); condition != nil {
		e.Status = condition.Status
	}
	return nil
}

// BySource sorts events by the object they are about. The order of those of one object stays.
func BySource(events []Event) map[string][]Event {
	out := map[string][]Event{}
	for _, e := range events {
		out[e.Source] = append(out[e.Source], e)
	}
	return out
}

// CheckObject tells what is wrong with the events of one object that has ended, in the order of arrival.
func CheckObject(events []Event) []string {
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	at := map[string][]int{}
	for i, e := range events {
		at[e.State] = append(at[e.State], i)
		if i > 0 && e.Sequence <= events[i-1].Sequence {
			complain("%s with sequence %s came after %s with %s", e.State, e.Sequence, events[i-1].State, events[i-1].Sequence)
		}
		if want, ok := statuses[e.State]; ok && e.Status != want {
			complain("the status in the body of %s is %q, want %q", e.State, e.Status, want)
		}
	}
	for _, state := range slices.Sorted(maps.Keys(at)) {
		if n := len(at[state]); n > 1 && state != stateUnknown {
			complain("%s came %d times", state, n)
		}
	}
	final := len(at[stateSuccessful]) + len(at[stateFailed])
	if final != 1 {
		complain("there are %d final events, want 1", final)
	}
	if len(at[stateStarted]) == 0 {
		complain("started did not come")
	}
	if last := len(events) - 1; final > 0 && !events[last].IsFinal() {
		complain("%s came after the final event", events[last].State)
	}
	return wrong
}

// statuses are what Succeeded is in bodies, by state.
var statuses = map[string]corev1.ConditionStatus{
	"running": corev1.ConditionUnknown, stateUnknown: corev1.ConditionUnknown,
	stateSuccessful: corev1.ConditionTrue, stateFailed: corev1.ConditionFalse,
}
