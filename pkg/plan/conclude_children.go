package plan

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/matrix"
	"github.com/tenon-ci/tenon/pkg/params"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// newReference returns an entry of status.childReferences without what only a full pass knows.
func newReference(kind, name, pipelineTask string) v1.ChildStatusReference {
	version := v1.SchemeGroupVersion
	if kind == kindCustomRun {
		version = v1beta1.SchemeGroupVersion
	}
	return v1.ChildStatusReference{
		TypeMeta:         runtime.TypeMeta{APIVersion: version.String(), Kind: kind},
		Name:             name,
		PipelineTaskName: pipelineTask,
	}
}

// report replaces the lists of children and skipped tasks (contract 3 §3.8, §12.2): children in the order of the spec and,
// inside a fan-out, by name; then recorded ones that belong to no task of the pipeline. Children that are planned in this
// pass take their final place at once, so that the next pass has nothing to rearrange.
func (d *decided) report(out *draft, plannedChildren map[*task][]planned) {
	var refs []v1.ChildStatusReference
	var skippedTasks []v1.SkippedTask
	for _, t := range d.all {
		refs = append(refs, d.references(t, plannedChildren[t])...)
		if t.state == skipped {
			skippedTasks = append(skippedTasks, t.skippedEntry())
		}
	}
	for _, ref := range out.status.ChildReferences {
		if t := d.byName[ref.PipelineTaskName]; t == nil || ref.Kind != childKind(t.spec) {
			refs = append(refs, ref)
		}
	}
	out.status.ChildReferences = refs
	out.status.SkippedTasks = skippedTasks
}

// skippedEntry is the entry of status.skippedTasks for a task. Of a final task, conditions are shown only if they are the
// reason.
func (t *task) skippedEntry() v1.SkippedTask {
	entry := v1.SkippedTask{Name: t.spec.Name, Reason: t.skip}
	if !t.final || t.skip == v1.WhenExpressionsSkip {
		entry.WhenExpressions = t.guards()
	}
	return entry
}

// guards returns the conditions of a task, with values filled in as far as they are known.
func (t *task) guards() []v1.WhenExpression {
	switch {
	case t.recordedGuards != nil:
		return t.recordedGuards
	case t.filled != nil:
		return t.filled.When
	default:
		return t.spec.When
	}
}

// references returns the references of a task: recorded children, deleted and adopted ones included, and planned ones.
func (d *decided) references(t *task, more []planned) []v1.ChildStatusReference {
	refs := make([]v1.ChildStatusReference, 0, len(t.recorded)+len(more))
	have := make(map[string]bool, len(t.recorded))
	for _, ref := range t.recorded {
		refs = append(refs, d.completeReference(t, ref))
		have[ref.Name] = true
	}
	for _, p := range more {
		if !have[p.reference.Name] {
			refs = append(refs, p.reference)
		}
	}
	slices.SortStableFunc(refs, func(a, b v1.ChildStatusReference) int { return cmp.Compare(a.Name, b.Name) })
	return refs
}

// completeReference adds to an adopted child what only a full pass knows. Complete entries stay as they are.
func (d *decided) completeReference(t *task, ref v1.ChildStatusReference) v1.ChildStatusReference {
	lacksGuards := len(ref.WhenExpressions) == 0 && len(t.spec.When) > 0
	lacksName := ref.DisplayName == "" && hasDisplayName(t.spec)
	if !lacksGuards && !lacksName {
		return ref
	}
	i := slices.IndexFunc(t.children, func(c child) bool { return c.meta.Name == ref.Name })
	if i < 0 {
		return ref
	}
	known, f := d.valuesFor(t)
	if f != nil || d.fillIn(t, known) != nil {
		return ref
	}
	if lacksGuards {
		ref.WhenExpressions = t.filled.When
	}
	if lacksName {
		ref.DisplayName = displayName(t.filled, t.children[i].params())
	}
	return ref
}

func hasDisplayName(pt *v1.PipelineTask) bool {
	named := func(entry v1.IncludeParams) bool { return entry.Name != "" }
	return pt.DisplayName != "" || isFannedOut(pt) && slices.ContainsFunc(pt.Matrix.Include, named)
}

// displayName returns the name for people of a child: the names of the include entries it comes from, else the display
// name of the pipeline task, with the child's own string params filled in (contract 3 §3.8).
func displayName(pt *v1.PipelineTask, child v1.Params) string {
	name := pt.DisplayName
	if isFannedOut(pt) {
		if included := matrix.DisplayName(pt.Matrix, child); included != "" {
			name = included
		}
	}
	if !strings.Contains(name, "$(") {
		return name
	}
	set := make(params.Set, len(child))
	for _, p := range child {
		if p.Value.Type == v1.ParamTypeString {
			set[p.Name] = p.Value
		}
	}
	return substitution.NewReplacer(set.Values()).String(name)
}
