package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/load/growth"
)

func TestPoints(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-sweep", "-sweep-size", "small", "-creators", "7", "-rate", "5", "-results"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range points(o) {
		got = append(got, p.series+": "+strings.Join(p.opts.flags(), " "))
		if p.opts.creators != 7 || p.opts.rate != 0 || p.opts.results || p.opts.restart {
			t.Errorf("%s, %d: settings are %+v", p.series, p.x, p.opts)
		}
	}
	want := []string{
		"tasks-fan: -raw 0 -shape fan -runs 1 -size 10",
		"tasks-fan: -raw 0 -shape fan -runs 1 -size 50",
		"tasks-chain: -raw 0 -shape chain -runs 1 -size 10",
		"tasks-chain: -raw 0 -shape chain -runs 1 -size 50",
		"runs: -raw 0 -shape taskrun -runs 10",
		"runs: -raw 0 -shape taskrun -runs 50",
		"replicas: -raw 0 -shape taskrun -runs 50 -replicas 1",
		"replicas: -raw 0 -shape taskrun -runs 50 -replicas 2",
		"stored: -raw 0 -shape taskrun -runs 20",
		"stored: -raw 0 -shape taskrun -runs 20 -stored 200",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPointsAreSettingsOfTheTool parses the flags that stand in the results.
func TestPointsAreSettingsOfTheTool(t *testing.T) {
	t.Parallel()
	for _, size := range []string{sizeSmall, sizeFull} {
		common, err := parse([]string{"-sweep", "-sweep-size", size})
		if err != nil {
			t.Fatal(err)
		}
		series := map[string][]int{}
		for _, p := range points(common) {
			o, err := parse(p.opts.flags())
			if err != nil {
				t.Fatalf("%s, %d: %v", p.series, p.x, err)
			}
			if diff := cmp.Diff(p.opts, o, cmp.AllowUnexported(options{})); diff != "" {
				t.Errorf("%s, %d: the flags give other settings (-point +flags):\n%s", p.series, p.x, diff)
			}
			series[p.series] = append(series[p.series], p.x)
		}
		e := extents[size]
		want := map[string][]int{
			growth.Fan: e.tasks, growth.Chain: e.tasks, growth.Runs: e.runs, growth.Replicas: e.replicas, growth.Stored: e.stored,
		}
		if diff := cmp.Diff(want, series); diff != "" {
			t.Errorf("%s: %s", size, diff)
		}
	}
}

func TestFlagsOfTheSweep(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"-sweep -sweep-size large": `-sweep-size is "large", it has to be small or full`,
		"-o results.json":          "-o goes with -sweep",
		"-replicas -1":             "-replicas must not be negative",
		"-sweep small":             `"small" is no flag`,
	} {
		if _, err := parse(strings.Fields(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", text, err, want)
		}
	}
}

func TestSweepTable(t *testing.T) {
	t.Parallel()
	requests := 4.0
	done := growth.Point{Series: growth.Runs, X: 10, Values: &growth.Values{
		WallSeconds: 1.5, SecondsPerTask: 0.15, ControllerRequestsPerTaskRun: &requests, WritesPerTaskRun: 3, ResidentBytes: 2 << 20,
	}}
	failed := growth.Point{Series: growth.Runs, X: 50, Error: "no time left"}
	var plain, markdown strings.Builder
	for _, table := range []sweepTable{{w: &plain}, {w: &markdown, markdown: true}} {
		table.header()
		table.row(done)
		table.row(failed)
	}
	lines := strings.Split(strings.TrimSpace(plain.String()), "\n")
	if len(lines) != 3 || len(lines[0]) != len(lines[1]) || len(lines[0]) != len(lines[2]) {
		t.Errorf("columns are not below one another:\n%s", plain.String())
	}
	if got := strings.Fields(lines[1])[:6]; cmp.Diff([]string{"runs", "10", "1.5", "0.150", "4.0", "3.00"}, got) != "" {
		t.Errorf("row is %q", got)
	}
	if got := strings.Fields(lines[2])[1:4]; cmp.Diff([]string{"50", "-", "-"}, got) != "" {
		t.Errorf("row of a failure is %q", got)
	}
	lines = strings.Split(strings.TrimSpace(markdown.String()), "\n")
	if len(lines) != 4 || strings.Count(lines[0], "|") != strings.Count(lines[1], "|") {
		t.Errorf("no Markdown table:\n%s", markdown.String())
	}
}
