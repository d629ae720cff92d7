package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	signals "os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// server starts processes for a runtime. It is the first process of its PID namespace.
type server struct {
	// ownProc says that /proc shows this PID namespace, so that what a container has left can be found.
	ownProc bool
	// userNamespace says that there is one user only.
	userNamespace bool

	mu      sync.Mutex
	waiting map[int]chan<- syscall.WaitStatus // by PID
	roots   map[int]*os.File                  // mount namespaces of containers, by the container's number
	// forking is held for reading while a process is made: its end must not be collected before somebody waits for it.
	forking sync.RWMutex
}

// Main is the server; standard input is its connection. It returns the exit code of the program.
func Main(args []string) int {
	if err := run(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func run(args []string) error {
	if len(args) != 0 || os.Getpid() != 1 {
		return fmt.Errorf("%s is for the program itself only", Command)
	}
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return fmt.Errorf("%s is for the program itself only: %w", Command, err)
	}
	control, ok := conn.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%s is for the program itself only", Command)
	}
	if err := toNull(); err != nil {
		return err
	}
	s := &server{waiting: map[int]chan<- syscall.WaitStatus{}, roots: map[int]*os.File{}, userNamespace: inUserNamespace()}
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("this system allows no mounts here (%w): use --backend docker", err)
	}
	// Not where parts of /proc are hidden, as in containers.
	s.ownProc = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "") == nil
	ends := make(chan os.Signal, 1)
	signals.Notify(ends, unix.SIGCHLD)
	// Ignored for good they would be ignored by all processes too.
	signals.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGPIPE)
	go s.reap(ends)
	return s.accept(control)
}

// toNull takes the connection away from standard input, which processes must not get.
func toNull() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = null.Close() }()
	return unix.Dup3(int(null.Fd()), 0, 0)
}

// inUserNamespace says whether this process has but one user.
func inUserNamespace() bool {
	var inside, outside, size uint64
	file, err := os.Open("/proc/self/uid_map")
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	_, err = fmt.Fscan(file, &inside, &outside, &size)
	return err == nil && size == 1
}

// accept serves until the runtime is gone. When this process ends, the kernel ends all others.
func (s *server) accept(control *net.UnixConn) error {
	rights := make([]byte, unix.CmsgSpace(2*4))
	for {
		n, got, _, _, err := control.ReadMsgUnix(make([]byte, 1), rights)
		if errors.Is(err, io.EOF) || (err == nil && n == 0) {
			return nil
		}
		if err != nil {
			return err
		}
		files, err := filesOf(rights[:got])
		if err != nil {
			return err
		}
		go s.session(files[0], files[1])
	}
}

// filesOf are the two files of a message.
func filesOf(rights []byte) ([]*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for i := range messages {
		numbers, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return nil, err
		}
		for _, number := range numbers {
			unix.CloseOnExec(number)
			files = append(files, os.NewFile(uintptr(number), "passed"))
		}
	}
	if len(files) != 2 {
		return nil, fmt.Errorf("%d files in a message, want 2", len(files))
	}
	return files, nil
}

// session carries one process through its life.
func (s *server) session(connection, output *os.File) {
	defer func() { _ = output.Close() }()
	conn, err := net.FileConn(connection)
	_ = connection.Close()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	decoder, encoder := json.NewDecoder(conn), json.NewEncoder(conn)
	var req request
	if err := decoder.Decode(&req); err != nil {
		return
	}
	p, answer := s.launch(&req, output)
	_ = output.Close()
	if err := encoder.Encode(answer); err != nil || p == nil {
		if p != nil {
			p.signal(kill)
			s.finish(p)
		}
		return
	}
	go p.obey(decoder)
	_ = encoder.Encode(s.finish(p))
}

// finish waits for the end of a process and ends what it has left.
func (s *server) finish(p *process) ended {
	status := <-p.end
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	// Nobody enters the container any more when what is left in it is killed.
	s.forget(p.id, p.id == 0)
	s.killRest(p)
	if status.Signaled() {
		return ended{Code: 128 + int32(status.Signal())}
	}
	return ended{Code: int32(status.ExitStatus())}
}

// reap collects the processes that have ended: those that somebody waits for, and those whose parents are gone.
func (s *server) reap(ends <-chan os.Signal) {
	for range ends {
		for s.reapOne() {
			continue
		}
	}
}

func (s *server) reapOne() bool {
	s.forking.Lock()
	defer s.forking.Unlock()
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
	if errors.Is(err, syscall.EINTR) {
		return true
	}
	if err != nil || pid <= 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if end, ok := s.waiting[pid]; ok {
		delete(s.waiting, pid)
		end <- status
	}
	return true
}
