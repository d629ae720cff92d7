package registry_test

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/imageinfo/registry"
)

// tarpit accepts connections and never says a word. The channel gets a value for each.
func tarpit(t *testing.T) (host string, accepted <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrivals := make(chan struct{}, 1000)
	var mu sync.Mutex
	var open []net.Conn
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			arrivals <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range open {
			_ = conn.Close()
		}
	})
	return listener.Addr().String(), arrivals
}

func TestAskDoesNotWait(t *testing.T) {
	t.Parallel()
	host, accepted := tarpit(t)
	s := newServer(t)
	s.pushImage(t, "app:v1", image(t, "amd64", v1.Config{Cmd: []string{"run"}}))
	// Nothing here waits for as long as this.
	r := newResolver(t, registry.Options{AnswerTimeout: time.Hour, Timeout: time.Hour})
	for range 40 {
		if got := r.Ask(t.Context(), registry.Request{Scope: "stuck/" + t.Name(), Tenant: "stuck", Images: []string{host + "/app:v1"}}, nil); !got.Pending {
			t.Fatalf("got %+v, want Pending", got)
		}
	}
	for i := range 40 {
		scope := "stuck/" + strings.Repeat("x", i)
		r.Ask(t.Context(), registry.Request{Scope: scope, Tenant: "stuck", Images: []string{host + "/app:v1"}}, nil)
	}
	<-accepted
	for _, tenant := range []string{"stuck", "other"} {
		got := ask(t, r, registry.Request{Scope: tenant + "/run", Tenant: tenant, Images: []string{s.host + "/app:v1"}})
		if got.Err != nil || len(got.Images) != 1 {
			t.Errorf("tenant %s: got %+v, want an image", tenant, got)
		}
	}
}

func TestHostThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	host, accepted := tarpit(t)
	clock := clocktesting.NewFakePassiveClock(time.Unix(1000, 0))
	r := newResolver(t, registry.Options{AnswerTimeout: 10 * time.Millisecond, Clock: clock})
	one := registry.Request{Scope: "a", Images: []string{host + "/app:v1"}}
	first := ask(t, r, one)
	want := `looking up the command of image "` + host + `/app:v1": registry ` + host + ` does not answer in time`
	if failure.ClassOf(first.Err) != failure.Transient || first.Err.Error() != want {
		t.Fatalf("error %v, want %s", first.Err, want)
	}
	if first.RetryAfter != time.Second {
		t.Errorf("RetryAfter %v, want a second", first.RetryAfter)
	}
	// HTTPS and HTTP were tried. A connection can be accepted after its client has given up.
	for range 2 {
		<-accepted
	}
	if again := r.Ask(t.Context(), one, nil); again.Pending || again.Err == nil {
		t.Errorf("asked again at once: got %+v, want the same error", again)
	}
	if other := ask(t, r, registry.Request{Scope: "b", Images: []string{host + "/other:v1", host + "/third:v1"}}); other.Err == nil {
		t.Errorf("asked by somebody else: got %+v, want an error", other)
	}
	clock.SetTime(clock.Now().Add(time.Second))
	if later := ask(t, r, one); later.RetryAfter != 2*time.Second {
		t.Errorf("the second time: got %+v, want a rest of two seconds", later)
	}
	if len(accepted) != 0 {
		t.Errorf("%d more connections to a host that does not answer", len(accepted))
	}
	clock.SetTime(clock.Now().Add(time.Minute))
	ask(t, r, one)
	<-accepted // after the host's rest
}

func TestNothingStartsAfterTheFirstError(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var mu sync.Mutex
	asked := map[string]bool{}
	s.intercept.Store(func(w http.ResponseWriter, req *http.Request) bool {
		if parts := strings.Split(req.URL.Path, "/"); len(parts) > 3 {
			mu.Lock()
			asked[parts[2]] = true
			mu.Unlock()
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	var images []string
	for _, name := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		images = append(images, s.host+"/app-"+name+":v1")
	}
	if got := ask(t, newResolver(t, registry.Options{}), registry.Request{Images: images}); failure.ClassOf(got.Err) != failure.Invalid {
		t.Errorf("got %+v, want a final error", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) > 8 {
		t.Errorf("%d images were asked for after the first error", len(asked))
	}
}

func TestWakeOfTheLastAsk(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.pushImage(t, "app:v1", image(t, "amd64", v1.Config{Cmd: []string{"run"}}))
	release := make(chan struct{})
	s.intercept.Store(func(http.ResponseWriter, *http.Request) bool { <-release; return false })
	r := newResolver(t, registry.Options{})
	req := registry.Request{Scope: "a", Images: []string{s.host + "/app:v1"}}
	r.Ask(t.Context(), req, func() { t.Error("the first wake was called") })
	ended := make(chan struct{})
	if got := r.Ask(t.Context(), req, func() { close(ended) }); !got.Pending {
		t.Errorf("got %+v, want Pending", got)
	}
	close(release)
	<-ended
	if got := r.Ask(t.Context(), req, nil); len(got.Images) != 1 {
		t.Errorf("got %+v, want an image", got)
	}
}

func TestNothingToLookUp(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(registry.Answer{}, registry.New(registry.Options{}).Ask(t.Context(), registry.Request{}, nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
