package config

import (
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

// removedFlags are keys of earlier releases (contract 1 §7.4) with what became of each.
var removedFlags = []struct{ key, now string }{
	{KeyDisableAffinityAssistant, `it is deprecated; "true" is read as ` + KeyCoschedule + ": " + CoscheduleDisabled + " unless another mode is set there"},
	{"disable-home-env-overwrite", "it is ignored; HOME is never overwritten"},
	{"disable-working-directory-overwrite", "it is ignored; workingDir is never defaulted"},
	{"enable-tekton-oci-bundles", "it is ignored; use the bundles resolver"},
	{"enable-custom-tasks", "it is ignored; custom tasks are always on"},
	{"embedded-status", "it is ignored; the status always holds child references only"},
	{"custom-task-version", "it is ignored; custom tasks are always CustomRuns"},
	{"scope-when-expressions-to-task", "it is ignored; when expressions always guard the task only"},
	{"resource-verification-mode", "it is ignored; use " + KeyVerificationNoMatchPolicy},
}

// FeatureFlagNotes tells the operator about keys of the ConfigMap feature-flags that have lost their meaning. A shipped
// value of enable-tekton-oci-bundles, "false", is not worth a note.
func FeatureFlagNotes(data map[string]string) []string {
	var notes []string
	for _, flag := range removedFlags {
		value, ok := data[flag.key]
		if !ok || (flag.key == "enable-tekton-oci-bundles" && value == "false") {
			continue
		}
		notes = append(notes, fmt.Sprintf("feature flag %q: %s", flag.key, flag.now))
	}
	return notes
}

// DefaultsNotes tells the operator about unknown fields in the YAML values of the ConfigMap config-defaults, which are
// dropped. Values that do not parse at all are left to [NewDefaultsFromMap].
func DefaultsNotes(data map[string]string) []string {
	var notes []string
	for _, value := range []struct {
		key    string
		target any
	}{
		{KeyDefaultPodTemplate, &pod.Template{}},
		{KeyDefaultAAPodTemplate, &pod.AffinityAssistantTemplate{}},
	} {
		text, ok := data[value.key]
		if !ok || yaml.Unmarshal([]byte(text), value.target) != nil {
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(text), value.target); err != nil {
			notes = append(notes, fmt.Sprintf("%q: unknown fields are dropped: %v", value.key, err))
		}
	}
	return notes
}
