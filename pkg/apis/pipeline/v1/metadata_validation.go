package v1

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"
)

const maxNameLength = validation.DNS1123LabelMaxLength

// ValidateObjectMetadata applies rules M (contract 1 §5.1): the name is a DNS subdomain of at most 63 characters. A name
// that is still to be generated passes.
func ValidateObjectMetadata(meta metav1.Object) *apis.FieldError {
	name := meta.GetName()
	if name == "" && meta.GetGenerateName() != "" {
		return nil
	}
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return apis.ErrGeneric(fmt.Sprintf("invalid resource name %q: must be a valid DNS label", name), "metadata.name")
	}
	if len(name) > maxNameLength {
		return apis.ErrGeneric("Invalid resource name: length must be no more than 63 characters", "metadata.name")
	}
	return nil
}
