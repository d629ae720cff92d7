package clustercmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/explain"
	"github.com/tenon-ci/tenon/pkg/graph"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

// tailLines is how many lines of the log of a failed step are shown.
const tailLines = 10

func (p *program) explain() *cobra.Command {
	var where Where
	var all bool
	c := &cobra.Command{
		Use:   "explain [RUN]",
		Short: "Say why a run in the cluster waits or failed, and what to do next",
		Long: `Says in one line why a run waits or why it failed, from the run, its pods and their events, and what to do next. If a step
failed, the end of its log follows.

RUN is a name (of a PipelineRun, or else of a TaskRun), pr/NAME, tr/NAME, or @latest for the newest run.`,
		Example: "  tenon explain @latest\n  tenon explain pr/release-9 --all",
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
			o, err := p.facts(cmd.Context(), cluster, r)
			if err != nil {
				return err
			}
			p.writeExplained(r, o, all)
			return nil
		},
	}
	BindWhere(c, &where)
	c.Flags().BoolVar(&all, "all", false, "say it of every task")
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func (p *program) writeExplained(r run, o explain.Objects, all bool) {
	if !all {
		p.writeLine(r.object.GetName(), explain.Run(o))
		return
	}
	for _, l := range explain.All(o) {
		task := l.Task
		l.Task = ""
		p.writeLine(task, l)
	}
}

func (p *program) writeLine(name string, l explain.Line) {
	_, _ = fmt.Fprintf(p.Out, "%s %s: %s\n", graph.Glyph(l.State), plainText(name), plainText(l.String()))
	for _, line := range l.Log {
		_, _ = fmt.Fprintln(p.Out, "    | "+p.fit(p.passed(line), 6))
	}
}

// passed is a line of a log as standard output may have it.
func (p *program) passed(line string) string {
	if p.OutTerminal {
		return logLine(line)
	}
	return strings.TrimRight(line, "\r\n")
}

// facts reads what an explanation needs. What cannot be read, for lack of rights for example, only makes it less exact.
func (p *program) facts(ctx context.Context, c *Cluster, r run) (explain.Objects, error) {
	objects, err := c.Objects(ctx, r.object)
	if err != nil {
		return explain.Objects{}, err
	}
	o := explain.Objects{Objects: objects, Now: p.Now()}
	for _, selector := range podSelectors(objects) {
		pods, err := c.Core.Pods(ctx, c.Namespace, selector)
		if err != nil {
			_, _ = fmt.Fprintf(p.Err, "The pods cannot be looked at: %v\n", err)
			break
		}
		o.Pods = append(o.Pods, pods...)
	}
	for _, pod := range o.Pods {
		if pod.Status.Phase == corev1.PodPending {
			c.addPending(ctx, pod, &o)
		}
	}
	o.Log = func(pod, container string) []string {
		stream, err := c.Core.Log(ctx, c.Namespace, pod, &corev1.PodLogOptions{Container: container, TailLines: ptr.To[int64](tailLines)})
		if err != nil {
			return nil
		}
		defer func() { _ = stream.Close() }()
		return lines(stream)
	}
	return o, nil
}

// podSelectors select the pods of a run. Those of a PipelineRun have its label, and so has its affinity assistant.
func podSelectors(o runtree.Objects) []string {
	if tr, ok := o.Root.(*v1.TaskRun); ok {
		return []string{pipeline.TaskRunLabelKey + "=" + tr.Name}
	}
	selectors := []string{pipeline.PipelineRunLabelKey + "=" + o.Root.GetName()}
	for _, pr := range o.PipelineRuns {
		selectors = append(selectors, pipeline.PipelineRunLabelKey+"="+pr.Name)
	}
	return selectors
}

func (c *Cluster) addPending(ctx context.Context, pod *corev1.Pod, o *explain.Objects) {
	if events, err := c.Core.Events(ctx, c.Namespace, "Pod", pod.Name); err == nil {
		o.Events = append(o.Events, events...)
	}
	for i := range pod.Spec.Volumes {
		source := pod.Spec.Volumes[i].PersistentVolumeClaim
		if source == nil {
			continue
		}
		claim, err := c.Core.Claim(ctx, c.Namespace, source.ClaimName)
		if err != nil {
			continue
		}
		o.Claims = append(o.Claims, claim)
		if events, err := c.Core.Events(ctx, c.Namespace, "PersistentVolumeClaim", claim.Name); err == nil {
			o.Events = append(o.Events, events...)
		}
	}
}

// maxLine is the longest line of a log that is kept whole, in bytes.
const maxLine = 64 << 10

// lines reads lines; what is longer than maxLine becomes several.
func lines(r io.Reader) []string {
	var all []string
	_ = eachLine(r, func(line string) { all = append(all, line) })
	return all
}

func eachLine(r io.Reader, visit func(line string)) error {
	reader := bufio.NewReaderSize(r, maxLine)
	for {
		data, _, err := reader.ReadLine()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		visit(string(data))
	}
}
