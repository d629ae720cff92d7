package oci

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// A place is an OS thread in a mount namespace of its own. What is mounted there is seen only by it and by the processes that it starts,
// and is gone when the last of them is. The kernel tells processes that have asked for it when the thread that started them dies: this
// one lives as long as the program, unlike the others of Go.
type place struct {
	tasks chan func()
	// quit ends the thread, done is closed when it has ended.
	quit, done chan struct{}
	once       sync.Once
	// mounts is the thread's mount namespace.
	mounts int
}

var errClosed = errors.New("the runtime is closed")

// newPlace starts the thread. If crun would refuse the control groups of the machine, they are hidden from it.
func newPlace(hideCgroups bool) (*place, error) {
	p := &place{tasks: make(chan func()), quit: make(chan struct{}), done: make(chan struct{})}
	ready := make(chan error, 1)
	onOwnThread(func() { p.serve(ready, hideCgroups) })
	if err := <-ready; err != nil {
		return nil, err
	}
	return p, nil
}

// onOwnThread calls f, beside what goes on, on a thread that ends with it, so that f may change what threads have of their own. It never is
// the main thread, which stays as it is: it is what /proc shows of the program, and it can't end before the others.
func onOwnThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		started := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(started)
			f()
		}()
		<-started
		runtime.UnlockOSThread()
	}()
}

// serve goes on until the place is closed; its namespace ends with the thread.
func (p *place) serve(ready chan<- error, hideCgroups bool) {
	defer close(p.done)
	if err := p.enter(hideCgroups); err != nil {
		ready <- err
		return
	}
	close(ready)
	defer p.leave()
	for {
		select {
		case task := <-p.tasks:
			task()
		case <-p.quit:
			return
		}
	}
}

func (p *place) leave() {
	_ = unix.Close(p.mounts)
}

func (p *place) enter(hideCgroups bool) error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
		return fmt.Errorf("making a mount namespace: %w", err)
	}
	var err error
	if p.mounts, err = unix.Open("/proc/thread-self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("opening the mount namespace: %w", err)
	}
	// What is mounted on the machine later is seen here, but not the other way around.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if !hideCgroups {
		return nil
	}
	if err := unix.Mount("tmpfs", cgroupRoot, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "size=4k"); err != nil {
		return fmt.Errorf("hiding the control groups of the machine from the runtime: %w", err)
	}
	return nil
}

// do runs f on the thread, one after the other.
func (p *place) do(f func() error) error {
	result := make(chan error, 1)
	task := func() {
		result <- f()
	}
	select {
	case p.tasks <- task:
		return <-result
	case <-p.done:
		return errClosed
	}
}

// close ends the thread, after everything that uses it has ended.
func (p *place) close() {
	p.once.Do(func() {
		close(p.quit)
		<-p.done
	})
}

// inNew runs f in new namespaces ("uts", "ipc", "net"), and where the place sees mounts. The thread for it ends then: an ordinary user
// could not come back to the machine's network.
func (p *place) inNew(kinds []string, f func() error) error {
	result := make(chan error, 1)
	onOwnThread(func() { result <- p.enterNew(kinds, f) })
	return <-result
}

func (p *place) enterNew(kinds []string, f func() error) error {
	flags := unix.CLONE_FS
	for _, kind := range kinds {
		flags |= namespaceFlags(kind)
	}
	if err := unix.Unshare(flags); err != nil {
		return fmt.Errorf("making namespaces: %w", err)
	}
	if err := unix.Setns(p.mounts, unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("entering the mount namespace: %w", err)
	}
	return f()
}

func namespaceFlags(kind string) int {
	switch kind {
	case "uts":
		return unix.CLONE_NEWUTS
	case "ipc":
		return unix.CLONE_NEWIPC
	case "net":
		return unix.CLONE_NEWNET
	case "pid":
		return unix.CLONE_NEWPID
	default:
		return 0
	}
}
