package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/podstatus"
)

func TestRequestOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, url string
		want        request
		none        bool
	}{
		{method: "POST", url: "/api/v1/namespaces/a/pods", want: request{"POST", "pods"}},
		{method: "PATCH", url: "/api/v1/namespaces/a/pods/b/status", want: request{"PATCH", "pods/status"}},
		{method: "GET", url: "/api/v1/namespaces/a/pods/b:9090/proxy/metrics", want: request{"GET", "pods/proxy"}},
		{method: "GET", url: "/apis/tekton.dev/v1/namespaces/a/taskruns?limit=5", want: request{"LIST", "taskruns"}},
		{method: "GET", url: "/apis/tekton.dev/v1/taskruns?watch=true", want: request{"WATCH", "taskruns"}},
		{method: "POST", url: "/api/v1/namespaces", want: request{"POST", "namespaces"}},
		{method: "DELETE", url: "/api/v1/namespaces/a", want: request{"DELETE", "namespaces"}},
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
	want := counts{{"POST", "pods"}: 4, {"PATCH", "pods/status"}: 7}
	if diff := cmp.Diff(want, f.requests(), cmp.AllowUnexported(request{})); diff != "" {
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
	post, patch := request{"POST", "pods"}, request{"PATCH", "taskruns"}
	r := &result{
		before: snapshot{api: counts{post: 10}, own: counts{post: 1}},
		after:  snapshot{api: counts{post: 30, patch: 4}, own: counts{post: 11}},
	}
	if diff := cmp.Diff(counts{post: 10, patch: 4}, r.requests(), cmp.AllowUnexported(request{})); diff != "" {
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
		if got := quantile(d, q); got != want {
			t.Errorf("quantile %v = %d, want %d", q, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("without values: %v", got)
	}
}

func TestShapesAreValid(t *testing.T) {
	t.Parallel()
	for _, kind := range shapes {
		for _, results := range []bool{false, true} {
			s := shape{kind: kind, size: 3, results: results, inline: true, node: "n"}
			if s.single() {
				tr := s.taskRun("a")
				tr.SetDefaults(t.Context())
				if err := tr.Validate(t.Context()); err != nil {
					t.Errorf("%s, results %v: %v", kind, results, err)
				}
				continue
			}
			pr := s.pipelineRun("a")
			pr.SetDefaults(t.Context())
			if err := pr.Validate(t.Context()); err != nil {
				t.Errorf("%s, results %v: %v", kind, results, err)
			}
		}
	}
}

func TestParamsOfTheReference(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-shape", "remote", "-param", "url=https://example.com/a?b=c", "-param", "revision="})
	if err != nil {
		t.Fatal(err)
	}
	tr := remoteShape(shape{kind: shapeRemote, node: "n"}, o).taskRun("a")
	want := &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "git", Params: v1.Params{
		{Name: "url", Value: *v1.NewString("https://example.com/a?b=c")}, {Name: "revision", Value: *v1.NewString("")},
	}}}
	if diff := cmp.Diff(want, tr.Spec.TaskRef); diff != "" {
		t.Error(diff)
	}
	for _, args := range [][]string{{"-shape", "remote"}, {"-param", "a=b"}, {"-shape", "remote", "-param", "a"}, {"-shape", "remote", "-param", "a=b", "-inline"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q were accepted", args)
		}
	}
}

func TestTimeToPod(t *testing.T) {
	t.Parallel()
	tr := newTracker(kindTaskRun, "a-", 2)
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

func TestComparison(t *testing.T) {
	t.Parallel()
	local := &result{toPod: []time.Duration{time.Second}, durations: []time.Duration{2 * time.Second}}
	remote := &result{toPod: []time.Duration{1500 * time.Millisecond}, durations: []time.Duration{2 * time.Second}}
	want := [][]string{
		{"created to pod, p50", "1.000 s", "1.500 s", "0.500 s"},
		{"created to pod, p95", "1.000 s", "1.500 s", "0.500 s"},
		{"created to pod, p99", "1.000 s", "1.500 s", "0.500 s"},
		{"created to done, p50", "2.000 s", "2.000 s", "0.000 s"},
		{"created to done, p95", "2.000 s", "2.000 s", "0.000 s"},
		{"created to done, p99", "2.000 s", "2.000 s", "0.000 s"},
	}
	if diff := cmp.Diff(want, comparison(local, remote).rows); diff != "" {
		t.Error(diff)
	}
}

func TestPodsEndAsTheRunnerWouldEndThem(t *testing.T) {
	t.Parallel()
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "prepare"}, {Name: "step-work"}, {Name: "sidecar-db"}},
	}}
	status, err := running(pod, time.Now(), true)
	if err != nil {
		t.Fatal(err)
	}
	if pod.Status = status; podstatus.Finished(pod) {
		t.Error("a running pod counts as finished")
	}
	if s := status.ContainerStatuses; s[0].State.Terminated == nil || s[1].State.Running == nil {
		t.Errorf("the first step does not run after what prepares the pod: %+v", s)
	}
	if pod.Status, err = succeeded(pod, time.Now(), true); err != nil {
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
	tr := newTracker(kindPipelineRun, "", 1)
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
