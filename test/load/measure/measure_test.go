package measure

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/podstatus"
)

func TestRequestOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, url string
		want        Request
		none        bool
	}{
		{method: "POST", url: "/api/v1/namespaces/a/pods", want: Request{"POST", "pods"}},
		{method: "PATCH", url: "/api/v1/namespaces/a/pods/b/status", want: Request{"PATCH", "pods/status"}},
		{method: "GET", url: "/api/v1/namespaces/a/pods/b:9090/proxy/metrics", want: Request{"GET", "pods/proxy"}},
		{method: "GET", url: "/apis/tekton.dev/v1/namespaces/a/taskruns?limit=5", want: Request{"LIST", "taskruns"}},
		{method: "GET", url: "/apis/tekton.dev/v1/taskruns?watch=true", want: Request{"WATCH", "taskruns"}},
		{method: "POST", url: "/api/v1/namespaces", want: Request{"POST", "namespaces"}},
		{method: "DELETE", url: "/api/v1/namespaces/a", want: Request{"DELETE", "namespaces"}},
		{method: "GET", url: "/metrics", none: true},
		{method: "GET", url: "/api/v1", none: true},
	} {
		r, err := http.NewRequest(test.method, "https://server"+test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := requestOf(r); got != test.want || ok == test.none {
			t.Errorf("%s %s: got %v, %v", test.method, test.url, got, ok)
		}
	}
}

func TestParseMetrics(t *testing.T) {
	t.Parallel()
	f, err := parseMetrics([]byte(`# HELP apiserver_request_total Counter.
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="pods",subresource="",verb="POST"} 3
apiserver_request_total{code="409",resource="pods",subresource="",verb="POST"} 1
apiserver_request_total{code="200",resource="pods",subresource="status",verb="PATCH"} 7
apiserver_request_total{code="200",resource="",subresource="",verb="GET"} 9
# TYPE something_else counter
something_else 5
# TYPE kn_workqueue_process_duration_seconds histogram
kn_workqueue_process_duration_seconds_bucket{name="a",le="+Inf"} 4
kn_workqueue_process_duration_seconds_sum{name="a"} 1.5
kn_workqueue_process_duration_seconds_count{name="a"} 4
`), metricRequests, metricReconciles)
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{{"POST", "pods"}: 4, {"PATCH", "pods/status"}: 7}
	if diff := cmp.Diff(want, f.requests()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{"a": 4}, f.observations(metricReconciles, "name")); diff != "" {
		t.Error(diff)
	}
	if _, ok := f["something_else"]; ok {
		t.Error("a metric that was not asked for is there")
	}
}

func TestRequestsLeaveOutOwn(t *testing.T) {
	t.Parallel()
	post, patch := Request{"POST", "pods"}, Request{"PATCH", "taskruns"}
	r := &Result{
		before: snapshot{api: Counts{post: 10}, own: Counts{post: 1}},
		after:  snapshot{api: Counts{post: 30, patch: 4}, own: Counts{post: 11}},
	}
	if diff := cmp.Diff(Counts{post: 10, patch: 4}, r.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var d []time.Duration
	for i := 100; i > 0; i-- {
		d = append(d, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0.5: 50, 0.95: 95, 0.99: 99, 1: 100, 0: 1} {
		if got := Quantile(d, q); got != want {
			t.Errorf("quantile %v = %d, want %d", q, got, want)
		}
	}
	if got := Quantile(nil, 0.5); got != 0 {
		t.Errorf("without values: %v", got)
	}
}

func TestShapesAreValid(t *testing.T) {
	t.Parallel()
	for _, kind := range Shapes {
		for _, results := range []bool{false, true} {
			s := Shape{Kind: kind, Size: 3, Results: results, Inline: true, Node: "n"}
			if s.Single() {
				tr := s.TaskRun("a")
				tr.SetDefaults(t.Context())
				if err := tr.Validate(t.Context()); err != nil {
					t.Errorf("%s, results %v: %v", kind, results, err)
				}
				continue
			}
			pr := s.PipelineRun("a")
			pr.SetDefaults(t.Context())
			if err := pr.Validate(t.Context()); err != nil {
				t.Errorf("%s, results %v: %v", kind, results, err)
			}
		}
	}
}

func TestTasksOfAChainFollowOneAnother(t *testing.T) {
	t.Parallel()
	chain := Shape{Kind: ShapeChain, Size: 2, Inline: true}
	if diff := cmp.Diff([]string{"t0"}, chain.PipelineRun("a").Spec.PipelineSpec.Tasks[1].RunAfter); diff != "" {
		t.Error(diff)
	}
	chain.Results = true
	if got := chain.PipelineRun("a").Spec.PipelineSpec.Tasks[1].Params[0].Value.StringVal; got != "$(tasks.t0.results.value)" {
		t.Errorf("the second task gets %q", got)
	}
}

func TestTimeToPod(t *testing.T) {
	t.Parallel()
	tr := newTracker(KindTaskRun, "a-", 2)
	began := time.Now()
	tr.requested("a-0", began)
	pod := &corev1.Pod{}
	pod.Name, pod.Labels = "a-0-pod", map[string]string{"tekton.dev/taskRun": "a-0"}
	tr.see(pod)
	first := tr.podDurations()
	if len(first) != 1 || first[0] < 0 || first[0] > time.Since(began) {
		t.Fatalf("durations are %v", first)
	}
	tr.see(pod)
	if diff := cmp.Diff(first, tr.podDurations()); diff != "" {
		t.Errorf("a change of the pod counts: %s", diff)
	}
}

func TestPodsEndAsTheRunnerWouldEndThem(t *testing.T) {
	t.Parallel()
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "prepare"}, {Name: "step-work"}, {Name: "sidecar-db"}},
	}}
	status, err := Running(pod, time.Now(), true)
	if err != nil {
		t.Fatal(err)
	}
	if pod.Status = status; podstatus.Finished(pod) {
		t.Error("a running pod counts as finished")
	}
	if s := status.ContainerStatuses; s[0].State.Terminated == nil || s[1].State.Running == nil {
		t.Errorf("the first step does not run after what prepares the pod: %+v", s)
	}
	if pod.Status, err = Succeeded(pod, time.Now(), true); err != nil {
		t.Fatal(err)
	}
	if !podstatus.Finished(pod) || podstatus.Failed(pod) {
		t.Error("the pod does not count as successful")
	}
	report := podstatus.ReadReports(pod, nil)["step-work"]
	if len(report.Entries) != 1 || report.Entries[0].Key != resultName || report.StartedAt.IsZero() || report.Err != nil {
		t.Errorf("report is %+v", report)
	}
}

func TestGapsAndPauses(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	tr := newTracker(KindPipelineRun, "", 1)
	tr.children = map[string]*seen{
		"b": {created: at(5), done: at(20), parent: "p"},
		"a": {created: at(1), done: at(4), parent: "p"},
		"x": {created: at(2), done: at(3), parent: "q"},
	}
	if diff := cmp.Diff([]time.Duration{time.Second}, tr.gaps()); diff != "" {
		t.Error(diff)
	}
	if got := tr.longestPause(at(3)); got != 16*time.Second {
		t.Errorf("longest pause is %v, want 16 s", got)
	}
	tr.runs = map[string]*seen{
		"before": {created: at(0), done: at(9)}, "over it": {created: at(8), done: at(12)}, "after": {created: at(13), done: at(14)}, "open": {created: at(1)},
	}
	if got := tr.slowest(at(10)); got != 4*time.Second {
		t.Errorf("the slowest run after 10 s took %v, want 4 s", got)
	}
}

func TestRequestsOfTheController(t *testing.T) {
	t.Parallel()
	metrics := func(patches, leases int) snapshot {
		text := "# TYPE http_client_request_duration_seconds histogram\n"
		for _, c := range []struct {
			method, template string
			count            int
		}{
			{"PATCH", "/apis/tekton.dev/v1/namespaces/{namespace}/taskruns/{name}/status", patches},
			{"PUT", "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}", leases},
			{"GET", "/api/v1/namespaces/{namespace}/pods", 1},
		} {
			labels := fmt.Sprintf("http_request_method=%q,url_template=%q", c.method, c.template)
			text += fmt.Sprintf("%[1]s_bucket{%[2]s,le=\"+Inf\"} %[3]d\n%[1]s_sum{%[2]s} 0.5\n%[1]s_count{%[2]s} %[3]d\n", metricClient, labels, c.count)
		}
		f, err := parseMetrics([]byte(text), metricClient)
		if err != nil {
			t.Fatal(err)
		}
		return snapshot{pods: map[string]map[string]Usage{ControllerApp: {"pod": {Requests: f.clientRequests()}}}}
	}
	r := &Result{before: metrics(1, 1), after: metrics(5, 9)}
	got, ok := r.ControllerRequests()
	if diff := cmp.Diff(Counts{{"PATCH", "taskruns/status"}: 4}, got); !ok || diff != "" {
		t.Errorf("%v: %s", ok, diff)
	}
	if got := r.Reads(); got != 0 {
		t.Errorf("%v reads", got)
	}
	r.before = snapshot{}
	if got := r.Reads(); got != 1 {
		t.Errorf("%v reads since the start, want the one of pods", got)
	}
	if _, ok := (&Result{}).ControllerRequests(); ok {
		t.Error("a controller that counts nothing counts")
	}
}

func TestReadsByTheServersCounters(t *testing.T) {
	t.Parallel()
	r := &Result{after: snapshot{
		api: Counts{{"GET", "taskruns"}: 3, {"LIST", "pods"}: 2, {"WATCH", "pods"}: 5, {"GET", "nodes"}: 7, {"GET", "pods/log"}: 1},
		own: Counts{{"GET", "taskruns"}: 1},
	}}
	if got := r.Reads(); got != 5 {
		t.Errorf("%v reads, want 5: two of TaskRuns, two lists of pods and a log", got)
	}
}

func TestCostsOfTheRuns(t *testing.T) {
	t.Parallel()
	r := &Result{
		Load: Load{Count: 2, Tasks: 5, Kind: KindPipelineRun},
		after: snapshot{
			api: Counts{
				{"POST", "pods"}: 10, {"PATCH", "taskruns/status"}: 20, {"POST", "taskruns"}: 10, {"PUT", "pipelineruns/status"}: 4,
				{"POST", "events"}: 9,
			},
			pods: map[string]map[string]Usage{ControllerApp: {"pod": {Reconciles: map[string]float64{
				"a.pkg.reconciler.taskrun.Reconciler": 30, "a.pkg.reconciler.pipelinerun.Reconciler": 6,
			}}}},
		},
		Events: map[string]map[string]float64{KindTaskRun: {"Started": 10, "Succeeded": 20}, KindPod: {"Scheduled": 10}},
	}
	got := map[string]float64{
		"writes per TaskRun": r.WritesPerTaskRun(), "writes per PipelineRun": r.WritesPerPipelineRun(), "events": r.EventsPerTaskRun(),
		"passes over TaskRuns": r.Passes(KindTaskRun), "passes over PipelineRuns": r.Passes(KindPipelineRun),
	}
	want := map[string]float64{
		"writes per TaskRun": 3, "writes per PipelineRun": 7, "events": 3, "passes over TaskRuns": 30, "passes over PipelineRuns": 6,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHeapOfAProfile(t *testing.T) {
	t.Parallel()
	got, ok := heapOf([]byte("heap profile: 1: 2 [3: 4] @ heap/1048576\n\n# runtime.MemStats\n# Alloc = 7\n# HeapAlloc = 4194304\n# HeapSys = 9\n"))
	if !ok || got != 4<<20 {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := heapOf([]byte("404 page not found")); ok {
		t.Error("what is no profile was read")
	}
}
