package config

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// FeatureFlags is one parsed state of the ConfigMap feature-flags. Its JSON form is what status.provenance.featureFlags
// records (contract 1 §7.3): false, zero and empty members are left out.
type FeatureFlags struct {
	// DisableCredsInit stops the injection of credentials from ServiceAccounts.
	DisableCredsInit bool `json:"disableCredsInit,omitempty"`
	// RunningInEnvWithInjectedSidecars makes the first step wait for pod readiness although no sidecar is declared.
	RunningInEnvWithInjectedSidecars bool `json:"runningInEnvWithInjectedSidecars,omitempty"`
	// RequireGitSSHSecretKnownHosts refuses SSH secrets without known_hosts.
	RequireGitSSHSecretKnownHosts bool `json:"requireGitSSHSecretKnownHosts,omitempty"`
	// EnableAPIFields is StableAPIFields, BetaAPIFields or AlphaAPIFields.
	EnableAPIFields string `json:"enableAPIFields,omitempty"`
	// SendCloudEventsForRuns lets CustomRuns send CloudEvents.
	SendCloudEventsForRuns bool `json:"sendCloudEventsForRuns,omitempty"`
	// AwaitSidecarReadiness makes the first step wait for the sidecars.
	AwaitSidecarReadiness bool `json:"awaitSidecarReadiness,omitempty"`
	// EnforceNonfalsifiability is EnforceNonfalsifiabilityNone or EnforceNonfalsifiabilityWithSpire.
	EnforceNonfalsifiability string `json:"enforceNonfalsifiability,omitempty"`
	// EnableKeepPodOnCancel cancels a TaskRun inside its pod and keeps the pod.
	EnableKeepPodOnCancel bool `json:"enableKeepPodOnCancel,omitempty"`
	// VerificationNoMatchPolicy is IgnoreNoMatchPolicy, WarnNoMatchPolicy or FailNoMatchPolicy.
	VerificationNoMatchPolicy string `json:"verificationNoMatchPolicy,omitempty"`
	// EnableProvenanceInStatus fills status.provenance.
	EnableProvenanceInStatus bool `json:"enableProvenanceInStatus,omitempty"`
	// ResultExtractionMethod is ResultsFromTerminationMessage or ResultsFromSidecarLogs.
	ResultExtractionMethod string `json:"resultExtractionMethod,omitempty"`
	// MaxResultSize limits one result from sidecar logs, in bytes.
	MaxResultSize int `json:"maxResultSize,omitempty"`
	// SetSecurityContext restricts the security context of injected containers.
	SetSecurityContext bool `json:"setSecurityContext,omitempty"`
	// SetSecurityContextReadOnlyRootFilesystem also makes their root file system read-only.
	SetSecurityContextReadOnlyRootFilesystem bool `json:"setSecurityContextReadOnlyRootFilesystem,omitempty"`
	// Coschedule is one of the Coschedule constants.
	Coschedule string `json:"coschedule,omitempty"`
	// EnableCELInWhenExpression allows "cel" in when expressions.
	EnableCELInWhenExpression bool `json:"enableCELInWhenExpression,omitempty"`
	// EnableParamEnum allows "enum" in parameter declarations.
	EnableParamEnum bool `json:"enableParamEnum,omitempty"`
	// EnableArtifacts allows artifact variables.
	EnableArtifacts bool `json:"enableArtifacts,omitempty"`
	// DisableInlineSpec lists kinds, separated by commas; see [FeatureFlags.InlineSpecDisabled].
	DisableInlineSpec string `json:"disableInlineSpec,omitempty"`
	// EnableConciseResolverSyntax allows URL-like names in references.
	EnableConciseResolverSyntax bool `json:"enableConciseResolverSyntax,omitempty"`
	// EnableKubernetesSidecar runs sidecars as native Kubernetes sidecars.
	EnableKubernetesSidecar bool `json:"enableKubernetesSidecar,omitempty"`
	// EnableWaitExponentialBackoff retries the creation of child objects when the API server times out.
	EnableWaitExponentialBackoff bool `json:"enableWaitExponentialBackoff,omitempty"`
	// EnableTerminationMessageCompression compresses results in termination messages.
	EnableTerminationMessageCompression bool `json:"enableTerminationMessageCompression,omitempty"`

	// EnableStepActions is accepted in recorded provenance and never written: StepActions are always on.
	EnableStepActions bool `json:"enableStepActions,omitempty"`
	// EnableTektonOCIBundles is accepted in recorded provenance and never written: bundle references are gone.
	EnableTektonOCIBundles bool `json:"enableTektonOCIBundles,omitempty"`
}

// DefaultFeatureFlags returns the flags of an empty ConfigMap.
func DefaultFeatureFlags() *FeatureFlags {
	return &FeatureFlags{
		RunningInEnvWithInjectedSidecars: true,
		EnableAPIFields:                  BetaAPIFields,
		SendCloudEventsForRuns:           true,
		AwaitSidecarReadiness:            true,
		EnforceNonfalsifiability:         EnforceNonfalsifiabilityNone,
		VerificationNoMatchPolicy:        IgnoreNoMatchPolicy,
		EnableProvenanceInStatus:         true,
		ResultExtractionMethod:           ResultsFromTerminationMessage,
		MaxResultSize:                    DefaultMaxResultSize,
		Coschedule:                       CoscheduleWorkspaces,
	}
}

// NewFeatureFlagsFromConfigMap parses the data of a ConfigMap, see [NewFeatureFlagsFromMap].
func NewFeatureFlagsFromConfigMap(cm *corev1.ConfigMap) (*FeatureFlags, error) {
	return NewFeatureFlagsFromMap(cm.Data)
}

// NewFeatureFlagsFromMap parses the keys of contract 1 §7.1; unknown keys are ignored. The first bad value ends it with an
// error that names the key.
//
// The removed key disable-affinity-assistant is honoured in its old meaning: "true" turns coschedule "workspaces" (given or by
// default) into "disabled"; any other coschedule mode is a newer and more specific statement and wins. Every other value
// of the old key is ignored.
func NewFeatureFlagsFromMap(data map[string]string) (*FeatureFlags, error) {
	f := DefaultFeatureFlags()
	for _, s := range f.boolSettings() {
		if err := setBool(data, s.key, s.target); err != nil {
			return nil, err
		}
	}
	for _, s := range f.enumSettings() {
		if err := setEnum(data, s); err != nil {
			return nil, err
		}
	}
	if err := setMaxResultSize(data, &f.MaxResultSize); err != nil {
		return nil, err
	}
	f.DisableInlineSpec = data[KeyDisableInlineSpec]
	if old, err := strconv.ParseBool(data[KeyDisableAffinityAssistant]); err == nil && old && f.Coschedule == CoscheduleWorkspaces {
		f.Coschedule = CoscheduleDisabled
	}
	return f, nil
}

// InformerCacheTransforms reads enable-informer-cache-transforms, which applies from process start and is not part of the
// recorded flags. It is true unless switched off with a valid boolean (contract 1 §7.1).
func InformerCacheTransforms(data map[string]string) bool {
	on, err := strconv.ParseBool(data[KeyEnableInformerCacheTransforms])
	return err != nil || on
}

// InlineSpecDisabled tells whether disable-inline-spec lists the kind, one of the InlineSpec constants. Blanks around the
// words do not matter.
func (f *FeatureFlags) InlineSpecDisabled(kind string) bool {
	for word := range strings.SplitSeq(f.DisableInlineSpec, ",") {
		if strings.TrimSpace(word) == kind {
			return true
		}
	}
	return false
}

// DeepCopyInto copies f into out.
func (f *FeatureFlags) DeepCopyInto(out *FeatureFlags) { *out = *f }

// DeepCopy returns a copy of f, nil for nil.
func (f *FeatureFlags) DeepCopy() *FeatureFlags {
	if f == nil {
		return nil
	}
	out := *f
	return &out
}

type boolSetting struct {
	key    string
	target *bool
}

func (f *FeatureFlags) boolSettings() []boolSetting {
	return []boolSetting{
		{KeyDisableCredsInit, &f.DisableCredsInit},
		{KeyAwaitSidecarReadiness, &f.AwaitSidecarReadiness},
		{KeyRunningInEnvWithInjectedSidecars, &f.RunningInEnvWithInjectedSidecars},
		{KeyRequireGitSSHSecretKnownHosts, &f.RequireGitSSHSecretKnownHosts},
		{KeySendCloudEventsForRuns, &f.SendCloudEventsForRuns},
		{KeyEnableProvenanceInStatus, &f.EnableProvenanceInStatus},
		{KeySetSecurityContext, &f.SetSecurityContext},
		{KeySetSecurityContextReadOnlyRootFilesystem, &f.SetSecurityContextReadOnlyRootFilesystem},
		{KeyKeepPodOnCancel, &f.EnableKeepPodOnCancel},
		{KeyEnableCELInWhenExpression, &f.EnableCELInWhenExpression},
		{KeyEnableParamEnum, &f.EnableParamEnum},
		{KeyEnableArtifacts, &f.EnableArtifacts},
		{KeyEnableConciseResolverSyntax, &f.EnableConciseResolverSyntax},
		{KeyEnableTerminationMessageCompression, &f.EnableTerminationMessageCompression},
		{KeyEnableKubernetesSidecar, &f.EnableKubernetesSidecar},
		{KeyEnableWaitExponentialBackoff, &f.EnableWaitExponentialBackoff},
	}
}

type enumSetting struct {
	key    string
	values []string
	target *string
}

func (f *FeatureFlags) enumSettings() []enumSetting {
	return []enumSetting{
		{KeyEnableAPIFields, []string{StableAPIFields, BetaAPIFields, AlphaAPIFields}, &f.EnableAPIFields},
		{KeyCoschedule, []string{CoscheduleWorkspaces, CoschedulePipelineRuns, CoscheduleIsolatePipelineRun, CoscheduleDisabled}, &f.Coschedule},
		{KeyVerificationNoMatchPolicy, []string{IgnoreNoMatchPolicy, WarnNoMatchPolicy, FailNoMatchPolicy}, &f.VerificationNoMatchPolicy},
		{KeyEnforceNonfalsifiability, []string{EnforceNonfalsifiabilityNone, EnforceNonfalsifiabilityWithSpire}, &f.EnforceNonfalsifiability},
		{KeyResultsFrom, []string{ResultsFromTerminationMessage, ResultsFromSidecarLogs}, &f.ResultExtractionMethod},
	}
}

func setBool(data map[string]string, key string, target *bool) error {
	text, ok := data[key]
	if !ok {
		return nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("failed parsing feature flags config %q: %w for feature %s", text, err, key)
	}
	*target = value
	return nil
}

func setEnum(data map[string]string, s enumSetting) error {
	text, ok := data[s.key]
	if !ok {
		return nil
	}
	for _, value := range s.values {
		if strings.EqualFold(text, value) {
			*s.target = value
			return nil
		}
	}
	return fmt.Errorf("invalid value for feature flag %q: %q", s.key, text)
}

// setMaxResultSize keeps the contract's text for sizes past the limit, which names the wrong key, and adds the right one.
func setMaxResultSize(data map[string]string, target *int) error {
	text, ok := data[KeyMaxResultSize]
	if !ok {
		return nil
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("%w for feature %s", err, KeyMaxResultSize)
	}
	if value >= MaxResultSizeLimit {
		return fmt.Errorf("invalid value for feature flag %q: %q. This is exceeding the CRD limit: %s must be less than %d",
			KeyResultsFrom, text, KeyMaxResultSize, MaxResultSizeLimit)
	}
	*target = value
	return nil
}
