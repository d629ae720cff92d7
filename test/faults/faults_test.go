//go:build e2e

// Package faults tests that a run comes to the same end, with the same labels, events and children, whatever goes wrong on the way: the
// controller is killed between any two of its writes, the API server refuses some of them, the webhook is away for a while. The
// controller runs on this machine meanwhile, behind a proxy that counts its writes, and the one in the cluster is stopped. So nothing
// else may use the cluster, which has to be the development cluster.
package faults

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/test/cluster"
)

// script is the development cluster's.
const script = "../../hack/cluster/cluster"

// run has what is written in more than one step: labels and annotations taken over from a Pipeline, results handed on, a matrix, a final
// task, a claim made from a template and an affinity assistant, both of which go at the end.
const run = `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata:
  name: telling
  labels: {team: red}
  annotations: {note: from the Pipeline, tekton.dev/auto-cleanup-pvc: "true"}
spec:
  params: [{name: greeting, default: hello}]
  workspaces: [{name: files}]
  results: [{name: said, value: $(tasks.b.results.said)}]
  tasks:
  - name: a
    workspaces: [{name: files}]
    taskSpec:
      workspaces: [{name: files}]
      results: [{name: said}]
      steps:
      - {name: say, image: busybox, script: 'printf %s "$(params.greeting)" | tee $(workspaces.files.path)/said > $(results.said.path)'}
  - name: b
    workspaces: [{name: files}]
    params: [{name: said, value: $(tasks.a.results.said)}]
    taskSpec:
      params: [{name: said}]
      workspaces: [{name: files}]
      results: [{name: said}]
      steps:
      - {name: say, image: busybox, script: 'printf %s "$(params.said), $(cat $(workspaces.files.path)/said)" > $(results.said.path)'}
  - name: many
    runAfter: [a]
    matrix: {params: [{name: one, value: [first, second]}]}
    taskSpec:
      params: [{name: one}]
      steps: [{name: say, image: busybox, script: 'echo $(params.one)'}]
  - name: never
    when: [{input: $(tasks.a.results.said), operator: in, values: [bye]}]
    taskSpec: {steps: [{name: say, image: busybox, script: 'true'}]}
  finally:
  - name: last
    taskSpec: {steps: [{name: say, image: busybox, script: 'echo "$(tasks.status)"'}]}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run, labels: {own: label}}
spec:
  pipelineRef: {name: telling}
  workspaces:
  - name: files
    volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}
`

// sampled is at how many of the writes the controller is killed, unless all are asked for.
const sampled = 2

// everyWrite asks for a kill after each single write of the run, one run for each. It takes as long as that.
const everyWrite = "TENON_FAULTS"

func TestFaults(t *testing.T) {
	onlyDevelopmentCluster(t)
	h := newHost(t)
	h.gate.begin(func(int) fate { return passes })
	want := undisturbed(t)
	writes := h.gate.seen()
	t.Logf("an undisturbed run takes %d writes", len(writes))

	t.Run("controller is killed after a write", func(t *testing.T) {
		for _, n := range points(len(writes)) {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				h.disturb(t, want, func(i int) fate {
					if i == n {
						return last
					}
					return passes
				})
			})
		}
	})
	t.Run("controller is killed after every seventh write", func(t *testing.T) {
		h.disturb(t, want, func(i int) fate {
			// Each new one first makes sure that the events of the last minutes are there. In the end it has to be let do that.
			if i%7 == 0 && i <= 2*len(writes) {
				return last
			}
			return passes
		})
	})
	t.Run("API server refuses every tenth write", func(t *testing.T) {
		h.disturb(t, want, func(i int) fate {
			if i%10 == 0 {
				return refused
			}
			return passes
		})
	})
	t.Run("webhook is away for a minute", func(t *testing.T) { h.withoutWebhook(t, want) })
}

// points returns the numbers of the writes after which the controller is killed: those about the run itself are at the beginning.
func points(writes int) []int {
	if os.Getenv(everyWrite) == "all" {
		all := make([]int, 0, writes)
		for n := 1; n <= writes; n++ {
			all = append(all, n)
		}
		return all
	}
	var some []int
	for i := range sampled {
		some = append(some, 2+i*writes/sampled)
	}
	return some
}

// disturb makes a run whose writes have the given fates, and expects of it what came of the undisturbed one.
func (h *host) disturb(t *testing.T, want outcome, decide func(int) fate) {
	t.Helper()
	ns := cluster.New(t)
	began := time.Now()
	h.gate.begin(decide)
	before := h.killed()
	ns.Create(run)
	ns.PipelineRunDone("run")
	await(t, ns, want)
	h.gate.begin(func(int) fate { return passes })
	t.Logf("%.1f s, %d kills", time.Since(began).Seconds(), h.killed()-before)
}

func (h *host) killed() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.kills
}

// withoutWebhook takes the webhook away when the run is admitted, before the controller has written anything.
func (h *host) withoutWebhook(t *testing.T, want outcome) {
	t.Helper()
	ns := cluster.New(t)
	gone := make(chan struct{})
	h.gate.begin(func(int) fate {
		<-gone
		return passes
	})
	ns.Create(run)
	back := h.away("tekton-pipelines-webhook")
	close(gone)
	select {
	case <-time.After(time.Minute):
	case <-t.Context().Done():
	}
	back()
	ns.PipelineRunDone("run")
	await(t, ns, want)
}

// onlyDevelopmentCluster skips the test where putting another controller into the place of the installed one is not ours to do.
func onlyDevelopmentCluster(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), script, "kubeconfig").Output()
	if err != nil {
		t.Fatalf("asking for the kubeconfig of the development cluster: %v", err)
	}
	if own := strings.TrimSpace(string(out)); os.Getenv("KUBECONFIG") != own {
		t.Skipf("this test stops components of Tenon, so it only runs with KUBECONFIG=%s; it is %q", own, os.Getenv("KUBECONFIG"))
	}
}
