package sink_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/telemetry/sink"
)

// ask sends a request and returns the status of the answer, 0 if there is none, and its text.
func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Ce-Id", "id of "+body)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close() //nolint:errcheck // nothing is written
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text.String()
}

// TestSink has a sink in each of its moods, and compares what it remembers with what was sent.
func TestSink(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(sink.New())
	t.Cleanup(server.Close)
	type seen struct {
		Number, Status int
		ID, Body       string
		Accepted       bool
	}
	var want []seen
	send := func(body string, status int) {
		t.Helper()
		if got, text := ask(t, http.MethodPost, server.URL, body); got != status {
			t.Errorf("event %s: status %d (%s), want %d", body, got, text, status)
		}
		kept := body
		if !json.Valid([]byte(body)) {
			kept = "null"
		}
		want = append(want, seen{len(want) + 1, status, "id of " + body, kept, status == http.StatusAccepted})
	}
	behave := func(text string) {
		t.Helper()
		if got, answer := ask(t, http.MethodPut, server.URL+"/-/behavior", text); got != http.StatusOK {
			t.Errorf("behavior %s: status %d, %s", text, got, answer)
		}
	}
	send(`{"a":1}`, http.StatusAccepted)
	send("no JSON", http.StatusAccepted)
	behave(`{"downFor":"1h"}`)
	send(`{"a":2}`, 0)
	behave(`{"status":503}`)
	send(`{"a":3}`, http.StatusServiceUnavailable)
	behave(`{"status":429,"every":3,"delay":"1ms"}`)
	send(`{"a":4}`, http.StatusAccepted)
	send(`{"a":5}`, http.StatusTooManyRequests)
	behave(`{}`)
	send(`{"a":6}`, http.StatusAccepted)

	var got []seen
	status, text := ask(t, http.MethodGet, server.URL+"/-/requests", "")
	var requests []sink.Request
	if err := json.Unmarshal([]byte(text), &requests); err != nil || status != http.StatusOK {
		t.Fatalf("requests: status %d, %v", status, err)
	}
	for _, r := range requests {
		if r.At.IsZero() {
			t.Errorf("request %d has no time", r.Number)
		}
		got = append(got, seen{r.Number, r.Status, r.Header.Get("Ce-Id"), string(r.Body), r.Accepted()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	ask(t, http.MethodDelete, server.URL+"/-/requests", "")
	if _, text := ask(t, http.MethodGet, server.URL+"/-/requests", ""); strings.TrimSpace(text) != "[]" {
		t.Errorf("there are still requests: %s", text)
	}
}

func TestWrongBehavior(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(sink.New())
	t.Cleanup(server.Close)
	for name, tc := range map[string]struct{ body, want string }{
		"no JSON":  {"down", "the behavior has to be JSON such as"},
		"unknown":  {`{"up":1}`, `unknown field "up"`},
		"duration": {`{"downFor":"long"}`, `downFor is "long", it has to be a duration such as 20s`},
		"delay":    {`{"delay":"-1s"}`, `delay is "-1s", it has to be a duration such as 20s`},
		"status":   {`{"status":99}`, "status is 99, it has to be one from 200 to 599"},
		"every":    {`{"every":-1}`, "every must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, text := ask(t, http.MethodPut, server.URL+"/-/behavior", tc.body)
			if status != http.StatusBadRequest || !strings.Contains(text, tc.want) {
				t.Errorf("status %d, %q; want 400, %q", status, text, tc.want)
			}
		})
	}
}
