package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

const shippedDir = "../../../config/400-configmaps"

// shipped returns the data of an installed ConfigMap and the documented block in it.
func shipped(t *testing.T, file string) (data, example map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shippedDir, file))
	if err != nil {
		t.Fatal(err)
	}
	cm := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(text, cm); err != nil {
		t.Fatalf("reading %s: %v", file, err)
	}
	if got, want := cm.Labels["app.kubernetes.io/part-of"], "tekton-pipelines"; got != want {
		t.Errorf("label part-of = %q, want %q", got, want)
	}
	if err := yaml.UnmarshalStrict([]byte(cm.Data["_example"]), &example); err != nil {
		t.Fatalf("reading the documented block of %s: %v", file, err)
	}
	return cm.Data, example
}

func TestShippedFeatureFlags(t *testing.T) {
	t.Parallel()
	data, example := shipped(t, "feature-flags.yaml")
	for name, values := range map[string]map[string]string{"shipped": data, "documented": example} {
		got, err := NewFeatureFlagsFromMap(values)
		if err != nil {
			t.Fatalf("%s values: %v", name, err)
		}
		if diff := cmp.Diff(DefaultFeatureFlags(), got); diff != "" {
			t.Errorf("%s values differ from the compiled-in ones (-compiled +%s):\n%s", name, name, diff)
		}
		if !InformerCacheTransforms(values) {
			t.Errorf("%s values switch informer cache transforms off", name)
		}
		if notes := FeatureFlagNotes(values); len(notes) > 0 {
			t.Errorf("%s values cause notes: %v", name, notes)
		}
	}
	documented(t, example, append(featureFlagKeys(), KeyEnableInformerCacheTransforms, KeyDisableInlineSpec, KeyMaxResultSize), nil)
}

func TestShippedDefaults(t *testing.T) {
	t.Parallel()
	data, example := shipped(t, "config-defaults.yaml")
	for name, values := range map[string]map[string]string{"shipped": data, "documented": example} {
		got, err := NewDefaultsFromMap(values)
		if err != nil {
			t.Fatalf("%s values: %v", name, err)
		}
		if diff := cmp.Diff(DefaultDefaults(), got); diff != "" {
			t.Errorf("%s values differ from the compiled-in ones (-compiled +%s):\n%s", name, name, diff)
		}
	}
	documented(t, example, []string{
		KeyDefaultTimeoutMinutes, KeyDefaultServiceAccount, KeyDefaultManagedByLabelValue, KeyDefaultCloudEventsSink,
		KeyDefaultMaxMatrixCombinationsCount, KeyDefaultForbiddenEnv, KeyDefaultResolverType, KeyDefaultImagePullBackOffTimeout,
		KeyDefaultCreateContainerErrorTimeout, KeyDefaultMaximumResolutionTimeout, KeyDefaultSidecarLogPollingInterval,
		KeyDefaultStepRefConcurrencyLimit, KeyDefaultPrepareInInitContainer, KeyDefaultPrepareRuntimeClasses,
	}, []string{KeyDefaultPodTemplate, KeyDefaultAAPodTemplate, KeyDefaultTaskRunWorkspaceBinding, KeyDefaultContainerResourceRequirements})
}

// documented checks that the block holds exactly the given keys, and mentions those that have no value by default.
func documented(t *testing.T, example map[string]string, keys, mentioned []string) {
	t.Helper()
	want := map[string]bool{}
	for _, key := range keys {
		want[key] = true
	}
	got := map[string]bool{}
	for key := range example {
		got[key] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documented keys (-want +got):\n%s", diff)
	}
	for _, key := range mentioned {
		if got[key] {
			t.Errorf("%s has a documented value but is unset by default", key)
		}
	}
}

func featureFlagKeys() []string {
	f := &FeatureFlags{}
	var keys []string
	for _, s := range f.boolSettings() {
		keys = append(keys, s.key)
	}
	for _, s := range f.enumSettings() {
		keys = append(keys, s.key)
	}
	return keys
}

func TestShippedSmallConfigs(t *testing.T) {
	t.Parallel()
	_, example := shipped(t, "config-events.yaml")
	events, err := NewEventsFromMap(example)
	if diff := cmp.Diff(DefaultEvents(), events); diff != "" || err != nil {
		t.Errorf("events: error %v (-compiled +documented):\n%s", err, diff)
	}
	_, example = shipped(t, "config-tracing.yaml")
	tracing, err := NewTracingFromMap(example)
	if diff := cmp.Diff(DefaultTracing(), tracing); diff != "" || err != nil {
		t.Errorf("tracing: error %v (-compiled +documented):\n%s", err, diff)
	}
	data, _ := shipped(t, "config-wait-exponential-backoff.yaml")
	backoff, err := NewWaitExponentialBackoffFromMap(data)
	want := &WaitExponentialBackoff{Duration: 10 * time.Second, Factor: 2, Steps: 5, Cap: time.Minute}
	if diff := cmp.Diff(want, backoff); diff != "" || err != nil {
		t.Errorf("wait exponential backoff: error %v (-want +shipped):\n%s", err, diff)
	}
}
