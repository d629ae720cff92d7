package framework

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/tenon-ci/tenon/pkg/failure"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const task = "apiVersion: tekton.dev/v1\nkind: Task\n"

var cachingAbout = About{Type: "stub", Name: "Stub", Caches: true}

// counted is a fetch that counts how often it was made.
func counted(n *atomic.Int64) *Fetch {
	return &Fetch{Do: func(context.Context) (*Answer, error) {
		n.Add(1)
		return &Answer{Data: []byte(task), Annotations: map[string]string{"a": "b"}}, nil
	}}
}

func cacheAt(t time.Time) (*Cache, *clocktesting.FakePassiveClock) {
	clock := clocktesting.NewFakePassiveClock(t)
	return NewCache(clock), clock
}

// ask makes one request as the reconciler does.
func ask(t *testing.T, c *Cache, about About, req Request, fetch *Fetch) (*Answer, Outcome) {
	t.Helper()
	mode, err := cacheMode(about, req)
	if err != nil {
		t.Fatal(err)
	}
	answer, from, err := c.do(t.Context(), about, req, fetch, mode)
	if err != nil {
		t.Fatal(err)
	}
	return answer, from
}

// TestWhatIsKept asks twice, with the second request after some time.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	params := func(mode string) map[string]string { return map[string]string{"url": "x", "cache": mode} }
	for name, tc := range map[string]struct {
		about          About
		params, config map[string]string
		pinned         bool
		after          time.Duration
		fetches        int64
	}{
		"pinned":                             {about: cachingAbout, pinned: true, fetches: 1},
		"pinned, long after":                 {about: cachingAbout, pinned: true, after: 1000 * time.Hour, fetches: 1},
		"pinned, for as long as is set":      {about: cachingAbout, pinned: true, config: map[string]string{"ttl": "1m"}, after: time.Minute, fetches: 2},
		"pinned, never":                      {about: cachingAbout, params: params("never"), pinned: true, fetches: 2},
		"pinned, explicitly auto":            {about: cachingAbout, params: params("auto"), pinned: true, fetches: 1},
		"not pinned":                         {about: cachingAbout, fetches: 2},
		"always":                             {about: cachingAbout, params: params("always"), after: 5*time.Minute - 1, fetches: 1},
		"always, after its time":             {about: cachingAbout, params: params("always"), after: 5 * time.Minute, fetches: 2},
		"always, by the configuration":       {about: cachingAbout, config: map[string]string{"default-cache-mode": "always", "ttl": "1h"}, after: time.Hour - 1, fetches: 1},
		"an unknown mode is auto":            {about: cachingAbout, config: map[string]string{"default-cache-mode": "sometimes"}, pinned: true, fetches: 1},
		"a resolver that does not cache":     {about: About{Type: "stub"}, params: params("always"), pinned: true, fetches: 2},
		"a resolver that only reads, always": {about: About{Type: "stub", Caches: true, Alone: true}, params: params("always"), fetches: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, clock := cacheAt(now)
			var n atomic.Int64
			fetch := counted(&n)
			fetch.Pinned = tc.pinned
			req := Request{Namespace: "ns", Params: tc.params, Config: tc.config}
			ask(t, c, tc.about, req, fetch)
			clock.SetTime(now.Add(tc.after))
			ask(t, c, tc.about, req, fetch)
			if n.Load() != tc.fetches {
				t.Errorf("fetched %d times, want %d", n.Load(), tc.fetches)
			}
		})
	}
}

func TestAnnotationsOfCachedAnswers(t *testing.T) {
	t.Parallel()
	c, clock := cacheAt(now)
	var n atomic.Int64
	fetch := counted(&n)
	fetch.Pinned = true
	req := Request{Namespace: "ns"}
	want := map[string]string{
		"a": "b", "resolution.tekton.dev/cached": "true", "resolution.tekton.dev/cache-timestamp": "2026-03-01T12:00:00Z",
		"resolution.tekton.dev/cache-resolver-type": "stub", "resolution.tekton.dev/cache-operation": "store",
	}
	stored, from := ask(t, c, cachingAbout, req, fetch)
	if diff := cmp.Diff(want, stored.Annotations); diff != "" || from != OutcomeMiss {
		t.Errorf("%s, annotations (-want +got):\n%s", from, diff)
	}
	clock.SetTime(now.Add(time.Minute))
	want["resolution.tekton.dev/cache-operation"] = "retrieve"
	retrieved, from := ask(t, c, cachingAbout, req, fetch)
	if diff := cmp.Diff(want, retrieved.Annotations); diff != "" || from != OutcomeHit {
		t.Errorf("%s, annotations (-want +got):\n%s", from, diff)
	}
	other, _ := ask(t, c, cachingAbout, Request{Namespace: "ns", Params: map[string]string{"cache": "never"}}, fetch)
	if diff := cmp.Diff(map[string]string{"a": "b"}, other.Annotations); diff != "" {
		t.Errorf("never: annotations (-want +got):\n%s", diff)
	}
}

// TestNobodyIsServedWhatOthersMayRead changes what decides who may read: each has a fetch of its own.
func TestNobodyIsServedWhatOthersMayRead(t *testing.T) {
	t.Parallel()
	c, _ := cacheAt(now)
	var n atomic.Int64
	type asker struct {
		req         Request
		credentials []string
	}
	param := map[string]string{"url": "x"}
	askers := []asker{
		{Request{Namespace: "a", Params: param}, nil},
		{Request{Namespace: "b", Params: param}, nil},
		{Request{Namespace: "a", Params: param}, []string{"token"}},
		{Request{Namespace: "a", Params: param}, []string{"to", "ken"}},
		{Request{Namespace: "a", Params: map[string]string{"url": "x", "gitToken": "secret"}}, nil},
		{Request{Namespace: "a", Params: map[string]string{"urlx": ""}}, nil},
		{Request{Namespace: "a", Params: param, URL: "u"}, nil},
		{Request{Namespace: "a", Params: param, Config: map[string]string{"server-url": "y"}}, nil},
	}
	for range 2 {
		for _, a := range askers {
			fetch := counted(&n)
			fetch.Pinned, fetch.Credentials = true, a.credentials
			ask(t, c, cachingAbout, a.req, fetch)
		}
	}
	if got := n.Load(); got != int64(len(askers)) {
		t.Errorf("fetched %d times, want %d: one for each", got, len(askers))
	}
	always := Request{Namespace: "a", Params: map[string]string{"url": "x", "cache": "always"}}
	if _, from := ask(t, c, cachingAbout, always, counted(&n)); from != OutcomeHit {
		t.Errorf("%s: the mode alone makes no other question", from)
	}
}

// TestEqualRequestsShareAFetch has a hundred at once, and one that gives up.
func TestEqualRequestsShareAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, equalRequestsShareAFetch)
}

func equalRequestsShareAFetch(t *testing.T) {
	c, _ := cacheAt(now)
	var n atomic.Int64
	begun, release := make(chan struct{}), make(chan struct{})
	fetch := &Fetch{Do: func(ctx context.Context) (*Answer, error) {
		if n.Add(1) == 1 {
			close(begun)
		}
		select {
		case <-release:
			return &Answer{Data: []byte(task)}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	leader, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, _, err := c.do(leader, cachingAbout, Request{Namespace: "ns"}, fetch, cacheAuto)
		left <- err
	}()
	<-begun
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if answer, _, err := c.do(t.Context(), cachingAbout, Request{Namespace: "ns"}, fetch, cacheAuto); err != nil || string(answer.Data) != task {
				t.Errorf("answer %+v, error %v", answer, err)
			}
		})
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v of who gave up", err)
	}
	// Others join as long as it is under way: all wait then.
	synctest.Wait()
	close(release)
	all.Wait()
	if n.Load() != 1 {
		t.Errorf("fetched %d times", n.Load())
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	c, _ := cacheAt(now)
	fetch := &Fetch{Pinned: true, Do: func(context.Context) (*Answer, error) { return nil, errors.New("gone") }}
	if _, _, err := c.do(t.Context(), cachingAbout, Request{}, fetch, cacheAuto); err == nil {
		t.Error("no error")
	}
	fetch.Do = func(context.Context) (*Answer, error) { panic("a defect") }
	if _, _, err := c.do(t.Context(), cachingAbout, Request{}, fetch, cacheAuto); err == nil || !strings.Contains(err.Error(), "defect") {
		t.Errorf("error %v", err)
	}
	var n atomic.Int64
	fetch = counted(&n)
	fetch.Pinned = true
	if _, from := ask(t, c, cachingAbout, Request{}, fetch); from != OutcomeMiss || n.Load() != 1 {
		t.Errorf("%s, fetched %d times", from, n.Load())
	}
}

// TestRoom has more answers than max-size, then larger ones than there is memory for.
func TestRoom(t *testing.T) {
	t.Parallel()
	c, _ := cacheAt(now)
	c.Configure(map[string]string{"max-size": "2"})
	put := func(name string, size int) {
		ask(t, c, cachingAbout, Request{Name: name, Params: map[string]string{"name": name}}, &Fetch{Pinned: true, Do: func(context.Context) (*Answer, error) {
			return &Answer{Data: []byte(task + "# " + strings.Repeat("x", size))}, nil
		}})
	}
	for _, name := range []string{"a", "b", "a", "c"} {
		put(name, 1)
	}
	if c.entries.Len() != 2 {
		t.Errorf("%d entries", c.entries.Len())
	}
	c.Configure(map[string]string{"max-size": "-1", "ttl": "soon"})
	if c.entries.Len() != 0 || c.bytes != 0 || c.ttl != defaultTTL {
		t.Errorf("%d entries of %d bytes, for %s", c.entries.Len(), c.bytes, c.ttl)
	}
	const large = 10_000
	c.limit = 20 * large
	for i := range 30 {
		put(strings.Repeat("n", i+1), large)
	}
	if c.bytes > c.limit || c.bytes < c.limit-2*large {
		t.Errorf("%d bytes are kept", c.bytes)
	}
}

func TestCacheMode(t *testing.T) {
	t.Parallel()
	_, err := cacheMode(cachingAbout, Request{Params: map[string]string{"cache": "maybe"}})
	if err == nil || err.Error() != `invalid cache mode "maybe", it must be always, never or auto` {
		t.Errorf("error %v", err)
	}
}

func TestParseBackoff(t *testing.T) {
	t.Parallel()
	want := DefaultBackoff()
	got, errs := ParseBackoff(map[string]string{
		"backoff-duration": "-1s", "backoff-factor": "NaN", "backoff-jitter": "x", "backoff-steps": "0", "backoff-cap": "soon",
	})
	if diff := cmp.Diff(want, got); diff != "" || len(errs) != 5 {
		t.Errorf("errors %v, back-off (-want +got):\n%s", errs, diff)
	}
	want.Duration, want.Factor, want.Jitter, want.Steps, want.Cap = time.Millisecond, 3, 0, 4, time.Second
	got, errs = ParseBackoff(map[string]string{
		"backoff-duration": "1ms", "backoff-factor": "3", "backoff-jitter": "0", "backoff-steps": "4", "backoff-cap": "1s",
	})
	if diff := cmp.Diff(want, got); diff != "" || len(errs) != 0 {
		t.Errorf("errors %v, back-off (-want +got):\n%s", errs, diff)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	passing, final := errors.New("busy"), failure.NotFoundf("", "gone")
	for name, tc := range map[string]struct {
		answers []error
		want    error
		tries   int
	}{
		"at once":            {[]error{nil}, nil, 1},
		"at the second try":  {[]error{passing, nil}, nil, 2},
		"never":              {[]error{passing, passing, passing, passing}, passing, 3},
		"what does not pass": {[]error{final, nil}, final, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backoff := DefaultBackoff()
			backoff.Duration, backoff.Steps = time.Millisecond, 3
			tries := 0
			_, err := Retry(t.Context(), backoff, func(context.Context) (int, error) {
				tries++
				return 0, tc.answers[tries-1]
			})
			if !errors.Is(err, tc.want) || tries != tc.tries {
				t.Errorf("%d tries, error %v", tries, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	if _, err := Retry(ctx, DefaultBackoff(), func(context.Context) (int, error) { tries++; cancel(); return 0, passing }); !errors.Is(err, passing) || tries != 1 {
		t.Errorf("out of time: %d tries, error %v", tries, err)
	}
}

func TestKeyIsOfParamsAlone(t *testing.T) {
	t.Parallel()
	req := Request{Namespace: "ns", Params: map[string]string{"a": "1", "b": "2"}}
	before := maps.Clone(req.Params)
	first := keyOf(cachingAbout, req, &Fetch{})
	req.Name = "another request"
	if second := keyOf(cachingAbout, req, &Fetch{}); first != second || !maps.Equal(before, req.Params) {
		t.Errorf("keys %x and %x, params %v", first, second, req.Params)
	}
}
