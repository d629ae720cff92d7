package observability

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/telemetry/otlp"
)

// span is one of trace "t" that lasts from second a to second b.
func span(id, parent string, a, b int64) otlp.Span {
	return otlp.Span{TraceID: "t", SpanID: id, ParentID: parent, Name: "span " + id, Start: time.Unix(a, 0), End: time.Unix(b, 0)}
}

func TestTrace(t *testing.T) {
	t.Parallel()
	other := span("z", "", 0, 1)
	other.TraceID = "u"
	good := []otlp.Span{span("c", "b", 4, 5), span("b", "a", 3, 6), span("a", "", 1, 9), span("d", "a", 1, 2), other}
	trace := NewTrace("t", good)
	if wrong := trace.Check("a"); wrong != nil {
		t.Errorf("complaints: %q\n%s", wrong, trace)
	}
	var names []string
	for _, each := range trace.Below("a") {
		names = append(names, each.Name)
	}
	if diff := cmp.Diff([]string{"span d", "span b", "span c"}, names); diff != "" {
		t.Errorf("spans below the root (-want +got):\n%s", diff)
	}
	want := []string{`"span d" lasts from 00:00:01.000 to 00:00:02.000, which is not within 00:00:03.000 and 00:00:06.000`}
	if diff := cmp.Diff(want, Outside(trace.Below("a"), time.Unix(3, 0), time.Unix(6, 0))); diff != "" {
		t.Errorf("spans outside (-want +got):\n%s", diff)
	}
	for name, tc := range map[string]struct {
		spans []otlp.Span
		want  []string
	}{
		"nothing":        {nil, []string{`the roots are [], want ["" (a)] alone`}},
		"other root":     {[]otlp.Span{span("b", "", 0, 1)}, []string{`the roots are ["span b" (b)], want ["" (a)] alone`}},
		"two roots":      {append(good, span("e", "", 0, 1)), []string{`the roots are ["span a" (a) "span e" (e)], want ["span a" (a)] alone`}},
		"missing parent": {append(good, span("e", "x", 0, 1)), []string{`the parent of ["span e" (e)], x, is not there`}},
		"backwards":      {append(good, span("e", "a", 2, 1)), []string{`["span e" (e)] ends before it starts`}},
		"same ID":        {append(good, span("c", "a", 2, 3)), []string{`c is the ID of two spans, "span c" and "span c"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, NewTrace("t", tc.spans).Check("a")); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParent(t *testing.T) {
	t.Parallel()
	trace, span, err := Parent(map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	if trace != "0af7651916cd43dd8448eb211c80319c" || span != "b7ad6b7169203331" || err != nil {
		t.Errorf("trace %q, span %q, error %v", trace, span, err)
	}
	if _, _, err := Parent(nil); err == nil {
		t.Error("there is no error without a traceparent")
	}
}
