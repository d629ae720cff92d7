package recent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWindow(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	seen := newWindow[string, int](clock, time.Second)
	expect := func(key string, want ...int) {
		t.Helper()
		if diff := cmp.Diff(want, seen.all(key)); diff != "" {
			t.Errorf("values of %s at %v (-want +got):\n%s", key, clock.Now().Sub(epoch), diff)
		}
		if got := seen.has(key); got != (len(want) > 0) {
			t.Errorf("has %s = %v", key, got)
		}
	}
	expect("a")

	seen.add("a", 1)
	clock.SetTime(epoch.Add(600 * time.Millisecond))
	seen.add("a", 2)
	seen.add("b", 3)
	expect("a", 1, 2)
	expect("b", 3)

	clock.SetTime(epoch.Add(999 * time.Millisecond))
	expect("a", 1, 2)
	if value, left, ok := seen.last("a"); value != 2 || left != 601*time.Millisecond || !ok {
		t.Errorf("last of a = %d for %v, %v", value, left, ok)
	}
	clock.SetTime(epoch.Add(time.Second))
	expect("a", 2)

	seen.forget("a")
	expect("a")
	expect("b", 3)
	seen.add("a", 4)
	expect("a", 4)
	clock.SetTime(epoch.Add(2 * time.Second))
	expect("a")
	expect("b")
}

func TestWindowDropsWhatHasExpired(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	seen := newWindow[int, int](clock, time.Second)
	for i := range 1000 {
		clock.SetTime(epoch.Add(time.Duration(i) * 100 * time.Millisecond))
		seen.add(i%500, i)
		if i%3 == 0 {
			seen.forget(i % 500)
		}
		held := len(seen.order)
		for _, values := range seen.known {
			held += len(values)
		}
		if held > 2*11 {
			t.Fatalf("%d entries are held after %d were added in turn, 10 of them in the last second", held, i+1)
		}
	}
}
