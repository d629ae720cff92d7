package clustercmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/graph"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

func (p *program) get() *cobra.Command {
	var where Where
	var output string
	c := &cobra.Command{
		Use:   "get [RUN]",
		Short: "Show a run in the cluster as a tree, or list all runs",
		Long: `Shows a PipelineRun or TaskRun with its tasks and steps, how long each took, and the critical path: the chain of tasks
that decided how long the run took. Without a name it lists the runs of the namespace, newest first.

RUN is a name (of a PipelineRun, or else of a TaskRun), pr/NAME, tr/NAME, or @latest for the newest run.`,
		Example: "  tenon get\n  tenon get @latest\n  tenon get tr/build-x7f -o yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cluster, err := p.Connect(where)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return p.getAll(cmd.Context(), cluster, output)
			}
			return p.getOne(cmd.Context(), cluster, args[0], output)
		},
	}
	BindWhere(c, &where)
	c.Flags().StringVarP(&output, "output", "o", "", "yaml, json or name instead of a tree")
	return c
}

func (p *program) getAll(ctx context.Context, c *Cluster, output string) error {
	runs, err := c.list(ctx)
	if err != nil {
		return err
	}
	if output != "" {
		for _, r := range runs {
			if err := p.print(r, output); err != nil {
				return err
			}
		}
		return nil
	}
	if len(runs) == 0 {
		_, _ = fmt.Fprintf(p.Err, "There are no runs in namespace %s.\n", c.Namespace)
		return nil
	}
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "RUN\tSTATE\tREASON\tAGE\tTOOK")
	for _, r := range runs {
		n := runtree.Build(runtree.Objects{Root: r.object})
		_, _ = fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\n", r.shortName(), graph.Glyph(n.State), n.State, n.Reason, p.age(r.object), graph.Duration(n.Duration(p.Now())))
	}
	return w.Flush()
}

func (p *program) getOne(ctx context.Context, c *Cluster, arg, output string) error {
	r, err := p.find(ctx, c, arg)
	if err != nil {
		return err
	}
	if output != "" {
		return p.print(r, output)
	}
	o, err := c.Objects(ctx, r.object)
	if err != nil {
		return err
	}
	root := runtree.Build(o)
	p.tree(root)
	g, err := graph.OfRun(o, p.Now())
	if err != nil {
		// The tree has been shown; a graph that has no order is what the run's condition says.
		return nil //nolint:nilerr // see above
	}
	if line := g.CriticalLine(); line != "" {
		_, _ = fmt.Fprintf(p.Out, "\n%s\n", line)
	}
	return nil
}

// print writes the object itself.
func (p *program) print(r run, output string) error {
	object, ok := r.object.(runtime.Object)
	if !ok {
		return fmt.Errorf("%s cannot be printed", r.shortName())
	}
	if output == "name" {
		_, _ = fmt.Fprintln(p.Out, r.shortName())
		return nil
	}
	object.GetObjectKind().SetGroupVersionKind(v1.SchemeGroupVersion.WithKind(r.kind))
	r.object.SetManagedFields(nil)
	var data []byte
	var err error
	switch output {
	case "json":
		data, err = json.MarshalIndent(object, "", "  ")
		data = append(data, '\n')
	case "yaml":
		data, err = yaml.Marshal(object)
		data = append([]byte("---\n"), data...)
	default:
		return fmt.Errorf("there is no output format %q: use yaml, json or name", output)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", r.shortName(), err)
	}
	_, err = p.Out.Write(data)
	return err
}

// tree writes a run with everything below it.
func (p *program) tree(root *runtree.Node) {
	_, _ = fmt.Fprintln(p.Out, p.line(root, ""))
	if root.Message != "" {
		_, _ = fmt.Fprintln(p.Out, "  "+p.fit(plainText(root.Message), 2))
	}
	p.branches(p.Out, root, "")
}

func (p *program) branches(w io.Writer, n *runtree.Node, indent string) {
	for i, child := range n.Children {
		fork, next := "├─ ", "│  "
		if i == len(n.Children)-1 {
			fork, next = "└─ ", "   "
		}
		_, _ = fmt.Fprintln(w, p.line(child, indent+fork))
		p.branches(w, child, indent+next)
	}
}

// line is a node in one line that fits the terminal.
func (p *program) line(n *runtree.Node, indent string) string {
	text := indent + graph.Glyph(n.State) + " " + plainText(n.Name)
	var facts []string
	if n.Finally {
		facts = append(facts, "finally")
	}
	if d := graph.Duration(n.Duration(p.Now())); d != "" {
		facts = append(facts, d)
	}
	switch {
	case n.State == runtree.Succeeded, n.State == runtree.Running && n.Kind == runtree.KindStep:
	case n.State == runtree.Skipped && n.Message != "":
		facts = append(facts, "skipped: "+plainText(n.Message))
	case n.Reason != "" && n.Reason != string(n.State):
		facts = append(facts, string(n.State)+" ("+plainText(n.Reason)+")")
	default:
		facts = append(facts, string(n.State))
	}
	if n.ExitCode != nil && *n.ExitCode != 0 {
		facts = append(facts, fmt.Sprintf("exit code %d", *n.ExitCode))
	}
	if n.Ignored {
		facts = append(facts, "ignored")
	}
	if n.Attempt > 1 && n.Kind == runtree.KindTaskRun {
		facts = append(facts, fmt.Sprintf("attempt %d", n.Attempt))
	}
	return p.fit(strings.TrimRight(text+"  "+strings.Join(facts, " · "), " "), 0)
}

// fit cuts a line to the width of the terminal, if there is one.
func (p *program) fit(line string, less int) string {
	if !p.OutTerminal {
		return line
	}
	return ansi.Truncate(line, p.Width-less, "…")
}
