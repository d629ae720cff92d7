package matrix

import (
	"fmt"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// CheckTypes returns an error if, after substitution, a parameter of the matrix is no array or a parameter of an include
// entry is no string (contract 3 §5.2).
func CheckTypes(pipelineTask string, m *v1.Matrix) error {
	if m == nil {
		return nil
	}
	if err := only(v1.ParamTypeArray, m.Params, pipelineTask); err != nil {
		return err
	}
	for _, entry := range m.Include {
		if err := only(v1.ParamTypeString, entry.Params, pipelineTask); err != nil {
			return err
		}
	}
	return nil
}

func only(want v1.ParamType, params v1.Params, pipelineTask string) error {
	for _, p := range params {
		if p.Value.Type != want {
			return fmt.Errorf("parameters of type %s only are allowed, but param %q has type %q in pipelineTask %q",
				want, p.Name, p.Value.Type, pipelineTask)
		}
	}
	return nil
}
