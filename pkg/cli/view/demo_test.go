package view

import (
	"fmt"
	"time"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

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
