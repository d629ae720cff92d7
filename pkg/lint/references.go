package lint

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// gift is what one object gives to another.
type gift struct {
	// field is that around params.
	field  string
	params v1.Params
	// others are params that are given in another way, with values that are strings.
	others []string
	// receiver is what it is given to.
	receiver string
	// propagates says that params which are not declared are of use nevertheless.
	propagates bool
}

// given compares the params that are given with those that are declared.
func (l *linter) given(g gift, declared v1.ParamSpecs) {
	set, types := map[string]bool{}, make(map[string]v1.ParamType, len(declared))
	for _, name := range g.others {
		set[name] = true
	}
	for i := range declared {
		types[declared[i].Name] = params.TypeOf(declared[i])
	}
	for i := range g.params {
		p, at := &g.params[i], indexed(g.field, "params", i)
		set[p.Name] = true
		want, known := types[p.Name]
		switch {
		case !known && g.propagates:
		case !known:
			l.add(RuleUnknownParam, at, fmt.Sprintf("%s has no param %q", g.receiver, p.Name))
		case !fits(p.Value, want):
			l.add(RuleParamType, at, fmt.Sprintf("param %q of %s is of type %s, the value is of type %s", p.Name, g.receiver, want, p.Value.Type))
		}
	}
	for i := range declared {
		if d := &declared[i]; d.Default == nil && !set[d.Name] {
			l.add(RuleMissingParam, g.field+".params", fmt.Sprintf("%s needs param %q", g.receiver, d.Name))
		}
	}
}

// fits tells whether a value has a type or can get it when its variables are replaced.
func fits(value v1.ParamValue, want v1.ParamType) bool {
	if value.Type == "" || value.Type == want {
		return true
	}
	if value.Type != v1.ParamTypeString {
		return false
	}
	ref, ok := substitution.Whole(strings.TrimSpace(value.StringVal))
	return ok && ref.Star
}

// pipelineTask compares a pipeline task with what it refers to.
func (l *linter) pipelineTask(field string, pt *v1.PipelineTask) {
	switch {
	case pt.TaskRef != nil:
		l.remote(field+".taskRef", pt.TaskRef.ResolverRef)
		l.pipelineTaskRef(field, pt)
	case pt.PipelineRef != nil:
		l.remote(field+".pipelineRef", pt.PipelineRef.ResolverRef)
		if child := l.pipelineNamed(pt.PipelineRef); child != nil {
			l.given(giftOf(field, pt, "Pipeline "+pt.PipelineRef.Name), child.Params)
		} else if pt.PipelineRef.Resolver == "" && pt.PipelineRef.Name != "" {
			l.missing("Pipeline", pt.PipelineRef.Name, field+".pipelineRef.name")
		}
	}
}

func (l *linter) pipelineTaskRef(field string, pt *v1.PipelineTask) {
	ref := pt.TaskRef
	spec := l.taskNamed(ref)
	if spec == nil {
		if ref.Resolver == "" && ref.APIVersion == "" && (ref.Kind == "" || ref.Kind == v1.NamespacedTaskKind) && ref.Name != "" {
			l.missing("Task", ref.Name, field+".taskRef.name")
		}
		return
	}
	l.given(giftOf(field, pt, "Task "+ref.Name), spec.Params)
	names := make([]string, 0, len(pt.Workspaces))
	for i := range pt.Workspaces {
		names = append(names, pt.Workspaces[i].Name)
	}
	l.bindings(field, names, spec, false)
}

func giftOf(field string, pt *v1.PipelineTask, receiver string) gift {
	g := gift{field: field, params: pt.Params, receiver: receiver}
	if pt.Matrix == nil {
		return g
	}
	lists := []v1.Params{pt.Matrix.Params}
	for i := range pt.Matrix.Include {
		lists = append(lists, pt.Matrix.Include[i].Params)
	}
	for _, list := range lists {
		for i := range list {
			g.others = append(g.others, list[i].Name)
		}
	}
	return g
}

// bindings compares the workspaces that a Task gets with those that it declares.
func (l *linter) bindings(field string, given []string, spec *v1.TaskSpec, propagates bool) {
	declared, bound := map[string]bool{}, map[string]bool{}
	for _, name := range given {
		bound[name] = true
	}
	for i := range spec.Workspaces {
		w := &spec.Workspaces[i]
		declared[w.Name] = true
		if !w.Optional && !l.defaultBinding && !bound[w.Name] {
			l.add(RuleMissingWorkspace, field+".workspaces", fmt.Sprintf("the Task needs workspace %q", w.Name))
		}
	}
	for i, name := range given {
		if !declared[name] && !propagates {
			l.add(RuleUnknownWorkspace, indexed(field, "workspaces", i), fmt.Sprintf("the Task declares no workspace %q", name))
		}
	}
}

// stepRef compares a step with the StepAction that it refers to.
func (l *linter) stepRef(field string, s *v1.Step) {
	if s.Ref == nil {
		return
	}
	l.remote(field+".ref", s.Ref.ResolverRef)
	if s.Ref.Resolver != "" || s.Ref.Name == "" {
		return
	}
	action, ok := l.find("StepAction", s.Ref.Name).(*v1beta1.StepAction)
	if !ok {
		l.missing("StepAction", s.Ref.Name, field+".ref.name")
		return
	}
	l.given(gift{field: field, params: s.Params, receiver: "StepAction " + s.Ref.Name}, action.Spec.Params)
}

// remote finds definitions that can change where they are.
func (l *linter) remote(field string, ref v1.ResolverRef) {
	values := map[string]string{}
	at := map[string]string{}
	for i := range ref.Params {
		values[ref.Params[i].Name] = ref.Params[i].Value.StringVal
		at[ref.Params[i].Name] = indexed(field, "params", i) + ".value"
	}
	switch ref.Resolver {
	case "git":
		revision := values["revision"]
		if !strings.Contains(revision, "$(") && !isCommit(revision) {
			place := field + ".params"
			if at["revision"] != "" {
				place = at["revision"]
			}
			l.add(RuleUnpinnedRemote, place, fmt.Sprintf("revision %q can be another commit tomorrow: name a commit", revision))
		}
	case "bundles":
		if bundle := values["bundle"]; bundle != "" && !strings.Contains(bundle, "$(") && !strings.Contains(bundle, "@sha256:") {
			l.add(RuleUnpinnedRemote, at["bundle"], fmt.Sprintf("bundle %q can be another one tomorrow: name it by digest", bundle))
		}
	}
}

func isCommit(revision string) bool {
	return (len(revision) == 40 || len(revision) == 64) && strings.Trim(revision, "0123456789abcdefABCDEF") == ""
}

func duration(d *metav1.Duration) *time.Duration {
	if d == nil {
		return nil
	}
	return &d.Duration
}

func namespaceOf(o runtime.Object) string {
	object, err := meta.Accessor(o)
	if err != nil {
		return ""
	}
	return object.GetNamespace()
}
