//go:build e2e

package bounds

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/test/load/measure"
)

const (
	// runs is how many TaskRuns are measured, tasks how long the chain is.
	runs  = 20
	tasks = 5
	// attempts is how often to measure when a count is above its bound: what else goes on in a cluster only adds to the counts, so that
	// the least of them is what counts.
	attempts = 3
	// patience bounds how long all of that takes. It is no measure of speed.
	patience = 5 * time.Minute
)

// TestCluster is not parallel: counters of the API server are those of the whole cluster.
func TestCluster(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := measure.Connect(measure.Settings{Creators: runs, Settle: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.CleanUp(); err != nil {
			t.Errorf("cleaning up: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	chain := measure.Shape{Kind: measure.ShapeChain, Size: tasks}
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Open(ctx, chain); err != nil {
		t.Fatal(err)
	}
	measured(ctx, t, s, chain.Load("warm", 1)) // the first run after an installation waits for leaders and fills caches
	least := map[string]float64{}
	for i := range attempts {
		for name, value := range counts(ctx, t, s, i) {
			if before, ok := least[name]; !ok || value < before {
				least[name] = value
			}
		}
		o := Compare(all, Cluster, least)
		if len(o.Failures) == 0 {
			break
		}
		t.Logf("attempt %d: %v", i+1, o.Failures)
	}
	check(t, Cluster, least)
}

// counts measures TaskRuns at once and one chain.
func counts(ctx context.Context, t *testing.T, s *measure.Session, attempt int) map[string]float64 {
	t.Helper()
	single, chain := measure.Shape{Kind: measure.ShapeTaskRun}, measure.Shape{Kind: measure.ShapeChain, Size: tasks}
	many := measured(ctx, t, s, single.Load(fmt.Sprintf("many%d", attempt), runs))
	one := measured(ctx, t, s, chain.Load(fmt.Sprintf("one%d", attempt), 1))
	if _, ok := many.ControllerRequests(); !ok {
		t.Log("the controller does not count its own requests: reads are those of all clients")
	}
	return map[string]float64{
		"taskrun-writes":     many.WritesPerTaskRun(),
		"taskrun-reads":      many.Reads() / many.TaskRuns(),
		"taskrun-events":     many.EventsPerTaskRun(),
		"taskrun-passes":     many.Passes(measure.KindTaskRun) / many.TaskRuns(),
		"pipelinerun-writes": one.WritesPerPipelineRun(),
		"pipelinerun-passes": one.Passes(measure.KindPipelineRun),
	}
}

// measured fails the test if a run does not end well.
func measured(ctx context.Context, t *testing.T, s *measure.Session, l measure.Load) *measure.Result {
	t.Helper()
	r, err := s.Measure(ctx, l)
	if err != nil {
		t.Fatalf("measuring %s: %v", l.Title, err)
	}
	if r.Failed > 0 {
		t.Fatalf("%d of %d runs failed, the first one: %s", r.Failed, l.Count, r.FirstFailure)
	}
	return r
}
