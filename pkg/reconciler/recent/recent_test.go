package recent_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestMemory(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	memory := recent.New[string, int](clock, time.Second)
	expect := func(key string, want ...int) {
		t.Helper()
		if diff := cmp.Diff(want, memory.All(key)); diff != "" {
			t.Errorf("values of %s at %v (-want +got):\n%s", key, clock.Now().Sub(epoch), diff)
		}
		if got := memory.Has(key); got != (len(want) > 0) {
			t.Errorf("has %s = %v", key, got)
		}
	}
	expect("a")

	memory.Add("a", 1)
	clock.SetTime(epoch.Add(600 * time.Millisecond))
	memory.Add("a", 2)
	memory.Add("b", 3)
	expect("a", 1, 2)
	expect("b", 3)

	clock.SetTime(epoch.Add(999 * time.Millisecond))
	expect("a", 1, 2)
	clock.SetTime(epoch.Add(time.Second))
	expect("a", 2)

	memory.Forget("a")
	expect("a")
	expect("b", 3)
	memory.Add("a", 4)
	expect("a", 4)
	clock.SetTime(epoch.Add(2 * time.Second))
	expect("a")
	expect("b")
}

func TestMemoryDropsWhatHasExpired(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	memory := recent.New[int, int](clock, time.Second)
	for i := range 1000 {
		clock.SetTime(epoch.Add(time.Duration(i) * 100 * time.Millisecond))
		memory.Add(i%500, i)
		if i%3 == 0 {
			memory.Forget(i % 500)
		}
		if n := recent.Size(memory); n > 2*11 {
			t.Fatalf("%d entries are held after %d were added in turn, 10 of them in the last second", n, i+1)
		}
	}
}
