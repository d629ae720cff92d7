package controller

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"
	"knative.dev/pkg/reconciler"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
	"github.com/tenon-ci/tenon/pkg/cloudevent/queue"
)

// expect compares what the sink has received since the last time.
func (w *world) expect(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.sink.take()); diff != "" {
		w.t.Errorf("received (-want +got):\n%s", diff)
	}
}

func TestEveryStateIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	// All are seen before the first is delivered: the cache has only the last one then.
	for _, phase := range []string{"queued", "Pending", "Running", "successful"} {
		w.write(w.taskRun("a", phase), p)
	}
	w.write(w.customRun("queued"), p)
	w.write(w.customRun("failed"), p)
	p.deliverAll()
	got := w.sink.take()
	slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
	want := []string{"a queued", "a started", "a unknown", "a running", "a successful", "c started", "c failed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	events := w.kubeEvents()
	if len(events) != len(want) {
		t.Errorf("%d Kubernetes events, want %d", len(events), len(want))
	}
	for _, e := range events {
		source := "TaskRunEvents"
		if e.InvolvedObject.Kind == "CustomRun" {
			source = "CustomRunEvents"
		}
		if e.Type != "Normal" || e.Reason != "CloudEventSent" || !strings.HasPrefix(e.Message, "Sent dev.tekton.event.") || e.Source.Component != source ||
			!slices.Contains(w.sink.ids, e.Annotations[IDAnnotation]) || e.Namespace != "ns" || e.InvolvedObject.UID == "" {
			t.Errorf("Kubernetes event %+v", e)
		}
	}
	w.write(w.taskRun("a", "successful"), p)
	p.deliverAll()
	w.expect()
}

func TestFirstStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.taskRun("over", "successful"))
	w.write(w.taskRun("on", "Running"))
	w.clock.Step(time.Hour)
	p := w.process()
	p.leadAll()
	p.deliverAll()
	w.expect("on started", "on running")
	w.write(w.taskRun("on", "failed"), p)
	p.deliverAll()
	w.expect("on failed")

	// What was over before stays so for those who follow, also if this one was killed at once.
	w.expire()
	next := w.process()
	next.leadAll()
	next.deliverAll()
	if got := w.sink.take(); slices.ContainsFunc(got, func(e string) bool { return strings.HasPrefix(e, "over ") }) {
		t.Errorf("a run is announced that was over before events were turned on: %q", got)
	}
}

// When events are turned on, it may take a while until a replica leads.
func TestFirstStartWithoutALeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.taskRun("over", "successful"))
	w.clock.Step(time.Hour)
	p := w.process()
	w.clock.Step(time.Second)
	w.write(w.taskRun("a", "Running"), p)
	w.write(w.taskRun("a", "successful"), p)
	w.clock.Step(10 * time.Second)
	p.leadAll()
	p.deliverAll()
	w.expect("a started", "a successful")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// after is what happens between two processes of the controller.
		after func(w *world)
		want  []string
	}{
		"at once":        {func(*world) {}, nil},
		"within an hour": {func(w *world) { w.clock.Step(50 * time.Minute); w.write(w.taskRun("b", "successful")) }, []string{"b successful"}},
		"after a day":    {func(w *world) { w.clock.Step(24 * time.Hour); w.expire() }, nil},
		"after a day, labels": {func(w *world) {
			w.clock.Step(24 * time.Hour)
			w.expire()
			labelled := w.runs["uid-old"].DeepCopyObject().(cloudevent.Object)
			labelled.SetLabels(map[string]string{"seen": "true"})
			w.write(labelled)
		}, nil},
		"after a day, much happened": {func(w *world) {
			w.expire()
			w.clock.Step(24 * time.Hour)
			w.write(w.taskRun("c", "successful"))
			w.expire()
		}, []string{"c started", "c successful"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.process()
			p.leadAll()
			w.write(w.taskRun("old", "successful"), p)
			w.clock.Step(10 * time.Minute)
			w.write(w.taskRun("a", "successful"), p)
			w.write(w.taskRun("b", "Running"), p)
			p.deliverAll()
			if got := w.sink.take(); len(got) != 6 {
				t.Fatalf("received at first: %q", got)
			}
			p.Drain()
			tc.after(w)
			next := w.process()
			next.leadAll()
			next.deliverAll()
			w.expect(tc.want...)
		})
	}
}

// A process that was killed has written its last mark some time ago.
func TestKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	for _, name := range []string{"a", "b", "c"} {
		w.write(w.taskRun(name, "Running"), p)
	}
	p.deliverAll()
	w.sink.take()
	p.saveMarks(t.Context(), false)
	// The sink gets the end of a, then everything ends, before the rest is delivered.
	for _, name := range []string{"a", "b", "c"} {
		w.write(w.taskRun(name, "successful"), p)
	}
	item, _ := p.queue.Get()
	p.deliver(item)
	w.expect("a successful")

	next := w.process()
	next.leadAll()
	next.deliverAll()
	w.expectAnyOrder("b successful", "c successful")
}

func (w *world) expectAnyOrder(want ...string) {
	w.t.Helper()
	got := w.sink.take()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("received (-want +got):\n%s", diff)
	}
}

// Killed between the delivery and the note about it, an event is sent again. It is the same one.
func TestKilledInBetween(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kube.PrependReactor("create", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("killed")
	})
	for range 2 {
		p := w.process()
		p.leadAll()
		if len(w.runs) == 0 {
			w.write(w.taskRun("a", "queued"), p)
		}
		p.deliverAll()
	}
	if len(w.sink.ids) != 2 || w.sink.ids[0] != w.sink.ids[1] || w.sink.sequences[0] != w.sink.sequences[1] {
		t.Errorf("ids %q, sequences %q; want the same twice", w.sink.ids, w.sink.sequences)
	}
}

// half is a bucket of the runs whose name begins with a letter.
type half struct{ name, letter string }

func (h half) Name() string                      { return h.name }
func (h half) Has(key types.NamespacedName) bool { return strings.HasPrefix(key.Name, h.letter) }

var _ reconciler.Bucket = half{}

func TestReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ofA, ofB := half{"events.00-of-02", "a"}, half{"events.01-of-02", "b"}
	one, two := w.process(), w.process()
	one.lead(ofA)
	two.lead(ofB)
	w.write(w.taskRun("a", "Running"), one, two)
	w.write(w.taskRun("b", "Running"), one, two)
	if one.queue.Len() != 2 || two.queue.Len() != 2 {
		t.Fatalf("%d and %d events wait, want those of each share and no others", one.queue.Len(), two.queue.Len())
	}
	one.deliverAll()
	two.deliverAll()
	w.expect("a started", "a running", "b started", "b running")

	// The first one loses its share with an event in the queue; the other one takes it over.
	w.write(w.taskRun("a", "failed"), one, two)
	one.Demote(ofA)
	if one.queue.Len() != 0 || len(one.Controller.runs) != 0 {
		t.Errorf("%d events and %d runs are left", one.queue.Len(), len(one.Controller.runs))
	}
	two.lead(ofA)
	two.deliverAll()
	w.expect("a failed")
}

// States that come while a share is taken over are not lost.
func TestSeenWhileTakingOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	first := true
	w.kube.PrependReactor("list", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
		if first {
			first = false
			w.write(w.taskRun("a", "Pending"), p)
			w.write(w.taskRun("a", "Running"), p)
			w.write(w.taskRun("a", "successful"), p)
		}
		return false, nil, nil
	})
	w.write(w.taskRun("a", "queued"), p)
	p.leadAll()
	p.deliverAll()
	w.expect("a queued", "a started", "a unknown", "a running", "a successful")
}

func TestWithoutASink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	w.write(w.taskRun("a", "Running"), p)
	if p.queue.Len() != 2 {
		t.Fatalf("%d events are waiting", p.queue.Len())
	}
	w.events["sink"] = ""
	p.configure()
	if p.queue.Len() != 0 || len(p.Controller.runs) != 0 {
		t.Errorf("without a sink, %d events wait, and %d runs are remembered", p.queue.Len(), len(p.Controller.runs))
	}
	w.write(w.taskRun("b", "successful"), p)
	if p.queue.Len() != 0 || len(p.Controller.runs) != 0 {
		t.Error("without a sink, runs are looked at")
	}
	p.forgetMarks(t.Context())
	if _, found, err := p.marks.load(t.Context(), ""); found || err != nil {
		t.Errorf("a mark is left: %v, %v", found, err)
	}
}

func TestAWrongSinkChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	w.events["sink"] = "ftp://nowhere"
	p.configure()
	w.write(w.taskRun("a", "queued"), p)
	p.deliverAll()
	w.expect("a queued")
}

func TestMutedCustomRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.flags["send-cloudevents-for-runs"] = "false"
	p := w.process()
	p.leadAll()
	w.write(w.customRun("queued"), p)
	w.write(w.taskRun("a", "queued"), p)
	w.flags["send-cloudevents-for-runs"] = "true"
	p.configure()
	w.write(w.customRun("successful"), p)
	p.deliverAll()
	w.expectAnyOrder("a queued", "c successful")
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sink.answers = []int{400}
	p := w.process()
	p.leadAll()
	w.write(w.taskRun("a", "queued"), p)
	w.write(w.taskRun("a", "Running"), p)
	p.deliverAll()
	w.expect("a started", "a running")
	var failed []corev1.Event
	for _, e := range w.kubeEvents() {
		if strings.Contains(e.Message, "secret") {
			t.Errorf("there is a secret in %q", e.Message)
		}
		if e.Reason == "CloudEventFailed" {
			failed = append(failed, e)
		}
	}
	host := strings.TrimPrefix(w.sink.server.URL, "http://")
	want := "Could not send dev.tekton.event.taskrun.queued.v1: " + host + " answered with status 400 (Bad Request)"
	if len(failed) != 1 || failed[0].Type != "Warning" || failed[0].Message != want {
		t.Errorf("events about failures: %+v, want one with the message %q", failed, want)
	}
	// What was given up is settled.
	next := w.process()
	next.leadAll()
	next.deliverAll()
	w.expect()
}

func TestRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sink.answers = []int{503}
	p := w.process()
	p.leadAll()
	w.write(w.taskRun("a", "Running"), p)
	item, _ := p.queue.Get()
	p.deliver(item)
	if item.Tries != 1 || len(w.kubeEvents()) != 0 {
		t.Errorf("%d tries, and %d Kubernetes events; want one and none", item.Tries, len(w.kubeEvents()))
	}
	if pending := p.queue.Pending(func(types.NamespacedName) bool { return true }); len(pending) != 2 {
		t.Errorf("%d events are pending, want both", len(pending))
	}
	// When it is too old, the next failure is the last.
	w.clock.Step(15 * time.Minute)
	w.sink.answers = []int{503}
	p.deliver(item)
	if events := w.kubeEvents(); len(events) != 1 || events[0].Reason != "CloudEventFailed" {
		t.Errorf("Kubernetes events: %+v", events)
	}
}

func TestReportName(t *testing.T) {
	t.Parallel()
	const id = "01234567-89ab-5cde-8f01-23456789abcd"
	for run, want := range map[string]string{
		"run":                             "run.0123456789ab5cde8f0123456789abcd",
		strings.Repeat("a", 253):          strings.Repeat("a", 220) + ".0123456789ab5cde8f0123456789abcd",
		strings.Repeat("a", 219) + ".bbb": strings.Repeat("a", 219) + ".0123456789ab5cde8f0123456789abcd",
	} {
		if diff := cmp.Diff(want, reportName(run, id)); diff != "" {
			t.Errorf("name (-want +got):\n%s", diff)
		}
	}
}

// Another implementation has told of a delivery without an id.
func TestToldByOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.taskRun("a", "Running"))
	p := w.process()
	_, err := w.kube.CoreV1().Events("ns").Create(t.Context(), &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: "ns", Name: "a.1"},
		InvolvedObject: corev1.ObjectReference{Kind: "TaskRun", Namespace: "ns", Name: "a", UID: "uid-a"},
		Reason:         "CloudEventSent", Message: "Sent dev.tekton.event.taskrun.started.v1",
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p.leadAll()
	p.deliverAll()
	w.expect("a running")
}

// Whoever may make events in a namespace can give them the UID of a run in another one.
func TestToldByStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.taskRun("a", "Running"))
	p := w.process()
	_, err := w.kube.CoreV1().Events("other").Create(t.Context(), &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: "other", Name: "a.1"},
		InvolvedObject: corev1.ObjectReference{Kind: "TaskRun", Namespace: "other", Name: "a", UID: "uid-a"},
		Reason:         "CloudEventSent", Message: "Sent dev.tekton.event.taskrun.started.v1",
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p.leadAll()
	p.deliverAll()
	w.expect("a started", "a running")
}

// Another installation tells of the runs of ignored namespaces.
func TestIgnoredNamespaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(w.taskRun("a", "Running"))
	p := w.process()
	ignored := "ns"
	p.ignored = func(namespace string) bool { return namespace == ignored }
	p.leadAll()
	w.write(w.taskRun("b", "Running"), p)
	p.deliverAll()
	w.expect()

	ignored = "other"
	w.write(w.taskRun("c", "Running"), p)
	p.deliverAll()
	w.expect("c started", "c running")
}

func TestDeletedRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	w.write(w.taskRun("a", "Running"), p)
	last := w.taskRun("a", "failed")
	w.write(last)
	p.handler().OnDelete(last)
	if len(p.Controller.runs) != 0 {
		t.Error("a deleted run is remembered")
	}
	p.deliverAll()
	w.expect("a started", "a running", "a failed")
}

func TestTurnedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	on := w.events["sink"]
	w.events["sink"] = ""
	p.configure()
	p.forgetMarks(t.Context())
	w.write(w.taskRun("a", "successful"), p)
	w.write(w.taskRun("b", "Running"), p)
	w.clock.Step(time.Minute)

	// Turned on again, events begin anew, although there was a mark from before.
	if err := p.marks.save(t.Context(), map[string]plan.Mark{"": {Since: noon.Add(-time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	go p.work()
	defer p.queue.Close()
	w.events["sink"] = on
	p.configure()
	<-w.sink.arrived
	<-w.sink.arrived
	w.expect("b started", "b running")
}

func TestTooManyAreWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	item := itemOf(w.taskRun("a", "Pending"))
	for range Limit + 1 {
		p.lose(item) // Nobody takes them, and it returns all the same.
	}
	told := make(chan *corev1.Event, 2*Limit)
	w.kube.PrependReactor("create", "events", func(action clienttesting.Action) (bool, runtime.Object, error) {
		e := action.(clienttesting.CreateAction).GetObject().(*corev1.Event)
		told <- e
		return true, e, nil
	})
	go p.tellLosses()
	e := <-told
	want := "Could not send dev.tekton.event.taskrun.unknown.v1: too many events are waiting for the sink, and this one had to give way"
	if e.Reason != "CloudEventFailed" || e.Message != want {
		t.Errorf("event %s %q, want %q", e.Reason, e.Message, want)
	}
}

func itemOf(run cloudevent.Object) *queue.Item {
	s, _ := cloudevent.Of(run)
	return &queue.Item{Event: s.Own()}
}
