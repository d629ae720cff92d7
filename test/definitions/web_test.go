//go:build e2e

package definitions

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/test/cluster"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	createSecret(t, ns, "login", corev1.SecretTypeOpaque, map[string]string{"password": password, "other": "wrong"})
	base := servers.url("remotes", 8083)
	for name, p := range map[string]params{
		"redirects":  {"url": base + "/redirects/3?file=task.yaml"},
		"with login": {"url": base + "/login", "http-username": user, "http-password-secret": "login"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resolved(t, ns, "http", p)
		})
	}
	for name, tc := range map[string]struct {
		params params
		words  []string
	}{
		"too many redirects": {params{"url": base + "/redirects/100?file=task.yaml"}, []string{servers.host("remotes"), "redirects"}},
		"redirect to a loopback address": {
			params{"url": base + "/redirect?to=http://127.0.0.1:8080/"}, []string{servers.host("remotes"), "loopback"},
		},
		"wrong digest": {params{"url": base + "/file/task.yaml", "digest": "sha256:" + strings.Repeat("0", 64)}, []string{"SHA mismatch"}},
		"endless":      {params{"url": base + "/endless"}, []string{"exceeds maximum allowed size of 1048576 bytes"}},
		"compressed":   {params{"url": base + "/gzip"}, []string{"exceeds maximum allowed size of 1048576 bytes"}},
		"not found":    {params{"url": base + "/file/absent.yaml"}, []string{"is not found"}},
		"wrong login": {
			params{"url": base + "/login", "http-username": user, "http-password-secret": "login", "http-password-secret-key": "other"},
			[]string{"is not found"},
		},
		"no login":       {params{"url": base + "/login"}, []string{"is not found"}},
		"no such Secret": {params{"url": base + "/login", "http-username": user, "http-password-secret": "absent"}, []string{"absent"}},
		"no definition":  {params{"url": base + "/status/200"}, []string{"resolved data validation error"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, ns, "http", tc.params, tc.words...)
		})
	}
}

// A server that never answers is asked until the time of the request is up, while others are served.
func TestSlowServerKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	base := servers.url("remotes", 8083)
	slow := start(ns, taskByReference+notToRun, reference("http", params{"url": base + "/slow"}))
	resolved(t, ns, "http", params{"url": base + "/file/task.yaml"})
	if tr, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).Get(t.Context(), slow, metav1.GetOptions{}); err != nil || tr.IsDone() {
		t.Errorf("the run that waits has ended already, or cannot be read: %v", err)
	}
	if tr := ns.TaskRunDone(slow); tr.IsSuccessful() || !strings.Contains(message(tr), "error requesting remote resource") {
		t.Errorf("the run that waits ended with %s", message(tr))
	}
}

func TestHubs(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	base := servers.url("remotes", 8082)
	for name, tc := range map[string]struct {
		params params
		uri    string
	}{
		"newest at Artifact Hub": {params{"version": ">= 0.1.0"}, base + "/api/v1/packages/tekton-task/tekton-catalog-tasks/greet/0.2.0"},
		"older at Artifact Hub":  {params{"version": "< 0.2.0"}, base + "/api/v1/packages/tekton-task/tekton-catalog-tasks/greet/0.1.0"},
		"short at Artifact Hub":  {params{"version": "0.1"}, base + "/api/v1/packages/tekton-task/tekton-catalog-tasks/greet/0.1.0"},
		"newest at Tekton Hub":   {params{"version": ">= 0.1", "type": "tekton"}, base + "/v1/resource/Tekton/task/greet/0.2/yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := source(t, resolved(t, ns, "hub", params{"url": base, "name": "greet"}.with(tc.params))); got.URI != tc.uri {
				t.Errorf("the Task came from %s, want %s", got.URI, tc.uri)
			}
		})
	}
	for name, tc := range map[string]struct {
		params params
		words  []string
	}{
		"no such name":    {params{"name": "absent", "version": "0.1.0"}, []string{"not found on hub"}},
		"no such version": {params{"version": ">= 3.0.0"}, []string{"no version found for constraint"}},
		"no such kind":    {params{"version": "0.1.0", "kind": "secret"}, []string{"kind param must be one of: task, pipeline, stepaction"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, ns, "hub", params{"url": base, "name": "greet"}.with(tc.params), tc.words...)
		})
	}
}

// TestNetworkReach has hosts that nobody may make the resolvers talk to.
func TestNetworkReach(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	git := params{"revision": "main", "pathInRepo": "task.yaml"}
	for name, tc := range map[string]struct {
		resolver string
		params   params
		// host is named in the message, with why it is refused.
		host, why string
	}{
		"http to itself":       {"http", params{"url": "http://127.0.0.1:8080/"}, "127.0.0.1", "loopback"},
		"http by name":         {"http", params{"url": "http://localhost:8080/"}, "localhost", "it is the host that asks"},
		"http to metadata":     {"http", params{"url": "http://169.254.169.254/latest/meta-data"}, "169.254.169.254", "link-local"},
		"http to a denied one": {"http", params{"url": servers.url("denied", 8083) + "/file/task.yaml"}, servers.host("denied"), "the operator denies it"},
		"git to itself":        {"git", git.with(params{"url": "http://127.0.0.1:8080/app"}), "127.0.0.1", "loopback"},
		"git over ssh":         {"git", git.with(params{"url": "ssh://git@127.0.0.1/app", "gitToken": "ssh"}), "127.0.0.1", "loopback"},
		"git to a denied one":  {"git", git.with(params{"url": "http://" + servers.host("denied") + "/app"}), servers.host("denied"), "the operator denies it"},
		"bundle of itself":     {"bundles", params{"bundle": "127.0.0.1:8080/documents:latest", "name": "greet"}, "127.0.0.1", "loopback"},
		"hub at metadata":      {"hub", params{"url": "http://169.254.169.254", "name": "greet", "version": "0.1.0"}, "169.254.169.254", "link-local"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.params["gitToken"] != "" {
				createLogins(t, ns)
			}
			refused(t, ns, tc.resolver, tc.params, tc.host, tc.why)
		})
	}
}
