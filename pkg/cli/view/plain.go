package view

import (
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// plain writes one line per change and per line of a log, for files and the logs of other services.
type plain struct {
	*common
	last map[string]runtree.State
}

// Update implements View.
func (p *plain) Update(root *runtree.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.take(root)
	if p.Quiet {
		return
	}
	walkNamed(root, func(n *runtree.Node, path string) {
		if n == root {
			return
		}
		key := fmt.Sprintf("%s\x00%s\x00%d", path, n.Object, n.Attempt)
		was, ok := p.last[key]
		if n.State == was || !ok && n.State == runtree.Waiting {
			return
		}
		p.last[key] = n.State
		p.write(path+": ", p.change(n))
	})
}

// change says what happened to a task.
func (p *plain) change(n *runtree.Node) string {
	text := strings.TrimPrefix(words(n), "was ")
	switch n.State {
	case runtree.Running:
		text = "running"
	case runtree.Waiting:
		text = "waiting"
	}
	if n.State.IsDone() && !n.Start.IsZero() {
		text += " after " + Duration(n.Duration(p.Now()))
	}
	notes := []string{(picture{isLog: true}).note(n)}
	if step := failedStep(n); step != nil && n.Kind == runtree.KindTaskRun && n.State.IsBad() {
		notes = append(notes, strings.ToLower(step.Kind)+" "+name(step.Name)+": "+name(exit(step)))
	}
	if notes = nonEmpty(notes); len(notes) > 0 {
		text += ": " + strings.Join(notes, ", ")
	}
	_, attribute := p.Style.glyph(n.State, n.Ignored, p.Now())
	return p.Style.paint(attribute, text)
}

// Note implements View.
func (p *plain) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write("", p.Style.paint(yellow, name(text)))
}

// Open implements View.
func (p *plain) Open(pod *corev1.Pod, container string) io.WriteCloser {
	return open(pod, container, func(from Source, fallback, line string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.keep(from, line)
		if p.Logs == LogsAll && !p.Quiet {
			p.write(p.Style.paint(dim, "["+p.prefix(from, fallback)+"]")+" ", Clean(line, p.Style.Color))
		}
	})
}

func (p *plain) write(prefix, text string) {
	_, _ = io.WriteString(p.Out, prefix+text+"\n")
}

// Close implements View.
func (p *plain) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.root == nil {
		p.closed = true
		return
	}
	p.closed = true
	tails := p.tails
	if p.Logs == LogsNone {
		tails = nil
	}
	if !p.Quiet {
		p.write("", "")
	}
	for _, line := range Summary(p.root, tails, 0, p.Now(), p.Style) {
		p.write("", line)
	}
}
