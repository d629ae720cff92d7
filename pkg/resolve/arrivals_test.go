package resolve

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// waited tells whether somebody who expects an answer waits until the end.
func waited(t *testing.T, wait func(context.Context)) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), shortWait/2)
	defer cancel()
	wait(ctx)
	return ctx.Err() != nil
}

func TestArrivals(t *testing.T) {
	t.Parallel()
	a := newArrivals()
	rr := answered(fetchedTask, nil)
	id := types.NamespacedName{Namespace: rr.Namespace, Name: rr.Name}
	before, forgetBefore := a.expect(id)
	also, forgetAlso := a.expect(id)
	other, forgetOther := a.expect(types.NamespacedName{Namespace: "other", Name: rr.Name})
	a.arrived(answered("", nil))
	if !waited(t, before) {
		t.Error("the wait ends without an answer")
	}
	a.arrived(rr)
	if waited(t, before) || waited(t, also) || !waited(t, other) {
		t.Error("the answer reaches others than those who wait for it")
	}
	a.arrived(rr)
	for _, forget := range []func(){forgetBefore, forgetAlso, forgetOther} {
		forget()
	}
	if len(a.waiting) != 0 || len(a.places) != 0 {
		t.Errorf("left behind: %v, %d places", a.waiting, len(a.places))
	}
}

// Where many wait already, and without arrivals, nobody waits.
func TestArrivalsAreBounded(t *testing.T) {
	t.Parallel()
	a := newArrivals()
	for range shortWaits {
		_, forget := a.expect(types.NamespacedName{Name: "rr"})
		defer forget()
	}
	for _, arrivals := range []*Arrivals{a, nil} {
		began := time.Now()
		wait, forget := arrivals.expect(types.NamespacedName{Name: "rr"})
		wait(t.Context())
		forget()
		if took := time.Since(began); took >= shortWait {
			t.Errorf("waited for %s", took)
		}
	}
	if len(a.places) != shortWaits {
		t.Errorf("%d places are taken", len(a.places))
	}
}

// TestAnswerInAMoment has a resolver that answers at once: the pass that asks has the Task.
func TestAnswerInAMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.Arrivals = newArrivals()
	rr := answered(fetchedTask, nil)
	go func() {
		for {
			w.Arrivals.mu.Lock()
			expected := len(w.Arrivals.waiting) > 0
			w.Arrivals.mu.Unlock()
			if expected {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if err := w.cache.Add(rr); err != nil {
			t.Error(err)
		}
		w.Arrivals.arrived(rr)
	}()
	doc, err := w.Task(t.Context(), remote())
	if err != nil {
		t.Fatal(err)
	}
	if doc.Object.Name != "a-simple-task" {
		t.Errorf("got %s", doc.Object.Name)
	}
}
