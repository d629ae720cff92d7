package pipelinerun

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgotesting "k8s.io/client-go/testing"
	"knative.dev/pkg/controller"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/plan"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog/logtest"
	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
	"github.com/tenon-ci/tenon/pkg/tracing"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// kept is an exporter that keeps what it is given.
type kept struct {
	mu  sync.Mutex
	all []sdktrace.ReadOnlySpan
}

func (k *kept) ExportSpans(_ context.Context, batch []sdktrace.ReadOnlySpan) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, batch...)
	return nil
}

func (*kept) Shutdown(context.Context) error { return nil }

// paths returns the spans with the names of those above them, sorted: children are created side by side.
func (k *kept) paths() []string {
	byID := map[string]sdktrace.ReadOnlySpan{}
	for _, x := range k.all {
		byID[x.SpanContext().SpanID().String()] = x
	}
	var list []string
	for _, x := range k.all {
		path := x.Name()
		for above, ok := byID[x.Parent().SpanID().String()]; ok; above, ok = byID[above.Parent().SpanID().String()] {
			path = above.Name() + "/" + path
		}
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}

// tracedPass is pass with a logger.
func (w *world) tracedPass(t *testing.T, pr *v1.PipelineRun, logger *zap.SugaredLogger) {
	t.Helper()
	ctx := logging.WithLogger(controller.WithEventRecorder(t.Context(), events{w}), logger)
	if err := w.ReconcileKind(ctx, pr.DeepCopy()); err != nil {
		if again, _ := controller.IsRequeueKey(err); !again {
			t.Fatal(err)
		}
	}
}

// A run from its start to its end is one trace with one root, and tells of its decisions at level debug alone.
func TestRunIsTracedAndLogged(t *testing.T) {
	t.Parallel()
	exported := &kept{}
	traces := tracing.New(tracing.Options{Exporter: func(context.Context, config.Tracing) (sdktrace.SpanExporter, error) { return exported, nil }})
	settings := *config.DefaultTracing()
	settings.Enabled = true
	traces.Apply(settings)
	logger, lines := logtest.New(t, zap.DebugLevel)
	pr := newRun("a", "b")
	pr.Spec.Params = v1.Params{{Name: "password", Value: *v1.NewString("hunter2")}}
	w := newWorld(t, pr)
	w.traces = traces
	version := 0
	w.pipelines.PrependReactor("update", "pipelineruns", func(a clientgotesting.Action) (bool, runtime.Object, error) {
		update, _ := a.(clientgotesting.UpdateAction)
		written, _ := update.GetObject().(*v1.PipelineRun)
		version++
		written.ResourceVersion = strconv.Itoa(version)
		return false, nil, nil
	})
	w.tracedPass(t, pr, logger)
	got := w.stored(t)
	w.tracedPass(t, got, logger)
	for _, name := range []string{"run-a", "run-b"} {
		tr, err := w.pipelines.TektonV1().TaskRuns("ns").Get(t.Context(), name, metav1.GetOptions{})
		if err != nil || tr.Annotations["tekton.dev/taskrunSpanContext"] != `{"traceparent":"`+got.Status.SpanContext["traceparent"]+`"}` {
			t.Fatalf("annotations %v, run has %v (%v)", tr.GetAnnotations(), got.Status.SpanContext, err)
		}
		w.cache(t, finished(tr))
	}
	w.clock.SetTime(epoch.Add(2 * recent.Pause))
	w.tracedPass(t, got, logger)
	traces.Close()
	pass := "RUN/PipelineRun:Reconciler/PipelineRun:ReconcileKind"
	want := []string{
		"RUN",
		"RUN/PipelineRun:Reconciler", "RUN/PipelineRun:Reconciler", pass, pass,
		pass + "/reconcile", pass + "/reconcile",
		pass + "/reconcile/createTaskRuns", pass + "/reconcile/createTaskRuns/createTaskRun", pass + "/reconcile/createTaskRuns/createTaskRun",
		pass + "/reconcile/resolvePipelineState",
		pass + "/syncMetadata", pass + "/updateStatus", pass + "/updateStatus",
	}
	if diff := cmp.Diff(want, exported.paths()); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	var told []string
	for _, l := range lines.With("") {
		text, err := json.Marshal(l)
		if err != nil || strings.Contains(string(text), "hunter2") || l["level"] != "debug" || l["traceID"] == nil || l["spanID"] == nil {
			t.Errorf("line %s (%v)", text, err)
		}
		told = append(told, fmt.Sprint(l["message"], " ", l["run"], " ", l["task"], " ", l["decision"], " ", l["object"], " ", l["reason"]))
	}
	slices.Sort(told)
	wantLines := []string{
		"carried out ns/run a createTaskRun run-a TaskIsDue", "carried out ns/run b createTaskRun run-b TaskIsDue",
		"condition changed ns/run  <nil> <nil> Running", "condition changed ns/run  <nil> <nil> Succeeded",
	}
	if diff := cmp.Diff(wantLines, told); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestNamesOfActions(t *testing.T) {
	t.Parallel()
	stop := func(kind string, timedOut bool) plan.Action {
		return plan.StopChild{Kind: kind, Name: "x", TimedOut: timedOut}
	}
	taskRun, customRun := plan.CreateTaskRun{TaskRun: &v1.TaskRun{}}, plan.CreateCustomRun{CustomRun: &v1beta1.CustomRun{}}
	child := plan.CreatePipelineRun{PipelineRun: &v1.PipelineRun{}}
	for want, action := range map[string]plan.Action{
		"createTaskRun": taskRun, "createCustomRun": customRun, "createChildPipelineRun": child,
		"cancelTaskRun": stop("TaskRun", false), "timeoutTaskRun": stop("TaskRun", true),
		"cancelCustomRun": stop("CustomRun", false), "timeoutCustomRun": stop("CustomRun", true),
		"cancelChildPipelineRun": stop("PipelineRun", false), "timeoutChildPipelineRun": stop("PipelineRun", true),
		"deleteClaim": plan.DeleteClaim{}, "deleteAffinityAssistant": plan.DeleteAffinityAssistant{},
		"restartAffinityAssistant": plan.RestartAffinityAssistant{},
	} {
		got := describe(action).Decision
		if got != want || !slices.Contains(span.PassNames(), got) {
			t.Errorf("%T is %q, want %q", action, got, want)
		}
	}
	for want, actions := range map[string][]plan.Action{
		"createTaskRuns": {taskRun, taskRun}, "createCustomRuns": {customRun}, "createChildPipelineRuns": {child, child},
		"runNextSchedulableTask": {taskRun, child},
	} {
		if got := nameOfCreations(actions); got != want {
			t.Errorf("%d actions are %q, want %q", len(actions), got, want)
		}
	}
}
