package growth_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/load/growth"
)

func TestWrittenReportsCanBeRead(t *testing.T) {
	t.Parallel()
	collected := 4.0
	want := &growth.Report{Size: "small", Day: "2026-03-01", Points: []growth.Point{
		{Series: growth.Fan, X: 10, Flags: []string{"-raw", "0"}, Values: &growth.Values{WallSeconds: 1.5, CollectedHeapBytes: &collected}},
		{Series: growth.Fan, X: 50, Flags: []string{"-raw", "0"}, Error: "no time left"},
	}}
	var text bytes.Buffer
	if err := growth.Write(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := growth.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                             "reading the results",
		`{"size": "small"}`:             "points: there are none",
		`{"points": [{"series": "a"}]}`: "points[0]: it needs either values or error",
		`{"points": [{"series": "a", "error": "e", "values": {}}]}`: "points[0]: it needs either values or error",
		`{"pionts": []}`: `unknown field "pionts"`,
	} {
		if _, err := growth.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", text, err, want)
		}
	}
}
