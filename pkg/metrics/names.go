package metrics

import (
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

const (
	// anonymous is the name of Tasks and Pipelines without one: those that are written into a run.
	anonymous = "anonymous"
	// other is the name of all that there is no room for.
	other = "other"
)

// names are labels whose values users choose; empty ones are left out.
type names struct{ namespace, pipeline, pipelineRun, task, taskRun string }

// folded returns the names without what is special: all but the namespace are other.
func (n names) folded() names {
	for _, name := range []*string{&n.pipeline, &n.pipelineRun, &n.task, &n.taskRun} {
		if *name != "" {
			*name = other
		}
	}
	return n
}

func (n names) attributes() []attribute.KeyValue {
	out := make([]attribute.KeyValue, 0, 8) // with room for status and reason
	for _, label := range []struct{ key, value string }{
		{labelNamespace, n.namespace},
		{labelPipeline, n.pipeline},
		{labelPipelineRun, n.pipelineRun},
		{labelTask, n.task},
		{labelTaskRun, n.taskRun},
	} {
		if label.value != "" {
			out = append(out, attribute.String(label.key, label.value))
		}
	}
	return out
}

// taskRunNames returns the labels of a TaskRun at the levels of the settings (contract 4 §6.1).
func taskRunNames(tr *v1.TaskRun, settings *config.Observability) names {
	n := names{namespace: tr.Namespace}
	switch settings.TaskRunLevel {
	case config.LevelTaskRun:
		n.task, n.taskRun = taskName(tr), tr.Name
	case config.LevelTask:
		n.task = taskName(tr)
	}
	return n
}

// childNames returns the labels of a TaskRun that belongs to a PipelineRun.
func childNames(tr *v1.TaskRun, settings *config.Observability) names {
	n := taskRunNames(tr, settings)
	switch settings.PipelineRunLevel {
	case config.LevelPipelineRun:
		n.pipeline, n.pipelineRun = pipelineNameOfTaskRun(tr), parentName(tr)
	case config.LevelPipeline:
		n.pipeline = pipelineNameOfTaskRun(tr)
	}
	return n
}

// pipelineRunNames returns the labels of a PipelineRun at a level.
func pipelineRunNames(pr names, level config.MetricsLevel) names {
	n := names{namespace: pr.namespace}
	switch level {
	case config.LevelPipelineRun:
		n.pipeline, n.pipelineRun = pr.pipeline, pr.pipelineRun
	case config.LevelPipeline:
		n.pipeline = pr.pipeline
	case config.LevelNone:
		return names{}
	}
	return n
}

func allNames(pr *v1.PipelineRun) names {
	return names{namespace: pr.Namespace, pipeline: pipelineName(pr), pipelineRun: pr.Name}
}

// taskName is the name of the Task behind a TaskRun. For one written into a Pipeline that is the name of the pipeline task.
func taskName(tr *v1.TaskRun) string {
	if ref := tr.Spec.TaskRef; ref != nil && ref.Name != "" {
		return ref.Name
	}
	inPipeline, resolved := tr.Labels[pipeline.PipelineTaskLabelKey], tr.Labels[pipeline.TaskLabelKey]
	if tr.Spec.TaskRef != nil {
		inPipeline, resolved = resolved, inPipeline
	}
	return firstOf(inPipeline, resolved, anonymous)
}

// pipelineName is the name of the Pipeline behind a PipelineRun. For one written into a run with a generated name that is what all such
// names begin with. A label that repeats the name of the run is none.
func pipelineName(pr *v1.PipelineRun) string {
	ref := pr.Spec.PipelineRef
	if ref != nil && ref.Name != "" {
		return ref.Name
	}
	label := pr.Labels[pipeline.PipelineLabelKey]
	if ref == nil && pr.GenerateName == "" || label == asLabel(pr.Name) {
		return anonymous
	}
	return firstOf(label, anonymous)
}

// pipelineNameOfTaskRun is the name of the Pipeline that a TaskRun belongs to.
func pipelineNameOfTaskRun(tr *v1.TaskRun) string {
	label := tr.Labels[pipeline.PipelineLabelKey]
	if label == asLabel(parentName(tr)) {
		return anonymous
	}
	return firstOf(label, anonymous)
}

// parentName is the name of the PipelineRun that a TaskRun belongs to, empty if it belongs to none.
func parentName(tr *v1.TaskRun) string { return tr.Labels[pipeline.PipelineRunLabelKey] }

// longestLabel is the longest value of a label.
const longestLabel = 63

// asLabel cuts a name as the controller does for a label.
func asLabel(name string) string {
	if len(name) > longestLabel {
		return strings.TrimRight(name[:longestLabel], "-_.")
	}
	return name
}

func firstOf(list ...string) string {
	for _, name := range list {
		if name != "" {
			return name
		}
	}
	return ""
}

// limit remembers which names are labels of a metric, so that they stay, and how many there are. The zero value is ready.
type limit struct {
	mu   sync.Mutex
	full map[names]struct{}
	// namespaces has those of names that there was no room for.
	namespaces map[names]struct{}
}

// admit returns the names if they are among the first most that were asked for. Else all but the namespace are other, and that too
// beyond as many namespaces again.
func (l *limit) admit(n names, most int) names {
	l.mu.Lock()
	defer l.mu.Unlock()
	if enter(&l.full, n, most) {
		return n
	}
	folded := n.folded()
	if folded != n && enter(&l.namespaces, folded, most) {
		return folded
	}
	if folded.namespace != "" {
		folded.namespace = other
	}
	return folded
}

// keep forgets the names that are not used any more, which makes room for others.
func (l *limit) keep(used func(names) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range l.full {
		if !used(n) {
			delete(l.full, n)
		}
	}
	clear(l.namespaces)
}

func enter(set *map[names]struct{}, n names, most int) bool {
	if _, ok := (*set)[n]; ok {
		return true
	}
	if len(*set) >= most {
		return false
	}
	if *set == nil {
		*set = map[names]struct{}{}
	}
	// The names may be parts of large texts, which they would keep in memory.
	(*set)[n.cloned()] = struct{}{}
	return true
}

func (n names) cloned() names {
	return names{strings.Clone(n.namespace), strings.Clone(n.pipeline), strings.Clone(n.pipelineRun), strings.Clone(n.task), strings.Clone(n.taskRun)}
}
