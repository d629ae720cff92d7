package resolve

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgotesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	clocktesting "k8s.io/utils/clock/testing"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	resolutionv1beta1 "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/reconciler/cached"
	"github.com/tenon-ci/tenon/pkg/reconciler/fresh"
)

var done = &apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}

// A request lives on for a while when its run is deleted, and a run of the same name has the same name for its own.
func TestRequestOfAnotherRun(t *testing.T) {
	t.Parallel()
	failed := &apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Message: "no such branch"}
	child := run.DeepCopy()
	child.UID, child.OwnerReferences = "child", ownedBy("u")
	for name, tc := range map[string]struct {
		rr     *resolutionv1beta1.ResolutionRequest
		owners []metav1.OwnerReference
		owner  *v1.TaskRun
		class  failure.Class
		usable bool
	}{
		"own":                           {rr: answered(fetchedTask, done), owners: ownedBy("u"), owner: run, usable: true},
		"of the run that it is part of": {rr: answered(fetchedTask, done), owners: ownedBy("u"), owner: child, usable: true},
		"of an earlier run":             {rr: answered(fetchedTask, done), owners: ownedBy("old"), owner: run, class: failure.Waiting},
		"failed, of an earlier run":     {rr: answered("", failed), owners: ownedBy("old"), owner: run, class: failure.Waiting},
		"of nobody":                     {rr: answered(fetchedTask, done), owner: run, class: failure.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rr := tc.rr
			rr.OwnerReferences = tc.owners
			w := newWorld(t, []runtime.Object{rr})
			if err := w.requests.Tracker().Add(rr); err != nil {
				t.Fatal(err)
			}
			req := remote()
			req.Owner = tc.owner
			_, err := w.Task(t.Context(), req)
			if (err == nil) != tc.usable || err != nil && failure.ClassOf(err) != tc.class {
				t.Errorf("got %v (%v)", err, failure.ClassOf(err))
			}
		})
	}
	t.Run("gone by now", func(t *testing.T) {
		t.Parallel()
		rr := answered(fetchedTask, done)
		rr.OwnerReferences = ownedBy("old")
		w := newWorld(t, []runtime.Object{rr})
		_, err := w.Task(t.Context(), remote())
		made, getErr := w.requests.ResolutionV1beta1().ResolutionRequests("default").Get(t.Context(), requestName, metav1.GetOptions{})
		if failure.ClassOf(err) != failure.Waiting || getErr != nil || !metav1.IsControlledBy(made, run) {
			t.Errorf("got %v, and a request %v, %v", err, made, getErr)
		}
	})
}

// However often a run and its children look at a document, it is checked once, and read once where the cache has dropped it.
func TestDocumentsAreCheckedOnce(t *testing.T) {
	t.Parallel()
	whole := answered(fetchedTask, done)
	bare := whole.DeepCopy()
	if _, err := cached.Request(bare); err != nil {
		t.Fatal(err)
	}
	early := answered(fetchedTask, nil)
	w := newWorld(t, []runtime.Object{early})
	if err := w.requests.Tracker().Add(whole); err != nil {
		t.Fatal(err)
	}
	w.Memory = NewMemory()
	later := newWorld(t, []runtime.Object{bare})
	later.Memory, later.RequestClient, later.Client = w.Memory, w.RequestClient, w.Client
	restarted := newWorld(t, []runtime.Object{bare})
	restarted.Memory, restarted.RequestClient, restarted.Client = NewMemory(), w.RequestClient, w.Client
	for i, step := range []struct {
		by               world
		checks, readings int
	}{{w, 1, 0}, {w, 1, 0}, {later, 1, 0}, {restarted, 2, 1}, {restarted, 2, 1}} {
		doc, err := step.by.Task(t.Context(), remote())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{"a-simple-task", "i", "there"}, []any{doc.Object.Name, doc.Object.Spec.Steps[0].Image, doc.Source.URI}); diff != "" {
			t.Errorf("look %d (-want +got):\n%s", i, diff)
		}
		doc.Object.Spec.Steps[0].Image = "changed"
		if got := []int{count(w.client.Actions(), "create"), count(w.requests.Actions(), "get")}; !cmp.Equal(got, []int{step.checks, step.readings}) {
			t.Errorf("look %d: %d checks and %d readings, want %d and %d", i, got[0], got[1], step.checks, step.readings)
		}
	}
}

func count(actions []clientgotesting.Action, verb string) int {
	n := 0
	for _, a := range actions {
		if a.GetVerb() == verb {
			n++
		}
	}
	return n
}

func TestAnotherDocumentIsCheckedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, []runtime.Object{answered(fetchedTask, nil)})
	w.Memory = NewMemory()
	if _, err := w.Task(t.Context(), remote()); err != nil {
		t.Fatal(err)
	}
	changed := answered(fetchedTask+"  - {name: more, image: m}\n", nil)
	changed.Status.Data = base64.StdEncoding.EncodeToString([]byte(fetchedTask + "  description: other\n"))
	other := newWorld(t, []runtime.Object{changed})
	other.Memory, other.Client = w.Memory, w.Client
	doc, err := other.Task(t.Context(), remote())
	if err != nil || doc.Object.Spec.Description != "other" || count(w.client.Actions(), "create") != 2 {
		t.Errorf("got %v, %v after %d checks", doc, err, count(w.client.Actions(), "create"))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := NewMemory()
	m.limit = 30
	key := func(i int) documentKey { return documentKey{digest: fmt.Sprint(i)} }
	has := func() []bool {
		var out []bool
		for i := range 5 {
			_, ok := m.get(key(i))
			out = append(out, ok)
		}
		return out
	}
	for i := range 3 {
		m.add(&accepted{key: key(i), size: 10})
	}
	m.get(key(0))
	m.add(&accepted{key: key(3), size: 10})
	m.add(&accepted{key: key(3), size: 10})
	if diff := cmp.Diff([]bool{true, false, true, true, false}, has()); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	m.add(&accepted{key: key(4), size: 31})
	if diff := cmp.Diff(make([]bool, 5), has()); diff != "" || m.size != 0 || m.order.Len() != 0 {
		t.Errorf("remembered after one that is too large (-want +got):\n%s", diff)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	waiting := answered("", &apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown})
	data, finished := answered(fetchedTask, nil), answered(fetchedTask, done)
	failed := answered("", &apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse})
	again := waiting.DeepCopy()
	again.UID = "another"
	woken := 0
	h := Handler(func(any) { woken++ })
	for name, tc := range map[string]struct {
		event func(cache.ResourceEventHandler)
		want  int
	}{
		"made":                     {func(h cache.ResourceEventHandler) { h.OnAdd(waiting, false) }, 0},
		"in progress":              {func(h cache.ResourceEventHandler) { h.OnUpdate(answered("", nil), waiting) }, 0},
		"data":                     {func(h cache.ResourceEventHandler) { h.OnUpdate(waiting, data) }, 1},
		"done after data":          {func(h cache.ResourceEventHandler) { h.OnUpdate(data, finished) }, 0},
		"data and done":            {func(h cache.ResourceEventHandler) { h.OnUpdate(waiting, finished) }, 1},
		"failed":                   {func(h cache.ResourceEventHandler) { h.OnUpdate(waiting, failed) }, 1},
		"made again":               {func(h cache.ResourceEventHandler) { h.OnUpdate(finished, again) }, 1},
		"gone":                     {func(h cache.ResourceEventHandler) { h.OnDelete(finished) }, 1},
		"seen for the first time":  {func(h cache.ResourceEventHandler) { h.OnAdd(finished, true) }, 1},
		"gone while not looked at": {func(h cache.ResourceEventHandler) { h.OnDelete(cache.DeletedFinalStateUnknown{}) }, 1},
	} {
		woken = 0
		if tc.event(h); woken != tc.want {
			t.Errorf("%s: woken %d times, want %d", name, woken, tc.want)
		}
	}
}

// A Task that was applied just before its run is the one that is used, although the cache still has the one before.
func TestAppliedThenRun(t *testing.T) {
	t.Parallel()
	before, after := task("before"), task("after")
	before.ResourceVersion, after.ResourceVersion = "5", "9"
	req := local("t")
	owner := run.DeepCopy()
	owner.ResourceVersion = "10"
	req.Owner = owner
	w := newWorld(t, []runtime.Object{before}, after)
	w.Fresh = fresh.New()
	doc, err := w.Task(t.Context(), req)
	if err != nil || doc.Object.Spec.Steps[0].Image != "after" {
		t.Errorf("got %v, %v", doc, err)
	}
}

// TestTheSameDocumentForAnotherRun has runs whose requests brought the same document: admission is asked again after a while, and for
// another namespace, kind or document at once.
func TestTheSameDocumentForAnotherRun(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	m := newMemory(clock)
	first := &accepted{key: documentKey{"one", "digest", "Task"}}
	m.accepted(first, "ns")
	for _, tc := range []struct {
		name, namespace string
		key             documentKey
		after           time.Duration
		known           bool
	}{
		{"another run", "ns", documentKey{"two", "digest", "Task"}, 0, true},
		{"another namespace", "other", documentKey{"two", "digest", "Task"}, 0, false},
		{"another kind", "ns", documentKey{"two", "digest", "StepAction"}, 0, false},
		{"another document", "ns", documentKey{"two", "changed", "Task"}, 0, false},
		{"after a while", "ns", documentKey{"two", "digest", "Task"}, acceptedFor + time.Millisecond, false},
	} {
		clock.SetTime(clock.Now().Add(tc.after))
		same, known := m.sameContent(tc.key, tc.namespace)
		if known != tc.known || known && (same.key != tc.key || first.key.request != "one") {
			t.Errorf("%s: known %v, %+v", tc.name, known, same)
		}
	}
	if _, known := (*Memory)(nil).sameContent(first.key, "ns"); known {
		t.Error("no memory knows something")
	}
}
