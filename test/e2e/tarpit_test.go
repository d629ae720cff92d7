//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

const (
	// stuckRuns is as many as the controller has workers.
	stuckRuns = 16
	// mostAtOneHost is how many look-ups at one registry the controller has under way at most.
	mostAtOneHost = 8
	// startLimit is for a run to be seen by the controller. It is to be a moment; the rest is for slow machines. Waiting for
	// one host that does not answer would take longer.
	startLimit = 20 * time.Second
)

// TestRegistryThatDoesNotAnswer has as many runs as the controller has workers wait for a registry that accepts connections
// and says nothing. Others start, time out and are cancelled meanwhile.
func TestRegistryThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	listener := listenOnNode(t, ns)
	open := acceptOnly(t, listener)
	var stuck strings.Builder
	for i := range stuckRuns {
		fmt.Fprintf(&stuck, "---\napiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: stuck-%d}\nspec: {taskSpec: {steps: [{name: a, image: %q}]}}\n",
			i, listener.Addr().String()+"/x/y:v1")
	}
	ns.Create(stuck.String())
	ns.Create(`
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: quick}
spec: {taskSpec: {steps: [{name: a, image: busybox, script: "true"}]}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: late}
spec: {timeout: 5s, taskSpec: {steps: [{name: a, image: busybox, script: exec sleep 600}]}}
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: stopped}
spec: {taskSpec: {steps: [{name: a, image: busybox, script: exec sleep 600}]}}`)
	for _, name := range []string{"quick", "late", "stopped"} {
		began := time.Now()
		tr := ns.AwaitTaskRun(name, "to start", func(tr *v1.TaskRun) bool { return tr.Status.StartTime != nil })
		if delay := tr.Status.StartTime.Sub(tr.CreationTimestamp.Time); delay > startLimit {
			t.Errorf("%s was seen after %v", name, delay)
		}
		t.Logf("%s started, waited %v", name, time.Since(began))
	}
	ns.PatchStatus("taskruns", "stopped", "TaskRunCancelled")
	checkFailed(t, ns.TaskRunDone("stopped"), v1.TaskRunReasonCancelled)
	checkFailed(t, ns.TaskRunDone("late"), v1.TaskRunReasonTimedOut)
	if tr := ns.TaskRunDone("quick"); !tr.IsSuccessful() {
		t.Errorf("condition = %+v", tr.Status.Conditions)
	}
	for i := range stuckRuns {
		name := fmt.Sprintf("stuck-%d", i)
		if tr := ns.AwaitTaskRun(name, "to have a condition", func(tr *v1.TaskRun) bool { return len(tr.Status.Conditions) > 0 }); tr.IsDone() {
			t.Errorf("%s has ended: %+v", name, tr.Status.Conditions)
		}
		ns.PatchStatus("taskruns", name, "TaskRunCancelled")
	}
	for i := range stuckRuns {
		checkFailed(t, ns.TaskRunDone(fmt.Sprintf("stuck-%d", i)), v1.TaskRunReasonCancelled)
	}
	if n := open(); n == 0 || n > mostAtOneHost {
		t.Errorf("%d connections at a time, want some and at most %d", n, mostAtOneHost)
	}
}

// TestAnswersOfOthersAreNotShown has images at a host that is no registry.
func TestAnswersOfOthersAreNotShown(t *testing.T) {
	t.Parallel()
	ns := cluster.New(t)
	marker := "marker-" + ns.Name
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+marker+`"`)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, marker)
	}))
	server.Listener = listenOnNode(t, ns)
	server.StartTLS()
	t.Cleanup(server.Close)
	images := map[string]string{
		"other-service": server.Listener.Addr().String() + "/app:v1",
		"unknown":       "docker.io/no/such:1",
		"own-host":      "127.0.0.1:9090/metrics:v1",
		"metadata":      "169.254.169.254/latest/meta-data:v1",
	}
	for name, image := range images {
		ns.Create(fmt.Sprintf("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: %s}\nspec: {taskSpec: {steps: [{name: a, image: %q}]}}", name, image))
	}
	for name, want := range map[string]string{
		"other-service": "has a certificate ",
		"unknown":       "answered 404 Not Found",
		"own-host":      "is not asked: its address is a loopback address",
		"metadata":      "is not asked: its address is a link-local or multicast address",
	} {
		checkFailed(t, ns.TaskRunDone(name), v1.TaskRunReasonPodCreationFailed, want)
	}
	all := everything(t, ns)
	for _, foreign := range []string{marker, "manifest unknown", "unknown tag"} {
		if strings.Contains(all, foreign) {
			t.Errorf("%q of a foreign answer is shown", foreign)
		}
	}
}

// listenOnNode listens where pods reach this machine.
func listenOnNode(t *testing.T, ns *cluster.Namespace) net.Listener {
	t.Helper()
	nodes, err := ns.Kube.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range nodes.Items {
		for _, address := range node.Status.Addresses {
			if address.Type != corev1.NodeInternalIP {
				continue
			}
			if listener, err := net.Listen("tcp", net.JoinHostPort(address.Address, "0")); err == nil {
				t.Cleanup(func() { _ = listener.Close() })
				return listener
			}
		}
	}
	t.Skip("this machine is no node of the cluster")
	return nil
}

// acceptOnly accepts connections and says nothing. The function it returns gives the most that were open at a time.
func acceptOnly(t *testing.T, listener net.Listener) func() int64 {
	t.Helper()
	var now, most atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			go func() {
				// Until the other side gives up.
				_, _ = io.Copy(io.Discard, conn)
				now.Add(-1)
				_ = conn.Close()
			}()
		}
	}()
	return most.Load
}
