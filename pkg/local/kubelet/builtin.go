package kubelet

import (
	"context"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/entrypoint"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
	"github.com/tenon-ci/tenon/pkg/entrypoint/watch"
	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/sidecarlogs"
)

// isOurs tells whether containers of an image are carried out in this process.
func isOurs(image string) bool {
	return image == EntrypointImage || image == EntrypointCELImage || image == ResultsImage || image == NopImage
}

// Exit codes of containers.
const (
	exitFailed      = 1
	exitKilled      = 128 + 9
	exitNotStarted  = 128
	runIndefinitely = "tekton_run_indefinitely"
)

// builtin is a container without a container.
type builtin struct {
	id      string
	started time.Time
	stop    context.CancelFunc
	// prepared is closed when the pod is prepared, for the hook that waits for it.
	prepared chan struct{}
	done     chan struct{}

	once sync.Once
	exit container.Exit
}

// work is what a builtin does; ctx ends when it is told to. It returns the exit code.
type work func(ctx context.Context, b *builtin) int32

func (w *worker) startBuiltin(pod *corev1.Pod, c *corev1.Container, out io.Writer) (container.Container, error) {
	do, err := w.workOf(pod, c, out)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(w.p.ctx)
	w.p.mu.Lock()
	id := fmt.Sprintf("tenon://%s-%s-%d", podID(pod), c.Name, w.starts)
	w.p.mu.Unlock()
	b := &builtin{id: id, started: time.Now(), stop: stop, prepared: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer stop()
		b.finish(do(ctx, b))
	}()
	return b, nil
}

// workOf finds what the container does. It may refuse to be started, as the image would.
func (w *worker) workOf(pod *corev1.Pod, c *corev1.Container, out io.Writer) (work, error) {
	args := expandAll(c.Args, environ{}.lookup)
	switch c.Image {
	case EntrypointImage, EntrypointCELImage:
		if len(args) == 0 || args[0] != protocol.CommandInit {
			return nil, refused(fmt.Errorf("the step runner only prepares pods here, with %q", protocol.CommandInit))
		}
		in, err := protocol.DecodeInit(args[1:])
		if err != nil {
			return nil, refused(err)
		}
		return w.prepare(pod, c, in, out), nil
	case ResultsImage:
		if len(args) != 1 {
			return nil, refused(fmt.Errorf("there are %d arguments instead of one with the configuration", len(args)))
		}
		config, err := protocol.DecodeResultsSidecar(args[0])
		if err != nil {
			return nil, refused(err)
		}
		return w.reportResults(pod, c, config, out), nil
	default:
		return nop(c, args)
	}
}

func refused(err error) error {
	return &container.StartError{Reason: reasonStartError, ExitCode: exitNotStarted, Err: err}
}

// nop takes the place of a sidecar that is to stop. Its image has nothing in it but its own program and, as a sidecar's script
// expects, the end of that: any other command of the sidecar cannot be started there.
func nop(c *corev1.Container, args []string) (work, error) {
	if len(c.Command) > 0 && c.Command[0] != protocol.NopProgram {
		words := slices.Concat(c.Command, args)
		if c.Command[0] != protocol.SidecarRunner || len(words) < 2 || words[1] != protocol.CommandSidecar {
			return nil, refused(fmt.Errorf("exec: %q: no such file or directory", c.Command[0]))
		}
		return func(context.Context, *builtin) int32 { return 0 }, nil
	}
	forever := slices.Contains(args, runIndefinitely)
	return func(ctx context.Context, _ *builtin) int32 {
		if forever {
			<-ctx.Done()
		}
		return 0
	}, nil
}

// prepare makes what the steps of the pod share, in the folders of its volumes.
func (w *worker) prepare(pod *corev1.Pod, c *corev1.Container, in protocol.Init, out io.Writer) work {
	return func(ctx context.Context, b *builtin) int32 {
		if err := w.makeShared(pod, c, in, out); err != nil {
			_, _ = fmt.Fprintf(out, "preparing the pod: %v\n", err)
			return exitFailed
		}
		close(b.prepared)
		if in.Hold && len(in.Containers) > 0 {
			w.p.awaitEnd(ctx, in.Containers[0])
		}
		return 0
	}
}

func (w *worker) makeShared(pod *corev1.Pod, c *corev1.Container, in protocol.Init, out io.Writer) error {
	find := w.p.plain
	if c.Image == EntrypointCELImage {
		find = w.p.cel
	}
	program, err := find()
	if err != nil {
		return err
	}
	r := &entrypoint.Runner{Layout: entrypoint.Layout{Place: w.places(pod, c)}, Executable: program, Link: true, Log: out}
	// Files that are about to be executed are written here. A child of this process that is between fork and exec would hold them
	// open for writing, and the kernel would refuse to execute them.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return r.Prepare(in)
}

// awaitEnd returns when a container has ended for good, or ctx ends.
func (p *pod) awaitEnd(ctx context.Context, name string) {
	for _, w := range p.workers() {
		if w.name == name {
			select {
			case <-w.over:
			case <-ctx.Done():
			}
		}
	}
}

// reportResults writes the results of the steps to the container's log.
func (w *worker) reportResults(pod *corev1.Pod, c *corev1.Container, config protocol.ResultsSidecar, out io.Writer) work {
	return func(ctx context.Context, _ *builtin) int32 {
		warn := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
		r := sidecarlogs.Reporter{
			Config: config, Place: w.places(pod, c), Log: out, Warn: warn, Watch: watch.Watcher{Poll: config.PollInterval},
		}
		if err := r.Run(ctx); err != nil {
			warn("%v", err)
			return exitFailed
		}
		if config.Native {
			<-ctx.Done()
		}
		return 0
	}
}

// places returns where the paths of a container lie on this machine: in the folders of its volumes. Whatever is in none of them lies
// in a folder of its own. A volume that cannot be had is the trouble of those who need it.
func (w *worker) places(pod *corev1.Pod, c *corev1.Container) func(string) string {
	type place struct{ target, source string }
	var list []place
	for i := range c.VolumeMounts {
		m, err := w.mount(pod, &c.VolumeMounts[i], environ{})
		if err != nil || m.Image != nil {
			continue
		}
		list = append(list, place{m.Target, m.Source})
	}
	slices.SortStableFunc(list, func(a, b place) int { return len(b.target) - len(a.target) })
	elsewhere := filepath.Join(w.p.dir, "elsewhere", w.name)
	return func(p string) string {
		p = path.Clean(p)
		for _, l := range list {
			if p == l.target || strings.HasPrefix(p, strings.TrimSuffix(l.target, "/")+"/") {
				return filepath.Join(l.source, filepath.FromSlash(strings.TrimPrefix(p, l.target)))
			}
		}
		return filepath.Join(elsewhere, filepath.FromSlash(p))
	}
}

func (b *builtin) finish(code int32) {
	b.once.Do(func() {
		b.exit = container.Exit{Code: code, At: time.Now()}
		close(b.done)
	})
}

// ID implements container.Container.
func (b *builtin) ID() string { return b.id }

// Started implements container.Container.
func (b *builtin) Started() time.Time { return b.started }

// Done implements container.Container.
func (b *builtin) Done() <-chan struct{} { return b.done }

// Exit implements container.Container.
func (b *builtin) Exit() container.Exit { return b.exit }

// Signal implements container.Container.
func (b *builtin) Signal(sig syscall.Signal) error {
	b.stop()
	if sig == syscall.SIGKILL {
		b.finish(exitKilled)
	}
	return nil
}

// Exec implements container.Container: the one command that there is waits until the pod is prepared.
func (b *builtin) Exec(ctx context.Context, args []string) (int, []byte, error) {
	if len(args) != 2 || args[1] != protocol.CommandAwait {
		return 0, nil, fmt.Errorf("%q is not a command of this container", args)
	}
	select {
	case <-b.prepared:
		return 0, nil, nil
	case <-b.done:
		return exitKilled, nil, nil
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
}
