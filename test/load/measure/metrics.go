package measure

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/test/cluster"
)

// Metrics that are read.
const (
	metricRequests   = "apiserver_request_total"
	metricCPU        = "process_cpu_seconds_total"
	metricMemory     = "process_resident_memory_bytes"
	metricHeap       = "go_memstats_heap_alloc_bytes"
	metricReconciles = "kn_workqueue_process_duration_seconds"
	// metricClient counts the requests of a component, with templates as paths.
	metricClient = "http_client_request_duration_seconds"
)

const metricsPort = "9090"

// families are the metrics of one process, by name.
type families map[string]*dto.MetricFamily

// parseMetrics keeps the named metrics only: an API server has many.
func parseMetrics(text []byte, names ...string) (families, error) {
	var kept bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), "# TYPE ")
		for _, name := range names {
			if strings.HasPrefix(line, name) {
				kept.Write(lines.Bytes())
				kept.WriteByte('\n')
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading metrics: %w", err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	parsed, err := parser.TextToMetricFamilies(&kept)
	if err != nil {
		return nil, fmt.Errorf("parsing metrics: %w", err)
	}
	return parsed, nil
}

// value adds up the samples of a counter or gauge.
func (f families) value(name string) float64 {
	var total float64
	for _, m := range f[name].GetMetric() {
		total += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
	}
	return total
}

// observations adds up how often a histogram was observed, by the value of a label.
func (f families) observations(name, by string) map[string]float64 {
	out := map[string]float64{}
	for _, m := range f[name].GetMetric() {
		out[label(m, by)] += float64(m.GetHistogram().GetSampleCount())
	}
	return out
}

func (f families) requests() Counts {
	out := Counts{}
	for _, m := range f[metricRequests].GetMetric() {
		key := Request{Verb: label(m, "verb"), Resource: label(m, "resource")}
		if sub := label(m, "subresource"); sub != "" {
			key.Resource += "/" + sub
		}
		if key.Resource != "" {
			out[key] += m.GetCounter().GetValue()
		}
	}
	return out
}

// clientRequests are the requests that a component made to the API server, by its own counters.
func (f families) clientRequests() Counts {
	out := Counts{}
	for _, m := range f[metricClient].GetMetric() {
		if key, ok := keyOf(label(m, "http_request_method"), label(m, "url_template"), false); ok {
			out[key] += float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// Usage is what a component has used, all its replicas together.
type Usage struct {
	// CPU is in seconds, Memory, which is what is resident, and Heap in bytes.
	CPU, Memory, Heap float64
	// Reconciles are passes by the name of the reconciler.
	Reconciles map[string]float64
	// Requests are those that the component made, by its own counters; empty if it has none.
	Requests Counts
}

// snapshot is the state of all counters at one moment. pods is by component and pod.
type snapshot struct {
	api, own Counts
	apiCPU   float64
	pods     map[string]map[string]Usage
}

func (s snapshot) controllerRequests() Counts { return spent(nil, s.pods[ControllerApp]).Requests }

// Components whose metrics are read, by the value of their label app.
const (
	ControllerApp = "tekton-pipelines-controller"
	WebhookApp    = "tekton-pipelines-webhook"
)

func (s *Session) snapshot(ctx context.Context) (snapshot, error) {
	text, err := s.Kube.CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return snapshot{}, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	server, err := parseMetrics(text, metricRequests, metricCPU)
	if err != nil {
		return snapshot{}, fmt.Errorf("reading the API server's metrics: %w", err)
	}
	out := snapshot{api: server.requests(), apiCPU: server.value(metricCPU), pods: map[string]map[string]Usage{}}
	for _, app := range []string{ControllerApp, WebhookApp} {
		if out.pods[app], err = s.usages(ctx, app); err != nil {
			return snapshot{}, err
		}
	}
	out.own = s.own.snapshot()
	return out, nil
}

// usages reads the metrics of every pod of a component. Pods that do not answer, because they start or stop, are left out.
func (s *Session) usages(ctx context.Context, app string) (map[string]Usage, error) {
	pods, err := s.Kube.CoreV1().Pods(cluster.SystemNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		return nil, fmt.Errorf("listing pods of %s: %w", app, err)
	}
	out := map[string]Usage{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		text, err := s.Kube.CoreV1().RESTClient().Get().Namespace(pod.Namespace).Resource("pods").
			Name(pod.Name+":"+metricsPort).SubResource("proxy", "metrics").DoRaw(ctx)
		if err != nil {
			continue
		}
		f, err := parseMetrics(text, metricCPU, metricMemory, metricHeap, metricReconciles, metricClient)
		if err != nil {
			return nil, fmt.Errorf("reading metrics of pod %s: %w", pod.Name, err)
		}
		out[pod.Name] = Usage{
			CPU: f.value(metricCPU), Memory: f.value(metricMemory), Heap: f.value(metricHeap),
			Reconciles: f.observations(metricReconciles, "name"), Requests: f.clientRequests(),
		}
	}
	return out, nil
}

// spent is what the pods used since before; those that are gone by now do not count.
func spent(before, after map[string]Usage) Usage {
	total := Usage{Reconciles: map[string]float64{}, Requests: Counts{}}
	for pod, now := range after {
		then := before[pod]
		total.CPU += now.CPU - then.CPU
		total.Memory += now.Memory
		total.Heap += now.Heap
		for name, n := range now.Reconciles {
			total.Reconciles[name] += n - then.Reconciles[name]
		}
		for key, n := range now.Requests.minus(then.Requests) {
			total.Requests[key] += n
		}
	}
	return total
}
