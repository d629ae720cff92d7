package v1

// Provenance says where a definition came from and which settings applied.
type Provenance struct {
	// Source of a definition that a resolver fetched.
	// +optional
	RefSource *RefSource `json:"refSource,omitempty"`

	// Feature flags in effect; false, zero and empty ones are left out.
	// +optional
	FeatureFlags *FeatureFlags `json:"featureFlags,omitempty"`
}

// RefSource identifies the source of a definition.
type RefSource struct {
	// Place of the source, such as the address of a repository or image.
	// +optional
	URI string `json:"uri,omitempty"`

	// Digests of the content in hex, by algorithm.
	// +optional
	Digest map[string]string `json:"digest,omitempty"`

	// Path of the definition inside the source.
	// +optional
	EntryPoint string `json:"entryPoint,omitempty"`
}

// FeatureFlags is the record of the feature flags in effect (contract 1 §7.3).
type FeatureFlags struct {
	// +optional
	DisableCredsInit bool `json:"disableCredsInit,omitempty"`
	// +optional
	RunningInEnvWithInjectedSidecars bool `json:"runningInEnvWithInjectedSidecars,omitempty"`
	// +optional
	RequireGitSSHSecretKnownHosts bool `json:"requireGitSSHSecretKnownHosts,omitempty"`
	// +optional
	EnableAPIFields string `json:"enableAPIFields,omitempty"`
	// +optional
	SendCloudEventsForRuns bool `json:"sendCloudEventsForRuns,omitempty"`
	// +optional
	AwaitSidecarReadiness bool `json:"awaitSidecarReadiness,omitempty"`
	// +optional
	EnforceNonfalsifiability string `json:"enforceNonfalsifiability,omitempty"`
	// +optional
	EnableKeepPodOnCancel bool `json:"enableKeepPodOnCancel,omitempty"`
	// +optional
	VerificationNoMatchPolicy string `json:"verificationNoMatchPolicy,omitempty"`
	// +optional
	EnableProvenanceInStatus bool `json:"enableProvenanceInStatus,omitempty"`
	// +optional
	ResultExtractionMethod string `json:"resultExtractionMethod,omitempty"`
	// +optional
	MaxResultSize int `json:"maxResultSize,omitempty"`
	// +optional
	SetSecurityContext bool `json:"setSecurityContext,omitempty"`
	// +optional
	SetSecurityContextReadOnlyRootFilesystem bool `json:"setSecurityContextReadOnlyRootFilesystem,omitempty"`
	// +optional
	Coschedule string `json:"coschedule,omitempty"`
	// +optional
	EnableCELInWhenExpression bool `json:"enableCELInWhenExpression,omitempty"`
	// +optional
	EnableParamEnum bool `json:"enableParamEnum,omitempty"`
	// +optional
	EnableArtifacts bool `json:"enableArtifacts,omitempty"`
	// +optional
	DisableInlineSpec string `json:"disableInlineSpec,omitempty"`
	// +optional
	EnableConciseResolverSyntax bool `json:"enableConciseResolverSyntax,omitempty"`
	// +optional
	EnableKubernetesSidecar bool `json:"enableKubernetesSidecar,omitempty"`
	// +optional
	EnableWaitExponentialBackoff bool `json:"enableWaitExponentialBackoff,omitempty"`
	// +optional
	EnableTerminationMessageCompression bool `json:"enableTerminationMessageCompression,omitempty"`

	// Accepted in stored objects, never written.
	// +optional
	EnableStepActions bool `json:"enableStepActions,omitempty"`
	// Accepted in stored objects, never written.
	// +optional
	EnableTektonOCIBundles bool `json:"enableTektonOCIBundles,omitempty"`
}
