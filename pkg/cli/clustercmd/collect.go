package clustercmd

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// Objects reads everything that belongs to a run: what has its label, and so on for child PipelineRuns.
func (c *Cluster) Objects(ctx context.Context, root metav1.Object) (runtree.Objects, error) {
	o := runtree.Objects{Root: root}
	pr, ok := root.(*v1.PipelineRun)
	if !ok {
		return o, nil
	}
	seen := map[string]bool{}
	for open := []string{pr.Name}; len(open) > 0; {
		name := open[0]
		open = open[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		children, err := c.children(ctx, name, &o)
		if err != nil {
			return o, err
		}
		open = append(open, children...)
	}
	return o, nil
}

// PipelineRun reads a PipelineRun and everything that belongs to it.
func (c *Cluster) PipelineRun(ctx context.Context, name string) (runtree.Objects, error) {
	pr, err := c.PipelineRuns.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return runtree.Objects{}, fmt.Errorf("getting PipelineRun %s: %w", name, err)
	}
	return c.Objects(ctx, pr)
}

func childrenOf(run string) metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: pipeline.PipelineRunLabelKey + "=" + run}
}

func (c *Cluster) children(ctx context.Context, run string, o *runtree.Objects) (pipelineRuns []string, err error) {
	trs, err := c.TaskRuns.List(ctx, childrenOf(run))
	if err != nil {
		return nil, fmt.Errorf("listing TaskRuns of %s: %w", run, err)
	}
	crs, err := c.CustomRuns.List(ctx, childrenOf(run))
	if err != nil {
		return nil, fmt.Errorf("listing CustomRuns of %s: %w", run, err)
	}
	prs, err := c.PipelineRuns.List(ctx, childrenOf(run))
	if err != nil {
		return nil, fmt.Errorf("listing child PipelineRuns of %s: %w", run, err)
	}
	o.TaskRuns = append(o.TaskRuns, pointers(trs.Items)...)
	o.CustomRuns = append(o.CustomRuns, pointers(crs.Items)...)
	o.PipelineRuns = append(o.PipelineRuns, pointers(prs.Items)...)
	for i := range prs.Items {
		pipelineRuns = append(pipelineRuns, prs.Items[i].Name)
	}
	return pipelineRuns, nil
}
