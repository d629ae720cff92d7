package clustercmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

type logFlags struct {
	where              Where
	failed, following  bool
	timestamps         bool
	task, step, prefix string
}

func (p *program) logs() *cobra.Command {
	var flags logFlags
	c := &cobra.Command{
		Use:   "logs [RUN]",
		Short: "Show the logs of a run in the cluster",
		Long: `Shows the logs of all steps of a run, in the order in which they began, each line with its task and step before it. Of pods
that are gone it says so. Control characters pass only if the output is no terminal.

RUN is a name (of a PipelineRun, or else of a TaskRun), pr/NAME, tr/NAME, or @latest for the newest run.`,
		Example: "  tenon logs @latest -f\n  tenon logs pr/release-9 --failed\n  tenon logs @latest --task build --step compile --prefix=none > build.log",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"task", "step", "none"}, flags.prefix) {
				return fmt.Errorf("there is no prefix %q: use task, step or none", flags.prefix)
			}
			cluster, err := p.Connect(flags.where)
			if err != nil {
				return err
			}
			r, err := p.find(cmd.Context(), cluster, first(args))
			if err != nil {
				return err
			}
			return p.showLogs(cmd.Context(), cluster, r, flags)
		},
	}
	BindWhere(c, &flags.where)
	c.Flags().BoolVarP(&flags.following, "follow", "f", false, "go on until the run is done, with new pods as they come")
	c.Flags().BoolVar(&flags.failed, "failed", false, "only steps that failed, of the last attempt")
	c.Flags().StringVar(&flags.task, "task", "", "only this task")
	c.Flags().StringVar(&flags.step, "step", "", "only this step, or this sidecar, which is not shown otherwise")
	c.Flags().BoolVar(&flags.timestamps, "timestamps", false, "the time of each line before it")
	c.Flags().StringVar(&flags.prefix, "prefix", "task", "what stands before each line: task (and step), step, or none")
	return c
}

func (f logFlags) wants(p part) bool {
	if f.task != "" && f.task != p.task && f.task != p.top || f.step != "" && f.step != p.step.Name {
		return false
	}
	if p.step.Kind == runtree.KindSidecar && f.step == "" {
		return false
	}
	return !f.failed || isFailed(p)
}

// isFailed tells whether a step is one to blame for the failure of its TaskRun.
func isFailed(p part) bool {
	return !p.isEarlier && p.owner.State.IsBad() && (p.step.State.IsBad() || p.step.Reason == "OOMKilled") && !p.step.Ignored
}

func (p *program) showLogs(ctx context.Context, c *Cluster, r run, flags logFlags) error {
	out := &prefixed{program: p, mode: flags.prefix, tasks: make(map[string]string)}
	if flags.following {
		return p.followLogs(ctx, c, r, flags, out)
	}
	o, err := c.Objects(ctx, r.object)
	if err != nil {
		return err
	}
	root := runtree.Build(o)
	out.learn(root)
	wanted := slices.DeleteFunc(parts(root), func(one part) bool { return !flags.wants(one) || !one.hasLog() })
	slices.SortStableFunc(wanted, func(a, b part) int { return a.step.Start.Compare(b.step.Start) })
	if flags.failed {
		p.noteFailures(root, wanted)
	}
	if len(wanted) == 0 {
		return p.noLogs(root, flags)
	}
	var failures []error
	for _, one := range wanted {
		err := copyLog(ctx, c, one, corev1.PodLogOptions{Timestamps: flags.timestamps}, out)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// noteFailures says which attempt the logs are of where there were several, and why tasks failed that have no failed step.
func (p *program) noteFailures(root *runtree.Node, wanted []part) {
	shown := make(map[*runtree.Node]bool)
	for _, one := range wanted {
		if !shown[one.owner] && one.owner.Attempt > 1 {
			_, _ = fmt.Fprintf(p.Err, "Task %s failed in attempt %d, which is the last one.\n", plainText(one.task), one.owner.Attempt)
		}
		shown[one.owner] = true
	}
	root.Walk(func(n *runtree.Node, _ int) bool {
		if n.Kind != runtree.KindTaskRun {
			return true
		}
		if n.State.IsBad() && !shown[n] {
			_, _ = fmt.Fprintf(p.Err, "Task %s failed without a failed step: %s\n", plainText(taskName(n)), plainText(n.Message))
		}
		return false
	})
}

func (p *program) noLogs(root *runtree.Node, flags logFlags) error {
	switch {
	case flags.failed:
		_, _ = fmt.Fprintf(p.Err, "No step of %s failed.\n", plainText(root.Name))
	case flags.task != "" || flags.step != "":
		return fmt.Errorf("%s has no log of such a task or step", plainText(root.Name))
	default:
		_, _ = fmt.Fprintf(p.Err, "No step of %s has begun; tenon explain says why.\n", plainText(root.Name))
	}
	return nil
}

func (p *program) followLogs(ctx context.Context, c *Cluster, r run, flags logFlags, out *prefixed) error {
	f, err := follow(ctx, c, r)
	if err != nil {
		return err
	}
	defer f.close()
	streams, cancel := context.WithCancel(ctx)
	defer cancel()
	wants := flags.wants
	if flags.failed {
		// Whether a step fails is known when it has; its log is there then.
		wants = func(one part) bool { return flags.wants(one) && one.owner.State.IsDone() }
	}
	s := newStreamer(c, out, wants, flags.timestamps)
	_, err = f.each(ctx, func(root *runtree.Node) {
		out.learn(root)
		s.update(streams, root)
	})
	if err != nil {
		cancel()
	}
	s.wait(cancel)
	return err
}

// prefixed writes lines of several logs to standard output, each with what it is of before it.
type prefixed struct {
	*program
	mode string
	mu   sync.Mutex
	// tasks are the names of tasks by their pods.
	tasks map[string]string
}

func (w *prefixed) learn(root *runtree.Node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range parts(root) {
		if one.step.Pod != "" {
			w.tasks[one.step.Pod] = one.task
		}
	}
}

// Open implements sink.
func (w *prefixed) Open(pod *corev1.Pod, container string) io.WriteCloser {
	step := strings.TrimPrefix(strings.TrimPrefix(container, "step-"), "sidecar-")
	w.mu.Lock()
	task := w.tasks[pod.Name]
	w.mu.Unlock()
	l := &prefixedLog{to: w}
	switch w.mode {
	case "task":
		l.prefix = "[" + plainText(task) + " " + plainText(step) + "] "
	case "step":
		l.prefix = "[" + plainText(step) + "] "
	}
	return l
}

type prefixedLog struct {
	to     *prefixed
	prefix string
}

// Write writes one line.
func (l *prefixedLog) Write(data []byte) (int, error) {
	l.to.mu.Lock()
	defer l.to.mu.Unlock()
	if _, err := io.WriteString(l.to.Out, l.prefix+l.to.passed(string(data))+"\n"); err != nil {
		return 0, fmt.Errorf("writing a log: %w", err)
	}
	return len(data), nil
}

// Close implements io.Closer.
func (*prefixedLog) Close() error { return nil }
