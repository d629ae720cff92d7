package clustercmd

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// lastWords is how long logs are waited for after a run has ended.
const lastWords = 10 * time.Second

// part is a step or sidecar with the task that it is of.
type part struct {
	// task is what people call the task: "test", "test (os=linux)", "deploy/smoke", "build attempt 1".
	task string
	// owner is the node of the TaskRun, and top the pipeline task that it belongs to.
	owner *runtree.Node
	top   string
	step  *runtree.Node
	// isEarlier says that it is of an attempt after which there was another one.
	isEarlier bool
}

// parts returns the steps and sidecars of a run.
func parts(root *runtree.Node) []part {
	var all []part
	var visit func(n *runtree.Node, task, top string, isEarlier bool)
	visit = func(n *runtree.Node, task, top string, isEarlier bool) {
		for _, c := range n.Children {
			switch {
			case c.Kind == runtree.KindStep || c.Kind == runtree.KindSidecar:
				all = append(all, part{task: task, owner: n, top: top, step: c, isEarlier: isEarlier})
			case n.Kind == runtree.KindTaskRun:
				visit(c, task+" "+c.Name, top, true)
			case n.Kind == runtree.KindTask:
				visit(c, task+" ("+c.Name+")", top, isEarlier)
			case n == root:
				visit(c, taskName(c), c.Task, isEarlier)
			default:
				visit(c, task+"/"+taskName(c), c.Task, isEarlier)
			}
		}
	}
	visit(root, root.Name, root.Name, false)
	return all
}

func taskName(n *runtree.Node) string {
	if n.Task != "" {
		return n.Task
	}
	return n.Name
}

// pod returns what is known of the pod of a part: its name and labels.
func (p part) pod() *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: p.step.Pod, Namespace: p.step.Namespace,
		Labels: map[string]string{pipeline.TaskRunLabelKey: p.owner.Object, pipeline.PipelineTaskLabelKey: p.top},
	}}
}

// hasLog tells whether the part has begun, so that there is a log.
func (p part) hasLog() bool {
	s := p.step
	return s.Pod != "" && s.Container != "" && (s.State == runtree.Running || s.State.IsDone() && !s.Start.IsZero() && s.State != runtree.Skipped)
}

// sink is where logs go.
type sink interface {
	Open(pod *corev1.Pod, container string) io.WriteCloser
}

// streamer follows the logs of all parts of a run as they begin.
type streamer struct {
	cluster *Cluster
	sink    sink
	options corev1.PodLogOptions
	wanted  func(part) bool
	mu      sync.Mutex
	begun   map[string]bool
	running sync.WaitGroup
}

func newStreamer(c *Cluster, s sink, wanted func(part) bool, timestamps bool) *streamer {
	return &streamer{
		cluster: c, sink: s, wanted: wanted, begun: make(map[string]bool),
		options: corev1.PodLogOptions{Follow: true, Timestamps: timestamps},
	}
}

// update begins to follow what has begun since the last time.
func (s *streamer) update(ctx context.Context, root *runtree.Node) {
	for _, p := range parts(root) {
		key := p.step.Pod + "/" + p.step.Container
		s.mu.Lock()
		isNew := p.hasLog() && !s.begun[key] && s.wanted(p)
		if isNew {
			s.begun[key] = true
		}
		s.mu.Unlock()
		if !isNew {
			continue
		}
		s.running.Go(func() {
			if err := copyLog(ctx, s.cluster, p, s.options, s.sink); apierrors.IsBadRequest(err) {
				// The container has not begun after all; the next news of it will show.
				s.mu.Lock()
				delete(s.begun, key)
				s.mu.Unlock()
			}
		})
	}
}

// wait waits for the logs to end, but not for long.
func (s *streamer) wait(cancel context.CancelFunc) {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(lastWords):
		cancel()
		<-done
	}
}

// copyLog copies the log of a part. That it is gone is said in its place.
func copyLog(ctx context.Context, c *Cluster, p part, o corev1.PodLogOptions, s sink) error {
	o.Container = p.step.Container
	stream, err := c.Core.Log(ctx, c.Namespace, p.step.Pod, &o)
	if apierrors.IsBadRequest(err) {
		return err
	}
	w := s.Open(p.pod(), p.step.Container)
	defer func() { _ = w.Close() }()
	switch {
	case apierrors.IsNotFound(err):
		_, _ = fmt.Fprintf(w, "(the pod %s is gone, and its log with it)\n", p.step.Pod)
		return nil
	case err != nil:
		_, _ = fmt.Fprintf(w, "(the log cannot be read: %v)\n", err)
		return err
	}
	defer func() { _ = stream.Close() }()
	err = eachLine(stream, func(line string) { _, _ = io.WriteString(w, line+"\n") })
	if err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintf(w, "(the log ends here: %v)\n", err)
	}
	return err
}
