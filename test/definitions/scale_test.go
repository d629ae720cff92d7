//go:build e2e

package definitions

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/test/cluster"
)

func pinned(t *testing.T, repository string) params {
	return params{"url": servers.repository(repository), "revision": servers.commit(t, repository), "pathInRepo": "task.yaml"}
}

// Not in parallel: another test ends the resolvers, and what they keep is gone then.
func TestManyRunsOfOneTaskFetchOnce(t *testing.T) {
	const runs = 100
	ns := cluster.New(t)
	resolved(t, ns, "git", pinned(t, "single"))
	one := servers.fetches(t, "single")
	if one == 0 {
		t.Fatal("the Git server counts no fetches")
	}
	text := fmt.Sprintf(taskByReference+notToRun, reference("git", pinned(t, "pinned")))
	began := time.Now()
	ns.Create(strings.Repeat(text+"---\n", runs))
	have := 0
	err := wait.PollUntilContextTimeout(t.Context(), time.Second, cluster.Patience, true, func(ctx context.Context) (bool, error) {
		list, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		have = 0
		for i := range list.Items {
			tr := &list.Items[i]
			if tr.IsDone() {
				return false, fmt.Errorf("TaskRun %s ended with %s", tr.Name, message(tr))
			}
			if tr.Status.PodName != "" {
				have++
			}
		}
		return have == runs+1, nil // with the one before
	})
	if err != nil {
		t.Fatalf("%d TaskRuns have a pod: %v", have, err)
	}
	if got := servers.fetches(t, "pinned"); got != one {
		t.Errorf("%d runs asked the Git server %d times, one asked %d times", runs, got, one)
	}
	t.Logf("%d runs by reference had a pod after %.1f s", runs, time.Since(began).Seconds())
}

func TestPipelineOfManyRemoteTasks(t *testing.T) {
	t.Parallel()
	// All Tasks are fetched when the run starts. Only some become pods, a few at a time: a small machine has a hard time with 50.
	const tasks, run, abreast = 50, 10, 5
	ns := cluster.New(t)
	ref := reference("git", pinned(t, "app"))
	var text strings.Builder
	text.WriteString("apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: run}\nspec:\n  pipelineSpec:\n    tasks:\n")
	for i := range tasks {
		after := ""
		if i >= abreast {
			after = fmt.Sprintf("t%d", i-abreast)
		}
		when := ""
		if i >= run {
			when = "{input: a, operator: in, values: [b]}"
		}
		fmt.Fprintf(&text, "    - {name: t%d, runAfter: [%s], when: [%s], taskRef: %s}\n", i, after, when, ref)
	}
	began := time.Now()
	ns.Create(text.String())
	pr := ns.PipelineRunDone("run")
	t.Logf("%d tasks by reference were done after %.1f s", tasks, time.Since(began).Seconds())
	if !pr.IsSuccessful() {
		t.Errorf("the run ended with %s", pr.Status.GetCondition(apis.ConditionSucceeded).GetMessage())
	}
	list, err := servers.requests.ResolutionV1beta1().ResolutionRequests(ns.Name).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != tasks {
		t.Errorf("there are %d ResolutionRequests, want one for each of %d tasks", len(list.Items), tasks)
	}
	if got := dryRuns(t, ns.Name, began); got == 0 || got > tasks {
		t.Errorf("the Tasks were created for trial %d times, want at least once and at most %d times", got, tasks)
	}
}

// dryRuns is how many Tasks were created in a namespace without being stored, since a time. Only the development cluster notes
// requests; elsewhere the test is skipped.
func dryRuns(t *testing.T, namespace string, since time.Time) int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "../../hack/cluster/cluster", "kubeconfig").Output()
	if err != nil {
		t.Fatalf("asking for the kubeconfig of the development cluster: %v", err)
	}
	own := strings.TrimSpace(string(out))
	if os.Getenv("KUBECONFIG") != own {
		t.Skipf("requests are noted by the development cluster only, whose KUBECONFIG is %s; it is %q", own, os.Getenv("KUBECONFIG"))
	}
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(own), "log", "audit", "audit*.log"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("the API server notes no requests (%v)", err)
	}
	total := 0
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.ModTime().Before(since) {
			continue
		}
		total += dryRunsIn(t, path, namespace)
	}
	return total
}

func dryRunsIn(t *testing.T, path, namespace string) int {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	total := 0
	for lines.Scan() {
		if !strings.Contains(lines.Text(), namespace) {
			continue
		}
		var entry struct {
			Verb, RequestURI string
			ObjectRef        *struct{ Resource, Namespace string }
		}
		if json.Unmarshal(lines.Bytes(), &entry) != nil || entry.ObjectRef == nil {
			continue // the last line may be under way
		}
		at, err := url.Parse(entry.RequestURI)
		if err == nil && entry.Verb == "create" && entry.ObjectRef.Resource == "tasks" && entry.ObjectRef.Namespace == namespace &&
			at.Query().Get("dryRun") == "All" {
			total++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("reading %s: %v", path, err)
	}
	return total
}
