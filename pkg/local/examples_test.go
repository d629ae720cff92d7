package local

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
)

// literal are examples whose steps do what a plain exit or sleep in their script says.
var literal = map[string]bool{
	"taskruns/timeout.yaml": true, "taskruns/step-timeout.yaml": true, "taskruns/step-fails.yaml": true,
	"taskruns/retries-exhausted.yaml": true, "pipelineruns/timeouts.yaml": true, "pipelineruns/finally.yaml": true,
}

// ends are the reasons that runs end with whose steps only write into their results, where that is another end than with real steps.
var ends = map[string]string{
	// In a cluster, a custom task without a controller waits for one until its time is up.
	"pipelineruns/custom-task.yaml":     "Failed",
	"pipelineruns/missing-result.yaml":  "Succeeded",
	"pipelineruns/finally-results.yaml": "Succeeded",
	"taskruns/results-wrong-type.yaml":  "Succeeded",
	"taskruns/results-too-large.yaml":   "Succeeded",
}

// comment returns what the leading comments of an example say of a key.
func comment(text, key string) string {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		if value, ok := strings.CutPrefix(line, "# "+key+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func flagsOf(text string) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: systemNamespace, Name: "feature-flags"}, Data: map[string]string{}}
	for pair := range strings.SplitSeq(comment(text, "flags"), ",") {
		if key, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
			cm.Data[key] = value
		}
	}
	return cm
}

// TestExamples drives all examples to their end with pods whose steps succeed and write something into each result.
func TestExamples(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../examples/*runs/*.yaml")
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d examples, error %v", len(paths), err)
	}
	for _, path := range paths {
		short := strings.TrimPrefix(filepath.ToSlash(path), "../../examples/")
		t.Run(short, func(t *testing.T) {
			t.Parallel()
			text := readFile(t, path)
			objects := append(load(t, text), flagsOf(text))
			for _, o := range objects {
				switch o.(type) {
				case *v1.TaskRun, *v1.PipelineRun:
					runExample(t, short, comment(text, "ends"), o.(metav1.Object), objects)
				}
			}
		})
	}
}

func runExample(t *testing.T, path, reason string, run metav1.Object, objects []runtime.Object) {
	t.Helper()
	pods := &fakePods{}
	e := newEngine(t, pods, run, objects...)
	// A number is a string that all conditions of examples can do something with.
	pods.message = writesResults(e, "0")
	if literal[path] {
		pods.exit = followsScripts(e)
	}
	finish(t, e)
	if other, ok := ends[path]; ok {
		reason = other
	}
	cond := condition(e.Snapshot().Root)
	if reason != "" && cond.Reason != reason || reason == "" && !cond.IsTrue() {
		t.Errorf("%s ended with %s %s: %s; want %s", run.GetGenerateName(), cond.Status, cond.Reason, cond.Message, reason)
	}
}

func newEngine(t testing.TB, pods *fakePods, run metav1.Object, objects ...runtime.Object) *Engine {
	t.Helper()
	e, err := New(Options{
		Objects: objects, Run: run, Pods: pods, Folders: fakeFolders{},
		Images: func(_ context.Context, ref string, _ []corev1.Secret) (imageinfo.Image, error) {
			return imageinfo.Image{Ref: ref, Platforms: []imageinfo.Platform{{Name: "linux/amd64", Cmd: []string{"true"}}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// finish runs a run to its end.
func finish(t testing.TB, e *Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() {
		if ctx.Err() == context.DeadlineExceeded {
			e.Kill()
		}
	})
	if err := e.Run(t.Context()); err != nil {
		t.Fatalf("running: %v; %+v", err, condition(e.Snapshot().Root))
	}
}

func condition(run metav1.Object) *apis.Condition {
	switch run := run.(type) {
	case *v1.TaskRun:
		return run.Status.GetCondition(apis.ConditionSucceeded)
	case *v1.PipelineRun:
		return run.Status.GetCondition(apis.ConditionSucceeded)
	default:
		return nil
	}
}
