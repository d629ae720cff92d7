package definition

import (
	"encoding/json"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/failure"
	"github.com/tenon-ci/tenon/pkg/names"
)

// RequestName returns the name of the ResolutionRequest of a request with a resolver.
func RequestName(req Request) (string, error) {
	params := make([]names.ResolverParam, 0, len(req.Params))
	for _, p := range req.Params {
		text, err := paramText(p.Value)
		if err != nil {
			return "", failure.Invalidf("", "resolver param %q: %w", p.Name, err)
		}
		params = append(params, names.ResolverParam{Name: p.Name, Value: text})
	}
	namespace := req.Owner.GetObjectMeta().GetNamespace()
	return names.ResolutionRequest(string(req.Resolver), namespace, req.Base, params, req.Name), nil
}

// paramText is the form in which a value enters the name: a string as it is, anything else as compact JSON.
func paramText(value v1.ParamValue) (string, error) {
	if value.Type == v1.ParamTypeString || value.Type == "" {
		return value.StringVal, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}
