// Package lint tells what is wrong with objects in files: all that the webhook would say, what does not fit between objects, and what is
// accepted but hardly meant. Lint is the entry point.
package lint

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// IgnoreAnnotation holds rules, separated by commas, that do not apply to an object.
const IgnoreAnnotation = "tenon.dev/lint-ignore"

// Options choose rules.
type Options struct {
	// Complete says that the documents are all there is: a reference to an object that is not among them is an error.
	Complete bool
	// Pinned warns of images that are not named by digest.
	Pinned bool
	// Disabled are rules that do not apply.
	Disabled []string
}

// Lint returns what is wrong with the documents, sorted by file and place. Feature flags and defaults are taken as manifest.Admit does.
func Lint(ctx context.Context, docs []manifest.Document, o Options) []manifest.Problem {
	admitted := manifest.AdmitEach(ctx, docs)
	l := linter{options: o, index: indexOf(admitted), defaultBinding: hasDefaultBinding(ctx, docs)}
	ignored := make([]ignores, len(admitted))
	for i := range admitted {
		a := &admitted[i]
		ignored[i] = ignoresOf(a)
		l.current, l.problems = a, a.Problems
		l.object()
		l.all = append(l.all, slices.DeleteFunc(l.problems, func(p manifest.Problem) bool { return ignored[i].has(p) })...)
	}
	out := slices.DeleteFunc(l.all, func(p manifest.Problem) bool { return slices.Contains(o.Disabled, p.Rule) })
	slices.SortStableFunc(out, compare)
	return slices.Compact(out)
}

func compare(a, b manifest.Problem) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
}

// hasDefaultBinding tells whether workspaces that nobody binds get the one of the settings.
func hasDefaultBinding(ctx context.Context, docs []manifest.Document) bool {
	return config.FromContextOrDefaults(manifest.Configured(ctx, docs)).Defaults.DefaultTaskRunWorkspaceBinding != ""
}

type linter struct {
	options        Options
	index          index
	defaultBinding bool
	current        *manifest.Admitted
	problems, all  []manifest.Problem
}

// add notes a problem at a field.
func (l *linter) add(rule, field, message string) {
	l.problems = append(l.problems, l.current.Problem(severityOf(rule), rule, field, message))
}

// addAt notes a problem at a part of the text of a field.
func (l *linter) addAt(rule, field, part, message string) {
	p := l.current.Problem(severityOf(rule), rule, field, message)
	p.Line, p.Column = l.current.Find(field, part)
	l.problems = append(l.problems, p)
}

// object applies the rules to the current object.
func (l *linter) object() {
	hub := l.current.Hub
	if hub == nil {
		return
	}
	l.duplicate(hub)
	l.deprecatedVersion()
	switch o := hub.(type) {
	case *v1.Task:
		l.task("spec", &o.Spec, nil)
	case *v1.TaskRun:
		l.taskRun(o)
	case *v1.Pipeline:
		l.pipeline("spec", &o.Spec, nil)
	case *v1.PipelineRun:
		l.pipelineRun(o)
	case *v1beta1.StepAction:
		l.stepAction(&o.Spec)
	default:
		return
	}
	l.texts()
}

func (l *linter) duplicate(hub runtime.Object) {
	if first := l.index[keyOf(hub)]; first != nil && first != l.current && hasName(hub) {
		l.add(RuleDuplicateObject, "metadata.name", "there is another object of this kind and name at "+place(first))
	}
}

// index finds objects by kind, namespace and name.
type index map[string]*manifest.Admitted

func indexOf(admitted []manifest.Admitted) index {
	x := index{}
	for i := range admitted {
		if hub := admitted[i].Hub; hub != nil && hasName(hub) {
			if key := keyOf(hub); x[key] == nil {
				x[key] = &admitted[i]
			}
		}
	}
	return x
}

func hasName(o runtime.Object) bool {
	object, err := meta.Accessor(o)
	return err == nil && object.GetName() != ""
}

func keyOf(o runtime.Object) string {
	object, err := meta.Accessor(o)
	if err != nil {
		return ""
	}
	gvk := o.GetObjectKind().GroupVersionKind()
	return key(gvk.Group+"/"+gvk.Kind, object.GetNamespace(), object.GetName())
}

func key(kind, namespace, name string) string {
	return strings.Join([]string{kind, namespace, name}, "\x00")
}

// find returns an object of Tenon's that the current one names, nil if it is not among the documents.
func (l *linter) find(kind, name string) runtime.Object {
	if found := l.index[key(v1.SchemeGroupVersion.Group+"/"+kind, namespaceOf(l.current.Hub), name)]; found != nil {
		return found.Hub
	}
	return nil
}

// missing reports a reference to an object that is not among the documents, if they are all there is.
func (l *linter) missing(kind, name, field string) {
	if l.options.Complete && !strings.Contains(name, "$(") {
		l.add(RuleMissingReference, field, "there is no "+kind+" "+name+" among the files")
	}
}
