package watch

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// events are the ways in which a file comes into a directory or gets its content. The kubelet renames a link to change
// the files of a downward API volume.
const events = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_CLOSE_WRITE | unix.IN_DELETE_SELF | unix.IN_ONLYDIR

// notify watches dirs, which must exist.
func notify(dirs []string) (notifier, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return notifier{}, fmt.Errorf("setting up inotify: %w", err)
	}
	file := os.NewFile(uintptr(fd), "inotify")
	for _, dir := range dirs {
		if _, err := unix.InotifyAddWatch(fd, dir, events); err != nil {
			_ = file.Close()
			return notifier{}, fmt.Errorf("watching %s: %w", dir, err)
		}
	}
	changed := make(chan struct{}, 1)
	go forward(file, changed)
	// To close inotify takes the kernel some milliseconds, which whoever waited does not have.
	return notifier{changed: changed, close: func() { go file.Close() }}, nil //nolint:errcheck // nothing was written
}

// forward tells of events until the file is closed. What they say doesn't matter: the one who waits looks for himself.
func forward(file *os.File, changed chan<- struct{}) {
	buffer := make([]byte, 4096)
	for {
		if _, err := file.Read(buffer); err != nil {
			return
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}
