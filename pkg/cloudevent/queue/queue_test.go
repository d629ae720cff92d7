package queue

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
)

// event returns an event about a run; one with an exclamation mark behind its name is about the end.
func event(run, name string) cloudevent.Event {
	return cloudevent.Event{
		ID: name, Final: strings.HasSuffix(name, "!"), Since: time.Unix(int64(len(name)), 0),
		State: cloudevent.State{UID: types.UID(run), Kind: cloudevent.TaskRun, Key: types.NamespacedName{Namespace: "ns", Name: run}, Version: 7},
	}
}

func newQueue(limit int) *Queue { return New(limit, clock.RealClock{}) }

// get returns the next event, which has to be there.
func get(t *testing.T, q *Queue) *Item {
	t.Helper()
	item, ok := q.Get()
	if !ok {
		t.Fatal("the queue is closed")
	}
	return item
}

func ids(items []*Item) []string {
	var out []string
	for _, item := range items {
		out = append(out, item.ID)
	}
	return out
}

func TestOneRunIsInOrder(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	q.Add(event("a", "a1"), event("a", "a2"))
	q.Add(event("a", "a3!"))
	var got []string
	for range 3 {
		item := get(t, q)
		got = append(got, item.ID)
		if len(got) == 2 {
			// Nothing overtakes what has to be sent again.
			q.Retry(item, 0)
			if again := get(t, q); again != item || again.Tries != 1 {
				t.Fatalf("got %s after %d tries, want %s again", again.ID, again.Tries, item.ID)
			}
		}
		q.Done(item)
	}
	if diff := cmp.Diff([]string{"a1", "a2", "a3!"}, got); diff != "" || q.Len() != 0 {
		t.Errorf("%d left, order (-want +got):\n%s", q.Len(), diff)
	}
}

func TestRunsAreSideBySide(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	q.Add(event("a", "a1"), event("a", "a2"), event("b", "b1"))
	// Both can be had while neither is done, and the second of a run only then.
	first, second := get(t, q), get(t, q)
	got := []string{first.ID, second.ID}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a1", "b1"}, got); diff != "" {
		t.Errorf("under way (-want +got):\n%s", diff)
	}
	q.Done(first)
	q.Done(second)
	if item := get(t, q); item.ID != "a2" {
		t.Errorf("then %s", item.ID)
	}
}

func TestWhatGivesWay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events []cloudevent.Event
		want   []string
	}{
		"there is room":                   {[]cloudevent.Event{event("a", "a1"), event("a", "a2"), event("b", "b1!")}, nil},
		"the oldest of a run with others": {[]cloudevent.Event{event("c", "c1"), event("a", "a1"), event("a", "a2"), event("b", "b1!")}, []string{"a1"}},
		"the oldest between":              {[]cloudevent.Event{event("a", "a1!"), event("b", "b1"), event("c", "c1"), event("d", "d1!")}, []string{"b1"}},
		"the newest, if it is between":    {[]cloudevent.Event{event("a", "a1!"), event("b", "b1!"), event("c", "c1!"), event("d", "d1")}, []string{"d1"}},
		"an end stays":                    {[]cloudevent.Event{event("a", "a1!"), event("b", "b1!"), event("c", "c1!"), event("d", "d1!"), event("e", "e1!")}, nil},
		"an end, beyond twice the limit":  {[]cloudevent.Event{event("a", "a1!"), event("b", "b1!"), event("c", "c1!"), event("d", "d1!"), event("e", "e1!"), event("f", "f1!"), event("g", "g1!")}, []string{"a1!"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, ids(newQueue(3).Add(tc.events...))); diff != "" {
				t.Errorf("given up (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsUnderWayStays(t *testing.T) {
	t.Parallel()
	q := newQueue(2)
	q.Add(event("a", "a1"), event("a", "a2"))
	under := get(t, q)
	if diff := cmp.Diff([]string{"a2"}, ids(q.Add(event("b", "b1!")))); diff != "" {
		t.Errorf("given up (-want +got):\n%s", diff)
	}
	q.Done(under)
	if item := get(t, q); item.ID != "b1!" {
		t.Errorf("then %s", item.ID)
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	q := newQueue(50)
	lost := 0
	for i := range 1000 {
		run := string(rune('a' + i%26))
		lost += len(q.Add(event(run, run), event(run, run+"!")))
	}
	if q.Len() > 100 || lost+q.Len() != 2000 {
		t.Errorf("%d in the queue and %d given up, want at most 100 and all others", q.Len(), lost)
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	q.Add(event("a", "a1"), event("a", "a2"), event("b", "b1"))
	under := get(t, q)
	q.Drop(func(run types.NamespacedName) bool { return run.Name == "a" })
	// Another look at the same run, while an event from before is still under way.
	q.Add(event("a", "a3"))
	if got := get(t, q); got.ID != "b1" {
		t.Errorf("got %s beside %s", got.ID, under.ID)
	}
	q.Done(under)
	if got := get(t, q); got.ID != "a3" {
		t.Errorf("then %s", got.ID)
	}
}

func TestPending(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	q.Add(event("a", "a1"), event("b", "b1"))
	get(t, q)
	got := q.Pending(func(run types.NamespacedName) bool { return run.Name == "a" })
	if diff := cmp.Diff([]plan.Pending{{Kind: cloudevent.TaskRun, Version: 7, Since: time.Unix(2, 0)}}, got); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	q.Add(event("a", "a1"), event("b", "b1"))
	q.Close()
	if item, ok := q.Get(); ok {
		t.Errorf("got %s of a closed queue", item.ID)
	}
	q.Add(event("c", "c1"))
	if q.Len() != 2 {
		t.Errorf("%d events, want those from before", q.Len())
	}
}
