// Package docs tests that the documents about telemetry name everything that there is, and nothing else.
package docs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/metrics"
	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// read returns documents of this folder, one after the other.
func read(t *testing.T, names ...string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// elsewhere are the metrics of other programs than the controller.
var elsewhere = []string{
	"tenon_cloudevents_total", "tenon_cloudevents_delivery_duration_seconds", "tenon_cloudevents_pending", "tenon_tracing_spans_total",
}

// allMetrics are the names of all metrics.
func allMetrics() []string {
	names := slices.Concat(metrics.FrameworkNames(), elsewhere)
	for _, entry := range metrics.Catalog() {
		names = append(names, entry.Name)
	}
	return names
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	text := read(t, "observability.md", "observability-metrics.md", "observability-traces.md", "events.md")
	known := allMetrics()
	for _, name := range known {
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(text) {
			t.Errorf("no document names the metric %s", name)
		}
	}
	for _, name := range regexp.MustCompile(`\b(?:tekton_pipelines_controller|tenon|kn|cicd)_[a-z0-9_]*[a-z0-9]\b`).FindAllString(text, -1) {
		base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if !slices.Contains(known, name) && !slices.Contains(known, base) && !isLabel(name) && !isBeginning(name, known) {
			t.Errorf("the documents name the metric %s, which there is not", name)
		}
	}
}

// isLabel tells whether a name is that of a label.
func isLabel(name string) bool {
	return name == "cicd_pipeline_name" || slices.ContainsFunc(metrics.Catalog(), func(e metrics.Entry) bool {
		return slices.Contains(e.Labels, name) || slices.Contains(e.Labels, "["+name+"]")
	})
}

// isBeginning tells whether names begin so: documents write tenon_* for all of them.
func isBeginning(name string, known []string) bool {
	return slices.ContainsFunc(known, func(each string) bool { return strings.HasPrefix(each, name+"_") })
}

// eventTypes are those of contract 4 §5.1, without what all of them begin with.
func eventTypes() []string {
	var types []string
	for kind, states := range map[string][]string{
		"taskrun":     {"queued", "started", "running", "unknown", "successful", "failed"},
		"pipelinerun": {"queued", "started", "running", "unknown", "successful", "failed"},
		"customrun":   {"started", "running", "successful", "failed"},
	} {
		for _, state := range states {
			types = append(types, kind+"."+state+".v1")
		}
	}
	return types
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	text := read(t, "events.md")
	if !strings.Contains(text, "`dev.tekton.event.`") {
		t.Error("events.md does not say what types begin with")
	}
	for _, name := range eventTypes() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("events.md does not name the type %s", name)
		}
	}
	for _, name := range regexp.MustCompile(`\b(?:taskrun|pipelinerun|customrun)\.[a-z]+\.v[0-9]+\b`).FindAllString(text, -1) {
		if !slices.Contains(eventTypes(), name) {
			t.Errorf("events.md names the type %s, which there is not", name)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	text := read(t, "observability-traces.md")
	for _, name := range slices.Concat(span.PassNames(), runtrace.Names()) {
		if !strings.Contains(text, "`"+strings.TrimSpace(name)) {
			t.Errorf("observability-traces.md does not name the span %q", name)
		}
	}
	for _, key := range runtrace.AttributeKeys() {
		if !strings.Contains(text, "`"+string(key)+"`") {
			t.Errorf("observability-traces.md does not name the attribute %s", key)
		}
	}
}
