package git

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/resolver/git/helper"
)

// memory bounds the address space of each process of git, in bytes. The helpers are Go programs, which reserve more than they use.
const memory = 4 << 30

// fileSlack is how much larger files may get than what is fetched, in bytes: indexes are made of it.
const fileSlack = 64 << 20

// waitDelay is how long the pipes of a process that has been killed are waited for.
const waitDelay = 2 * time.Second

// box is where git runs: an environment with nothing in it that is not put there, limits, and a process group that is killed as one.
type box struct {
	git, self string
	env       []string
	net       *network
	// fileSize is that of the largest file that may be written, in bytes.
	fileSize uint64
	// secrets must not get into logs.
	secrets []string
}

// newBox prepares to fetch a repository in a directory of which everything is removed afterwards.
func (r *Resolver) newBox(dir string, want wanted, with login, net *network) (*box, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("clone error: the git program is missing: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the own program: %w", err)
	}
	b := &box{git: git, self: self, net: net, fileSize: uint64(want.maxFetch) + fileSlack, secrets: secrets(with.secret, net.password)}
	if with.user != "" && with.secret == "" {
		// Some services take a token for the user.
		b.secrets = append(b.secrets, with.user)
	}
	job, err := newJob(dir, want.url, with, net)
	if err != nil {
		return nil, err
	}
	jobEnv, err := job.Env()
	if err != nil {
		return nil, fmt.Errorf("preparing git's helper: %w", err)
	}
	b.env = append(baseEnv(dir, want.url), jobEnv...)
	switch job.Kind {
	case helper.Askpass:
		b.env = append(b.env, "GIT_ASKPASS="+self)
	case helper.SSH:
		b.env = append(b.env, "GIT_SSH="+self, "GIT_SSH_VARIANT=ssh")
	case helper.Connect:
		b.env = append(b.env, "GIT_PROXY_COMMAND="+self)
	}
	if pem := r.authorities(); pem != nil {
		path := filepath.Join(dir, "authorities.pem")
		if err := os.WriteFile(path, pem, 0o600); err != nil {
			return nil, fmt.Errorf("writing certificate authorities: %w", err)
		}
		b.env = append(b.env, "GIT_SSL_CAINFO="+path)
	}
	b.env = append(b.env, configEnv(append(settings(), net.settings(want.url)...))...)
	return b, nil
}

// newJob is what git needs helpers for. The zero value is nothing.
func newJob(dir string, at location, with login, net *network) (helper.Job, error) {
	job := helper.Job{Address: at.address(), Proxy: net.address(), ProxyUser: proxyUser, ProxyPassword: net.password}
	switch at.scheme {
	case schemeSSH:
		job.Kind, job.User, job.Secret = helper.SSH, with.user, with.secret
		job.KnownHosts = filepath.Join(dir, "known_hosts")
		if err := os.WriteFile(job.KnownHosts, []byte(with.knownHosts+"\n"), 0o600); err != nil {
			return job, fmt.Errorf("writing known_hosts: %w", err)
		}
		return job, nil
	case schemeGit:
		job.Kind = helper.Connect
		return job, nil
	}
	if at.overHTTP() && with.user+with.secret != "" {
		return helper.Job{Kind: helper.Askpass, Origin: at.origin(), User: with.user, Secret: with.secret}, nil
	}
	return helper.Job{}, nil
}

// baseEnv is all of the environment that does not depend on credentials. Variables of proxies are not in it: git would take their
// exceptions for its own.
func baseEnv(dir string, at location) []string {
	allowed := at.scheme
	if allowed == schemeHTTP {
		// A redirect may turn encryption on, never off.
		allowed = schemeHTTP + ":" + schemeHTTPS
	}
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_ALLOW_PROTOCOL=" + allowed, "GIT_PROTOCOL_FROM_USER=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_OPTIONAL_LOCKS=0",
	}
}

// setting is an entry of git's configuration.
type setting struct{ key, value string }

// settings are those that every fetch has.
func settings() []setting {
	return []setting{
		{"protocol.version", "2"},
		{"credential.helper", ""},
		{"core.hooksPath", os.DevNull},
		{"core.fsmonitor", "false"},
		// Larger files are streamed instead of held in memory.
		{"core.bigFileThreshold", "1m"},
		{"transfer.fsckObjects", "true"},
		// Old mistakes of harmless kinds are in the history of many repositories.
		{"fetch.fsck.zeroPaddedFilemode", "ignore"},
		{"fetch.fsck.missingSpaceBeforeDate", "ignore"},
		{"fetch.fsck.badTimezone", "ignore"},
		// What is fetched stays as packed as it came.
		{"fetch.unpackLimit", "1"},
		{"fetch.recurseSubmodules", "false"},
		{"submodule.recurse", "false"},
		{"pack.threads", "1"},
		{"gc.auto", "0"},
		{"maintenance.auto", "false"},
		{"http.lowSpeedLimit", "1"},
		{"http.lowSpeedTime", "30"},
	}
}

// configEnv hands settings over without writing them into a file or an argument.
func configEnv(settings []setting) []string {
	env := []string{"GIT_CONFIG_COUNT=" + strconv.Itoa(len(settings))}
	for i, s := range settings {
		n := strconv.Itoa(i)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+s.key, "GIT_CONFIG_VALUE_"+n+"="+s.value)
	}
	return env
}

// gated returns git behind a gate: it starts when its standard input has had a line. Git starts programs of its own before it reads
// anything, and they must have the limits too.
func (b *box) gated(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := b.command(ctx, dir, args...)
	cmd.Path, cmd.Args = b.self, append([]string{b.self, b.git}, args...)
	cmd.Env = helper.Limited(cmd.Env)
	return cmd
}

// command returns git with arguments, in the box.
func (b *box) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.git, args...) //nolint:gosec // no argument is a user's
	cmd.Dir = filepath.Dir(dir)
	cmd.Env = slices.Concat(b.env, []string{"GIT_DIR=" + dir})
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	return cmd
}

// start starts a command and limits it, with all that it starts. A command that meets anything foreign waits for its standard input
// first, so it has its limits in time.
func (b *box) start(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting git: %w", err)
	}
	for _, l := range []struct {
		resource int
		max      uint64
	}{{unix.RLIMIT_FSIZE, b.fileSize}, {unix.RLIMIT_AS, memory}, {unix.RLIMIT_CORE, 0}} {
		// A core file would leave a secret behind.
		err := unix.Prlimit(cmd.Process.Pid, l.resource, &unix.Rlimit{Cur: l.max, Max: l.max}, nil)
		if err != nil && !errors.Is(err, unix.ESRCH) {
			_ = cmd.Cancel()
			_ = wait(cmd)
			return fmt.Errorf("limiting git: %w", err)
		}
	}
	return nil
}

// wait waits for the end of a command, and ends what it has left behind.
func wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	group := -cmd.Process.Pid
	// As the first process of a container this one inherits git's orphans, and has to bury them.
	for range 400 {
		_ = syscall.Kill(group, syscall.SIGKILL)
		pid, werr := syscall.Wait4(group, nil, syscall.WNOHANG, nil)
		if werr != nil && werr != syscall.EINTR {
			break
		}
		if pid == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	return err
}

// withUser is the proxy with credentials.
func withUser(host, user, password string) *url.URL {
	return &url.URL{Scheme: "socks5h", Host: host, User: url.UserPassword(user, password)}
}
