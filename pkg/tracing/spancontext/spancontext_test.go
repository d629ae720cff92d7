package spancontext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

const parentLine = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func always(trace.TraceID) bool { return true }

func never(trace.TraceID) bool { return false }

func TestParse(t *testing.T) {
	t.Parallel()
	const (
		noObject = `the carrier must be a JSON object of strings, such as {"traceparent":"00-<trace>-<span>-01"}`
		noEntry  = `the carrier must have an entry "traceparent" of the form 00-<32 hex digits>-<16 hex digits>-<2 hex digits>`
	)
	for name, tc := range map[string]struct{ annotation, want, err string }{
		"valid":        {annotation: `{"traceparent":"` + parentLine + `"}`, want: parentLine},
		"with state":   {annotation: `{"traceparent":"` + parentLine + `","tracestate":"a=b"}`, want: parentLine},
		"not sampled":  {annotation: `{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}`, want: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"},
		"no JSON":      {annotation: parentLine, err: noObject},
		"a list":       {annotation: `["x"]`, err: noObject},
		"number":       {annotation: `{"traceparent":1}`, err: noObject},
		"no entry":     {annotation: `{"other":"x"}`, err: noEntry},
		"empty object": {annotation: `{}`, err: noEntry},
		"zero trace":   {annotation: `{"traceparent":"00-00000000000000000000000000000000-b7ad6b7169203331-01"}`, err: noEntry},
		"short":        {annotation: `{"traceparent":"00-0af7-b7ad-01"}`, err: noEntry},
		"too large":    {annotation: `{"x":"` + strings.Repeat("x", 1016) + `"}`, err: "the carrier has 1024 bytes, it must have less than 1024"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := spancontext.Parse(tc.annotation)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff([]string{tc.want, tc.err}, []string{spancontext.Traceparent(got), text}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	parent, err := spancontext.Parse(`{"traceparent":"` + parentLine + `","tracestate":"a=b"}`)
	if err != nil {
		t.Fatal(err)
	}
	// A change of these would tear traces of runs that are under way apart while the controller is upgraded.
	for name, tc := range map[string]struct {
		uid    types.UID
		parent trace.SpanContext
		sample func(trace.TraceID) bool
		want   map[string]string
	}{
		"own trace":       {uid: "uid", sample: always, want: map[string]string{"traceparent": "00-99d3c0baf353089ff6c70f835cc2db4d-e30d9eb2c6a8f291-01"}},
		"not sampled":     {uid: "uid", sample: never, want: map[string]string{"traceparent": "00-99d3c0baf353089ff6c70f835cc2db4d-e30d9eb2c6a8f291-00"}},
		"trace of parent": {uid: "uid", parent: parent, sample: never, want: map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-e30d9eb2c6a8f291-01", "tracestate": "a=b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := spancontext.Carrier(spancontext.New(tc.uid, tc.parent, tc.sample))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPartsAreToldApart(t *testing.T) {
	t.Parallel()
	run := spancontext.New("uid", trace.SpanContext{}, always)
	other := spancontext.New("uid2", trace.SpanContext{}, always)
	seen := map[string]string{}
	for name, sc := range map[string]trace.SpanContext{
		"run": run, "other": other, "step": spancontext.Step(run, 0, "step-a"), "step of another attempt": spancontext.Step(run, 1, "step-a"),
		"another step": spancontext.Step(run, 0, "step-b"), "step of another run": spancontext.Step(other, 0, "step-a"),
		"custom run": spancontext.CustomRun(run, "run-a"), "another custom run": spancontext.CustomRun(run, "run-b"),
	} {
		id := sc.SpanID().String()
		if seen[id] != "" {
			t.Errorf("%s and %s have the same ID", name, seen[id])
		}
		seen[id] = name
	}
	step := spancontext.Step(run, 0, "step-a")
	if step.TraceID() != run.TraceID() || !step.IsSampled() || !step.Equal(spancontext.Step(run, 0, "step-a")) {
		t.Errorf("step %v of run %v", step, run)
	}
}

func TestWithoutTrace(t *testing.T) {
	t.Parallel()
	for _, carrier := range []map[string]string{nil, {}, {"traceparent": "00-1"}} {
		sc := spancontext.Of(carrier)
		if sc.IsValid() || spancontext.Step(sc, 0, "a").IsValid() || spancontext.Carrier(sc) != nil || spancontext.Traceparent(sc) != "" {
			t.Errorf("of %v: %v", carrier, sc)
		}
	}
}

func TestAnnotation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		carrier map[string]string
		want    string
	}{
		"none":        {},
		"a carrier":   {carrier: map[string]string{"traceparent": "00-1"}, want: `{"traceparent":"00-1"}`},
		"too large":   {carrier: map[string]string{"x": strings.Repeat("x", 1016)}},
		"just fits":   {carrier: map[string]string{"x": strings.Repeat("x", 1015)}, want: `{"x":"` + strings.Repeat("x", 1015) + `"}`},
		"two entries": {carrier: map[string]string{"tracestate": "a=b", "traceparent": "00-1"}, want: `{"traceparent":"00-1","tracestate":"a=b"}`},
	} {
		if diff := cmp.Diff(tc.want, spancontext.Annotation(tc.carrier)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
