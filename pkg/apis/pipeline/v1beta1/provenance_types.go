package v1beta1

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

// Provenance says where a definition came from and which settings applied.
type Provenance struct {
	// Source of a definition that a resolver fetched; replaced by refSource.
	// +optional
	ConfigSource *v1.RefSource `json:"configSource,omitempty"`

	// Source of a definition that a resolver fetched.
	// +optional
	RefSource *v1.RefSource `json:"refSource,omitempty"`

	// Feature flags in effect; false, zero and empty ones are left out.
	// +optional
	FeatureFlags *v1.FeatureFlags `json:"featureFlags,omitempty"`
}
