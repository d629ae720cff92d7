package clustercmd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/graph"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// latest stands for the newest run.
const latest = "@latest"

// How many runs are offered to choose from, and named where nobody can choose.
const (
	offered = 15
	named   = 5
)

// run is a PipelineRun or TaskRun.
type run struct {
	kind   string
	object metav1.Object
}

// shortName is how people can name a run on the command line.
func (r run) shortName() string {
	if r.kind == runtree.KindTaskRun {
		return "tr/" + r.object.GetName()
	}
	return "pr/" + r.object.GetName()
}

// find returns the run that an argument names: a name (of a PipelineRun, or else of a TaskRun), tr/name, pr/name or @latest. If it is
// empty, it asks where there is a terminal.
func (p *program) find(ctx context.Context, c *Cluster, arg string) (run, error) {
	kind, name, prefixed := strings.Cut(arg, "/")
	if !prefixed {
		kind, name = "", arg
	}
	switch kind {
	case "":
	case "tr", "taskrun", "taskruns":
		kind = runtree.KindTaskRun
	case "pr", "pipelinerun", "pipelineruns":
		kind = runtree.KindPipelineRun
	default:
		return run{}, fmt.Errorf("%q names no run: write pr/NAME or tr/NAME", arg)
	}
	if name == "" || name == latest {
		runs, err := c.list(ctx)
		if err != nil {
			return run{}, err
		}
		if kind != "" {
			runs = slices.DeleteFunc(runs, func(r run) bool { return r.kind != kind })
		}
		switch {
		case len(runs) == 0:
			return run{}, fmt.Errorf("there is no run in namespace %s", c.Namespace)
		case name == latest:
			return runs[0], nil
		default:
			return p.choose(runs)
		}
	}
	return c.named(ctx, kind, name)
}

func (c *Cluster) named(ctx context.Context, kind, name string) (run, error) {
	if kind != runtree.KindTaskRun {
		pr, err := c.PipelineRuns.Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			return run{kind: runtree.KindPipelineRun, object: pr}, nil
		}
		if kind != "" || !apierrors.IsNotFound(err) {
			return run{}, fmt.Errorf("getting PipelineRun %s: %w", name, err)
		}
	}
	tr, err := c.TaskRuns.Get(ctx, name, metav1.GetOptions{})
	switch {
	case err == nil:
		return run{kind: runtree.KindTaskRun, object: tr}, nil
	case kind == "" && apierrors.IsNotFound(err):
		return run{}, fmt.Errorf("there is no PipelineRun and no TaskRun %s in namespace %s", name, c.Namespace)
	default:
		return run{}, fmt.Errorf("getting TaskRun %s: %w", name, err)
	}
}

// list returns the PipelineRuns and TaskRuns that belong to no other run, newest first.
func (c *Cluster) list(ctx context.Context) ([]run, error) {
	o := metav1.ListOptions{LabelSelector: "!" + pipeline.PipelineRunLabelKey}
	prs, err := c.PipelineRuns.List(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("listing PipelineRuns: %w", err)
	}
	trs, err := c.TaskRuns.List(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("listing TaskRuns: %w", err)
	}
	var runs []run
	for i := range prs.Items {
		runs = append(runs, run{kind: runtree.KindPipelineRun, object: &prs.Items[i]})
	}
	for i := range trs.Items {
		runs = append(runs, run{kind: runtree.KindTaskRun, object: &trs.Items[i]})
	}
	slices.SortStableFunc(runs, func(a, b run) int {
		if n := b.object.GetCreationTimestamp().Compare(a.object.GetCreationTimestamp().Time); n != 0 {
			return n
		}
		return cmp.Compare(a.object.GetName(), b.object.GetName())
	})
	return runs, nil
}

// choose lets the user pick a run by number. Without a terminal it fails and names the newest ones.
func (p *program) choose(runs []run) (run, error) {
	if !p.InTerminal || !p.OutTerminal {
		names := make([]string, 0, named)
		for _, r := range runs[:min(named, len(runs))] {
			names = append(names, r.shortName())
		}
		return run{}, fmt.Errorf("which run? Name one, or %s for the newest. The newest ones are: %s", latest, strings.Join(names, ", "))
	}
	runs = runs[:min(offered, len(runs))]
	for i, r := range runs {
		n := runtree.Build(runtree.Objects{Root: r.object})
		_, _ = fmt.Fprintf(p.Err, "%3d  %s %-50s %-10s %s ago\n", i+1, graph.Glyph(n.State), r.shortName(), n.State, p.age(r.object))
	}
	_, _ = fmt.Fprint(p.Err, "Which run? [1] ")
	line, err := bufio.NewReader(p.In).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return run{}, errors.New("no run was chosen")
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return runs[0], nil
	}
	n, err := strconv.Atoi(line)
	if err != nil || n < 1 || n > len(runs) {
		return run{}, fmt.Errorf("%q is none of the numbers 1 to %d", line, len(runs))
	}
	return runs[n-1], nil
}

// age is how old an object is, in the largest unit.
func (p *program) age(object metav1.Object) string {
	d := p.Now().Sub(object.GetCreationTimestamp().Time)
	switch {
	case d < 0:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}
