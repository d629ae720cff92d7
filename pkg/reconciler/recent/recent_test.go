package recent_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestOutdated(t *testing.T) {
	t.Parallel()
	at := func(uid, version string) *v1.PipelineRun {
		return &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "run", UID: types.UID(uid), ResourceVersion: version}}
	}
	tests := map[string]struct {
		wrote, seen *v1.PipelineRun
		after       time.Duration
		want        bool
		wait        time.Duration
	}{
		"older":                        {wrote: at("u", "10"), seen: at("u", "9"), want: true, wait: recent.Patience},
		"older, but not for long":      {wrote: at("u", "10"), seen: at("u", "9"), after: time.Second, want: true, wait: recent.Patience - time.Second},
		"older ever since":             {wrote: at("u", "10"), seen: at("u", "9"), after: recent.Patience},
		"the one written":              {wrote: at("u", "10"), seen: at("u", "10")},
		"newer":                        {wrote: at("u", "10"), seen: at("u", "11")},
		"older by number, not by text": {wrote: at("u", "10"), seen: at("u", "8"), want: true, wait: recent.Patience},
		"another of the name":          {wrote: at("u", "10"), seen: at("v", "9")},
		"no number":                    {wrote: at("u", "x"), seen: at("u", "9")},
		"seen is no number":            {wrote: at("u", "10"), seen: at("u", "x")},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := clocktesting.NewFakePassiveClock(epoch)
			memory := recent.New[string](clock)
			if _, outdated := memory.Outdated(tc.seen); outdated {
				t.Error("outdated before anything was written")
			}
			memory.Wrote(at("u", "3"))
			memory.Wrote(tc.wrote)
			clock.SetTime(epoch.Add(tc.after))
			wait, outdated := memory.Outdated(tc.seen)
			if outdated != tc.want || wait != tc.wait {
				t.Errorf("outdated = %v for %v, want %v for %v", outdated, wait, tc.want, tc.wait)
			}
		})
	}
}

func TestReported(t *testing.T) {
	t.Parallel()
	clock := clocktesting.NewFakePassiveClock(epoch)
	memory := recent.New[string](clock)
	memory.Reported("u")
	clock.SetTime(epoch.Add(recent.Pause - 1))
	if !memory.JustReported("u") || memory.JustReported("v") {
		t.Error("the report of u is not known, or one of v is")
	}
	clock.SetTime(epoch.Add(recent.Pause))
	if memory.JustReported("u") {
		t.Error("the report of u is news for ever")
	}
}
