package oci

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// pidFiles tells when runtimes have written their pid files into a folder, which they do when the process of the container is about to
// become the user's.
type pidFiles struct {
	file *os.File
	mu   sync.Mutex
	wait map[string]chan struct{}
}

func watchPIDFiles(dir string) (*pidFiles, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("setting up inotify (the limit is fs.inotify.max_user_instances): %w", err)
	}
	w := &pidFiles{file: os.NewFile(uintptr(fd), "inotify"), wait: map[string]chan struct{}{}}
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO|unix.IN_ONLYDIR); err != nil {
		_ = w.file.Close()
		return nil, fmt.Errorf("watching %s: %w", dir, err)
	}
	go w.read()
	return w, nil
}

func (w *pidFiles) read() {
	buffer := make([]byte, 16<<10)
	for {
		n, err := w.file.Read(buffer)
		if err != nil {
			return
		}
		for b := buffer[:n]; len(b) >= unix.SizeofInotifyEvent; {
			length := int(binary.NativeEndian.Uint32(b[12:])) + unix.SizeofInotifyEvent
			if length > len(b) {
				break
			}
			w.written(string(bytes.TrimRight(b[unix.SizeofInotifyEvent:length], "\x00")))
			b = b[length:]
		}
	}
}

func (w *pidFiles) written(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.wait[name]; ok {
		close(c)
		delete(w.wait, name)
	}
}

// expect returns a channel that is closed when the file of that name is written. forget is called when nobody waits any more.
func (w *pidFiles) expect(name string) (written <-chan struct{}, forget func()) {
	c := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wait[name] = c
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.wait, name)
	}
}

func (w *pidFiles) close() { _ = w.file.Close() }
