package observability

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/telemetry/sink"
)

// request is an event about the TaskRun "run" of namespace "ns". change may spoil it.
func request(state, id, sequence string, change func(*sink.Request)) sink.Request {
	status := map[string]string{"queued": "", "successful": "True", "failed": "False"}
	condition := "Unknown"
	if known, ok := status[state]; ok {
		condition = known
	}
	body := `{"taskRun":{"metadata":{"name":"run"},"spec":{},"status":{"podName":""}}}`
	if condition != "" {
		body = `{"taskRun":{"metadata":{"name":"run"},"spec":{},"status":{"podName":"","conditions":[{"type":"Succeeded","status":"` + condition + `"}]}}}`
	}
	r := sink.Request{Status: http.StatusAccepted, Body: []byte(body), Header: http.Header{
		"Ce-Id": {id}, "Ce-Source": {"/apis/tekton.dev/v1/namespaces/ns/TaskRun/run"}, "Ce-Subject": {"run"},
		"Ce-Time": {"2026-01-02T03:04:05Z"}, "Ce-Type": {"dev.tekton.event.taskrun." + state + ".v1"}, "Ce-Specversion": {"1.0"},
		"Ce-Sequence": {sequence}, "Content-Type": {"application/json"},
	}}
	if change != nil {
		change(&r)
	}
	return r
}

func set(name, value string) func(*sink.Request) {
	return func(r *sink.Request) { r.Header.Set(name, value) }
}

func TestDelivered(t *testing.T) {
	t.Parallel()
	refused := func(r *sink.Request) { r.Status = http.StatusServiceUnavailable }
	elsewhere := set("Ce-Source", "/apis/tekton.dev/v1/namespaces/other/TaskRun/run")
	got, repeats, err := Delivered([]sink.Request{
		request("started", "a", "1", refused), request("started", "a", "1", nil), request("started", "a", "1", nil),
		request("running", "x", "1", elsewhere), request("successful", "b", "2", nil),
	}, "ns")
	if err != nil {
		t.Fatal(err)
	}
	about := Event{Source: "/apis/tekton.dev/v1/namespaces/ns/TaskRun/run", Subject: "run", Time: "2026-01-02T03:04:05Z", Kind: "taskrun"}
	first, second := about, about
	first.ID, first.State, first.Sequence, first.Status = "a", "started", "1", "Unknown"
	second.ID, second.State, second.Sequence, second.Status = "b", "successful", "2", "True"
	if diff := cmp.Diff([]Event{first, second}, got); diff != "" || repeats != 1 {
		t.Errorf("%d repeats; events (-want +got):\n%s", repeats, diff)
	}
}

func TestWrongEvents(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*sink.Request)
		want   string
	}{
		"no ID":         {set("Ce-Id", ""), "there is no header Ce-Id"},
		"version":       {set("Ce-Specversion", "0.3"), `the version of the specification is "0.3"`},
		"content":       {set("Content-Type", "text/plain"), `the type of the content is "text/plain"`},
		"type":          {set("Ce-Type", "dev.tekton.event.taskrun.started"), "is none of the contract"},
		"kind":          {set("Ce-Type", "dev.tekton.event.pipelinerun.started.v1"), "the source is"},
		"sequence":      {set("Ce-Sequence", ""), "there is no header Ce-Sequence"},
		"subject":       {set("Ce-Subject", "other"), "the source is"},
		"form v1":       {func(r *sink.Request) { r.Body = []byte(`{"taskRun":{"status":{"podName":"","results":[]}}}`) }, `unknown field "results"`},
		"other object":  {func(r *sink.Request) { r.Body = []byte(`{"taskRun":{"metadata":{"name":"x"}}}`) }, `the body is about "x"`},
		"other kind":    {func(r *sink.Request) { r.Body = []byte(`{"pipelineRun":{"metadata":{"name":"run"}}}`) }, "does not have a taskrun"},
		"no body":       {func(r *sink.Request) { r.Body = []byte(`null`) }, "does not have a taskrun"},
		"ID used twice": {set("Ce-Id", "b"), "is the ID of two events"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Delivered([]sink.Request{request("running", "b", "2", nil), request("started", "a", "1", tc.change)}, "ns")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestCheckObject(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ states, want []string }{
		"good":         {[]string{"queued", "started", "running", "unknown", "unknown", "successful"}, nil},
		"twice":        {[]string{"started", "running", "running", "failed"}, []string{"running came 2 times"}},
		"no end":       {[]string{"started", "running"}, []string{"there are 0 final events, want 1"}},
		"two ends":     {[]string{"started", "successful", "failed"}, []string{"there are 2 final events, want 1"}},
		"not started":  {[]string{"running", "successful"}, []string{"started did not come"}},
		"after an end": {[]string{"started", "failed", "unknown"}, []string{"unknown came after the final event"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var events []Event
			for i, state := range tc.states {
				events = append(events, Event{State: state, Sequence: strconv.Itoa(i + 1), Status: statuses[state]})
			}
			if diff := cmp.Diff(tc.want, CheckObject(events)); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
	wrong := CheckObject([]Event{{State: "started", Sequence: "2"}, {State: "successful", Sequence: "1", Status: "Unknown"}})
	want := []string{"successful with sequence 1 came after started with 2", `the status in the body of successful is "Unknown", want "True"`}
	if diff := cmp.Diff(want, wrong); diff != "" {
		t.Errorf("complaints (-want +got):\n%s", diff)
	}
}
