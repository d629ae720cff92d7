//go:build e2e

package observability

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/test/cluster"
)

// components are the Deployments whose pods have metrics, by namespace.
var components = map[string][]string{
	cluster.SystemNamespace:    {"tekton-pipelines-controller", "tekton-pipelines-webhook", eventsController},
	cluster.ResolversNamespace: {"tekton-pipelines-resolvers"},
}

// scrapeInterval is how often metrics are fetched.
const scrapeInterval = time.Second

// startPrometheus starts Prometheus on this machine for the time of a test. It scrapes all pods of the installation at their addresses,
// which have to be reachable from here, as they are on the development cluster.
func startPrometheus(t *testing.T) *Prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("prometheus is not installed: install Debian's package prometheus to run this test")
		}
		t.Fatal(err)
	}
	folder := t.TempDir()
	text, err := json.Marshal(scrapeConfig(t)) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String() // free for another one from here on
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting Prometheus: %v", err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			said, err := os.ReadFile(log.Name())
			t.Logf("Prometheus said (%v):\n%s", err, said)
		}
	})
	p := &Prometheus{address: "http://" + address}
	p.awaitTargets(t)
	return p
}

// scrapeConfig is the configuration of Prometheus: one job for each component.
func scrapeConfig(t *testing.T) map[string]any {
	t.Helper()
	var jobs []any
	for _, namespace := range slices.Sorted(maps.Keys(components)) {
		for _, app := range components[namespace] {
			pods, err := receiver.Kube.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
			if err != nil {
				t.Fatal(err)
			}
			var targets []string
			for i := range pods.Items {
				if pod := &pods.Items[i]; pod.DeletionTimestamp == nil && pod.Status.PodIP != "" {
					targets = append(targets, net.JoinHostPort(pod.Status.PodIP, "9090"))
				}
			}
			if len(targets) == 0 {
				t.Fatalf("there are no pods of %s", app)
			}
			jobs = append(jobs, map[string]any{"job_name": app, "static_configs": []any{map[string]any{"targets": targets}}})
		}
	}
	return map[string]any{"global": map[string]any{"scrape_interval": scrapeInterval.String()}, "scrape_configs": jobs}
}

// awaitTargets waits until all targets were scraped.
func (p *Prometheus) awaitTargets(t *testing.T) {
	t.Helper()
	want := 0
	for _, apps := range components {
		want += len(apps)
	}
	eventually(t, time.Minute, func() error {
		samples, err := p.Query(t.Context(), "min by (job) (up)")
		if err != nil {
			return err
		}
		up := 0
		for _, sample := range samples {
			if sample.Value == 1 {
				up++
			}
		}
		if up != want {
			return fmt.Errorf("%d of %d components can be scraped: %v", up, want, samples)
		}
		return nil
	})
}

// awaitSum waits until the sum of an expression is what it should be, which may change meanwhile.
func (p *Prometheus) awaitSum(t *testing.T, expression string, want func() float64) {
	t.Helper()
	eventually(t, time.Minute, func() error {
		expected := want()
		got, err := p.Sum(t.Context(), expression)
		if err == nil && math.Abs(got-expected) > 1e-9 {
			err = fmt.Errorf("%s is %v, want %v", expression, got, expected)
		}
		return err
	})
}
