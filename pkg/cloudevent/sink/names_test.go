package sink

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	testclock "k8s.io/utils/clock/testing"
)

// world has one host with two addresses, and notes what is asked and dialled.
type world struct {
	mu     sync.Mutex
	asked  int
	dialed []string
	dead   map[string]bool
}

func (w *world) dialer(now time.Time) (*dialer, *testclock.FakePassiveClock) {
	watch := testclock.NewFakePassiveClock(now)
	return &dialer{
		lookUp: func(_ context.Context, host string) ([]string, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked++
			if host != "sink.example" {
				return nil, errors.New("no such host")
			}
			return []string{"10.0.0.1", "10.0.0.2"}, nil
		},
		dial: func(_ context.Context, _, address string) (net.Conn, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.dialed = append(w.dialed, address)
			if w.dead[address] {
				return nil, errors.New(address + " is dead")
			}
			return nil, nil
		},
		clock: watch, known: map[string]found{},
	}, watch
}

func TestDialRemembersAddresses(t *testing.T) {
	t.Parallel()
	w := &world{dead: map[string]bool{}}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d, watch := w.dialer(now)
	dial := func(address string) error {
		_, err := d.DialContext(t.Context(), "tcp", address)
		return err
	}
	for _, step := range []struct {
		name    string
		after   time.Duration
		address string
		dead    []string
		asked   int
		dialed  []string
		failed  bool
	}{
		{name: "first", address: "sink.example:80", asked: 1, dialed: []string{"10.0.0.1:80"}},
		{name: "again", after: remembered - 1, address: "sink.example:80", asked: 1, dialed: []string{"10.0.0.1:80"}},
		{name: "another port", after: remembered - 1, address: "sink.example:81", asked: 1, dialed: []string{"10.0.0.1:81"}},
		{name: "out of date", after: remembered, address: "sink.example:80", asked: 2, dialed: []string{"10.0.0.1:80"}},
		{name: "the other address", after: remembered, address: "sink.example:80", dead: []string{"10.0.0.1:80"}, asked: 2, dialed: []string{"10.0.0.1:80", "10.0.0.2:80"}},
		{name: "none", after: remembered, address: "sink.example:80", dead: []string{"10.0.0.1:80", "10.0.0.2:80"}, asked: 2, dialed: []string{"10.0.0.1:80", "10.0.0.2:80"}, failed: true},
		{name: "asked anew", after: remembered, address: "sink.example:80", asked: 3, dialed: []string{"10.0.0.1:80"}},
		{name: "unknown", after: remembered, address: "other.example:80", asked: 4, failed: true},
		{name: "unknown is not remembered", after: remembered, address: "other.example:80", asked: 5, failed: true},
		{name: "a number", after: remembered, address: "[::1]:80", asked: 5, dialed: []string{"[::1]:80"}},
	} {
		watch.SetTime(now.Add(step.after))
		w.dialed, w.dead = nil, map[string]bool{}
		for _, address := range step.dead {
			w.dead[address] = true
		}
		if err := dial(step.address); (err != nil) != step.failed {
			t.Errorf("%s: error %v", step.name, err)
		}
		if diff := cmp.Diff(step.dialed, w.dialed); diff != "" {
			t.Errorf("%s: dialed (-want +got)\n%s", step.name, diff)
		}
		if w.asked != step.asked {
			t.Errorf("%s: asked %d times, want %d", step.name, w.asked, step.asked)
		}
	}
}

func TestDialGivesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	d := newDialer()
	release := make(chan struct{})
	d.lookUp = func(context.Context, string) ([]string, error) {
		<-release
		return nil, errors.New("late")
	}
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.DialContext(ctx, "tcp", "sink.example:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the caller", err)
	}
}

func TestDialBoundsWhatItRemembers(t *testing.T) {
	t.Parallel()
	d := newDialer()
	d.lookUp = func(context.Context, string) ([]string, error) { return []string{"10.0.0.1"}, nil }
	for i := range 3 * hostLimit {
		if _, err := d.addresses(t.Context(), string(rune('a'+i))+".example"); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.known) > hostLimit {
		t.Errorf("%d hosts are remembered, want at most %d", len(d.known), hostLimit)
	}
}
