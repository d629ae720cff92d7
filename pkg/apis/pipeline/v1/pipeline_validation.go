package v1

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/sets"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/dag"
)

// Validate applies the rules for a Pipeline (contract 1 §5.8).
func (p *Pipeline) Validate(ctx context.Context) *apis.FieldError {
	if apis.IsInDelete(ctx) {
		return nil
	}
	base := Baseline[Pipeline](ctx)
	errs := ValidateObjectMetadata(p)
	if base == nil {
		return errs.Also(p.validateSpec(ctx, nil), validateReadable(ctx, p, nil))
	}
	stale := warnOfStaleDeprecations(ctx, p, base, p.Spec.inlineTasks())
	return errs.Also(p.validateSpec(ctx, &base.Spec), validateReadable(ctx, p, base), stale)
}

func (p *Pipeline) validateSpec(ctx context.Context, old *PipelineSpec) *apis.FieldError {
	return ValidateSpec(ctx, old, &p.Spec, func(ctx context.Context, spec *PipelineSpec) *apis.FieldError {
		return spec.Validate(ctx).Also(spec.validateStandalone())
	}).ViaField("spec")
}

// Validate applies the rules that hold for a Pipeline object and for an inline pipelineSpec alike (contract 1 §5.8); paths
// are relative to the spec.
func (ps *PipelineSpec) Validate(ctx context.Context) *apis.FieldError {
	if equality.Semantic.DeepEqual(ps, &PipelineSpec{}) {
		return apis.ErrGeneric("expected at least one, got none", "description", "params", "resources", "tasks", "workspaces")
	}
	var errs FieldErrors
	errs.Add(ps.validateTaskNames())
	errs.Add(ps.validateChildNames())
	for _, section := range ps.sections() {
		for i := range section.tasks {
			if errs.Full() {
				break
			}
			errs.Add(section.tasks[i].validate(ctx).ViaFieldIndex(section.name, i))
		}
		errs.Add(ps.validateParams(ctx).ViaField(section.name))
	}
	errs.Add(ps.validateFinally())
	errs.Add(ps.validateWorkspaceDeclarations())
	errs.Add(ps.validateGraph())
	errs.Add(ps.validateVariables(ctx))
	errs.Add(ps.validateMatrixConsumers())
	errs.Add(ps.validateResults())
	errs.Add(ps.validateChildPipelineResults())
	errs.Add(Warnings(ctx, ps.warnings))
	return errs.Err()
}

// validateStandalone applies the rules that hold for a Pipeline object only: all its variables and workspaces are known,
// because nothing can be propagated into it.
func (ps *PipelineSpec) validateStandalone() *apis.FieldError {
	var errs FieldErrors
	errs.Add(ps.validateParamUsage())
	errs.Add(ps.validateInlineTaskParams())
	errs.Add(ps.validateWorkspaceUsage())
	return errs.Err()
}

type section struct {
	name  string
	tasks []PipelineTask
}

func (ps *PipelineSpec) sections() []section {
	return []section{{"tasks", ps.Tasks}, {"finally", ps.Finally}}
}

// validateTaskNames applies rule P-03.
func (ps *PipelineSpec) validateTaskNames() *apis.FieldError {
	var errs FieldErrors
	seen := make(sets.Set[string], len(ps.Tasks)+len(ps.Finally))
	for _, section := range ps.sections() {
		for i := range section.tasks {
			name := section.tasks[i].Name
			if seen.Has(name) {
				errs.Add(apis.ErrMultipleOneOf("name").ViaFieldIndex(section.name, i))
			}
			seen.Insert(name)
		}
	}
	return errs.Err()
}

// validateParams applies rule P-15. The contract reports the parameters of the Pipeline below each section.
func (ps *PipelineSpec) validateParams(ctx context.Context) *apis.FieldError {
	return ps.Params.ValidateTypes().Also(ps.Params.ValidateEnums(ctx))
}

// validateFinally applies rules P-40 and P-41.
func (ps *PipelineSpec) validateFinally() *apis.FieldError {
	var errs FieldErrors
	if len(ps.Finally) > 0 && len(ps.Tasks) == 0 {
		errs.Add(apis.ErrInvalidValue(fmt.Sprintf("spec.tasks is empty but spec.finally has %d tasks", len(ps.Finally)), "finally"))
	}
	for i := range ps.Finally {
		if len(ps.Finally[i].RunAfter) > 0 {
			message := fmt.Sprintf("no runAfter allowed under spec.finally, final task %s has runAfter specified", ps.Finally[i].Name)
			errs.Add(apis.ErrInvalidValue(message, apis.CurrentField).ViaFieldIndex("finally", i))
		}
	}
	return errs.Err()
}

// validateWorkspaceDeclarations applies rule P-50.
func (ps *PipelineSpec) validateWorkspaceDeclarations() *apis.FieldError {
	var errs FieldErrors
	seen := make(sets.Set[string], len(ps.Workspaces))
	for i := range ps.Workspaces {
		name := ps.Workspaces[i].Name
		switch {
		case name == "":
			errs.Add(apis.ErrInvalidValue(fmt.Sprintf("workspace %d has empty name", i), apis.CurrentField).ViaFieldIndex("workspaces", i))
		case seen.Has(name):
			errs.Add(apis.ErrInvalidValue(fmt.Sprintf("workspace with name %q appears more than once", name), apis.CurrentField).ViaFieldIndex("workspaces", i))
		}
		seen.Insert(name)
	}
	return errs.Err()
}

// validateWorkspaceUsage applies rules P-51 and P-52.
func (ps *PipelineSpec) validateWorkspaceUsage() *apis.FieldError {
	declared := make(sets.Set[string], len(ps.Workspaces))
	for i := range ps.Workspaces {
		declared.Insert(ps.Workspaces[i].Name)
	}
	var errs FieldErrors
	for _, section := range ps.sections() {
		for i := range section.tasks {
			if errs.Full() {
				break
			}
			errs.Add(section.tasks[i].ValidateWorkspaces(declared).ViaFieldIndex(section.name, i))
		}
	}
	return errs.Err()
}

// validateGraph applies rule V-30 and adds the way round a cycle, which the contract's text leaves out.
func (ps *PipelineSpec) validateGraph() *apis.FieldError {
	nodes := make([]dag.Node, len(ps.Tasks))
	for i := range ps.Tasks {
		nodes[i] = dag.Node{Name: ps.Tasks[i].Name, After: ps.Tasks[i].Dependencies()}
	}
	err := dag.Check(nodes)
	if err == nil {
		return nil
	}
	fieldErr := apis.ErrInvalidValue(err.Error(), "tasks")
	if cycle := (*dag.CycleError)(nil); errors.As(err, &cycle) {
		fieldErr.Details = "the cycle is " + strings.Join(cycle.Path, " -> ")
	}
	return fieldErr
}

// validateChildPipelineResults applies rule V-32.
func (ps *PipelineSpec) validateChildPipelineResults() *apis.FieldError {
	children := sets.Set[string]{}
	for i := range ps.Tasks {
		if ps.Tasks[i].IsChildPipeline() {
			children.Insert(ps.Tasks[i].Name)
		}
	}
	if len(children) == 0 {
		return nil
	}
	var errs FieldErrors
	for _, section := range ps.sections() {
		for i := range section.tasks {
			for ref := range section.tasks[i].ResultReferences() {
				if !children.Has(ref.Task) {
					continue
				}
				message := fmt.Sprintf("result reference to pipelineTask %q is not supported: referenced task uses pipelineRef or "+
					"pipelineSpec and result propagation from child Pipelines is not yet implemented", ref.Task)
				errs.Add(apis.ErrInvalidValue(message, apis.CurrentField).ViaFieldIndex(section.name, i))
			}
		}
	}
	return errs.Err()
}
