package v1

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

var (
	dottedNameFormat = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9.-]*$`)
	plainNameFormat  = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9-]*$`)
)

// ValidateUnique finds repeated names among values, in any case: rules R-05, TR-08, PR-08 and CR-08 (contract 1 §5.1, §5.7);
// paths are [name].name.
func (p Params) ValidateUnique() *apis.FieldError {
	var errs FieldErrors
	seen := make(map[string]struct{}, len(p))
	for i := range p {
		name := strings.ToLower(p[i].Name)
		if _, again := seen[name]; again {
			errs.Add(apis.ErrMultipleOneOf("name").ViaKey(p[i].Name))
		}
		seen[name] = struct{}{}
	}
	return errs.Err()
}

// ValidateTypes applies rules V-01 to V-03 and V-05 (contract 1 §5.2): types are known and agree with defaults and
// properties, and no name is declared twice. Paths are relative to the spec that declares the parameters.
func (ps ParamSpecs) ValidateTypes() *apis.FieldError {
	var errs FieldErrors
	seen := make(map[string]struct{}, len(ps))
	for i := range ps {
		p := &ps[i]
		errs.Add(p.validateType().ViaField("params"))
		if _, again := seen[p.Name]; again {
			errs.Add(apis.ErrGeneric("parameter appears more than once", apis.CurrentField).ViaFieldKey("params", p.Name))
		}
		seen[p.Name] = struct{}{}
	}
	return errs.Err()
}

func (p *ParamSpec) validateType() *apis.FieldError {
	var errs FieldErrors
	if !slices.Contains(AllParamTypes, p.Type) {
		errs.Add(apis.ErrInvalidValue(p.Type, p.Name+".type"))
	}
	if p.Default != nil && p.Default.Type != p.Type {
		message := fmt.Sprintf("%q type does not match default value's type: %q", p.Type, p.Default.Type)
		errs.Add(apis.ErrGeneric(message, p.Name+".type", p.Name+".default.type"))
	}
	if wrong := nonStringKeys(p.Properties); len(wrong) > 0 {
		message := fmt.Sprintf("The value type specified for these keys %v is invalid", wrong)
		errs.Add(apis.ErrGeneric(message, p.Name+".properties"))
	}
	return errs.Err()
}

// nonStringKeys returns the keys whose type is not string, in order.
func nonStringKeys(properties map[string]PropertySpec) []string {
	var wrong []string
	for _, key := range sortedKeys(properties) {
		if properties[key].Type != ParamTypeString {
			wrong = append(wrong, key)
		}
	}
	return wrong
}

// ValidateProperties applies rule V-04 (contract 1 §5.2): object parameters have properties. Paths are relative to the
// spec that declares the parameters.
func (ps ParamSpecs) ValidateProperties() *apis.FieldError {
	var errs FieldErrors
	for _, p := range ps {
		if p.Type == ParamTypeObject && len(p.Properties) == 0 {
			errs.Add(apis.ErrMissingField(p.Name + ".properties"))
		}
	}
	return errs.Err()
}

// ValidateEnums applies rule V-06 (contract 1 §5.2). Paths are relative to the spec that declares the parameters.
func (ps ParamSpecs) ValidateEnums(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	for i := range ps {
		if len(ps[i].Enum) > 0 {
			errs.Add(ps[i].validateEnum(ctx).ViaFieldKey("params", ps[i].Name))
		}
	}
	return errs.Err()
}

func (p *ParamSpec) validateEnum(ctx context.Context) *apis.FieldError {
	var errs FieldErrors
	if !flags(ctx).EnableParamEnum {
		const message = "feature flag `" + config.KeyEnableParamEnum + "` should be set to true to use Enum"
		errs.Add(gateError(ctx, config.KeyEnableParamEnum, message))
	}
	if p.Type != ParamTypeString {
		errs.Add(apis.ErrGeneric("enum can only be set with string type param", apis.CurrentField))
	}
	seen := make(map[string]struct{}, len(p.Enum))
	for _, value := range p.Enum {
		if _, again := seen[value]; again {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("parameter enum value %v appears more than once", value), apis.CurrentField))
		}
		seen[value] = struct{}{}
	}
	if p.Default != nil && p.Default.StringVal != "" {
		if _, listed := seen[p.Default.StringVal]; !listed {
			errs.Add(apis.ErrGeneric(fmt.Sprintf("param default value %v not in the enum list", p.Default.StringVal), apis.CurrentField))
		}
	}
	return errs.Err()
}

// ValidateNames applies rules V-08 and V-09 (contract 1 §5.2): what names can consist of. Paths are relative to the spec
// that declares the parameters.
func (ps ParamSpecs) ValidateNames() *apis.FieldError {
	var names []string
	objects := map[string][]string{}
	for _, p := range ps {
		if p.Type != ParamTypeObject {
			if !dottedNameFormat.MatchString(p.Name) {
				names = append(names, p.Name)
			}
			continue
		}
		if !plainNameFormat.MatchString(p.Name) {
			objects[p.Name] = nil
		}
		for _, key := range sortedKeys(p.Properties) {
			if !plainNameFormat.MatchString(key) {
				objects[p.Name] = append(objects[p.Name], key)
			}
		}
	}
	var errs FieldErrors
	if len(names) > 0 {
		slices.Sort(names)
		errs.Add(withDetails(fmt.Sprintf("The format of following array and string variable names is invalid: %v", names),
			"String/Array Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_), and dots (.)\n"+
				"Must begin with a letter or an underscore (_)", "params"))
	}
	if len(objects) > 0 {
		errs.Add(withDetails(fmt.Sprintf("Object param name and key name format is invalid: %v", objects),
			"Object Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_) \n"+
				"Must begin with a letter or an underscore (_)", "params"))
	}
	return errs.Err()
}

// Union returns the declared parameters, then those that are only passed, with the type and keys of their value. Keys of
// passed objects are added to those declared, because a run may pass more than the declaration lists.
func (ps ParamSpecs) Union(passed Params) ParamSpecs {
	out := make(ParamSpecs, 0, len(ps)+len(passed))
	index := make(map[string]int, len(ps)+len(passed))
	owned := make(map[string]bool) // whose properties are a copy already: a name can be passed often
	for _, p := range ps {
		index[p.Name] = len(out)
		out = append(out, p)
	}
	for _, p := range passed {
		i, declared := index[p.Name]
		if !declared {
			index[p.Name], owned[p.Name] = len(out), true
			out = append(out, ParamSpec{Name: p.Name, Type: p.Value.Type, Properties: addKeys(nil, p.Value.ObjectVal)})
			continue
		}
		if out[i].Type == ParamTypeObject && len(p.Value.ObjectVal) > 0 {
			if !owned[p.Name] {
				out[i].Properties, owned[p.Name] = maps.Clone(out[i].Properties), true
			}
			out[i].Properties = addKeys(out[i].Properties, p.Value.ObjectVal)
		}
	}
	return out
}

// addKeys adds the keys of values to properties, which it makes if there are none.
func addKeys(properties map[string]PropertySpec, values map[string]string) map[string]PropertySpec {
	if properties == nil {
		properties = make(map[string]PropertySpec, len(values))
	}
	for key := range values {
		properties[key] = PropertySpec{Type: ParamTypeString}
	}
	return properties
}
