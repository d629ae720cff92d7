package clustercmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/cli/clustercmd"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
)

var start = time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)

func at(seconds int) *metav1.Time {
	return &metav1.Time{Time: start.Add(time.Duration(seconds) * time.Second)}
}

func status(is corev1.ConditionStatus, reason, message string) duckv1.Status {
	return duckv1.Status{Conditions: duckv1.Conditions{{Type: apis.ConditionSucceeded, Status: is, Reason: reason, Message: message}}}
}

// core has pods with logs in memory. The log of a container that is not in it is gone.
type core struct {
	pods []*corev1.Pod
	logs map[string]string
}

func (c core) Pods(context.Context, string, string) ([]*corev1.Pod, error) { return c.pods, nil }

func (core) Events(context.Context, string, string, string) ([]*corev1.Event, error) { return nil, nil }

func (core) Claim(context.Context, string, string) (*corev1.PersistentVolumeClaim, error) {
	return nil, errors.New("there are no claims")
}

func (c core) Log(_ context.Context, _, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	text, ok := c.logs[pod+"/"+o.Container]
	if !ok {
		return nil, fmt.Errorf("reading: %w", apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, pod))
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

func step(name string, from, to int, code int32) v1.StepState {
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	return v1.StepState{Name: name, Container: "step-" + name, TerminationReason: reason, ContainerState: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, StartedAt: *at(from), FinishedAt: *at(to)},
	}}
}

func child(task string, from, to int, condition duckv1.Status, steps ...v1.StepState) *v1.TaskRun {
	return &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "ci-7-" + task, Namespace: "ci", CreationTimestamp: *at(from), Labels: map[string]string{
			"tekton.dev/pipelineRun": "ci-7", "tekton.dev/pipelineTask": task,
		}},
		Status: v1.TaskRunStatus{Status: condition, TaskRunStatusFields: v1.TaskRunStatusFields{
			PodName: "pod-" + task, StartTime: at(from), CompletionTime: at(to), Steps: steps,
		}},
	}
}

// world is a PipelineRun in which the second of two tasks failed, and a TaskRun of its own that is older.
func world() (*fake.Clientset, core) {
	test := v1.PipelineTask{Name: "test", RunAfter: []string{"fetch"}, TaskRef: &v1.TaskRef{Name: "test"}}
	pr := &v1.PipelineRun{
		ObjectMeta: metav1.ObjectMeta{Name: "ci-7", Namespace: "ci", CreationTimestamp: *at(0)},
		Status: v1.PipelineRunStatus{
			Status: status("False", "Failed", "Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0"),
			PipelineRunStatusFields: v1.PipelineRunStatusFields{StartTime: at(0), CompletionTime: at(30), PipelineSpec: &v1.PipelineSpec{
				Tasks: []v1.PipelineTask{{Name: "fetch", TaskRef: &v1.TaskRef{Name: "git"}}, test},
			}},
		},
	}
	alone := &v1.TaskRun{
		ObjectMeta: metav1.ObjectMeta{Name: "alone", Namespace: "ci", CreationTimestamp: *at(-600)},
		Status:     v1.TaskRunStatus{Status: status("True", "Succeeded", "All Steps have completed executing")},
	}
	clients := fake.NewSimpleClientset(pr, alone,
		child("fetch", 1, 10, status("True", "Succeeded", "All Steps have completed executing"), step("clone", 2, 9, 0)),
		child("test", 10, 30, status("False", "StepFailed", `"step-unit" exited with code 2: Error`), step("build", 11, 20, 0), step("unit", 20, 29, 2)))
	return clients, core{logs: map[string]string{
		"pod-test/step-build": "building\n", "pod-test/step-unit": "\x1b[31mFAIL\x1b[0m TestX\nwant 1\x1b]0;owned\x07\n",
	}}
}

func options(clients *fake.Clientset, c core, out, errs io.Writer) clustercmd.Options {
	return clustercmd.Options{
		Out: out, Err: errs, Now: func() time.Time { return start.Add(time.Hour) },
		Connect: func(clustercmd.Where) (*clustercmd.Cluster, error) {
			return &clustercmd.Cluster{
				Namespace: "ci", PipelineRuns: clients.TektonV1().PipelineRuns("ci"), TaskRuns: clients.TektonV1().TaskRuns("ci"),
				CustomRuns: clients.TektonV1beta1().CustomRuns("ci"), Core: c,
			}, nil
		},
	}
}

func execute(ctx context.Context, o clustercmd.Options, args ...string) error {
	for _, c := range clustercmd.New(o) {
		if c.Name() != args[0] {
			continue
		}
		c.SilenceUsage, c.SilenceErrors = true, true
		c.SetArgs(args[1:])
		return c.ExecuteContext(ctx)
	}
	return fmt.Errorf("there is no command %s", args[0])
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		args     []string
		input    string
		terminal bool
		want     string
		err      string
	}{
		{name: "list", args: []string{"get"}, want: `RUN       STATE        REASON     AGE  TOOK
pr/ci-7   ✗ Failed     Failed     1h   30s
tr/alone  ✓ Succeeded  Succeeded  1h   
`},
		{name: "tree", args: []string{"get", "@latest"}, want: `✗ ci-7  30s · Failed
  Tasks Completed: 2 (Failed: 1, Cancelled 0), Skipped: 0
├─ ✓ fetch  9.0s
│  └─ ✓ clone  7.0s
└─ ✗ test  20s · Failed (StepFailed)
   ├─ ✓ build  9.0s
   └─ ✗ unit  9.0s · Failed (Error) · exit code 2

critical path: (1.0s) fetch 9.0s → test 20s
`},
		{name: "name", args: []string{"get", "alone", "-o", "name"}, want: "tr/alone\n"},
		{name: "unknown", args: []string{"get", "nosuch"}, err: "there is no PipelineRun and no TaskRun nosuch in namespace ci"},
		{name: "bad kind", args: []string{"get", "pod/x"}, err: `"pod/x" names no run: write pr/NAME or tr/NAME`},
		{name: "bad output", args: []string{"get", "ci-7", "-o", "xml"}, err: `no output format "xml"`},
		{name: "no choice", args: []string{"explain"}, err: "which run? Name one, or @latest for the newest. The newest ones are: pr/ci-7, tr/alone"},
		{name: "choice", args: []string{"explain"}, input: "2\n", terminal: true, want: "✓ alone: succeeded\n"},
		{name: "bad choice", args: []string{"explain"}, input: "7\n", terminal: true, err: `"7" is none of the numbers 1 to 2`},
		{name: "explain", args: []string{"explain", "ci-7"}, want: `✗ ci-7: task test: step 2 (unit) exited with code 2. Next: read its log: tenon logs --failed tr/ci-7-test
    | ` + "\x1b[31mFAIL\x1b[0m TestX\n    | want 1\x1b]0;owned\x07\n"},
		{name: "explain all", args: []string{"explain", "ci-7", "--all"}, terminal: true, want: `✓ fetch: succeeded in 9s
✗ test: step 2 (unit) exited with code 2. Next: read its log: tenon logs --failed tr/ci-7-test
    | FAIL TestX
    | want 1
`},
		{name: "logs", args: []string{"logs", "ci-7"}, terminal: true, want: `[fetch clone] (the pod pod-fetch is gone, and its log with it)
[test build] building
[test unit] FAIL TestX
[test unit] want 1
`},
		{name: "failed logs", args: []string{"logs", "ci-7", "--failed", "--prefix=step"}, want: "[unit] \x1b[31mFAIL\x1b[0m TestX\n[unit] want 1\x1b]0;owned\x07\n"},
		{name: "one step", args: []string{"logs", "ci-7", "--task", "test", "--step", "build", "--prefix=none"}, want: "building\n"},
		{name: "no such step", args: []string{"logs", "ci-7", "--step", "x"}, err: "ci-7 has no log of such a task or step"},
		{name: "bad prefix", args: []string{"logs", "ci-7", "--prefix=x"}, err: `no prefix "x"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clients, c := world()
			var out, errs bytes.Buffer
			o := options(clients, c, &out, &errs)
			o.In, o.InTerminal, o.OutTerminal = strings.NewReader(test.input), test.terminal, test.terminal
			err := execute(t.Context(), o, test.args...)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error = %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGetYAML(t *testing.T) {
	t.Parallel()
	clients, c := world()
	var out bytes.Buffer
	if err := execute(t.Context(), options(clients, c, &out, io.Discard), "get", "pr/ci-7", "-o", "yaml"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"apiVersion: tekton.dev/v1\n", "kind: PipelineRun\n", "  name: ci-7\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
}

// safe is a buffer for several goroutines, which says when it has a text.
type safe struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *safe) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(data)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestFollow changes a run while it is watched: a task comes, runs, and ends, and then the run.
func TestFollow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		command, end, want string
		err                error
	}{
		{command: "watch", end: "True", want: "● ci-7 Running\n● fetch Running\n✓ ci-7 Succeeded\n✓ fetch Succeeded\n"},
		{command: "watch", end: "False", want: "● ci-7 Running\n● fetch Running\n✗ ci-7 Failed\n✓ fetch Succeeded\n", err: clustercmd.ErrNotSucceeded},
		{command: "logs", end: "False", want: "[fetch clone] cloned\n"},
	} {
		t.Run(test.command+test.end, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			pr := &v1.PipelineRun{
				ObjectMeta: metav1.ObjectMeta{Name: "ci-7", Namespace: "ci"},
				Status: v1.PipelineRunStatus{Status: status("Unknown", "Running", ""), PipelineRunStatusFields: v1.PipelineRunStatusFields{
					StartTime: at(0), PipelineSpec: &v1.PipelineSpec{Tasks: []v1.PipelineTask{{Name: "fetch"}}},
				}},
			}
			clients := fake.NewSimpleClientset(pr)
			out := &safe{}
			args := []string{test.command, "ci-7"}
			if test.command == "logs" {
				args = append(args, "-f")
			}
			done := make(chan error, 1)
			o := options(clients, core{logs: map[string]string{"pod-fetch/step-clone": "cloned\n"}}, out, io.Discard)
			go func() { done <- execute(ctx, o, args...) }()
			// The fake server sends no news of what happened before a watch: wait for the watches of run and children.
			for watches := 0; watches < 4; {
				watches = 0
				for _, a := range clients.Actions() {
					if a.GetVerb() == "watch" {
						watches++
					}
				}
				if ctx.Err() != nil {
					t.Fatal("the run is not watched")
				}
				time.Sleep(5 * time.Millisecond)
			}
			running := child("fetch", 1, 0, status("Unknown", "Running", ""), v1.StepState{
				Name: "clone", Container: "step-clone", ContainerState: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: *at(2)}},
			})
			running.Status.CompletionTime = nil
			must(t, func() error {
				_, err := clients.TektonV1().TaskRuns("ci").Create(ctx, running, metav1.CreateOptions{})
				return err
			})
			if test.command == "watch" {
				for !strings.Contains(out.String(), "● fetch") && ctx.Err() == nil {
					time.Sleep(5 * time.Millisecond)
				}
			}
			ended := child("fetch", 1, 9, status("True", "Succeeded", ""), step("clone", 2, 9, 0))
			must(t, func() error {
				_, err := clients.TektonV1().TaskRuns("ci").Update(ctx, ended, metav1.UpdateOptions{})
				return err
			})
			over := pr.DeepCopy()
			over.Status.Status, over.Status.CompletionTime = status(corev1.ConditionStatus(test.end), "Over", ""), at(10)
			must(t, func() error {
				_, err := clients.TektonV1().PipelineRuns("ci").Update(ctx, over, metav1.UpdateOptions{})
				return err
			})
			if err := <-done; !errors.Is(err, test.err) {
				t.Errorf("error = %v, want %v", err, test.err)
			}
			if got := out.String(); !sameLines(got, test.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// sameLines compares without the order: whether news of the run or of its child come first is not fixed.
func sameLines(a, b string) bool {
	count := make(map[string]int)
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func must(t *testing.T, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
}

// TestServer asks a server over HTTP, by the paths that an API server has.
func TestServer(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	answer := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, strings.ReplaceAll(body, "QUERY", r.URL.RawQuery))
		})
	}
	answer("/api/v1/namespaces/ci/pods", `{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"QUERY"}}]}`)
	answer("/api/v1/namespaces/ci/events", `{"kind":"EventList","apiVersion":"v1","items":[{"message":"QUERY"}]}`)
	answer("/api/v1/namespaces/ci/persistentvolumeclaims/src", `{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"src"}}`)
	answer("/api/v1/namespaces/ci/pods/p/log", "QUERY\n")
	answer("/apis/tekton.dev/v1/namespaces/ci/pipelineruns", `{"kind":"PipelineRunList","apiVersion":"tekton.dev/v1","items":[{"metadata":{"name":"QUERY"}}]}`)
	answer("/apis/tekton.dev/v1beta1/namespaces/ci/customruns",
		`{"type":"ADDED","object":{"kind":"CustomRun","apiVersion":"tekton.dev/v1beta1","metadata":{"name":"QUERY"}}}`)
	answer("/apis/tekton.dev/v1/namespaces/ci/taskruns/tr", `{"kind":"TaskRun","apiVersion":"tekton.dev/v1","metadata":{"name":"tr"}}`)
	server := httptest.NewServer(mux)
	defer server.Close()
	c, err := clustercmd.ConnectTo(&rest.Config{Host: server.URL}, "ci")
	if err != nil {
		t.Fatal(err)
	}
	pods, err := c.Core.Pods(t.Context(), "ci", "a=b")
	if err != nil || len(pods) != 1 || pods[0].Name != "labelSelector=a%3Db" {
		t.Errorf("Pods = %v, %v", pods, err)
	}
	events, err := c.Core.Events(t.Context(), "ci", "Pod", "p")
	if err != nil || len(events) != 1 || events[0].Message != "fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.name%3Dp" {
		t.Errorf("Events = %v, %v", events, err)
	}
	if claim, err := c.Core.Claim(t.Context(), "ci", "src"); err != nil || claim.Name != "src" {
		t.Errorf("Claim = %v, %v", claim, err)
	}
	stream, err := c.Core.Log(t.Context(), "ci", "p", &corev1.PodLogOptions{Container: "step-a", Follow: true, Timestamps: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(stream)
	if err != nil || string(text) != "container=step-a&follow=true&timestamps=true\n" {
		t.Errorf("Log = %q, %v", text, err)
	}
	if _, err = c.Core.Log(t.Context(), "ci", "gone", &corev1.PodLogOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("Log of a pod that is gone = %v, want not found", err)
	}
	prs, err := c.PipelineRuns.List(t.Context(), metav1.ListOptions{LabelSelector: "a=b"})
	if err != nil || len(prs.Items) != 1 || prs.Items[0].Name != "labelSelector=a%3Db" {
		t.Errorf("PipelineRuns = %v, %v", prs, err)
	}
	watcher, err := c.CustomRuns.Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Stop()
	if cr, ok := (<-watcher.ResultChan()).Object.(*v1beta1.CustomRun); !ok || cr.Name != "watch=true" {
		t.Errorf("watching CustomRuns = %v", cr)
	}
	if tr, err := c.TaskRuns.Get(t.Context(), "tr", metav1.GetOptions{}); err != nil || tr.Name != "tr" {
		t.Errorf("TaskRun = %v, %v", tr, err)
	}
}
