package clustercmd

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/graph"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

func (p *program) watch() *cobra.Command {
	var where Where
	c := &cobra.Command{
		Use:   "watch [RUN]",
		Short: "Follow a run in the cluster until it is done",
		Long: `Shows a run while it goes on, with the logs of its steps, until it is done. The exit code is 0 only if the run succeeded.

RUN is a name (of a PipelineRun, or else of a TaskRun), pr/NAME, tr/NAME, or @latest for the newest run.`,
		Example: "  kubectl create -f run.yaml && tenon watch @latest",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cluster, err := p.Connect(where)
			if err != nil {
				return err
			}
			r, err := p.find(cmd.Context(), cluster, first(args))
			if err != nil {
				return err
			}
			screen := Screen(&plainScreen{out: p.Out, last: make(map[string]runtree.State)})
			if p.Screen != nil {
				screen = p.Screen()
			}
			return p.watchRun(cmd.Context(), cluster, r, screen)
		},
	}
	BindWhere(c, &where)
	return c
}

func (p *program) watchRun(ctx context.Context, c *Cluster, r run, screen Screen) error {
	defer screen.Close()
	f, err := follow(ctx, c, r)
	if err != nil {
		return err
	}
	defer f.close()
	streams, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newStreamer(c, screen, func(part) bool { return true }, false)
	last, err := f.each(ctx, func(root *runtree.Node) {
		s.update(streams, root)
		screen.Update(root)
	})
	if err != nil {
		cancel()
	}
	s.wait(cancel)
	switch {
	case err != nil:
		return err
	case last.State != runtree.Succeeded:
		return ErrNotSucceeded
	default:
		return nil
	}
}

// plainScreen writes a line for every task that changes its state.
type plainScreen struct {
	out  io.Writer
	last map[string]runtree.State
}

// Update implements Screen.
func (s *plainScreen) Update(root *runtree.Node) {
	root.Walk(func(n *runtree.Node, _ int) bool {
		if n.Kind == runtree.KindStep || n.Kind == runtree.KindSidecar {
			return false
		}
		key := n.Kind + "/" + n.Object + "/" + n.Task
		if n.State != s.last[key] && n.State != runtree.Waiting {
			_, _ = fmt.Fprintf(s.out, "%s %s %s\n", graph.Glyph(n.State), plainText(n.Name), n.State)
		}
		s.last[key] = n.State
		return true
	})
}

// Open implements Screen; it shows no logs.
func (*plainScreen) Open(*corev1.Pod, string) io.WriteCloser { return discard{} }

// Close implements Screen.
func (*plainScreen) Close() {}

type discard struct{}

func (discard) Write(data []byte) (int, error) { return len(data), nil }
func (discard) Close() error                   { return nil }
