package controller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
)

func markAt(minutes int) plan.Mark {
	return plan.Mark{Since: noon, Time: noon.Add(time.Duration(minutes) * time.Minute), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: uint64(minutes)}}
}

func TestMarkKey(t *testing.T) {
	t.Parallel()
	for bucket, want := range map[string]string{
		"":                               "tenon.dev/delivered-all",
		"events-controller.x.y.00-of-01": "tenon.dev/delivered-00-of-01",
		"http://pod-0.service.ns.svc:80": "tenon.dev/delivered-96e9b62eec5bdcd9",
	} {
		if diff := cmp.Diff(want, markKey(bucket)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", bucket, diff)
		}
	}
}

func TestMarksOfBuckets(t *testing.T) {
	t.Parallel()
	write := func(old map[string]string, bucket string, minutes int) map[string]string {
		t.Helper()
		out, err := withMarks(old, map[string]plan.Mark{bucket: markAt(minutes)})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	find := func(annotations map[string]string, bucket string, want plan.Mark, wantFound bool) {
		t.Helper()
		got, found := markIn(annotations, bucket)
		if diff := cmp.Diff(want, got); diff != "" || found != wantFound {
			t.Errorf("mark of %s, %v (-want +got):\n%s", bucket, found, diff)
		}
	}
	find(nil, "x.00-of-01", plan.Mark{}, false)
	find(map[string]string{"other": "{}", "tenon.dev/delivered-00-of-01": "nonsense"}, "x.00-of-01", plan.Mark{}, false)
	one := write(map[string]string{"other": "stays"}, "x.00-of-01", 5)
	find(one, "x.00-of-01", markAt(5), true)

	// The number of buckets is changed: each goes on where the one was, until all have marks of their own.
	find(one, "x.00-of-02", markAt(5), true)
	half := write(one, "x.00-of-02", 9)
	find(half, "x.00-of-02", markAt(9), true)
	find(half, "x.01-of-02", markAt(5), true)
	both := write(half, "x.01-of-02", 7)
	find(both, "x.00-of-03", markAt(7), true)
	if _, ok := both["tenon.dev/delivered-00-of-01"]; ok || both["other"] != "stays" || len(both) != 3 {
		t.Errorf("annotations %v, want those of two buckets and the other one", both)
	}
	find(write(both, "", 11), "", markAt(11), true)
}

func TestSavingMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	p.leadAll()
	saved := func() plan.Mark {
		t.Helper()
		m, found, err := p.marks.load(t.Context(), "")
		if err != nil || !found {
			t.Fatalf("found %v, error %v", found, err)
		}
		return m
	}
	if diff := cmp.Diff(plan.Mark{Since: noon}, saved()); diff != "" {
		t.Errorf("at the start (-want +got):\n%s", diff)
	}
	w.clock.Step(10 * time.Minute)
	w.write(w.taskRun("a", "Running"), p)
	w.write(w.taskRun("b", "successful"), p)
	p.saveMarks(t.Context(), true)
	began := w.clock.Now()
	want := plan.Mark{Since: noon, Time: began.Add(-plan.Margin), Versions: map[cloudevent.Kind]uint64{cloudevent.TaskRun: 0}}
	if diff := cmp.Diff(want, saved()); diff != "" {
		t.Errorf("with events pending (-want +got):\n%s", diff)
	}
	p.deliverAll()
	w.clock.Step(10 * time.Minute)
	p.saveMarks(t.Context(), true)
	want.Time, want.Versions[cloudevent.TaskRun] = began.Add(10*time.Minute-plan.Margin), 2
	if diff := cmp.Diff(want, saved()); diff != "" {
		t.Errorf("with all delivered (-want +got):\n%s", diff)
	}

	// Nothing is written while nothing happens.
	w.kube.ClearActions()
	for range 10 {
		w.clock.Step(10 * time.Minute)
		p.saveMarks(t.Context(), false)
	}
	if n := len(w.kube.Actions()); n != 0 {
		t.Errorf("%d requests in ten rounds", n)
	}
}
