package params

import (
	"errors"
	"fmt"
	"maps"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

// maxDepth is how many defaults of a Pipeline may refer to each other in a row (contract 1 §6.4).
const maxDepth = 10

// errCycle says that defaults refer to each other in a circle.
var errCycle = errors.New("circular dependency detected in parameter references")

// ForPipeline returns the values of a Pipeline's parameters: what the run gave, declared or not, over the defaults. A
// default that is a string can refer to any parameter, whose value is used; defaults refer to each other in any order.
// The texts of other defaults are filled in once. Given values are taken as they are (contract 1 §6.4, 3 §4.1).
func ForPipeline(declared v1.ParamSpecs, given v1.Params) (Set, error) {
	set := Of(given)
	r := newResolver(declared, set, maxDepth)
	for _, d := range declared {
		if _, ok := r.resolved[d.Name]; ok || d.Default == nil || d.Default.Type != v1.ParamTypeString {
			continue
		}
		if err := r.resolve(d.Name, 0); err != nil {
			return nil, fmt.Errorf("parameter resolution failed: %w", err)
		}
	}
	all := set.Over(r.others())
	if err := r.tooLarge(); err != nil {
		return nil, fmt.Errorf("parameter resolution failed: %w", err)
	}
	return r.resolved.Over(all), nil
}

// ForStepAction returns the values of a StepAction's parameters: what the step gave over the defaults. Defaults of every
// type can refer to any parameter, given or not, in any order. The error says that one does not exist, or that they
// refer to each other in a circle (contract 1 §6.4, 2 §7).
func ForStepAction(declared v1.ParamSpecs, given v1.Params) (Set, error) {
	set := Of(given)
	r := newResolver(declared, set, len(declared)+1)
	for _, d := range declared {
		if _, ok := r.resolved[d.Name]; ok || d.Default == nil {
			continue
		}
		if err := r.resolve(d.Name, 0); err != nil {
			if u := new(undefinedError); errors.As(err, &u) {
				return nil, fmt.Errorf("parameter %q references non-existent parameter %q", u.name, u.unknown)
			}
			if errors.As(err, new(*cycleError)) {
				return nil, errCycle
			}
			return nil, err
		}
	}
	all := set.Over(r.others())
	if err := r.tooLarge(); err != nil {
		return nil, err
	}
	return r.resolved.Over(all), nil
}

// ForTask returns the values of a Task's parameters: what the run gave, declared or not, over the defaults. A default
// that refers to a parameter sees that parameter's default, also if the run gave another value; only without default
// the given value is seen. References that cannot be resolved stay as they are (contract 1 §6.4).
func ForTask(declared v1.ParamSpecs, given v1.Params) (Set, error) {
	set := Of(given)
	r := newResolver(declared, nil, maxDepth)
	for name, value := range set {
		if !r.isDefault(name) {
			r.resolved[name] = value
		}
	}
	r.lenient = true
	defaults := make(Set, len(declared))
	for _, d := range declared {
		if d.Default == nil {
			continue
		}
		if _, ok := r.resolved[d.Name]; !ok {
			if err := r.resolve(d.Name, 0); err != nil {
				return nil, err
			}
		}
		defaults[d.Name] = r.resolved[d.Name]
	}
	if err := r.tooLarge(); err != nil {
		return nil, err
	}
	return set.Over(defaults), nil
}

// undefinedError says that the default of name refers to a parameter that does not exist.
type undefinedError struct{ name, unknown string }

func (e *undefinedError) Error() string {
	return fmt.Sprintf("param %q references undefined param %q", e.name, e.unknown)
}

// cycleError says that the default of name depends on itself.
type cycleError struct{ name string }

func (e *cycleError) Error() string {
	return fmt.Sprintf("circular dependency detected in param %q", e.name)
}

// resolver fills references between defaults in.
type resolver struct {
	defaults Set
	// resolved holds the values that are final: given ones, and defaults without open references.
	resolved Set
	// busy holds the defaults being resolved, to find circles.
	busy     map[string]bool
	maxDepth int
	// lenient leaves references as they are that cannot be resolved.
	lenient bool
	// made is the size of all resolved defaults together. A few defaults that each refer to the next one several times
	// would fill the memory otherwise.
	made int
}

func newResolver(declared v1.ParamSpecs, given Set, depth int) *resolver {
	r := &resolver{defaults: Defaults(declared), resolved: make(Set), busy: make(map[string]bool), maxDepth: depth}
	maps.Copy(r.resolved, given)
	return r
}

func (r *resolver) isDefault(name string) bool {
	_, ok := r.defaults[name]
	return ok
}

func (r *resolver) tooLarge() error {
	if r.made > substitution.MaxSize {
		return substitution.ErrTooLarge
	}
	return nil
}

// resolve makes the default of name final, and those it refers to before. The depth of the recursion is limited.
func (r *resolver) resolve(name string, depth int) error {
	if depth > r.maxDepth {
		if r.lenient {
			r.resolved[name] = r.defaults[name]
			return nil
		}
		return fmt.Errorf("maximum recursion depth (%d) exceeded for param %q", r.maxDepth, name)
	}
	r.busy[name] = true
	defer delete(r.busy, name)
	value := r.defaults[name]
	seen := make(Set)
	for _, text := range texts(value) {
		for _, ref := range refs(text) {
			used, err := r.look(name, ref, depth)
			if err != nil {
				return err
			}
			if other, ok := r.resolved[used]; ok {
				seen[used] = r.whole(used, other)
			}
		}
	}
	replacer := substitution.NewReplacer(seen.Values(Prefix, TaskAlias))
	value = fill(value, replacer)
	for _, text := range texts(value) {
		r.made += len(text)
	}
	if err := replacer.Err(); err != nil {
		return err
	}
	r.resolved[name] = value
	return r.tooLarge()
}

// whole returns the value of a parameter; an object that was given has the members of the default that it lacks.
func (r *resolver) whole(name string, value v1.ParamValue) v1.ParamValue {
	under, ok := r.defaults[name]
	if !ok || value.Type != v1.ParamTypeObject {
		return value
	}
	return Set{name: value}.Over(Set{name: under})[name]
}

// look makes the parameter final that a reference in the default of name means, and returns its name.
func (r *resolver) look(name string, ref substitution.ParamRef, depth int) (string, error) {
	used := r.meant(ref)
	switch _, done := r.resolved[used]; {
	case done:
		return used, nil
	case !r.isDefault(used):
		if r.lenient {
			return used, nil
		}
		return "", &undefinedError{name: name, unknown: used}
	case r.busy[used]:
		if r.lenient {
			return used, nil
		}
		return "", &cycleError{name: used}
	default:
		return used, r.resolve(used, depth+1)
	}
}

// meant returns the parameter that a reference means: one whose name has dots, if there is one, else the first name.
func (r *resolver) meant(ref substitution.ParamRef) string {
	if ref.Key == "" || r.isDefault(ref.Name) {
		return ref.Name
	}
	if _, ok := r.resolved[ref.Name]; ok {
		return ref.Name
	}
	if _, ok := r.resolved[ref.Dotted]; ok || r.isDefault(ref.Dotted) {
		return ref.Dotted
	}
	return ref.Name
}

// others returns the defaults that are no strings, with the values that are final filled in once.
func (r *resolver) others() Set {
	set := make(Set)
	for _, name := range r.defaults.Names() {
		value := r.defaults[name]
		if _, given := r.resolved[name]; value.Type == v1.ParamTypeString || given && value.Type != v1.ParamTypeObject {
			continue
		}
		replacer := substitution.NewReplacer(r.resolved.Values())
		set[name] = Replace(value, replacer)
		for _, text := range texts(set[name]) {
			r.made += len(text)
		}
		if replacer.Err() != nil || r.tooLarge() != nil {
			r.made = substitution.MaxSize + 1
			return set
		}
	}
	return set
}

// refs returns the references to parameters in a text.
func refs(text string) []substitution.ParamRef {
	var found []substitution.ParamRef
	for _, ref := range substitution.Parse(text) {
		if p, ok := ref.Param(); ok {
			found = append(found, p)
		}
	}
	return found
}

// fill returns a default with the references in it replaced. A string default stays a string, whatever it refers to.
func fill(value v1.ParamValue, r *substitution.Replacer) v1.ParamValue {
	if value.Type != v1.ParamTypeString {
		return Replace(value, r)
	}
	value.StringVal = r.String(value.StringVal)
	return value
}
