package kubelet

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// logsDir, in the Kubelet's folder, has a folder for each pod and a file for each container. The files outlive the pod: whoever wants
// its results or shows its end may come after its removal.
const logsDir = "logs"

// Permissions: what is only this program's.
const (
	privateDir  = 0o700
	privateFile = 0o600
)

// output is where one start of a container writes: a file, and the sink.
type output struct {
	file *os.File
	sink io.WriteCloser
	// offset is where this start begins in the file.
	offset int64

	mu     sync.Mutex
	closed bool
}

func (p *pod) logFile(container string) string {
	return filepath.Join(p.o.Dir, logsDir, podID(p.spec), container+".log")
}

// openLog opens the log of the container for another start of it.
func (w *worker) openLog(pod *corev1.Pod) (*output, error) {
	name := w.p.logFile(w.name)
	if err := os.MkdirAll(filepath.Dir(name), privateDir); err != nil {
		return nil, fmt.Errorf("making the log: %w", err)
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, privateFile)
	if err != nil {
		return nil, fmt.Errorf("making the log: %w", err)
	}
	out := &output{file: file}
	if info, err := file.Stat(); err == nil {
		out.offset = info.Size()
	}
	if w.p.o.Logs != nil {
		out.sink = w.p.o.Logs.Open(pod, w.name)
	}
	return out, nil
}

// Write implements io.Writer. A container must not fail because nobody can keep what it says.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return len(b), nil
	}
	_, _ = o.file.Write(b)
	if o.sink != nil {
		_, _ = o.sink.Write(b)
	}
	return len(b), nil
}

func (o *output) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.closed = true
	_ = o.file.Close()
	if o.sink != nil {
		_ = o.sink.Close()
	}
}

// Log implements Pod. Of a container that has not begun there is nothing to read.
func (p *pod) Log(container string) (io.ReadCloser, error) {
	p.mu.Lock()
	known := false
	for _, w := range p.workers() {
		known = known || w.name == container
	}
	name := p.logFile(container)
	p.mu.Unlock()
	if !known {
		return nil, fmt.Errorf("container %s is not valid for pod %s", container, p.current().Name)
	}
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		return io.NopCloser(emptyReader{}), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the log of container %s: %w", container, err)
	}
	return file, nil
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, io.EOF }
