//go:build e2e

package observability

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/hack/telemetry/otlp"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/test/cluster"
)

// ownSpan is a TaskRun whose step sends a span of its own, in the JSON of OTLP, below the one that TRACEPARENT names. RECEIVER is where to.
const ownSpan = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: own}
spec:
  taskSpec:
    steps:
    - name: build
      image: tools
      script: |
        #!/bin/bash
        set -eu
        IFS=- read -r _ trace parent _ <<<"$TRACEPARENT"
        start=$(date +%s%N)
        sleep 1
        curl --fail --silent --show-error -H 'Content-Type: application/json' http://RECEIVER/v1/traces --data @- <<JSON
        {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "build"}}]},
          "scopeSpans": [{"scope": {"name": "curl"}, "spans": [{"traceId": "$trace", "spanId": "0123456789abcdef", "parentSpanId": "$parent",
            "name": "compile", "kind": 1, "startTimeUnixNano": "$start", "endTimeUnixNano": "$(date +%s%N)"}]}]}]}
        JSON
`

// trace switches tracing on for a test, with one of the ways that spans are sent.
func trace(t *testing.T, settings map[string]string) {
	t.Helper()
	data := map[string]string{"enabled": "true", "sampling-rate": "1.0"}
	for key, value := range settings {
		data[key] = value
	}
	cluster.SetConfig(t, "config-tracing", data)
}

// overHTTP and overGRPC are these ways.
func overHTTP() map[string]string {
	return map[string]string{"endpoint": "http://" + receiver.address("4318") + "/v1/traces", "protocol": "http/protobuf"}
}

func overGRPC() map[string]string {
	return map[string]string{"endpoint": "http://" + receiver.address("4317"), "protocol": "grpc"}
}

// TestTraceOfARun has a run of ten tasks, the last of which fails, and looks at its trace.
func TestTraceOfARun(t *testing.T) {
	for transport, settings := range map[string]func() map[string]string{"http/protobuf": overHTTP, "grpc": overGRPC} {
		t.Run(strings.ReplaceAll(transport, "/", " "), func(t *testing.T) {
			trace(t, settings())
			ns := cluster.New(t)
			ns.Create(strings.ReplaceAll(tenTasks, "CODE", "7"))
			pr := ns.PipelineRunDone("ten")
			if !pr.IsFailure() {
				t.Fatal("the run did not fail, although one of its tasks did")
			}
			root := own(t, pr.Status.SpanContext)
			taskRuns, err := ns.Tekton.TektonV1().TaskRuns(ns.Name).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(taskRuns.Items) != 10 {
				t.Fatalf("there are %d TaskRuns, want 10", len(taskRuns.Items))
			}
			seen := awaitTrace(t, root, func(seen *Trace) error {
				for i := range taskRuns.Items {
					tr := &taskRuns.Items[i]
					if _, ok := seen.Span(own(t, tr.Status.SpanContext).span); !ok {
						return fmt.Errorf("the span of TaskRun %s is not there", tr.Name)
					}
				}
				return nil
			})
			checkRoot(t, seen, root, transport, pr)
			for i := range taskRuns.Items {
				checkTaskRun(t, ns, seen, root, &taskRuns.Items[i])
			}
			if t.Failed() {
				t.Logf("the trace:\n%s", seen)
			}
		})
	}
}

// identity is the one of a span.
type identity struct{ trace, span string }

func own(t *testing.T, carrier map[string]string) identity {
	t.Helper()
	traceID, spanID, err := Parent(carrier)
	if err != nil {
		t.Fatalf("status.spanContext: %v", err)
	}
	return identity{traceID, spanID}
}

// awaitTrace waits until a trace is whole.
func awaitTrace(t *testing.T, root identity, also func(*Trace) error) *Trace {
	t.Helper()
	var seen *Trace
	eventually(t, time.Minute, func() error {
		seen = NewTrace(root.trace, receiver.spans(t, root.trace))
		if wrong := seen.Check(root.span); wrong != nil {
			return fmt.Errorf("%s\n%s", strings.Join(wrong, "\n"), seen)
		}
		return also(seen)
	})
	return seen
}

func checkRoot(t *testing.T, seen *Trace, root identity, transport string, pr *v1.PipelineRun) {
	t.Helper()
	span, _ := seen.Span(root.span)
	if span.Transport != transport || span.Service != "pipelinerun-reconciler" {
		t.Errorf("the root came over %s from service %s", span.Transport, span.Service)
	}
	if !span.Failed() || span.Message == "" {
		t.Errorf("the status of the root of a run that failed is %s %q", span.Status, span.Message)
	}
	if got := span.Attributes["pipelinerun"]; got != pr.Name {
		t.Errorf("the attribute pipelinerun of the root is %v, want %s", got, pr.Name)
	}
	if wrong := Outside([]otlp.Span{span}, pr.CreationTimestamp.Time, pr.Status.CompletionTime.Time); wrong != nil {
		t.Error(wrong)
	}
}

// stepSpan is how the names of spans of steps begin.
const stepSpan = "step "

// checkTaskRun checks the span of a TaskRun and those below it: each step has one, within the time of the pod.
func checkTaskRun(t *testing.T, ns *cluster.Namespace, seen *Trace, root identity, tr *v1.TaskRun) {
	t.Helper()
	id := own(t, tr.Status.SpanContext)
	span, _ := seen.Span(id.span)
	if id.trace != root.trace || span.ParentID != root.span {
		t.Errorf("TaskRun %s is in trace %s below %s, want %s below %s", tr.Name, id.trace, span.ParentID, root.trace, root.span)
	}
	if span.Failed() != tr.IsFailure() {
		t.Errorf("the status of the span of TaskRun %s is %s %q", tr.Name, span.Status, span.Message)
	}
	if wrong := Outside([]otlp.Span{span}, tr.CreationTimestamp.Time, tr.Status.CompletionTime.Time); wrong != nil {
		t.Errorf("TaskRun %s: %s", tr.Name, wrong)
	}
	created, ended := podTimes(t, ns, tr.Status.PodName)
	below := map[string]otlp.Span{}
	for _, each := range seen.Below(id.span) {
		if strings.HasPrefix(each.Name, stepSpan) {
			below[each.Name] = each
		}
	}
	if len(below) != len(tr.Status.Steps) {
		t.Errorf("TaskRun %s has spans for %d steps, want %d", tr.Name, len(below), len(tr.Status.Steps))
	}
	for i := range tr.Status.Steps {
		state := &tr.Status.Steps[i]
		step, ok := below[stepSpan+state.Name]
		if !ok {
			t.Errorf("TaskRun %s: step %s has no span", tr.Name, state.Name)
			continue
		}
		if wrong := Outside([]otlp.Span{step}, created, ended); wrong != nil {
			t.Errorf("TaskRun %s, pod: %s", tr.Name, wrong)
		}
		code := state.Terminated.ExitCode
		if got := step.Attributes["process.exit.code"]; got != float64(code) || step.Failed() != (code != 0) {
			t.Errorf("TaskRun %s: step %s ended with %d, its span says %v and is %s", tr.Name, state.Name, code, got, step.Status)
		}
	}
}

// podTimes returns when a pod was created and when the last of its containers ended.
func podTimes(t *testing.T, ns *cluster.Namespace, name string) (created, ended time.Time) {
	t.Helper()
	pod, err := ns.Kube.CoreV1().Pods(ns.Name).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pod.Status.ContainerStatuses {
		if end := pod.Status.ContainerStatuses[i].State.Terminated; end != nil && end.FinishedAt.After(ended) {
			ended = end.FinishedAt.Time
		}
	}
	return pod.CreationTimestamp.Time, ended
}

// TestOwnSpan has a step send a span of its own, which joins the trace of its run below the step.
func TestOwnSpan(t *testing.T) {
	trace(t, overHTTP())
	ns := cluster.New(t)
	ns.Create(strings.ReplaceAll(ownSpan, "RECEIVER", receiver.address("4318")))
	tr := ns.TaskRunDone("own")
	if !tr.IsSuccessful() {
		t.Fatalf("the run ended with %s", condition(tr))
	}
	root := own(t, tr.Status.SpanContext)
	seen := awaitTrace(t, root, func(*Trace) error { return nil })
	compile, ok := seen.Span("0123456789abcdef")
	if !ok {
		t.Fatalf("the span of the step is not in the trace:\n%s", seen)
	}
	if parent, _ := seen.Span(compile.ParentID); parent.Name != stepSpan+"build" {
		t.Errorf("the span of the step is below %q:\n%s", parent.Name, seen)
	}
	if compile.Transport != "http/json" || compile.Service != "build" {
		t.Errorf("the span came over %s from service %s", compile.Transport, compile.Service)
	}
}

// TestLogin has a receiver that asks for a login, which is in a Secret.
func TestLogin(t *testing.T) {
	secrets := receiver.Kube.CoreV1().Secrets(cluster.SystemNamespace)
	made, err := secrets.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "tracing-login-"},
		StringData: map[string]string{"username": user, "password": password},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := secrets.Delete(context.Background(), made.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	trace(t, map[string]string{
		"endpoint": "http://" + receiver.address("4319") + "/v1/traces", "protocol": "http/protobuf", "credentialsSecret": made.Name,
	})
	ns := cluster.New(t)
	ns.Create(simpleTaskRun("login"))
	tr := ns.TaskRunDone("login")
	if !tr.IsSuccessful() {
		t.Fatalf("the run ended with %s", condition(tr))
	}
	awaitTrace(t, own(t, tr.Status.SpanContext), func(*Trace) error { return nil })
}

// TestDeadCollector has nobody receive the spans. Runs must not notice, and passes must not fail.
func TestDeadCollector(t *testing.T) {
	for transport, endpoint := range map[string]string{"http/protobuf": "/v1/traces", "grpc": ""} {
		t.Run(strings.ReplaceAll(transport, "/", " "), func(t *testing.T) {
			trace(t, map[string]string{"endpoint": "http://" + receiver.address("4320") + endpoint, "protocol": transport})
			ns := cluster.New(t)
			ns.Create(strings.ReplaceAll(tenTasks, "CODE", "0"))
			pr := ns.PipelineRunDone("ten")
			if !pr.IsSuccessful() {
				t.Errorf("the run ended with %s", pr.Status.GetCondition("Succeeded").GetMessage())
			}
			events, err := ns.Kube.CoreV1().Events(ns.Name).List(t.Context(), metav1.ListOptions{FieldSelector: "reason=InternalError"})
			if err := errors.Join(err, internalErrors(events)); err != nil {
				t.Error(err)
			}
		})
	}
}

// internalErrors is the error for events about passes that failed.
func internalErrors(events *corev1.EventList) error {
	var errs []error
	for i := range events.Items {
		errs = append(errs, fmt.Errorf("a pass over %s failed: %s", events.Items[i].InvolvedObject.Name, events.Items[i].Message))
	}
	return errors.Join(errs...)
}
