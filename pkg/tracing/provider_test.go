package tracing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog/logtest"
	"github.com/tenon-ci/tenon/pkg/tracing/runtrace"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// sink is an exporter that keeps spans. Until unblock is closed, if it is not nil, it takes none.
type sink struct {
	mu      sync.Mutex
	spans   []sdktrace.ReadOnlySpan
	unblock chan struct{}
	err     error
	closed  chan struct{}
}

func newSink() *sink { return &sink{closed: make(chan struct{})} }

func (s *sink) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	if s.unblock != nil {
		<-s.unblock
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, spans...)
	return s.err
}

func (s *sink) Shutdown(context.Context) error {
	close(s.closed)
	return nil
}

// provider returns a Provider that exports to the sinks, one after the other, and what it asked them for.
func provider(sinks ...*sink) (*Provider, *[]config.Tracing) {
	var asked []config.Tracing
	return New(Options{Version: "abc", Instance: "pod-1", Exporter: func(_ context.Context, settings config.Tracing) (sdktrace.SpanExporter, error) {
		asked = append(asked, settings)
		if len(asked) > len(sinks) {
			return nil, errors.New("no such exporter")
		}
		return sinks[len(asked)-1], nil
	}}), &asked
}

func enabled() config.Tracing {
	settings := *config.DefaultTracing()
	settings.Enabled = true
	return settings
}

func taskRun(name string) *v1.TaskRun {
	return &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns", UID: types.UID(name + "-uid")}}
}

// finished returns a TaskRun before and after its end was written.
func finished(p *Provider, name string) (before, after *v1.TaskRun) {
	before = taskRun(name)
	before.Status.SpanContext = p.TaskRunContext(context.Background(), before)
	after = before.DeepCopy()
	now := metav1.Now()
	after.CreationTimestamp, after.Status.StartTime, after.Status.CompletionTime = now, &now, &now
	after.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionFalse, Reason: "Failed", Message: "a step failed"}, now.Time)
	return before, after
}

func TestSettingsApplyLive(t *testing.T) {
	t.Parallel()
	first, second := newSink(), newSink()
	p, asked := provider(first, second)
	follow := p.Follow(zap.NewNop().Sugar())
	if got := p.TaskRunContext(t.Context(), taskRun("off")); got != nil {
		t.Errorf("while tracing is off, a run gets %v", got)
	}
	settings := enabled()
	follow("config-tracing", &settings)
	follow("config-tracing", &settings)
	follow("feature-flags", config.DefaultFeatureFlags())
	before, after := finished(p, "first")
	p.TaskRunWritten(t.Context(), before, after, nil)
	p.TaskRunWritten(t.Context(), after, after, nil)
	changed := settings
	changed.Endpoint = "https://other:4318/v1/traces"
	follow("config-tracing", &changed)
	<-first.closed
	before, after = finished(p, "second")
	p.TaskRunWritten(t.Context(), before, after, nil)
	off := changed
	off.Enabled = false
	follow("config-tracing", &off)
	<-second.closed
	p.TaskRunWritten(t.Context(), before, after, nil)
	if diff := cmp.Diff([]config.Tracing{settings, changed}, *asked); diff != "" {
		t.Errorf("exporters (-want +got):\n%s", diff)
	}
	for want, s := range map[string]*sink{"first-uid": first, "second-uid": second} {
		if len(s.spans) != 1 || s.spans[0].Status().Code != codes.Error || s.spans[0].Status().Description != "Failed: a step failed" {
			t.Fatalf("for %s: %v", want, s.spans)
		}
		got := s.spans[0]
		id := ""
		for _, a := range got.Attributes() {
			if a.Key == "cicd.pipeline.task.run.id" {
				id = a.Value.AsString()
			}
		}
		if id != want || got.InstrumentationScope().Name != "TaskRunReconciler" ||
			got.Resource().String() != "service.instance.id=pod-1,service.name=taskrun-reconciler,service.version=abc" {
			t.Errorf("span of %s of %s: scope %v, resource %v", id, want, got.InstrumentationScope(), got.Resource())
		}
	}
	if got := p.Counts(); got != (Counts{Sent: 2}) {
		t.Errorf("counts %+v", got)
	}
}

func TestAnExporterThatCannotBeMadeSwitchesTracingOff(t *testing.T) {
	t.Parallel()
	p, _ := provider()
	logger, lines := logtest.New(t, zap.DebugLevel)
	settings := enabled()
	p.Follow(logger)("config-tracing", &settings)
	if got := p.TaskRunContext(t.Context(), taskRun("x")); got != nil || len(lines.With("traces are not sent")) != 1 {
		t.Errorf("carrier %v, logs %v", got, lines.With(""))
	}
}

// A collector that takes nothing delays nobody: what does not fit is counted and dropped.
func TestADeadCollectorHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	dead := newSink()
	dead.unblock = make(chan struct{})
	p, _ := provider(dead)
	p.Apply(enabled())
	before, after := finished(p, "x")
	const more = 100
	for range queueSize + more {
		p.TaskRunWritten(t.Context(), before, after, nil)
	}
	if got := p.Counts(); got != (Counts{Dropped: more}) {
		t.Errorf("while it is dead: %+v", got)
	}
	close(dead.unblock)
	p.Close()
	if got := p.Counts(); got != (Counts{Dropped: more, Sent: queueSize}) {
		t.Errorf("afterwards: %+v", got)
	}
}

func TestFailuresAreCountedAndToldOnce(t *testing.T) {
	t.Parallel()
	broken := newSink()
	broken.err = errors.New("connection refused")
	p, _ := provider(broken)
	logger, lines := logtest.New(t, zap.DebugLevel)
	p.Follow(logger)
	p.Apply(enabled())
	before, after := finished(p, "x")
	for range 3 * batchSize {
		p.TaskRunWritten(t.Context(), before, after, nil)
	}
	p.Close()
	if got := p.Counts(); got != (Counts{Failed: 3 * batchSize}) {
		t.Errorf("counts %+v", got)
	}
	if n := len(lines.With("traces could not be sent")); n != 1 || len(lines.With("")) != 1 {
		t.Errorf("%d complaints in %v", n, lines.With(""))
	}
	reader := sdkmetric.NewManualReader()
	if err := p.Measure(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")); err != nil {
		t.Fatal(err)
	}
	var measured metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &measured); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	sum, _ := measured.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64])
	for _, point := range sum.DataPoints {
		outcome, _ := point.Attributes.Value("outcome")
		got[measured.ScopeMetrics[0].Metrics[0].Name+" "+outcome.AsString()] = point.Value
	}
	want := map[string]int64{"tenon_tracing_spans sent": 0, "tenon_tracing_spans dropped": 0, "tenon_tracing_spans failed": 3 * batchSize}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("measured (-want +got):\n%s", diff)
	}
}

func TestWhoGetsAnIdentity(t *testing.T) {
	t.Parallel()
	const parent = `{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}`
	p, _ := provider(newSink())
	p.Apply(enabled())
	unsampled, _ := provider(newSink())
	none := enabled()
	none.SamplingRate = 0
	unsampled.Apply(none)
	annotated := func(value string) *v1.TaskRun {
		tr := taskRun("x")
		tr.Annotations = map[string]string{pipeline.TaskRunSpanContextAnnotationKey: value}
		return tr
	}
	now := metav1.Now()
	stored := taskRun("x")
	stored.Status.SpanContext, stored.Status.StartTime = map[string]string{"traceparent": "stored"}, &now
	begun := taskRun("x")
	begun.Status.StartTime = &now
	own := p.TaskRunContext(t.Context(), taskRun("x"))["traceparent"]
	for name, tc := range map[string]struct {
		p    *Provider
		tr   *v1.TaskRun
		want func(traceparent string) bool
	}{
		"new":                      {p, taskRun("x"), func(s string) bool { return s != "" && s[len(s)-3:] == "-01" }},
		"again":                    {p, taskRun("x"), func(s string) bool { return s == own }},
		"of another trace":         {p, annotated(parent), func(s string) bool { return s[:36] == parent[16:52] && s[36:52] != parent[52:68] }},
		"annotation that is wrong": {p, annotated("nonsense"), func(s string) bool { return s == own }},
		"stored":                   {p, stored, func(s string) bool { return s == "stored" }},
		"stored, off now":          {nil, stored, func(s string) bool { return s == "stored" }},
		"begun without":            {p, begun, func(s string) bool { return s == "" }},
		"off":                      {nil, annotated(parent), func(s string) bool { return s == "" }},
		"not sampled":              {unsampled, taskRun("x"), func(s string) bool { return s[:len(s)-1] == own[:len(own)-1] && s[len(s)-1] == '0' }},
		"sampled by who began":     {unsampled, annotated(parent), func(s string) bool { return s[len(s)-3:] == "-01" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.p.TaskRunContext(t.Context(), tc.tr)["traceparent"]; !tc.want(got) {
				t.Errorf("carrier %q", got)
			}
		})
	}
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{UID: "x", Annotations: map[string]string{pipeline.PipelineRunSpanContextAnnotationKey: parent}}}
	if got := p.PipelineRunContext(t.Context(), pr)["traceparent"]; got[:36] != parent[16:52] {
		t.Errorf("PipelineRun has %q", got)
	}
}

func TestPass(t *testing.T) {
	t.Parallel()
	s := newSink()
	p, _ := provider(s)
	p.Apply(enabled())
	logger, lines := logtest.New(t, zap.DebugLevel)
	ctx := logging.WithLogger(t.Context(), logger)
	tr := taskRun("x")
	carrier := p.TaskRunContext(ctx, tr)
	pass := func(work func(context.Context), err error) {
		passCtx, end := p.TaskRunPass(ctx, tr, carrier)
		work(passCtx)
		if got := end(err); !errors.Is(got, err) {
			t.Errorf("the pass ends with %v, want %v", got, err)
		}
	}
	pass(func(context.Context) {}, nil)
	pass(func(ctx context.Context) {
		_, end := span.Start(ctx, span.CreatePod)
		end(nil)
		logging.FromContext(ctx).Debug("hello")
	}, controller.NewRequeueAfter(1))
	p.Close()
	var got []string
	for _, s := range s.spans {
		got = append(got, fmt.Sprint(s.Name(), " ", s.Status().Code, " ", s.SpanContext().TraceID().String() == carrier["traceparent"][3:35]))
	}
	want := []string{"createPod Unset true", "TaskRun:ReconcileKind Unset true", "TaskRun:Reconciler Unset true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("spans (-want +got):\n%s", diff)
	}
	outer := s.spans[2]
	if outer.Parent().SpanID().String() != carrier["traceparent"][36:52] {
		t.Errorf("the pass is under %v, want the run %s", outer.Parent().SpanID(), carrier["traceparent"])
	}
	wantFields := map[string]any{"level": "debug", "message": "hello", "traceID": outer.SpanContext().TraceID().String(), "spanID": s.spans[1].SpanContext().SpanID().String()}
	if diff := cmp.Diff(wantFields, lines.With("")[0]); diff != "" {
		t.Errorf("fields of the log (-want +got):\n%s", diff)
	}
}

func TestOffCostsNothing(t *testing.T) {
	var p *Provider
	tr := taskRun("x")
	ctx := context.Background()
	off := New(Options{})
	for name, p := range map[string]*Provider{"nil": p, "off": off} {
		allocated := testing.AllocsPerRun(100, func() {
			ctx, end := p.TaskRunPass(ctx, tr, p.TaskRunContext(ctx, tr))
			p.TaskRunWritten(ctx, tr, tr, nil)
			_ = end(nil)
		})
		if allocated != 0 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}

func TestChildrenAreAskedForAtTheEnd(t *testing.T) {
	t.Parallel()
	s := newSink()
	p, _ := provider(s)
	p.Apply(enabled())
	before := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "uid"}}
	before.Status.SpanContext = p.PipelineRunContext(t.Context(), before)
	asked := 0
	ctx := WithChildren(t.Context(), func() runtrace.Children {
		asked++
		return runtrace.Children{}
	})
	p.PipelineRunWritten(ctx, before, before)
	if asked != 0 {
		t.Error("the children of a run that goes on were asked for")
	}
	after := before.DeepCopy()
	now := metav1.Now()
	after.Status.CompletionTime = &now
	after.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}, now.Time)
	p.PipelineRunWritten(ctx, before, after)
	p.Close()
	if asked != 1 || len(s.spans) != 1 || s.spans[0].Name() != "RUN" || s.spans[0].InstrumentationScope().Name != "PipelineRunReconciler" {
		t.Errorf("asked %d times, spans %v", asked, s.spans)
	}
}
