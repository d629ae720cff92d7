// Package view follows a run for people: as a tree that is redrawn in place where there is a terminal, and line by line elsewhere. It is
// fed with trees of package runtree and with logs, whoever has them.
package view

import (
	"io"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// LogMode says which logs are shown.
type LogMode string

const (
	// LogsAll shows every line when it comes, with the name of its task and step before it.
	LogsAll LogMode = "all"
	// LogsFailed shows the last line of each running step beside it in a terminal, and the end of the log of what failed.
	LogsFailed LogMode = "failed"
	// LogsNone shows no logs.
	LogsNone LogMode = "none"
)

// Options are what a view has to know.
type Options struct {
	Out io.Writer
	// Size returns width and height of the terminal in cells; nil means that Out is none.
	Size  func() (width, height int)
	Style Style
	// Logs is LogsAll if it is empty.
	Logs LogMode
	// Quiet shows only how the run ended.
	Quiet bool
	// Now is time.Now if it is nil.
	Now func() time.Time
}

// View shows a run while it goes on. Its methods can be called from many goroutines.
type View interface {
	// Update shows a newer state of the run. The tree belongs to the view from then on.
	Update(root *runtree.Node)
	// Open returns where a container's output is to be written, both streams of it. Containers that are not of the user are not shown.
	Open(pod *corev1.Pod, container string) io.WriteCloser
	// Note says something that is not of the run, in one line.
	Note(text string)
	// Close shows how the run ended, and nothing after that.
	Close()
}

// New returns the view that suits where the output goes.
func New(o Options) View {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logs == "" {
		o.Logs = LogsAll
	}
	c := &common{Options: o, tails: make(Tails), owners: make(map[Source]string), clock: newClock()}
	if o.Size == nil || o.Quiet {
		return &plain{common: c, last: make(map[string]runtree.State)}
	}
	return newTerminal(c)
}

// common is what both views have.
type common struct {
	Options
	mu    sync.Mutex
	root  *runtree.Node
	tails Tails
	// owners are the names of tasks for people, by their pods.
	owners map[Source]string
	clock  *clock
	closed bool
}

// take notes a newer state; mu is held.
func (c *common) take(root *runtree.Node) {
	c.clock.refine(root, c.Now())
	c.root = root
	walkNamed(root, func(n *runtree.Node, path string) {
		if n.Pod != "" && n.Kind == runtree.KindTaskRun {
			c.owners[Source{Pod: n.Pod}] = path
		}
	})
}

// keep notes a line of a log; mu is held.
func (c *common) keep(from Source, line string) {
	c.tails[from] = append(c.tails[from], line)
	if tail := c.tails[from]; len(tail) > 2*tailLines {
		c.tails[from] = append([]string(nil), tail[len(tail)-tailLines:]...)
	}
}

// prefix names the task and step that a line is of.
func (c *common) prefix(from Source, fallback string) string {
	owner, ok := c.owners[Source{Pod: from.Pod}]
	if !ok {
		owner = fallback
	}
	step, _ := part(from.Container)
	return strings.TrimSpace(owner + " " + name(step))
}

// fallback names the task of a pod as well as its labels do.
func fallback(pod *corev1.Pod) string {
	for _, key := range []string{pipeline.PipelineTaskLabelKey, pipeline.TaskRunLabelKey} {
		if value := pod.Labels[key]; value != "" {
			return name(value)
		}
	}
	return name(pod.Name)
}

// part returns the name of the step or sidecar that a container is, and false if it is neither.
func part(container string) (string, bool) {
	if container == names.SidecarPrefix+v1.ReservedSidecarName {
		return container, false
	}
	for _, prefix := range []string{names.StepPrefix, names.SidecarPrefix} {
		if short, ok := strings.CutPrefix(container, prefix); ok {
			return short, true
		}
	}
	return container, false
}

// walkNamed visits tasks with the path by which people find them: "test", "test (os=linux)", "nested/inner".
func walkNamed(root *runtree.Node, visit func(n *runtree.Node, path string)) {
	visit(root, name(root.Name))
	for _, c := range root.Children {
		walkBelow(c, "", visit)
	}
	if root.Kind == runtree.KindTaskRun {
		for _, c := range root.Children {
			if c.Kind == runtree.KindTaskRun {
				visit(c, name(root.Name))
			}
		}
	}
}

func walkBelow(n *runtree.Node, above string, visit func(*runtree.Node, string)) {
	if n.Kind == runtree.KindStep || n.Kind == runtree.KindSidecar {
		return
	}
	path := above + name(n.Name)
	visit(n, path)
	for _, c := range n.Children {
		switch {
		case n.Kind == runtree.KindTaskRun && c.Kind == runtree.KindTaskRun:
			visit(c, path)
		case n.Kind == runtree.KindTask:
			combination := *c
			combination.Name = name(n.Name) + " (" + name(c.Name) + ")"
			visit(c, above+combination.Name)
			for _, below := range c.Children {
				walkBelow(below, above+combination.Name+"/", visit)
			}
		default:
			walkBelow(c, path+"/", visit)
		}
	}
}
