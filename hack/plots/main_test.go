package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/load/growth"
)

// texts are what a picture says, in the order of the file.
func texts(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	for inside := false; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s is no XML: %v", file, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inside = token.Name.Local == "text"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside {
				out = append(out, string(token))
			}
		}
	}
}

func TestPictures(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{first, second} {
		if err := run("testdata/results.json", dir); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(first)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		one, err := os.ReadFile(filepath.Join(first, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		other, err := os.ReadFile(filepath.Join(second, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if string(one) != string(other) {
			t.Errorf("%s differs between two runs", e.Name())
		}
	}
	if diff := cmp.Diff([]string{"growth-stored.svg", "growth-tasks-fan.svg"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAPictureSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run("testdata/results.json", dir); err != nil {
		t.Fatal(err)
	}
	fan, stored := texts(t, filepath.Join(dir, "growth-tasks-fan.svg")), texts(t, filepath.Join(dir, "growth-stored.svg"))
	for _, want := range []string{
		"One PipelineRun of parallel tasks, 2026-03-01 (no values for 1,000)", "tasks (logarithmic)", "10", "100", "1,000",
		"time per TaskRun, ms", "CPU time per TaskRun, ms", "requests and events, per TaskRun", "memory of the controller, MiB",
		"wall time", "API server", "controller", "all requests by the controller", "writes", "events", "reads", "resident, peak",
	} {
		if !slices.Contains(fan, want) {
			t.Errorf("the picture of the fan does not say %q, it says %q", want, fan)
		}
	}
	if slices.Contains(fan, "heap, after a collection") {
		t.Error("a measure without values has a line")
	}
	for _, want := range []string{"stored TaskRuns", "0", "2,000", "heap, after a collection"} {
		if !slices.Contains(stored, want) {
			t.Errorf("the picture of stored runs does not say %q, it says %q", want, stored)
		}
	}
}

func TestCoordinates(t *testing.T) {
	t.Parallel()
	known := 3.5
	points := []growth.Point{
		{X: 1, Values: &growth.Values{ControllerRequestsPerTaskRun: &known}}, {X: 2, Values: &growth.Values{}}, {X: 3, Error: "e"},
	}
	requests, writes := panels[1][0].lines[0].values(points), panels[1][0].lines[1].values(points)
	if len(requests) != 1 || requests[0].X != 1 || requests[0].Y != known {
		t.Errorf("what the cluster told once: %v", requests)
	}
	if len(writes) != 2 || writes[1].X != 2 {
		t.Errorf("what was measured twice: %v", writes)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 10050: "10,050", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: got %s", n, got)
		}
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][2]string{
		"-in: ":  {"testdata/none.json", t.TempDir()},
		"-out: ": {"testdata/results.json", filepath.Join(t.TempDir(), "none")},
	} {
		if err := run(args[0], args[1]); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: got error %v", args, err)
		}
	}
}
