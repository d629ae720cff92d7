package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// fakeSession is a TaskRun that ends as it is told, or when it is cancelled or killed.
type fakeSession struct {
	setup  Setup
	status corev1.ConditionStatus
	wait   bool

	mu        sync.Mutex
	run       *v1.TaskRun
	end       chan struct{}
	cancelled []string
}

func (f *fakeSession) Run(context.Context) error {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"tekton.dev/taskRun": "hello"}}}
	w := f.setup.Open(pod, "step-greet")
	_, _ = io.WriteString(w, "Hello\nthere")
	_ = w.Close()
	if f.wait {
		<-f.end
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.run.Status.SetCondition(apis.Condition{Type: apis.ConditionSucceeded, Status: f.status, Reason: "R", Message: "it says why"}, time.Now())
	return nil
}

func (f *fakeSession) Cancel() { f.cancelled = append(f.cancelled, "cancel") }

func (f *fakeSession) Kill() {
	f.cancelled = append(f.cancelled, "kill")
	close(f.end)
}

func (f *fakeSession) Snapshot() runtree.Objects {
	f.mu.Lock()
	defer f.mu.Unlock()
	return runtree.Objects{Root: f.run.DeepCopy()}
}

func (f *fakeSession) Objects() []runtime.Object { return []runtime.Object{f.run} }
func (f *fakeSession) Warnings() []string        { return []string{"a node selector means nothing here"} }
func (f *fakeSession) Close() error              { return nil }

type world struct {
	program  *Program
	out, err bytes.Buffer
	session  *fakeSession
	signals  chan os.Signal
}

func newWorld(t *testing.T, status corev1.ConditionStatus, objects ...runtime.Object) *world {
	t.Helper()
	home := t.TempDir()
	w := &world{session: &fakeSession{status: status, end: make(chan struct{})}, signals: make(chan os.Signal)}
	w.program = &Program{
		In: strings.NewReader(""), Out: &w.out, Err: &w.err, Version: "v0", Interrupts: w.signals,
		Getenv: func(name string) string { return map[string]string{"HOME": home, "LANG": "C.UTF-8"}[name] },
		Admit: func(_ context.Context, f Files) (*Admitted, error) {
			a := &Admitted{Objects: objects, Again: func(_ context.Context, run runtime.Object) (runtime.Object, []string) {
				if o, ok := run.(*v1.TaskRun); ok && o.Name == "" {
					o.Name = strings.TrimSuffix(o.GenerateName, "-")
				}
				return run, nil
			}}
			if f.Paths[0] == "bad.yaml" {
				a.Refusals = []string{"bad.yaml:3:5: Task/x: missing field(s): spec.steps"}
			}
			return a, nil
		},
		Start: func(_ context.Context, s Setup) (Session, error) {
			w.session.setup = s
			run, _ := s.Run.(*v1.TaskRun)
			w.session.run = run
			return w.session, nil
		},
		Clean: func(context.Context, Cleaning) ([]string, error) { return nil, nil },
	}
	return w
}

func hello() *v1.Task {
	return &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: "hello"}, Spec: v1.TaskSpec{Params: v1.ParamSpecs{{Name: "who"}}}}
}

func TestRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status   corev1.ConditionStatus
		args     []string
		code     int
		out, err string
	}{
		"succeeded": {
			status: corev1.ConditionTrue, args: []string{"run", "a.yaml", "-p", "who=me"},
			out: "[hello greet] Hello\n[hello greet] there\nWarning: a node selector means nothing here\n\n✓ hello succeeded\n",
		},
		"failed": {
			status: corev1.ConditionFalse, args: []string{"run", "a.yaml", "-p", "who=me", "--logs", "none"}, code: 1,
			out: "Warning: a node selector means nothing here\n\n✗ hello\n  it says why\n\n✗ hello failed\n",
		},
		"refused":         {args: []string{"run", "bad.yaml"}, code: 2, err: "bad.yaml:3:5: Task/x: missing field(s): spec.steps\ntenon: the files are not admitted\n"},
		"something lacks": {args: []string{"run", "a.yaml"}, code: 2, err: "tenon: Task hello needs what was not given:\n\n  --param who=TEXT  string\n"},
		"no file":         {args: []string{"run"}, code: 2, err: "tenon: name a file to run, or - for standard input; see tenon run --help\n"},
		"a wrong flag": {
			args: []string{"run", "a.yaml", "--backend", "x"}, code: 2,
			err: "tenon: invalid argument \"x\" for \"--backend\" flag: it has to be one of auto, oci, docker, host; see tenon run --help\n",
		},
		"a wrong command": {args: []string{"rum"}, code: 2, err: "tenon: unknown command \"rum\" for \"tenon\"\n\nDid you mean this?\n\trun\n\n"},
		"version":         {args: []string{"version"}, out: "tenon v0\n"},
		"clean":           {args: []string{"clean"}, out: "There is nothing to remove.\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.status, hello())
			if got := w.program.Main(t.Context(), test.args); got != test.code {
				t.Errorf("the exit code is %d, want %d", got, test.code)
			}
			if diff := cmp.Diff([]string{test.out, test.err}, []string{w.out.String(), w.err.String()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInterrupts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, corev1.ConditionFalse, hello())
	w.session.wait = true
	go func() {
		w.signals <- os.Interrupt
		w.signals <- os.Interrupt
	}()
	if got := w.program.Main(t.Context(), []string{"run", "a.yaml", "-p", "who=me", "-q"}); got != exitInterrupted {
		t.Errorf("the exit code is %d", got)
	}
	if diff := cmp.Diff([]string{"cancel", "kill"}, w.session.cancelled); diff != "" {
		t.Error(diff)
	}
}

func TestOutputOfObjects(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"yaml": "kind: TaskRun", "json": `"kind": "List"`} {
		w := newWorld(t, corev1.ConditionTrue, hello())
		if code := w.program.Main(t.Context(), []string{"run", "a.yaml", "-p", "who=me", "-o", format}); code != 0 {
			t.Errorf("the exit code is %d", code)
		}
		if !strings.Contains(w.out.String(), want) || strings.Contains(w.out.String(), "Hello") || !strings.Contains(w.err.String(), "Hello") {
			t.Errorf("the output is %q, errors are %q", w.out.String(), w.err.String())
		}
	}
}

func TestSecretsAndFolders(t *testing.T) {
	t.Parallel()
	task := hello()
	task.Spec.Params = nil
	task.Spec.Workspaces = []v1.WorkspaceDeclaration{{Name: "source"}}
	w := newWorld(t, corev1.ConditionTrue, task)
	args := []string{"run", "a.yaml", "-w", "source=" + t.TempDir(), "--secret", "git=token=abc", "--config-map", "c=k=v"}
	if code := w.program.Main(t.Context(), args); code != 0 {
		t.Fatalf("the exit code is %d: %s", code, w.err.String())
	}
	var got []string
	for _, o := range w.session.setup.Objects {
		switch o := o.(type) {
		case *corev1.Secret:
			got = append(got, "Secret "+o.Name+" "+string(o.Data["token"]))
		case *corev1.ConfigMap:
			got = append(got, "ConfigMap "+o.Name+" "+o.Data["k"])
		case *corev1.PersistentVolumeClaim:
			got = append(got, "Claim "+o.Name)
		}
	}
	if diff := cmp.Diff([]string{"Secret git abc", "ConfigMap c v", "Claim workspace-source"}, got); diff != "" {
		t.Error(diff)
	}
}
