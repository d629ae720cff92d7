package view

import (
	"bytes"
	"io"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// maxLine is how long a line of a log can get, in bytes, before it is broken.
const maxLine = 64 << 10

// lineWriter hands on whole lines.
type lineWriter struct {
	mu   sync.Mutex
	rest []byte
	emit func(line string)
}

// Write implements io.Writer; it never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		end := i + 1
		if i < 0 {
			end = len(p)
		}
		end = min(end, maxLine-len(w.rest))
		w.rest = append(w.rest, p[:end]...)
		p = p[end:]
		if len(w.rest) >= maxLine || w.rest[len(w.rest)-1] == '\n' {
			w.flush()
		}
	}
	return n, nil
}

// Close hands on what has no end of line.
func (w *lineWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.flush()
	}
	return nil
}

func (w *lineWriter) flush() {
	w.emit(string(bytes.TrimRight(w.rest, "\r\n")))
	w.rest = w.rest[:0]
}

// discard takes the output of containers that nobody wants to see.
type discard struct{ io.Writer }

func (discard) Close() error { return nil }

// open returns a writer whose lines go to emit, with where they come from.
func open(pod *corev1.Pod, container string, emit func(from Source, fallback, line string)) io.WriteCloser {
	if _, ok := part(container); !ok {
		return discard{io.Discard}
	}
	from, task := Source{Pod: pod.Name, Container: container}, fallback(pod)
	return &lineWriter{emit: func(line string) { emit(from, task, line) }}
}
