package plan_test

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// More seeds for a long search: go test ./pkg/plan -run TestRandomRuns -seeds 20000
var (
	seeds     = flag.Uint64("seeds", 60, "number of random runs")
	firstSeed = flag.Uint64("first-seed", 0, "first of the random runs")
)

// rare are seeds that reach corners which few others do.
var rare = []uint64{78, 196, 275, 998}

// TestRandomRuns runs random pipelines to their end in a simulated cluster, and compares every pass with what an oracle
// expects of it.
func TestRandomRuns(t *testing.T) {
	t.Parallel()
	for seed := range *seeds {
		checkRun(t, *firstSeed+seed)
	}
	for _, seed := range rare {
		checkRun(t, seed)
	}
}

// FuzzRandomRuns searches for seeds that fail: go test ./pkg/plan -run - -fuzz FuzzRandomRuns
func FuzzRandomRuns(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(checkRun)
}

// checkRun runs one scenario several times: undisturbed, where the oracle alone can tell the end from the fates of the
// children; with crashes and late news, which must not change the end; and with everything that can go wrong.
func checkRun(t *testing.T, seed uint64) {
	sc := randomScenario(seed)
	calm := newSimulation(t, sc, troubles{})
	want := calm.run()
	if forecast := sc.forecast(); !forecast.equals(want) {
		calm.fatalf("end (-forecast +got):\n%s", cmp.Diff(forecast, want))
	}
	crashing := newSimulation(t, sc, troubles{crashes: true, lags: true})
	if diff := cmp.Diff(want, crashing.run()); diff != "" {
		crashing.fatalf("end (-without +with crashes):\n%s", diff)
	}
	newSimulation(t, sc, troubles{crashes: true, lags: true, pauses: true, refusals: true}).run()
	newSimulation(t, sc, troubles{crashes: true, lags: true, pauses: true, refusals: true, deletions: true}).run()
}

func (c conclusion) equals(other conclusion) bool {
	return isLike(c.Condition, other.Condition) && slices.Equal(c.Children, other.Children) &&
		slices.Equal(c.Skips, other.Skips) && slices.Equal(c.Results, other.Results)
}

// forecast tells how a scenario ends without asking the planner: the oracle alone runs it.
func (s *scenario) forecast() conclusion {
	f := facts{
		name: s.run.Name, spec: s.run.Spec.DeepCopy(), pipeline: s.spec(), created: epoch, now: epoch,
		recorded: map[string][]string{}, skips: map[string]v1.SkippingReason{},
	}
	ends, cut := map[string]time.Time{}, map[string]bool{}
	for {
		elapsed := f.now.Sub(epoch)
		f.spec.Status = s.requested(elapsed)
		if f.refusal = s.refusal(elapsed); len(f.recorded) > 0 {
			f.refusal = ""
		}
		for i := range f.kids {
			if end, runs := ends[f.kids[i].name]; runs && !end.After(f.now) {
				f.kids[i].end(s.fateOf(f.kids[i].name, 1), cut[f.kids[i].name], f.now)
				delete(ends, f.kids[i].name)
			}
		}
		e := expect(f)
		if e.done() {
			return conclusion{Condition: e.condition, Children: e.children, Skips: e.skips, Results: e.results}
		}
		f.remember(e)
		for _, name := range e.creates {
			f.kids = append(f.kids, kid{name: name, task: taskOf(name), kind: s.kindOf(name), created: f.now.Truncate(time.Second)})
			ends[name] = f.now.Add(s.fateOf(name, 1).lasts)
		}
		for i := range f.kids {
			if k := &f.kids[i]; k.told(e.stops) {
				if end := f.now.Add(s.fateOf(k.name, 1).lingers); end.Before(ends[k.name]) {
					ends[k.name], cut[k.name] = end, true
				}
			}
		}
		f.now = s.next(f.now, e, ends)
	}
}

// next is the next moment at which something happens.
func (s *scenario) next(now time.Time, e expectation, ends map[string]time.Time) time.Time {
	var next time.Time
	consider := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, at := range e.deadlines {
		consider(at.Add(time.Millisecond))
	}
	for _, at := range ends {
		consider(at)
	}
	for _, at := range s.moments() {
		consider(epoch.Add(at))
	}
	return next
}

// remember keeps what a status stores: times lose their fractions.
func (f *facts) remember(e expectation) {
	f.start, f.finally = e.start.Truncate(time.Second), e.finally.Truncate(time.Second)
	clear(f.recorded)
	for _, name := range e.children {
		f.recorded[taskOf(name)] = append(f.recorded[taskOf(name)], name)
	}
	clear(f.skips)
	for _, text := range e.skips {
		task, why, _ := strings.Cut(text, ": ")
		f.skips[task] = v1.SkippingReason(why)
	}
}

func (s *scenario) kindOf(child string) string {
	switch pt := s.task(taskOf(child)); {
	case pt.PipelineSpec != nil || pt.PipelineRef != nil:
		return "PipelineRun"
	case !makesTaskRuns(pt):
		return "CustomRun"
	}
	return "TaskRun"
}

// told notes that a child is among those that are told to stop.
func (k *kid) told(stops []string) bool {
	text := k.kind + " " + k.name
	late := slices.Contains(stops, "time out "+text)
	if !late && !slices.Contains(stops, "cancel "+text) {
		return false
	}
	k.stopped, k.late = true, late
	return true
}

// end gives a child its fate.
func (k *kid) end(f fate, cut bool, now time.Time) {
	k.done, k.ok, k.ended = true, f.status == "True" && !cut, now.Truncate(time.Second)
	k.reason = "Failed"
	if f.cancelled || cut {
		k.reason = cancelReason(k.kind)
	}
	if !f.writes || cut || k.kind == "PipelineRun" {
		return
	}
	text := "text"
	k.text = &text
	if k.kind == "TaskRun" {
		k.list = append([]string{}, f.list...)
	}
}
