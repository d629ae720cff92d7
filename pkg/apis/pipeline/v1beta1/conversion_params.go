package v1beta1

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

// Values are the same in both versions, but objects built in code may lack the type that decoding always sets.

func typedParams(params v1.Params) v1.Params {
	if len(params) == 0 {
		return nil
	}
	for i := range params {
		typeValue(&params[i].Value)
	}
	return params
}

func typedParamSpecs(specs v1.ParamSpecs) v1.ParamSpecs {
	if len(specs) == 0 {
		return nil
	}
	for i := range specs {
		spec := &specs[i]
		if spec.Default != nil {
			typeValue(spec.Default)
		}
		if spec.Type == "" {
			spec.Type = inferredType(spec)
		}
	}
	return specs
}

// inferredType is the type that defaulting would give (contract 1 §4.2).
func inferredType(spec *v1.ParamSpec) v1.ParamType {
	switch {
	case spec.Properties != nil:
		return v1.ParamTypeObject
	case spec.Default != nil:
		return spec.Default.Type
	default:
		return v1.ParamTypeString
	}
}

func typeValue(value *v1.ParamValue) {
	if value.Type == "" {
		value.Type = v1.ParamTypeString
	}
}

func typedMatrix(matrix *v1.Matrix) *v1.Matrix {
	if matrix == nil || (len(matrix.Params) == 0 && len(matrix.Include) == 0) {
		return nil
	}
	matrix.Params = typedParams(matrix.Params)
	for i := range matrix.Include {
		matrix.Include[i].Params = typedParams(matrix.Include[i].Params)
	}
	return matrix
}

// convertAll converts every element; an empty list becomes an absent one.
func convertAll[From, To any](from []From, convert func(*From) To) []To {
	if len(from) == 0 {
		return nil
	}
	to := make([]To, len(from))
	for i := range from {
		to[i] = convert(&from[i])
	}
	return to
}
