package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// process is a process that was started, and its session.
type process struct {
	pid  int
	id   int // of the container that it is the first process of; 0 if it is a command in one
	root uint64
	end  chan syscall.WaitStatus

	mu   sync.Mutex
	over bool // its number may mean another process by now
}

// launch starts what is asked for. The thread that does it enters the container's mount namespace and is thrown away afterwards.
func (s *server) launch(req *request, output *os.File) (*process, started) {
	type result struct {
		process *process
		answer  started
	}
	results := make(chan result, 1)
	go func() {
		// Never unlocked: the thread ends with this function.
		runtime.LockOSThread()
		p, err := s.onThread(req, output)
		results <- result{p, answerOf(err)}
	}()
	r := <-results
	return r.process, r.answer
}

// startFailure is an error with what a kubelet says of it.
type startFailure struct {
	reason string
	code   int32
	err    error
}

func (f *startFailure) Error() string { return f.err.Error() }

func answerOf(err error) started {
	var known *startFailure
	switch {
	case err == nil:
		return started{}
	case errors.As(err, &known):
		return started{Reason: known.reason, Code: known.code, Error: err.Error()}
	}
	return started{Reason: "CreateContainerError", Code: 128, Error: err.Error()}
}

func (s *server) onThread(req *request, output *os.File) (*process, error) {
	root, err := s.enter(req)
	if err != nil {
		return nil, err
	}
	p, err := s.become(req, root, output)
	if err != nil {
		s.forget(req.ID, req.Exec)
	}
	return p, err
}

// become starts the process from the thread, which is in the container.
func (s *server) become(req *request, root uint64, output *os.File) (*process, error) {
	path, err := lookUp(req)
	if err != nil {
		return nil, err
	}
	attributes, err := s.attributes(req)
	if err != nil {
		return nil, err
	}
	if req.NoNewPrivileges {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return nil, fmt.Errorf("forbidding new privileges: %w", err)
		}
	}
	if s.userNamespace {
		// What the server may do in its namespace is not for processes.
		_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	}
	return s.fork(req, path, attributes, root, output)
}

// enter brings the thread into the mount namespace of the container, which is made if the request is for its first process, and
// returns the number of the namespace.
func (s *server) enter(req *request) (uint64, error) {
	if req.Exec {
		s.mu.Lock()
		namespace := s.roots[req.ID]
		s.mu.Unlock()
		if namespace == nil {
			return 0, errors.New("the container has ended")
		}
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return 0, err
		}
		syscall.Umask(0o022)
		if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNS); err != nil {
			return 0, fmt.Errorf("entering the container: %w", err)
		}
		return inode(namespace)
	}
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return 0, fmt.Errorf("making a mount namespace: %w", err)
	}
	// As container runtimes set it, for folders that are made here and for the process.
	syscall.Umask(0o022)
	namespace, err := os.Open("/proc/thread-self/ns/mnt")
	if err != nil {
		return 0, err
	}
	number, err := inode(namespace)
	if err == nil {
		err = makeRoot(req.Dir, req.Mounts, req.WorkingDir, req.Hosts)
	}
	if err != nil {
		_ = namespace.Close()
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roots[req.ID] = namespace
	return number, nil
}

// inode is the number of a namespace.
func inode(namespace *os.File) (uint64, error) {
	info, err := namespace.Stat()
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.New("a namespace has no number")
	}
	return stat.Ino, nil
}

// lookUp finds the program, as seen from the new root.
func lookUp(req *request) (string, error) {
	name := req.Args[0]
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, variable := range req.Env {
		list, ok := strings.CutPrefix(variable, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
				return path, nil
			}
		}
	}
	return "", &startFailure{"StartError", 127, fmt.Errorf("exec: %q: executable file not found in $PATH", name)}
}

// attributes are those of the new process. Another user is possible for root only; everybody else stays who they are.
func (s *server) attributes(req *request) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setsid: true, Setctty: req.TTY, Ctty: 0}
	if s.userNamespace || os.Geteuid() != 0 {
		return attributes, nil
	}
	uid, gid, err := identity(req)
	if err != nil {
		return nil, err
	}
	if uid == 0 && gid == 0 && len(req.Groups) == 0 {
		return attributes, nil
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, group := range req.Groups {
		attributes.Credential.Groups = append(attributes.Credential.Groups, uint32(group))
	}
	return attributes, nil
}

// identity is the user that was asked for; root if none was.
func identity(req *request) (uid, gid int64, err error) {
	name, group, _ := strings.Cut(req.User, ":")
	if name != "" && req.UID == nil {
		found, err := user.Lookup(name)
		if err != nil {
			found, err = user.LookupId(name)
		}
		switch number, numeric := strconv.ParseInt(name, 10, 32); {
		case err == nil:
			// The numbers of users of this system are numbers.
			uid, _ = strconv.ParseInt(found.Uid, 10, 32)
			gid, _ = strconv.ParseInt(found.Gid, 10, 32)
		case numeric == nil:
			uid = number
		default:
			return 0, 0, fmt.Errorf("this machine has no user %q", name)
		}
		if number, err := strconv.ParseInt(group, 10, 32); err == nil {
			gid = number
		}
	}
	if req.UID != nil {
		uid = *req.UID
	}
	if req.GID != nil {
		gid = *req.GID
	}
	return uid, gid, nil
}

// fork starts the process from the thread as it is now.
func (s *server) fork(req *request, path string, attributes *syscall.SysProcAttr, root uint64, output *os.File) (*process, error) {
	dir := req.WorkingDir
	if dir == "" {
		dir = "/"
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }()
	out := output.Fd()
	in := null.Fd()
	if req.TTY {
		in = out
	}
	p := &process{root: root, end: make(chan syscall.WaitStatus, 1)}
	if !req.Exec {
		p.id = req.ID
	}
	s.forking.RLock()
	defer s.forking.RUnlock()
	p.pid, err = syscall.ForkExec(path, req.Args, &syscall.ProcAttr{
		Dir: dir, Env: req.Env, Files: []uintptr{in, out, out}, Sys: attributes,
	})
	if err != nil {
		return nil, execFailure(req, dir, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[p.pid] = p.end
	return p, nil
}

// execFailure says why there is no process.
func execFailure(req *request, dir string, err error) error {
	if _, missing := os.Stat(dir); missing != nil {
		return &startFailure{"StartError", 128, fmt.Errorf("working directory: %w", missing)}
	}
	code := int32(128)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		code = 127
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.ENOEXEC):
		code = 126
	}
	return &startFailure{"StartError", code, fmt.Errorf("exec: %q: %w", req.Args[0], err)}
}

// forget closes what belongs to a container.
func (s *server) forget(id int, exec bool) {
	if exec {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if namespace := s.roots[id]; namespace != nil {
		_ = namespace.Close()
		delete(s.roots, id)
	}
}

// obey sends signals to the process until the runtime closes the connection, which kills it.
func (p *process) obey(decoder *json.Decoder) {
	for {
		var sent signal
		if err := decoder.Decode(&sent); err != nil {
			p.signal(kill)
			return
		}
		p.signal(syscall.Signal(sent.Number))
	}
}

func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		_ = syscall.Kill(p.pid, sig)
	}
}

// killRest ends what a process has left. Of a container that is everything in its mount namespace; of a command, its session.
func (s *server) killRest(p *process) {
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	if p.id == 0 || !s.ownProc {
		return
	}
	want := "mnt:[" + strconv.FormatUint(p.root, 10) + "]"
	// Until a round finds nobody: a process that is being killed may have made another one.
	for found := true; found; {
		found = false
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil || pid == 1 {
				continue
			}
			if namespace, err := os.Readlink("/proc/" + entry.Name() + "/ns/mnt"); err == nil && namespace == want {
				found = true
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}
