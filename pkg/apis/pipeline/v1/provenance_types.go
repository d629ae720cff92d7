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
	// Flag disable-creds-init.
	// +optional
	DisableCredsInit bool `json:"disableCredsInit,omitempty"`
	// Flag running-in-environment-with-injected-sidecars.
	// +optional
	RunningInEnvWithInjectedSidecars bool `json:"runningInEnvWithInjectedSidecars,omitempty"`
	// Flag require-git-ssh-secret-known-hosts.
	// +optional
	RequireGitSSHSecretKnownHosts bool `json:"requireGitSSHSecretKnownHosts,omitempty"`
	// Flag enable-api-fields.
	// +optional
	EnableAPIFields string `json:"enableAPIFields,omitempty"`
	// Flag send-cloudevents-for-runs.
	// +optional
	SendCloudEventsForRuns bool `json:"sendCloudEventsForRuns,omitempty"`
	// Flag await-sidecar-readiness.
	// +optional
	AwaitSidecarReadiness bool `json:"awaitSidecarReadiness,omitempty"`
	// Flag enforce-nonfalsifiability.
	// +optional
	EnforceNonfalsifiability string `json:"enforceNonfalsifiability,omitempty"`
	// Flag keep-pod-on-cancel.
	// +optional
	EnableKeepPodOnCancel bool `json:"enableKeepPodOnCancel,omitempty"`
	// Flag trusted-resources-verification-no-match-policy.
	// +optional
	VerificationNoMatchPolicy string `json:"verificationNoMatchPolicy,omitempty"`
	// Flag enable-provenance-in-status.
	// +optional
	EnableProvenanceInStatus bool `json:"enableProvenanceInStatus,omitempty"`
	// Flag results-from.
	// +optional
	ResultExtractionMethod string `json:"resultExtractionMethod,omitempty"`
	// Flag max-result-size.
	// +optional
	MaxResultSize int `json:"maxResultSize,omitempty"`
	// Flag set-security-context.
	// +optional
	SetSecurityContext bool `json:"setSecurityContext,omitempty"`
	// Flag set-security-context-read-only-root-filesystem.
	// +optional
	SetSecurityContextReadOnlyRootFilesystem bool `json:"setSecurityContextReadOnlyRootFilesystem,omitempty"`
	// Flag coschedule.
	// +optional
	Coschedule string `json:"coschedule,omitempty"`
	// Flag enable-cel-in-whenexpression.
	// +optional
	EnableCELInWhenExpression bool `json:"enableCELInWhenExpression,omitempty"`
	// Flag enable-param-enum.
	// +optional
	EnableParamEnum bool `json:"enableParamEnum,omitempty"`
	// Flag enable-artifacts.
	// +optional
	EnableArtifacts bool `json:"enableArtifacts,omitempty"`
	// Flag disable-inline-spec.
	// +optional
	DisableInlineSpec string `json:"disableInlineSpec,omitempty"`
	// Flag enable-concise-resolver-syntax.
	// +optional
	EnableConciseResolverSyntax bool `json:"enableConciseResolverSyntax,omitempty"`
	// Flag enable-kubernetes-sidecar.
	// +optional
	EnableKubernetesSidecar bool `json:"enableKubernetesSidecar,omitempty"`
	// Flag enable-wait-exponential-backoff.
	// +optional
	EnableWaitExponentialBackoff bool `json:"enableWaitExponentialBackoff,omitempty"`
	// Flag enable-termination-message-compression.
	// +optional
	EnableTerminationMessageCompression bool `json:"enableTerminationMessageCompression,omitempty"`

	// Accepted in stored objects, never written.
	// +optional
	EnableStepActions bool `json:"enableStepActions,omitempty"`
	// Accepted in stored objects, never written.
	// +optional
	EnableTektonOCIBundles bool `json:"enableTektonOCIBundles,omitempty"`
}
