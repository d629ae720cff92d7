package graphcmd_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/cli/clustercmd"
	"github.com/tenon-ci/tenon/pkg/cli/graphcmd"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/fake"
)

const two = `apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: first}
spec:
  tasks:
  - {name: fetch, taskRef: {name: git}}
  - {name: build, runAfter: [fetch], taskRef: {name: go}}
  finally:
  - {name: report, taskRef: {name: mail}}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: second}
spec:
  tasks:
  - {name: only, taskRef: {name: git}}
`

var start = time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)

func execute(t *testing.T, cluster *clustercmd.Cluster, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	c := graphcmd.New(graphcmd.Options{
		Out: &out, Err: &errs, Width: 80, Now: func() time.Time { return start.Add(time.Minute) },
		Connect: func(clustercmd.Where) (*clustercmd.Cluster, error) {
			if cluster == nil {
				return nil, errors.New("no cluster here")
			}
			return cluster, nil
		},
	})
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return out.String() + errs.String(), err
}

func TestFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "two.yaml")
	if err := os.WriteFile(file, []byte(two), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		want []string
		not  string
		err  string
	}{
		{name: "several", args: []string{file}, err: "choose one of first, second with --pipeline"},
		{name: "unknown", args: []string{file, "--pipeline", "third"}, err: "no Pipeline third, only first, second"},
		{name: "format", args: []string{file, "-o", "png"}, err: `no output format "png"`},
		{name: "no file, no cluster", args: []string{"gone.yaml"}, err: "there is no file gone.yaml, and no cluster"},
		{name: "text", args: []string{file, "--pipeline", "first"}, want: []string{"│ fetch │", "── finally ──", "│ report │"}},
		{name: "without finally", args: []string{file, "--pipeline", "first", "--finally=false"}, want: []string{"│ build │"}, not: "report"},
		{name: "mermaid", args: []string{file, "--pipeline", "first", "-o", "mermaid"}, want: []string{"flowchart LR", "n0 --> n1"}},
		{name: "dot", args: []string{file, "--pipeline", "first", "-o", "dot"}, want: []string{"digraph {", "n0 -> n1"}},
		{name: "svg", args: []string{file, "--pipeline", "second", "-o", "svg"}, want: []string{"<svg ", "<title>only"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, err := execute(t, nil, test.args...)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error = %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
			if test.not != "" && strings.Contains(out, test.not) {
				t.Errorf("output has %q:\n%s", test.not, out)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../examples/pipelineruns/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}
	for _, file := range files {
		out, err := execute(t, nil, file)
		if err != nil && !strings.Contains(err.Error(), "several Pipelines") && !strings.Contains(err.Error(), "no Pipeline that could") {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		if err == nil && strings.Count(out, "\n") < 4 {
			t.Errorf("%s is drawn as %q", file, out)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	at := func(seconds int) *metav1.Time {
		return &metav1.Time{Time: start.Add(time.Duration(seconds) * time.Second)}
	}
	done := duckv1.Status{Conditions: duckv1.Conditions{{Type: apis.ConditionSucceeded, Status: "True", Reason: "Succeeded"}}}
	ref := func(task string) v1.PipelineTask {
		return v1.PipelineTask{Name: task, TaskRef: &v1.TaskRef{Name: task}}
	}
	build := ref("build")
	build.RunAfter = []string{"fetch"}
	pr := &v1.PipelineRun{
		ObjectMeta: metav1.ObjectMeta{Name: "release-9", Namespace: "ci"},
		Status: v1.PipelineRunStatus{Status: done, PipelineRunStatusFields: v1.PipelineRunStatusFields{
			StartTime: at(0), CompletionTime: at(20),
			PipelineSpec: &v1.PipelineSpec{Tasks: []v1.PipelineTask{ref("fetch"), build, ref("lint")}},
		}},
	}
	child := func(task string, from, to int) *v1.TaskRun {
		return &v1.TaskRun{
			ObjectMeta: metav1.ObjectMeta{Name: "release-9-" + task, Namespace: "ci", Labels: map[string]string{
				"tekton.dev/pipelineRun": "release-9", "tekton.dev/pipelineTask": task,
			}},
			Status: v1.TaskRunStatus{Status: done, TaskRunStatusFields: v1.TaskRunStatusFields{StartTime: at(from), CompletionTime: at(to)}},
		}
	}
	clients := fake.NewSimpleClientset(pr, child("fetch", 1, 6), child("build", 6, 20), child("lint", 1, 3))
	cluster := &clustercmd.Cluster{
		Namespace: "ci", PipelineRuns: clients.TektonV1().PipelineRuns("ci"), TaskRuns: clients.TektonV1().TaskRuns("ci"),
		CustomRuns: clients.TektonV1beta1().CustomRuns("ci"),
	}
	out, err := execute(t, cluster, "release-9")
	if err != nil {
		t.Fatal(err)
	}
	const want = `✓ release-9 Succeeded 20s
┏━━━━━━━━━┓  ┌────────┐
┃ ✓ fetch ┃  │ ✓ lint │
┃  5.0s   ┃  │  2.0s  │
┗━━━━┯━━━━┛  └────────┘
     ▼
┏━━━━━━━━━┓
┃ ✓ build ┃
┃   14s   ┃
┗━━━━━━━━━┛
critical path: (1.0s) fetch 5.0s → build 14s
`
	if out != want {
		t.Errorf("got:\n%s\nwant:\n%s", out, want)
	}
}
