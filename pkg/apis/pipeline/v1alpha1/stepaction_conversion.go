package v1alpha1

import (
	"context"
	"fmt"

	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

var _ apis.Convertible = (*StepAction)(nil)

// ConvertTo writes the StepAction into a v1beta1 StepAction.
func (s *StepAction) ConvertTo(_ context.Context, to apis.Convertible) error {
	sink, ok := to.(*v1beta1.StepAction)
	if !ok {
		return fmt.Errorf("no conversion from v1alpha1 to type %T", to)
	}
	src := s.DeepCopy()
	sink.ObjectMeta, sink.Spec = src.ObjectMeta, src.Spec
	return nil
}

// ConvertFrom fills the StepAction from a v1beta1 StepAction.
func (s *StepAction) ConvertFrom(_ context.Context, from apis.Convertible) error {
	source, ok := from.(*v1beta1.StepAction)
	if !ok {
		return fmt.Errorf("no conversion from type %T to v1alpha1", from)
	}
	src := source.DeepCopy()
	s.ObjectMeta, s.Spec = src.ObjectMeta, src.Spec
	return nil
}
