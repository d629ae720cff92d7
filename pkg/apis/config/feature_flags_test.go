package config

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFeatureFlags(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data map[string]string
		want func(*FeatureFlags)
	}{
		"empty":        {nil, func(*FeatureFlags) {}},
		"unknown keys": {map[string]string{"_example": "x: [", "enable-step-actions": "maybe"}, func(*FeatureFlags) {}},
		"enumerations in any case": {
			map[string]string{
				"enable-api-fields": "ALPHA", "coschedule": "Isolate-PipelineRun", "results-from": "Sidecar-Logs",
				"trusted-resources-verification-no-match-policy": "FAIL", "enforce-nonfalsifiability": "Spire",
			},
			func(f *FeatureFlags) {
				f.EnableAPIFields = AlphaAPIFields
				f.Coschedule = CoscheduleIsolatePipelineRun
				f.ResultExtractionMethod = ResultsFromSidecarLogs
				f.VerificationNoMatchPolicy = FailNoMatchPolicy
				f.EnforceNonfalsifiability = EnforceNonfalsifiabilityWithSpire
			},
		},
		"every boolean turned": {
			map[string]string{
				"disable-creds-init": "1", "await-sidecar-readiness": "F", "running-in-environment-with-injected-sidecars": "0",
				"require-git-ssh-secret-known-hosts": "TRUE", "send-cloudevents-for-runs": "False", "enable-provenance-in-status": "f",
				"set-security-context": "t", "set-security-context-read-only-root-filesystem": "T", "keep-pod-on-cancel": "True",
				"enable-cel-in-whenexpression": "true", "enable-param-enum": "true", "enable-artifacts": "true",
				"enable-concise-resolver-syntax": "true", "enable-termination-message-compression": "true",
				"enable-kubernetes-sidecar": "true", "enable-wait-exponential-backoff": "true",
			},
			func(f *FeatureFlags) {
				*f = FeatureFlags{
					DisableCredsInit: true, RequireGitSSHSecretKnownHosts: true, SetSecurityContext: true,
					SetSecurityContextReadOnlyRootFilesystem: true, EnableKeepPodOnCancel: true, EnableCELInWhenExpression: true,
					EnableParamEnum: true, EnableArtifacts: true, EnableConciseResolverSyntax: true,
					EnableTerminationMessageCompression: true, EnableKubernetesSidecar: true, EnableWaitExponentialBackoff: true,
					EnableAPIFields: f.EnableAPIFields, Coschedule: f.Coschedule, ResultExtractionMethod: f.ResultExtractionMethod,
					VerificationNoMatchPolicy: f.VerificationNoMatchPolicy, EnforceNonfalsifiability: f.EnforceNonfalsifiability,
					MaxResultSize: f.MaxResultSize,
				}
			},
		},
		"result size":          {map[string]string{"max-result-size": "1572863"}, func(f *FeatureFlags) { f.MaxResultSize = 1572863 }},
		"negative result size": {map[string]string{"max-result-size": "-1"}, func(f *FeatureFlags) { f.MaxResultSize = -1 }},
		"old affinity assistant key": {
			map[string]string{"disable-affinity-assistant": "true"},
			func(f *FeatureFlags) { f.Coschedule = CoscheduleDisabled },
		},
		"old affinity assistant key with the mode it used to switch off": {
			map[string]string{"disable-affinity-assistant": "true", "coschedule": "workspaces"},
			func(f *FeatureFlags) { f.Coschedule = CoscheduleDisabled },
		},
		"old affinity assistant key with a newer mode": {
			map[string]string{"disable-affinity-assistant": "true", "coschedule": "pipelineruns"},
			func(f *FeatureFlags) { f.Coschedule = CoschedulePipelineRuns },
		},
		"old affinity assistant key off":     {map[string]string{"disable-affinity-assistant": "false"}, func(*FeatureFlags) {}},
		"old affinity assistant key garbled": {map[string]string{"disable-affinity-assistant": "x"}, func(*FeatureFlags) {}},
		"other old keys": {
			map[string]string{"embedded-status": "both", "enable-custom-tasks": "false", "enable-tekton-oci-bundles": "true"},
			func(*FeatureFlags) {},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := DefaultFeatureFlags()
			tc.want(want)
			got, err := NewFeatureFlagsFromMap(tc.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFeatureFlagErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ key, value, want string }{
		"bool": {
			"disable-creds-init", "maybe",
			`failed parsing feature flags config "maybe": strconv.ParseBool: parsing "maybe": invalid syntax for feature disable-creds-init`,
		},
		"own-flag bool": {
			"enable-param-enum", "on",
			`failed parsing feature flags config "on": strconv.ParseBool: parsing "on": invalid syntax for feature enable-param-enum`,
		},
		"enum":       {"enable-api-fields", "gamma", `invalid value for feature flag "enable-api-fields": "gamma"`},
		"empty enum": {"coschedule", "", `invalid value for feature flag "coschedule": ""`},
		"size":       {"max-result-size", "big", `strconv.Atoi: parsing "big": invalid syntax for feature max-result-size`},
		"size past the limit": {
			"max-result-size", "1572864",
			`invalid value for feature flag "results-from": "1572864". This is exceeding the CRD limit: max-result-size must be less than 1572864`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewFeatureFlagsFromMap(map[string]string{tc.key: tc.value})
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFeatureFlagsJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(DefaultFeatureFlags())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"runningInEnvWithInjectedSidecars":true,"enableAPIFields":"beta","sendCloudEventsForRuns":true,` +
		`"awaitSidecarReadiness":true,"enforceNonfalsifiability":"none","verificationNoMatchPolicy":"ignore",` +
		`"enableProvenanceInStatus":true,"resultExtractionMethod":"termination-message","maxResultSize":4096,"coschedule":"workspaces"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInlineSpecDisabled(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		"":                              nil,
		"taskrun":                       {"taskrun"},
		"pipeline, taskrun":             {"pipeline", "taskrun"},
		"pipeline,pipelinerun,taskrun":  {"pipeline", "pipelinerun", "taskrun"},
		"Pipeline,taskruns,,everything": nil,
	} {
		f := &FeatureFlags{DisableInlineSpec: value}
		var got []string
		for _, kind := range []string{InlineSpecPipeline, InlineSpecPipelineRun, InlineSpecTaskRun} {
			if f.InlineSpecDisabled(kind) {
				got = append(got, kind)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}

func TestFeatureFlagNotes(t *testing.T) {
	t.Parallel()
	got := FeatureFlagNotes(map[string]string{"embedded-status": "full", "enable-tekton-oci-bundles": "false", "coschedule": "disabled"})
	want := []string{`feature flag "embedded-status": it is ignored; the status always holds child references only`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFeatureFlagsDeepCopy(t *testing.T) {
	t.Parallel()
	original := DefaultFeatureFlags()
	copied := original.DeepCopy()
	copied.Coschedule = CoscheduleDisabled
	if original.Coschedule != CoscheduleWorkspaces {
		t.Error("the copy shares memory with the original")
	}
	if (*FeatureFlags)(nil).DeepCopy() != nil {
		t.Error("copy of nil is not nil")
	}
}
