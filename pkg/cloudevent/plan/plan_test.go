package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/cloudevent"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// state returns a TaskRun that came into a state some minutes after noon; it was created at noon, and unless it is queued or
// pending, started a minute later.
func state(version, phase string, since int) cloudevent.State {
	tr := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{
		Namespace: "ns", Name: "run", UID: "u", ResourceVersion: version, CreationTimestamp: metav1.NewTime(noon),
	}}
	c := apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: phase, LastTransitionTime: apis.VolatileTime{Inner: metav1.NewTime(minute(since))}}
	switch phase {
	case "successful":
		c.Status = corev1.ConditionTrue
	case "failed":
		c.Status = corev1.ConditionFalse
	}
	if phase != "queued" {
		tr.Status.Status = duckv1.Status{Conditions: duckv1.Conditions{c}}
	}
	if phase != "queued" && phase != "TaskRunPending" {
		started := metav1.NewTime(minute(1))
		tr.Status.StartTime = &started
	}
	s, _ := cloudevent.Of(tr)
	return s
}

func custom(version string, status *apis.Condition) cloudevent.State {
	cr := &v1beta1.CustomRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "run", UID: "c", ResourceVersion: version, CreationTimestamp: metav1.NewTime(noon)}}
	if status != nil {
		cr.Status.Status = duckv1.Status{Conditions: duckv1.Conditions{*status}}
	}
	s, _ := cloudevent.Of(cr)
	return s
}

// word returns what an event tells, such as "started".
func word(e cloudevent.Event) string { return strings.Split(e.Type, ".")[4] }

// told returns the memory of Kubernetes about events of once-only types about a TaskRun.
func told(words ...string) Memory {
	m := Memory{Settled: map[string]bool{}}
	for _, w := range words {
		m.Settled[cloudevent.OnceID("u", "dev.tekton.event.taskrun."+w+".v1")] = true
	}
	return m
}

func TestNext(t *testing.T) {
	t.Parallel()
	succeeded := &apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}
	going := &apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: "Odd"}
	onSince := func(n int) Mark { return Mark{Since: minute(n)} }
	yesterday := noon.Add(-24 * time.Hour)
	tests := map[string]struct {
		states []cloudevent.State
		memory Memory
		mark   Mark
		want   []string
	}{
		"every state": {
			states: []cloudevent.State{state("1", "queued", 0), state("2", "Started", 1), state("3", "Pending", 1), state("4", "Running", 2), state("5", "successful", 3)},
			want:   []string{"queued", "started", "unknown", "running", "successful"},
		},
		"a start that nobody saw": {
			states: []cloudevent.State{state("1", "queued", 0), state("3", "Pending", 1), state("4", "Running", 2), state("5", "failed", 3)},
			want:   []string{"queued", "started", "unknown", "running", "failed"},
		},
		"only the end": {states: []cloudevent.State{state("5", "failed", 3)}, want: []string{"started", "failed"}},
		"kept from starting": {
			states: []cloudevent.State{state("1", "TaskRunPending", 0), state("2", "Running", 2)},
			want:   []string{"unknown", "started", "running"},
		},
		"every change of unknown, and not more": {
			states: []cloudevent.State{state("2", "Pending", 1), state("3", "Pending", 1), state("4", "PullImageFailed", 2), state("5", "Pending", 3)},
			want:   []string{"started", "unknown", "unknown", "unknown"},
		},
		"another attempt": {
			states: []cloudevent.State{state("2", "Running", 1), state("3", "ToBeRetried", 2), state("4", "Started", 3), state("5", "Running", 4), state("6", "failed", 5)},
			want:   []string{"started", "running", "unknown", "failed"},
		},
		"seen again, and after it ended": {
			states: []cloudevent.State{state("2", "Running", 1), state("2", "Running", 1), state("5", "successful", 3), state("5", "successful", 3), state("9", "successful", 3), state("8", "failed", 3)},
			want:   []string{"started", "running", "successful"},
		},
		"older than what was seen": {
			states: []cloudevent.State{state("5", "Running", 3), state("3", "Pending", 1)},
			want:   []string{"started", "running"},
		},
		"a CustomRun": {
			states: []cloudevent.State{custom("1", nil), custom("2", going), custom("3", going), custom("4", succeeded)},
			want:   []string{"started", "running", "successful"},
		},
		"only the end of a CustomRun": {states: []cloudevent.State{custom("4", succeeded)}, want: []string{"started", "successful"}},

		"first start: over before":        {states: []cloudevent.State{state("5", "successful", 3)}, mark: onSince(4)},
		"first start: over before, label": {states: []cloudevent.State{state("5", "successful", 3), state("8", "successful", 3)}, mark: onSince(4)},
		"first start: running":            {states: []cloudevent.State{state("5", "Running", 3), state("6", "successful", 5)}, mark: onSince(4), want: []string{"started", "running", "successful"}},
		"first start: the same moment":    {states: []cloudevent.State{state("5", "successful", 4)}, mark: onSince(4), want: []string{"started", "successful"}},
		"clocks differ": {
			states: []cloudevent.State{state("5", "Running", 1), state("6", "successful", 3)}, mark: onSince(4), want: []string{"started", "running", "successful"},
		},

		"restart within an hour: all is known": {
			states: []cloudevent.State{state("6", "successful", 3)}, memory: told("queued", "started", "running", "successful"),
			mark: Mark{Since: yesterday, Time: minute(-1)},
		},
		"restart within an hour: ended meanwhile": {
			states: []cloudevent.State{state("6", "successful", 3)}, memory: told("queued", "started", "running"),
			mark: Mark{Since: yesterday, Time: minute(-1)}, want: []string{"successful"},
		},
		"restart within an hour: an event was given up": {
			states: []cloudevent.State{state("5", "Running", 2), state("6", "successful", 3)}, memory: told("started", "running"),
			mark: Mark{Since: yesterday}, want: []string{"successful"},
		},
		"restart after a day: ended long ago":       {states: []cloudevent.State{state("6", "successful", 3)}, mark: Mark{Since: yesterday, Time: minute(500)}},
		"restart after a day: labelled since then":  {states: []cloudevent.State{state("900", "successful", 3)}, mark: Mark{Since: yesterday, Time: minute(500), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 600}}},
		"restart after a day: ended just before":    {states: []cloudevent.State{state("6", "successful", 500)}, mark: Mark{Since: yesterday, Time: minute(499), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 6}}},
		"restart after a day: label after the look": {states: []cloudevent.State{state("6", "successful", 500), state("900", "successful", 500)}, mark: Mark{Since: yesterday, Time: minute(499), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 6}}},
		"restart after a day: ended meanwhile": {
			states: []cloudevent.State{state("900", "successful", 800)}, mark: Mark{Since: yesterday, Time: minute(500), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 600}},
			want: []string{"successful"},
		},
		"restart after a day: came and went": {
			states: []cloudevent.State{state("900", "failed", 3)}, mark: Mark{Since: yesterday, Time: minute(0), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 600}},
			want: []string{"started", "failed"},
		},
		"restart after a day: still running": {
			states: []cloudevent.State{state("6", "Running", 3), state("7", "successful", 999)}, mark: Mark{Since: yesterday, Time: minute(500)},
			want: []string{"successful"},
		},
		"restart: queued all the time": {
			states: []cloudevent.State{state("6", "queued", 0), state("7", "Running", 600)}, mark: Mark{Since: yesterday, Time: minute(500)},
			want: []string{"started", "running"},
		},
		"another kind's version": {
			states: []cloudevent.State{state("6", "failed", 3)}, mark: Mark{Since: yesterday, Versions: map[cloudevent.Kind]uint64{cloudevent.PipelineRun: 600}},
			want: []string{"started", "failed"},
		},
		"take-over: the other one was in the middle": {
			states: []cloudevent.State{state("4", "Running", 2), state("5", "successful", 3)}, memory: told("queued", "started"),
			mark: Mark{Since: yesterday, Time: minute(-1), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 1}}, want: []string{"running", "successful"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory := tc.memory
			var got, sequence []string
			for _, s := range tc.states {
				var due []cloudevent.Event
				due, memory = Next(s, memory, tc.mark)
				for _, e := range due {
					got, sequence = append(got, word(e)), append(sequence, e.Sequence)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if !slices.IsSorted(sequence) || len(slices.Compact(sequence)) != len(got) {
				t.Errorf("sequence is not in order: %q", sequence)
			}
		})
	}
}

func TestNextDoesNotChangeItsMemory(t *testing.T) {
	t.Parallel()
	memory := told("queued")
	Next(state("5", "Running", 3), memory, Mark{})
	if diff := cmp.Diff(told("queued"), memory); diff != "" {
		t.Errorf("memory (-before +after):\n%s", diff)
	}
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	type versions = map[cloudevent.Kind]uint64
	tests := map[string]struct {
		mark    Mark
		seen    versions
		pending []Pending
		want    Mark
	}{
		"nothing is pending": {
			Mark{Since: minute(0)}, versions{cloudevent.TaskRun: 9}, nil,
			Mark{Since: minute(0), Time: minute(9), Versions: versions{cloudevent.TaskRun: 9}},
		},
		"something is pending": {
			Mark{Since: minute(0)}, versions{cloudevent.TaskRun: 9, cloudevent.PipelineRun: 8},
			[]Pending{{cloudevent.TaskRun, 7, minute(4)}, {cloudevent.TaskRun, 5, minute(6)}},
			Mark{Since: minute(0), Time: minute(4).Add(-1), Versions: versions{cloudevent.TaskRun: 4, cloudevent.PipelineRun: 8}},
		},
		"something new is pending": {
			Mark{}, versions{cloudevent.TaskRun: 9}, []Pending{{cloudevent.TaskRun, 12, minute(10)}},
			Mark{Time: minute(9), Versions: versions{cloudevent.TaskRun: 9}},
		},
		"what was covered stays so": {
			Mark{Time: minute(5), Versions: versions{cloudevent.TaskRun: 6, cloudevent.CustomRun: 3}}, versions{cloudevent.TaskRun: 9},
			[]Pending{{cloudevent.TaskRun, 5, minute(1)}},
			Mark{Time: minute(5), Versions: versions{cloudevent.TaskRun: 6, cloudevent.CustomRun: 3}},
		},
		"versions are unknown": {Mark{}, nil, []Pending{{cloudevent.TaskRun, 0, minute(3)}}, Mark{Time: minute(3).Add(-1), Versions: versions{}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, tc.mark.Advance(minute(10), tc.seen, tc.pending)); diff != "" {
				t.Errorf("mark (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	m := Mark{Since: minute(1), Time: minute(2), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 5, cloudevent.PipelineRun: 500}}
	got := m.Within(map[cloudevent.Kind]uint64{cloudevent.TaskRun: 5, cloudevent.PipelineRun: 40})
	want := Mark{Since: minute(1), Time: minute(2), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mark (-want +got):\n%s", diff)
	}
}

func TestCommon(t *testing.T) {
	t.Parallel()
	if m, ok := Common(nil); ok {
		t.Errorf("a mark of nothing: %+v", m)
	}
	got, ok := Common([]Mark{
		{Since: minute(3), Time: minute(7), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 5, cloudevent.CustomRun: 1}},
		{Since: minute(2), Time: minute(8), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 4}},
	})
	want := Mark{Since: minute(2), Time: minute(7), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 4}}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("mark (-want +got), %v:\n%s", ok, diff)
	}
}
