package v1alpha1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

var _ apis.Validatable = (*StepAction)(nil)

// Validate applies the rules of v1beta1 and SA-14 (contract 1 §5.9).
func (s *StepAction) Validate(ctx context.Context) *apis.FieldError {
	var old *v1beta1.StepActionSpec
	if base := v1.Baseline[StepAction](ctx); base != nil {
		old = &base.Spec
	}
	errs := v1.ValidateSpec(ctx, old, &s.Spec, func(ctx context.Context, spec *v1beta1.StepActionSpec) *apis.FieldError {
		return spec.Validate(ctx).Also(newDefaultGraph(spec.Params).validate().ViaField("params"))
	})
	return v1.ValidateObjectMetadata(s).Also(errs.ViaField("spec"))
}

// defaultGraph tells which parameters the default of each parameter refers to.
type defaultGraph struct {
	order []string
	refs  map[string][]string
	state map[string]visit
	errs  v1.FieldErrors
}

type visit int

const (
	unvisited visit = iota
	open
	done
)

func newDefaultGraph(params v1.ParamSpecs) *defaultGraph {
	g := &defaultGraph{refs: make(map[string][]string, len(params)), state: make(map[string]visit, len(params))}
	for i := range params {
		p := &params[i]
		g.order = append(g.order, p.Name)
		g.refs[p.Name] = nil
		if p.Default == nil || p.Default.Type != v1.ParamTypeString {
			continue
		}
		for _, r := range substitution.Parse(p.Default.StringVal) {
			if ref, ok := r.Param(); ok {
				g.refs[p.Name] = append(g.refs[p.Name], ref.Name)
			}
		}
	}
	return g
}

func (g *defaultGraph) validate() *apis.FieldError {
	for _, name := range g.order {
		for _, ref := range g.refs[name] {
			if _, declared := g.refs[ref]; !declared {
				message := fmt.Sprintf("param %q default value references param %q which is not defined", name, ref)
				g.errs.Add(apis.ErrGeneric(message, apis.CurrentField))
			}
		}
		g.visit(name)
	}
	return g.errs.Err()
}

// visit follows references depth first; one to a parameter that is still open closes a circle.
func (g *defaultGraph) visit(name string) {
	if g.state[name] != unvisited {
		return
	}
	g.state[name] = open
	for _, ref := range g.refs[name] {
		if g.state[ref] == open {
			g.errs.Add(apis.ErrGeneric(fmt.Sprintf("param %q default value has a circular dependency", ref), apis.CurrentField))
			continue
		}
		g.visit(ref)
	}
	g.state[name] = done
}
