package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// section is a list of pipeline tasks.
type section struct {
	name  string
	tasks []v1.PipelineTask
}

func sections(spec *v1.PipelineSpec) []section {
	return []section{{"tasks", spec.Tasks}, {"finally", spec.Finally}}
}

// pipeline applies the rules for a Pipeline, written at a field. outer are params of what it is written in.
func (l *linter) pipeline(field string, spec *v1.PipelineSpec, outer v1.ParamSpecs) {
	u := l.usage(field)
	l.unusedParams(field, spec.Params, u)
	l.unboundWorkspaces(field, spec, u)
	visible := slices.Concat(outer, spec.Params)
	for _, s := range sections(spec) {
		for i := range s.tasks {
			pt, at := &s.tasks[i], indexed(field, s.name, i)
			switch {
			case specvars.IsTask(pt):
				l.task(at+".taskSpec", &pt.TaskSpec.TaskSpec, visible)
			case pt.PipelineSpec != nil:
				l.pipeline(at+".pipelineSpec", pt.PipelineSpec, visible)
			}
			l.pipelineTask(at, pt)
			l.redundantOrder(at, pt)
		}
	}
	l.results(field, spec)
}

func (l *linter) unboundWorkspaces(field string, spec *v1.PipelineSpec, u usage) {
	bound := map[string]bool{}
	for _, s := range sections(spec) {
		for i := range s.tasks {
			for _, b := range s.tasks[i].Workspaces {
				if b.Workspace != "" {
					bound[b.Workspace] = true
				} else {
					bound[b.Name] = true
				}
			}
		}
	}
	for i := range spec.Workspaces {
		if name := spec.Workspaces[i].Name; !bound[name] && !u.workspaces[name] {
			l.add(RuleUnusedWorkspace, indexed(field, "workspaces", i), fmt.Sprintf("workspace %q is declared but no task uses it", name))
		}
	}
}

// redundantOrder finds tasks in runAfter that the task has to wait for anyway.
func (l *linter) redundantOrder(field string, pt *v1.PipelineTask) {
	if len(pt.RunAfter) == 0 {
		return
	}
	implied := map[string]bool{}
	specvars.VisitPipelineTaskFields(pt, func(f specvars.Field) {
		f.References(func(r substitution.Reference) {
			if t, ok := r.TaskResult(); ok {
				implied[t.Task] = true
			}
		})
	})
	for i, name := range pt.RunAfter {
		if implied[name] {
			l.add(RuleRedundantRunAfter, indexed(field, "runAfter", i), fmt.Sprintf("the task waits for %q anyway: it uses its results", name))
		}
	}
}

// results finds results that are used although the task is known not to have them.
func (l *linter) results(field string, spec *v1.PipelineSpec) {
	known := map[string]map[string]bool{}
	for _, s := range sections(spec) {
		for i := range s.tasks {
			if names, ok := l.resultsOf(&s.tasks[i]); ok {
				known[s.tasks[i].Name] = names
			}
		}
	}
	if len(known) == 0 {
		return
	}
	l.current.Texts(field, func(t manifest.Text) {
		if !strings.Contains(t.Value, "$(") || strings.Contains(t.Field[len(field):], ".pipelineSpec.") {
			return // a Pipeline inside has tasks of its own
		}
		for _, r := range substitution.Parse(t.Value) {
			ref, ok := r.TaskResult()
			if names, declared := known[ref.Task]; ok && declared && !names[ref.Result] {
				l.addAt(RuleMissingResult, t.Field, r.Text, fmt.Sprintf("task %q has no result %q", ref.Task, ref.Result))
			}
		}
	})
}

// resultsOf returns the names of the results of a pipeline task, if they are known.
func (l *linter) resultsOf(pt *v1.PipelineTask) (map[string]bool, bool) {
	names := map[string]bool{}
	if spec := l.taskOf(pt); spec != nil {
		for i := range spec.Results {
			names[spec.Results[i].Name] = true
		}
		return names, true
	}
	if spec := l.childOf(pt); spec != nil {
		for i := range spec.Results {
			names[spec.Results[i].Name] = true
		}
		return names, true
	}
	return nil, false
}

// taskOf returns the Task of a pipeline task, nil if it is not known or no Task.
func (l *linter) taskOf(pt *v1.PipelineTask) *v1.TaskSpec {
	if specvars.IsTask(pt) {
		return &pt.TaskSpec.TaskSpec
	}
	return l.taskNamed(pt.TaskRef)
}

func (l *linter) taskNamed(ref *v1.TaskRef) *v1.TaskSpec {
	if ref == nil || ref.Resolver != "" || ref.APIVersion != "" || ref.Kind != "" && ref.Kind != v1.NamespacedTaskKind {
		return nil
	}
	task, ok := l.find("Task", ref.Name).(*v1.Task)
	if !ok {
		return nil
	}
	return &task.Spec
}

func (l *linter) childOf(pt *v1.PipelineTask) *v1.PipelineSpec {
	if pt.PipelineSpec != nil {
		return pt.PipelineSpec
	}
	return l.pipelineNamed(pt.PipelineRef)
}

func (l *linter) pipelineNamed(ref *v1.PipelineRef) *v1.PipelineSpec {
	if ref == nil || ref.Resolver != "" {
		return nil
	}
	pipeline, ok := l.find("Pipeline", ref.Name).(*v1.Pipeline)
	if !ok {
		return nil
	}
	return &pipeline.Spec
}

// pipelineRun applies the rules for a PipelineRun.
func (l *linter) pipelineRun(pr *v1.PipelineRun) {
	spec := pr.Spec.PipelineSpec
	if spec != nil {
		l.pipeline("spec.pipelineSpec", spec, nil)
	}
	if ref := pr.Spec.PipelineRef; ref != nil {
		l.remote("spec.pipelineRef", ref.ResolverRef)
		if spec = l.pipelineNamed(ref); spec == nil && ref.Resolver == "" && ref.Name != "" {
			l.missing("Pipeline", ref.Name, "spec.pipelineRef.name")
		}
	}
	l.claims(pr.Spec.Workspaces)
	if spec == nil {
		return
	}
	l.given(gift{field: "spec", params: pr.Spec.Params, receiver: "the Pipeline", propagates: pr.Spec.PipelineSpec != nil}, spec.Params)
	bound := map[string]bool{}
	for i := range pr.Spec.Workspaces {
		bound[pr.Spec.Workspaces[i].Name] = true
	}
	for i := range spec.Workspaces {
		if w := &spec.Workspaces[i]; !w.Optional && !bound[w.Name] {
			l.add(RuleMissingWorkspace, "spec.workspaces", fmt.Sprintf("the Pipeline needs workspace %q", w.Name))
		}
	}
	l.timeouts(pr, spec)
	l.longNames(pr, spec)
}

// timeouts finds tasks that may take longer than all tasks together.
func (l *linter) timeouts(pr *v1.PipelineRun, spec *v1.PipelineSpec) {
	limit := time.Duration(0)
	if t := pr.Spec.Timeouts; t != nil {
		for _, d := range []*time.Duration{duration(t.Pipeline), duration(t.Tasks)} {
			if d != nil {
				limit = *d
			}
		}
	}
	if limit <= 0 {
		return
	}
	for i := range spec.Tasks {
		t := spec.Tasks[i].Timeout
		if t == nil || t.Duration <= limit {
			continue
		}
		field := "spec.timeouts"
		if pr.Spec.PipelineSpec != nil {
			field = indexed("spec.pipelineSpec", "tasks", i) + ".timeout"
		}
		l.add(RuleTimeoutTooLong, field,
			fmt.Sprintf("task %q may take %s, but all tasks together have %s", spec.Tasks[i].Name, t.Duration, limit))
	}
}

// maxName is the length of the longest name of a child that is kept as it is.
const maxName = 63

// longNames finds runs whose children get names with a hash.
func (l *linter) longNames(pr *v1.PipelineRun, spec *v1.PipelineSpec) {
	if pr.Name == "" {
		return
	}
	longest := ""
	for _, s := range sections(spec) {
		for i := range s.tasks {
			if len(s.tasks[i].Name) > len(longest) {
				longest = s.tasks[i].Name
			}
		}
	}
	if length := len(pr.Name) + 1 + len(longest); longest != "" && length > maxName {
		l.add(RuleLongName, "metadata.name",
			fmt.Sprintf("the run of task %q would have a name of %d characters: it is cut and gets a hash", longest, length))
	}
}

// taskRun applies the rules for a TaskRun.
func (l *linter) taskRun(tr *v1.TaskRun) {
	spec := tr.Spec.TaskSpec
	if spec != nil {
		l.task("spec.taskSpec", spec, nil)
	}
	if ref := tr.Spec.TaskRef; ref != nil {
		l.remote("spec.taskRef", ref.ResolverRef)
		if spec = l.taskNamed(ref); spec == nil && ref.Resolver == "" && ref.Name != "" {
			l.missing("Task", ref.Name, "spec.taskRef.name")
		}
	}
	l.claims(tr.Spec.Workspaces)
	if spec == nil {
		return
	}
	l.given(gift{field: "spec", params: tr.Spec.Params, receiver: "the Task", propagates: tr.Spec.TaskSpec != nil}, spec.Params)
	names := make([]string, 0, len(tr.Spec.Workspaces))
	for i := range tr.Spec.Workspaces {
		names = append(names, tr.Spec.Workspaces[i].Name)
	}
	l.bindings("spec", names, spec, tr.Spec.TaskSpec != nil)
}

// claims finds PersistentVolumeClaims, ConfigMaps and Secrets that are not among the files.
func (l *linter) claims(bindings []v1.WorkspaceBinding) {
	for i := range bindings {
		b, at := &bindings[i], indexed("spec", "workspaces", i)
		if b.PersistentVolumeClaim != nil {
			l.coreReference("PersistentVolumeClaim", b.PersistentVolumeClaim.ClaimName, at+".persistentVolumeClaim.claimName")
		}
		if b.ConfigMap != nil && !isTrue(b.ConfigMap.Optional) {
			l.coreReference("ConfigMap", b.ConfigMap.Name, at+".configMap.name")
		}
		if b.Secret != nil && !isTrue(b.Secret.Optional) {
			l.coreReference("Secret", b.Secret.SecretName, at+".secret.secretName")
		}
	}
}

func (l *linter) coreReference(kind, name, field string) {
	if name != "" && l.index[key(corev1.GroupName+"/"+kind, namespaceOf(l.current.Hub), name)] == nil {
		l.missing(kind, name, field)
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// deprecatedVersion finds versions that are served for old clients only.
func (l *linter) deprecatedVersion() {
	version := ""
	switch l.current.Object.(type) {
	case *v1beta1.Task, *v1beta1.TaskRun, *v1beta1.Pipeline, *v1beta1.PipelineRun:
		version = v1.SchemeGroupVersion.String()
	case *v1alpha1.StepAction:
		version = v1beta1.SchemeGroupVersion.String()
	default:
		return
	}
	l.add(RuleDeprecatedVersion, "apiVersion", "this version is served for old clients only: use "+version)
}
