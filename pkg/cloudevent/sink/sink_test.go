package sink

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
)

func sample(t *testing.T) event.Event {
	t.Helper()
	e := event.New("1.0")
	e.SetID("id-1")
	e.SetType("some.type.v1")
	e.SetSource("/apis/x")
	e.SetSubject("run")
	e.SetTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	e.SetExtension("sequence", "00000000000000000007")
	if err := e.SetData(event.ApplicationJSON, map[string]string{"taskRun": "x"}); err != nil {
		t.Fatal(err)
	}
	return e
}

// serve returns the address of a sink, with a secret in it.
func serve(t *testing.T, answer http.HandlerFunc) *url.URL {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User, u.RawQuery = url.UserPassword("secret-user", "secret-password"), "token=secret-token"
	return u
}

func sender(t *testing.T) *Sender {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSend(t *testing.T) {
	t.Parallel()
	var (
		got    http.Header
		body   []byte
		closes bool
		token  string
		length int64
	)
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, closes, token, length = r.Header.Clone(), r.Close, r.URL.Query().Get("token"), r.ContentLength
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	})
	if err := sender(t).Send(t.Context(), to, sample(t), time.Minute); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Ce-Specversion": "1.0", "Ce-Id": "id-1", "Ce-Type": "some.type.v1", "Ce-Source": "/apis/x", "Ce-Subject": "run",
		"Ce-Time": "2026-03-01T12:00:00Z", "Ce-Sequence": "00000000000000000007", "Content-Type": "application/json",
	}
	for key, value := range want {
		if got.Get(key) != value {
			t.Errorf("header %s is %q, want %q", key, got.Get(key), value)
		}
	}
	if diff := cmp.Diff(`{"taskRun":"x"}`, string(body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if length != int64(len(body)) {
		t.Errorf("the length of the body is told as %d, it is %d", length, len(body))
	}
	if !closes || token != "secret-token" || !strings.HasPrefix(got.Get("Authorization"), "Basic ") {
		t.Errorf("connection closes: %v, token %q, login %q", closes, token, got.Get("Authorization"))
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	answer := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "words of the sink")
		}
	}
	redirect := func(status int, to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/there" {
				if r.Method == http.MethodPost {
					w.WriteHeader(http.StatusTeapot)
				}
				return
			}
			http.Redirect(w, r, to, status)
		}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		status int
		passes bool
		text   string
	}{
		"not found":           {answer(404), 404, true, "answered with status 404 (Not Found)"},
		"too large":           {answer(413), 413, true, "answered with status 413 (Request Entity Too Large)"},
		"too early":           {answer(425), 425, true, "answered with status 425 (Too Early)"},
		"too many":            {answer(429), 429, true, "answered with status 429 (Too Many Requests)"},
		"bad gateway":         {answer(502), 502, true, "answered with status 502 (Bad Gateway)"},
		"unavailable":         {answer(503), 503, true, "answered with status 503 (Service Unavailable)"},
		"gateway in time":     {answer(504), 504, true, "answered with status 504 (Gateway Timeout)"},
		"refused":             {answer(400), 400, false, "answered with status 400 (Bad Request)"},
		"forbidden":           {answer(403), 403, false, "answered with status 403 (Forbidden)"},
		"broken":              {answer(500), 500, false, "answered with status 500 (Internal Server Error)"},
		"a status of its own": {answer(799), 799, false, "answered with status 799"},
		"moved for pages":     {redirect(302, "/there"), 302, false, "answered with status 302 (Found)"},
		"moved":               {redirect(307, "/there"), 418, false, "answered with status 418 (I'm a teapot)"},
		"moved in a circle":   {redirect(307, "/"), 307, false, "answered with status 307 (Temporary Redirect)"},
		"cut off":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, true, "could not be reached: EOF"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := serve(t, tc.answer)
			err := sender(t).Send(t.Context(), to, sample(t), time.Minute)
			var failure *Error
			if !errors.As(err, &failure) {
				t.Fatalf("error %v", err)
			}
			if failure.Status != tc.status || failure.Passes != tc.passes || err.Error() != to.Host+" "+tc.text {
				t.Errorf("status %d, passes %v, text %q; want %d, %v, %q", failure.Status, failure.Passes, err, tc.status, tc.passes, tc.text)
			}
		})
	}
}

func TestDeadSink(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	to, err := url.Parse(strings.Replace(server.URL, "http://", "http://secret-user:secret-password@", 1) + "?token=secret-token")
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	err = sender(t).Send(t.Context(), to, sample(t), time.Minute)
	var failure *Error
	if !errors.As(err, &failure) || !failure.Passes || failure.Status != 0 {
		t.Fatalf("error %#v", err)
	}
	if strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "could not be reached") {
		t.Errorf("error %q", err)
	}
}

func TestSlowSink(t *testing.T) {
	t.Parallel()
	to := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
	})
	err := sender(t).Send(t.Context(), to, sample(t), 50*time.Millisecond)
	var failure *Error
	if !errors.As(err, &failure) || !failure.Passes || err.Error() != to.Host+" did not answer in time" {
		t.Errorf("error %v", err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://sink:8080/path":              "",
		"\thttps://user:secret@host/?x=1\n":  "",
		"ftp://user:secret@host":             "the sink is no URL that starts with http:// or https://; write it like http://host:port/path",
		"sink:8080":                          "the sink is no URL that starts with http:// or https://; write it like http://host:port/path",
		"sink":                               "the sink is no URL that starts with http:// or https://; write it like http://host:port/path",
		"http://user:secret@":                "the sink is a URL without a host; write it like http://host:port/path",
		"http:///path":                       "the sink is a URL without a host; write it like http://host:port/path",
		"http://user:secret@host:port/path%": "the sink is no valid URL; write it like http://host:port/path",
	} {
		u, err := Parse(text)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (u != nil) {
			t.Errorf("%q: %v, error (-want +got):\n%s", text, u, diff)
		}
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		tries         int
		age, retryFor time.Duration
		want          time.Duration
		again         bool
	}{
		{1, 0, 0, 20 * time.Millisecond, true},
		{2, 0, 0, 40 * time.Millisecond, true},
		{10, time.Hour, 0, 10240 * time.Millisecond, true},
		{11, 0, 0, 20480 * time.Millisecond, false},
		{11, time.Minute, 15 * time.Minute, 20480 * time.Millisecond, true},
		{12, time.Minute, 15 * time.Minute, LongestWait, true},
		{1000, 14*time.Minute + 30*time.Second, 15 * time.Minute, LongestWait, true},
		{1000, 14*time.Minute + 31*time.Second, 15 * time.Minute, LongestWait, false},
		{1, 15 * time.Minute, 15 * time.Minute, 20 * time.Millisecond, false},
	} {
		wait, again := Again(tc.tries, tc.age, tc.retryFor)
		if wait != tc.want || again != tc.again {
			t.Errorf("after %d tries and %s of %s: %s, %v; want %s, %v", tc.tries, tc.age, tc.retryFor, wait, again, tc.want, tc.again)
		}
	}
}
