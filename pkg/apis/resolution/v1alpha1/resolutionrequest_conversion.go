package v1alpha1

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"knative.dev/pkg/apis"

	pipelinev1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/resolution"
	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

var _ apis.Convertible = (*ResolutionRequest)(nil)

// urlAnnotationKey holds, on a v1alpha1 object, the URL-like name, for which that version has no member.
const urlAnnotationKey = resolution.GroupName + "/v1beta1-url"

// ConvertTo writes the request into a v1beta1 ResolutionRequest.
func (rr *ResolutionRequest) ConvertTo(_ context.Context, to apis.Convertible) error {
	sink, ok := to.(*v1beta1.ResolutionRequest)
	if !ok {
		return fmt.Errorf("no conversion from v1alpha1 to type %T", to)
	}
	src := rr.DeepCopy()
	sink.ObjectMeta = src.ObjectMeta
	sink.Spec = v1beta1.ResolutionRequestSpec{}
	for _, name := range slices.Sorted(maps.Keys(src.Spec.Parameters)) {
		value := pipelinev1.NewString(src.Spec.Parameters[name])
		sink.Spec.Params = append(sink.Spec.Params, pipelinev1.Param{Name: name, Value: *value})
	}
	if url, ok := sink.Annotations[urlAnnotationKey]; ok {
		sink.Spec.URL = url
		delete(sink.Annotations, urlAnnotationKey)
	}
	sink.Status = v1beta1.ResolutionRequestStatus{Status: src.Status.Status}
	sink.Status.Data = src.Status.Data
	sink.Status.RefSource = src.Status.RefSource
	sink.Status.Source = src.Status.RefSource.DeepCopy()
	return nil
}

// ConvertFrom fills the request from a v1beta1 ResolutionRequest. Only string parameters fit.
func (rr *ResolutionRequest) ConvertFrom(_ context.Context, from apis.Convertible) error {
	source, ok := from.(*v1beta1.ResolutionRequest)
	if !ok {
		return fmt.Errorf("no conversion from type %T to v1alpha1", from)
	}
	src := source.DeepCopy()
	spec, err := specFrom(src.Spec.Params)
	if err != nil {
		return err
	}
	rr.ObjectMeta = src.ObjectMeta
	rr.Spec = spec
	if src.Spec.URL != "" {
		if rr.Annotations == nil {
			rr.Annotations = map[string]string{}
		}
		rr.Annotations[urlAnnotationKey] = src.Spec.URL
	}
	rr.Status = ResolutionRequestStatus{Status: src.Status.Status}
	rr.Status.Data = src.Status.Data
	rr.Status.RefSource = src.Status.RefSource
	if rr.Status.RefSource == nil {
		rr.Status.RefSource = src.Status.Source
	}
	return nil
}

func specFrom(params pipelinev1.Params) (ResolutionRequestSpec, error) {
	var spec ResolutionRequestSpec
	var misfits []string
	for _, param := range params {
		switch param.Value.Type {
		case pipelinev1.ParamTypeArray, pipelinev1.ParamTypeObject:
			misfits = append(misfits, param.Name)
		default:
			if spec.Parameters == nil {
				spec.Parameters = map[string]string{}
			}
			spec.Parameters[param.Name] = param.Value.StringVal
		}
	}
	if len(misfits) > 0 {
		return spec, fmt.Errorf("cannot convert to v1alpha1, these params are not strings: %s", strings.Join(misfits, ", "))
	}
	return spec, nil
}
