package view

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// TestDemo shows a run of as many tasks as TENON_VIEW_DEMO says, for people who look at it in a terminal; compile the test to see it.
func TestDemo(t *testing.T) {
	tasks, err := strconv.Atoi(os.Getenv("TENON_VIEW_DEMO"))
	if err != nil {
		t.Skip("TENON_VIEW_DEMO is no number of tasks")
	}
	o := Options{Out: os.Stdout, Style: Style{Color: os.Getenv("NO_COLOR") == "", Unicode: true}, Logs: LogMode(os.Getenv("TENON_VIEW_LOGS"))}
	if term.IsTerminal(os.Stdout.Fd()) {
		o.Size = func() (int, int) {
			width, height, _ := term.GetSize(os.Stdout.Fd())
			return width, height
		}
	}
	v := New(o)
	start := time.Now()
	for tick := range 10 + 2*tasks {
		root := demo(tasks, tick, start, time.Now())
		v.Update(root)
		for i, task := range root.Children {
			if task.State == runtree.Running {
				pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: task.Pod}}
				w := v.Open(pod, "step-build")
				_, _ = fmt.Fprintf(w, "\x1b[32mcompiling\x1b[0m file %d of task %d\x1b]0;title\a\n", tick, i)
				_ = w.Close()
			}
		}
		time.Sleep(150 * time.Millisecond)
	}
	v.Close()
	if left := start.IsZero(); left {
		t.Error("no time went by")
	}
}

// demo is a run in which three tasks go on at the same time, a task takes six ticks, and each tenth one fails.
func demo(tasks, tick int, start, now time.Time) *runtree.Node {
	root := &runtree.Node{Kind: runtree.KindPipelineRun, Name: "demo-run", Object: "demo-run", State: runtree.Running, Start: start}
	at := func(tick int) time.Time { return start.Add(time.Duration(tick) * 150 * time.Millisecond) }
	for i := range tasks {
		n := &runtree.Node{
			Kind: runtree.KindTaskRun, Name: fmt.Sprintf("task-%d", i), Task: fmt.Sprintf("task-%d", i), Object: fmt.Sprintf("demo-run-task-%d", i),
			Pod: fmt.Sprintf("demo-run-task-%d-pod", i), State: runtree.Waiting, Attempt: 1,
		}
		begin := i * 2
		code := int32(0)
		step := func(name string, from, to int) *runtree.Node {
			s := &runtree.Node{Kind: runtree.KindStep, Name: name, Pod: n.Pod, Container: "step-" + name, State: runtree.Waiting}
			if tick >= from {
				s.State, s.Start = runtree.Running, at(from)
			}
			if tick >= to {
				s.State, s.End, s.ExitCode = runtree.Succeeded, at(to), &code
			}
			return s
		}
		if tick >= begin {
			n.State, n.Start = runtree.Running, at(begin)
			n.Children = []*runtree.Node{step("fetch", begin, begin+2), step("build", begin+2, begin+6)}
		}
		if tick >= begin+6 {
			n.State, n.End = runtree.Succeeded, at(begin+6)
			if i%10 == 9 {
				bad := int32(3)
				n.State, n.Children[1].State, n.Children[1].ExitCode = runtree.Failed, runtree.Failed, &bad
			}
		}
		root.Children = append(root.Children, n)
	}
	if tick >= 9+2*tasks {
		root.State, root.End = runtree.Failed, now
		root.Results = []runtree.Result{{Name: "commit", Value: "0123456789abcdef"}, {Name: "image", Value: "registry.local/app@sha256:abc"}}
	}
	return root
}
