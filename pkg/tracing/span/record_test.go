package span_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenon-ci/tenon/pkg/tracing/span"
	"github.com/tenon-ci/tenon/pkg/tracing/spancontext"
)

func run() trace.SpanContext {
	return spancontext.New("uid", trace.SpanContext{}, func(trace.TraceID) bool { return true })
}

// paths returns the spans with the names of those above them, and their problems, in the order in which they ended.
func paths(spans []span.Span) []string {
	byID := map[trace.SpanID]span.Span{}
	for _, s := range spans {
		byID[s.Context.SpanID()] = s
	}
	var list []string
	for _, s := range spans {
		path := s.Name
		for above, ok := byID[s.Parent.SpanID()]; ok; above, ok = byID[above.Parent.SpanID()] {
			path = above.Name + "/" + path
		}
		if s.Failed {
			path += " (" + s.Problem + ")"
		}
		list = append(list, path)
	}
	return list
}

func TestRecord(t *testing.T) {
	t.Parallel()
	ctx, end := span.Begin(context.Background(), "pass", run(), attribute.String("taskrun", "tr"))
	looking, endLook := span.Look(ctx, "look")
	_, endAct := span.Start(looking, "act")
	endAct(apierrors.NewConflict(struct{ Group, Resource string }{}, "secret name", errors.New("secret text")))
	endLook(errors.New("secret text"))
	_, endLast := span.Start(ctx, "last")
	endLast(nil)
	spans := end(nil)
	want := []string{"pass/look/act (Conflict)", "pass/look (failed, the log of the controller says why)", "pass/last", "pass"}
	if diff := cmp.Diff(want, paths(spans)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	for _, s := range spans {
		if s.Context.TraceID() != run().TraceID() || s.End.Before(s.Start) || len(s.Attributes) != 1 {
			t.Errorf("%+v", s)
		}
	}
	if top := spans[len(spans)-1]; !top.Parent.Equal(run()) {
		t.Errorf("the pass is under %v, want the run", top.Parent)
	}
}

func TestAPassThatOnlyLooksLeavesNoTrace(t *testing.T) {
	t.Parallel()
	ctx, end := span.Begin(context.Background(), "pass", run())
	_, endLook := span.Look(ctx, "look")
	endLook(nil)
	if spans := end(nil); spans != nil {
		t.Errorf("spans %v", paths(spans))
	}
}

func TestWithoutRecordNothingIsAllocated(t *testing.T) {
	ctx := context.Background()
	allocated := testing.AllocsPerRun(100, func() {
		_, end := span.Start(ctx, span.CreatePod)
		end(nil)
	})
	if allocated != 0 || span.Active(ctx).IsValid() {
		t.Errorf("%v allocations, active span %v", allocated, span.Active(ctx))
	}
}
