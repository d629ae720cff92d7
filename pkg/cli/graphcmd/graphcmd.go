// Package graphcmd has the command that draws Pipelines of files and runs of a cluster.
package graphcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/cli/clustercmd"
	"github.com/tenon-ci/tenon/pkg/graph"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// Options are what the command needs from the program.
type Options struct {
	Out, Err io.Writer
	// Width is that of the terminal in columns; 0 means 80.
	Width int
	// Connect reaches the cluster; nil means [clustercmd.Connect], by kubeconfig.
	Connect func(clustercmd.Where) (*clustercmd.Cluster, error)
	// Now is time.Now if it is nil.
	Now func() time.Time
}

type flags struct {
	where            clustercmd.Where
	output, pipeline string
	finally          bool
}

// New returns the command.
func New(o Options) *cobra.Command {
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.Connect == nil {
		o.Connect = clustercmd.Connect
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	var f flags
	c := &cobra.Command{
		Use:   "graph FILE…|RUN",
		Short: "Draw a Pipeline of a file, or a run in the cluster",
		Long: `Draws the tasks of a Pipeline and what they wait for. An argument that exists as a file or folder is read; "-" is standard
input. Anything else is the name of a PipelineRun in the cluster: its drawing has the state and duration of each task and
the critical path, the chain of tasks that decided how long the run took.

Text is drawn as wide as the terminal; what does not fit becomes a list of tasks by level.`,
		Example: "  tenon graph pipeline.yaml\n  tenon graph pipeline.yaml -o svg > pipeline.svg\n  tenon graph release-9 -o mermaid",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"text", "mermaid", "dot", "svg"}, f.output) {
				return fmt.Errorf("there is no output format %q: use text, mermaid, dot or svg", f.output)
			}
			g, err := o.graph(cmd.Context(), args, f)
			if err != nil {
				return err
			}
			if !f.finally {
				g.Nodes = slices.DeleteFunc(g.Nodes, func(n *graph.Node) bool { return n.Finally })
			}
			_, err = io.WriteString(o.Out, o.draw(g, f.output))
			return err
		},
	}
	clustercmd.BindWhere(c, &f.where)
	c.Flags().StringVarP(&f.output, "output", "o", "text", "text, mermaid, dot or svg")
	c.Flags().StringVar(&f.pipeline, "pipeline", "", "the Pipeline or PipelineRun to draw, if the files have several")
	c.Flags().BoolVar(&f.finally, "finally", true, "draw the tasks of finally too")
	return c
}

func (o Options) draw(g *graph.Graph, output string) string {
	switch output {
	case "mermaid":
		return g.Mermaid()
	case "dot":
		return g.DOT()
	case "svg":
		return g.SVG()
	default:
		return g.Text(o.Width)
	}
}

func (o Options) graph(ctx context.Context, args []string, f flags) (*graph.Graph, error) {
	if isFile(args[0]) {
		return o.ofFiles(ctx, args, f)
	}
	if len(args) > 1 {
		return nil, fmt.Errorf("there is no file %s", args[0])
	}
	cluster, err := o.Connect(f.where)
	if err != nil {
		return nil, fmt.Errorf("there is no file %s, and no cluster to look for a run in: %w", args[0], err)
	}
	objects, err := cluster.PipelineRun(ctx, strings.TrimPrefix(args[0], "pr/"))
	if err != nil {
		return nil, err
	}
	return graph.OfRun(objects, o.Now())
}

func isFile(arg string) bool {
	if arg == "-" {
		return true
	}
	_, err := os.Stat(arg)
	return err == nil
}

// found is something in the files that can be drawn.
type found struct {
	name string
	spec *v1.PipelineSpec
}

func (o Options) ofFiles(ctx context.Context, args []string, f flags) (*graph.Graph, error) {
	documents, err := manifest.ReadFiles(args)
	if err != nil {
		return nil, err
	}
	objects, problems := manifest.Admit(ctx, documents)
	for _, p := range problems {
		if p.Severity == manifest.Error {
			_, _ = fmt.Fprintf(o.Err, "%s:%d:%d: %s: %s: %s\n", p.File, p.Line, p.Column, p.Object, p.Field, p.Message)
		}
	}
	source := graph.Source{Pipelines: make(map[string]*v1.PipelineSpec)}
	var all []found
	for _, object := range objects {
		if p, ok := object.(*v1.Pipeline); ok {
			source.Pipelines[p.Name] = &p.Spec
			all = append(all, found{name: p.Name, spec: &p.Spec})
		}
	}
	for _, object := range objects {
		if pr, ok := object.(*v1.PipelineRun); ok && pr.Spec.PipelineSpec != nil {
			name := pr.Name
			if name == "" {
				name = pr.GenerateName
			}
			all = append(all, found{name: name, spec: pr.Spec.PipelineSpec})
		}
	}
	one, err := choose(all, f.pipeline)
	if err != nil {
		return nil, err
	}
	return graph.Of(one.name, one.spec, source)
}

// choose returns the one that is asked for, or the only one.
func choose(all []found, name string) (found, error) {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.name
		if one.name == name && name != "" || len(all) == 1 && name == "" {
			return one, nil
		}
	}
	switch {
	case len(all) == 0:
		return found{}, errors.New("the files have no Pipeline that could be drawn, and no PipelineRun with one in it")
	case name == "":
		return found{}, fmt.Errorf("the files have several Pipelines: choose one of %s with --pipeline", strings.Join(names, ", "))
	default:
		return found{}, fmt.Errorf("the files have no Pipeline %s, only %s", name, strings.Join(names, ", "))
	}
}
