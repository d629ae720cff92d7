package taskrun

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog/logtest"
	"github.com/tenon-ci/tenon/pkg/tracing"
)

// spans is an exporter that keeps what it is given.
type spans struct {
	mu  sync.Mutex
	all []sdktrace.ReadOnlySpan
}

func (s *spans) ExportSpans(_ context.Context, batch []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, batch...)
	return nil
}

func (*spans) Shutdown(context.Context) error { return nil }

// paths returns the spans with the names of those above them, in the order in which they ended.
func (s *spans) paths() []string {
	byID := map[string]sdktrace.ReadOnlySpan{}
	for _, x := range s.all {
		byID[x.SpanContext().SpanID().String()] = x
	}
	var list []string
	for _, x := range s.all {
		path := x.Name()
		for above, ok := byID[x.Parent().SpanID().String()]; ok; above, ok = byID[above.Parent().SpanID().String()] {
			path = above.Name() + "/" + path
		}
		list = append(list, path)
	}
	return list
}

// live goes with a run from its start to its end, with the given logger, and returns its trace.
func live(t *testing.T, tr *v1.TaskRun, logger *zap.SugaredLogger) (*world, *spans) {
	t.Helper()
	kept := &spans{}
	traces := tracing.New(tracing.Options{Exporter: func(context.Context, config.Tracing) (sdktrace.SpanExporter, error) { return kept, nil }})
	w := newWorld(t, settings{traces: traces}, tr)
	on := *config.DefaultTracing()
	on.Enabled = true
	traces.Apply(on)
	w.ctx = logging.WithLogger(w.ctx, logger)
	w.mustPass()
	w.mustPass()
	w.kubelet(corev1.PodRunning, runs())
	w.mustPass()
	w.kubelet(corev1.PodSucceeded, exits(0))
	w.mustPass()
	w.mustPass()
	traces.Close()
	return w, kept
}

func TestRunIsTraced(t *testing.T) {
	t.Parallel()
	w, got := live(t, taskRun(), zap.NewNop().Sugar())
	want := []string{
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/prepare",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/reconcile/createPod",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/reconcile",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/syncMetadata",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/updateStatus",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind",
		"RUN/TaskRun:Reconciler",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/prepare",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/reconcile",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/updateStatus",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind",
		"RUN/TaskRun:Reconciler",
		"RUN",
		"RUN/step a",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/prepare",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/reconcile",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind/updateStatus",
		"RUN/TaskRun:Reconciler/TaskRun:ReconcileKind",
		"RUN/TaskRun:Reconciler",
	}
	if diff := cmp.Diff(want, got.paths()); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	tr := w.taskRun()
	inPod := ""
	for _, c := range w.pod("tr-pod").Spec.Containers {
		for _, e := range c.Env {
			if e.Name == "TRACEPARENT" {
				inPod = e.Value
			}
		}
	}
	for _, s := range got.all {
		id := fmt.Sprintf("00-%s-%s-01", s.SpanContext().TraceID(), s.SpanContext().SpanID())
		if s.Name() == "RUN" && id != tr.Status.SpanContext["traceparent"] {
			t.Errorf("the root is %s, the status has %v", id, tr.Status.SpanContext)
		}
		if s.Name() == "step a" && id != inPod {
			t.Errorf("the step is %s, in the pod it is %s", id, inPod)
		}
	}
}

// Logs are quiet at level info, have one line for each decision at level debug, and nothing that users put into objects.
func TestLog(t *testing.T) {
	t.Parallel()
	logger, lines := logtest.New(t, zap.DebugLevel)
	live(t, taskRun(func(tr *v1.TaskRun) {
		tr.Labels = map[string]string{"tekton.dev/pipelineTask": "build"}
		tr.Spec.TaskSpec.Steps[0].Env = []corev1.EnvVar{{Name: "PASSWORD", Value: "hunter2"}}
	}), logger)
	var got []string
	for _, l := range lines.With("") {
		text, err := json.Marshal(l)
		if err != nil || strings.Contains(string(text), "hunter2") || l["level"] != "debug" || l["traceID"] == nil || l["spanID"] == nil {
			t.Errorf("line %s (%v)", text, err)
		}
		what := fmt.Sprint(l["message"], " ", l["run"], " ", l["task"], " ", l["reason"])
		if l["decision"] != nil {
			what += fmt.Sprint(" ", l["decision"], " ", l["object"])
		}
		got = append(got, what)
	}
	want := []string{
		"carried out ns/tr build NoPod createPod tr-pod", "condition changed ns/tr build Pending",
		"condition changed ns/tr build Running", "condition changed ns/tr build Succeeded",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
