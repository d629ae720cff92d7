package controller

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	_ "knative.dev/pkg/client/injection/kube/client/fake"
	"knative.dev/pkg/configmap"
	"knative.dev/pkg/reconciler"
	rtesting "knative.dev/pkg/reconciler/testing"

	fakepipeline "github.com/tenon-ci/tenon/pkg/client/injection/client/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/pipelinerun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1/taskrun/fake"
	_ "github.com/tenon-ci/tenon/pkg/client/injection/informers/pipeline/v1beta1/customrun/fake"
)

// The whole controller on fakes: what is written into the API arrives at the sink, and metrics and the end of the process say so.
func TestTheWholeController(t *testing.T) {
	reader := metric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })

	w := newWorld(t)
	ctx, informers := rtesting.SetupFakeContext(t)
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	watcher := configmap.NewStaticWatcher(configMap("config-events", w.events), configMap("feature-flags", nil), configMap("config-defaults", nil),
		configMap("config-tracing", nil), configMap("config-wait-exponential-backoff", nil))
	impl := c.Construct(ctx, watcher)
	if want := "github.com.tenon-ci.tenon.pkg.cloudevent.controller.Controller"; impl.Name != want {
		t.Errorf("the queue, and so the leases, are called %s, want %s", impl.Name, want)
	}
	if _, err := rtesting.RunAndSyncInformers(ctx, informers...); err != nil {
		t.Fatal(err)
	}
	// As the framework does without leader election.
	for range 2 {
		if err := c.Promote(reconciler.UniversalBucket(), nil); err != nil {
			t.Fatal(err)
		}
	}
	client := fakepipeline.Get(ctx)
	tr := w.taskRun("a", "Running")
	tr.ResourceVersion = "7"
	if _, err := client.TektonV1().TaskRuns("ns").Create(ctx, tr, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	cr := w.customRun("queued")
	cr.ResourceVersion = "8"
	if _, err := client.TektonV1beta1().CustomRuns("ns").Create(ctx, cr, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	got := []string{<-w.sink.arrived, <-w.sink.arrived, <-w.sink.arrived}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a running", "a started", "c started"}, got); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	c.Drain()
	if m, found, err := c.marks.load(t.Context(), ""); err != nil || !found || m.Versions["TaskRun"] != 7 || m.Versions["CustomRun"] != 8 {
		t.Errorf("mark %+v, found %v, error %v", m, found, err)
	}
	checkMetrics(t, reader)
}

func checkMetrics(t *testing.T, reader metric.Reader) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					kind, _ := p.Attributes.Value(labelKind)
					outcome, _ := p.Attributes.Value(labelOutcome)
					got[m.Name+" "+kind.AsString()+" "+outcome.AsString()] = p.Value
				}
			case metricdata.Gauge[int64]:
				got[m.Name] = data.DataPoints[0].Value
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					outcome, _ := p.Attributes.Value(labelOutcome)
					got[m.Name+" "+outcome.AsString()] = int64(p.Count)
				}
			}
		}
	}
	want := map[string]int64{
		"tenon_cloudevents_total TaskRun sent": 2, "tenon_cloudevents_total CustomRun sent": 1, "tenon_cloudevents_pending": 0,
		"tenon_cloudevents_delivery_duration_seconds sent": 3,
	}
	for name, value := range got {
		if _, ours := want[name]; !ours {
			delete(got, name)
			t.Logf("another metric: %s %d", name, value)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
