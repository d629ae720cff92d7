package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data map[string]string
		want func(*Defaults)
	}{
		"empty": {nil, func(*Defaults) {}},
		"scalars": {
			map[string]string{
				"default-timeout-minutes": "0", "default-service-account": "", "default-managed-by-label-value": "me",
				"default-cloud-events-sink": "http://sink", "default-task-run-workspace-binding": "not: [parsed",
				"default-max-matrix-combinations-count": "3", "default-forbidden-env": " A, B ,,C", "default-resolver-type": "git",
				"default-imagepullbackoff-timeout": "5m", "default-create-container-error-timeout": "10s",
				"default-maximum-resolution-timeout": "2m", "default-sidecar-log-polling-interval": "1s",
				"default-step-ref-concurrency-limit": "1",
			},
			func(d *Defaults) {
				*d = Defaults{
					DefaultManagedByLabelValue: "me", DefaultCloudEventsSink: "http://sink", DefaultTaskRunWorkspaceBinding: "not: [parsed",
					DefaultMaxMatrixCombinationsCount: 3, DefaultForbiddenEnv: []string{"A", "B", "C"}, DefaultResolverType: "git",
					DefaultImagePullBackOffTimeout: 5 * time.Minute, DefaultCreateContainerErrorTimeout: 10 * time.Second,
					DefaultMaximumResolutionTimeout: 2 * time.Minute, DefaultSidecarLogPollingInterval: time.Second,
					DefaultStepRefConcurrencyLimit: 1,
				}
			},
		},
		"templates, unknown fields tolerated": {
			map[string]string{
				"default-pod-template":                    "nodeSelector: {a: b}\nunknown: 1",
				"default-affinity-assistant-pod-template": "serviceAccountName: aa",
			},
			func(d *Defaults) {
				d.DefaultPodTemplate = &pod.Template{NodeSelector: map[string]string{"a": "b"}}
				d.DefaultAAPodTemplate = &pod.AffinityAssistantTemplate{ServiceAccountName: "aa"}
			},
		},
		"runtime classes": {
			map[string]string{"default-prepare-runtime-classes": " kata,runc.v2 ,"},
			func(d *Defaults) { d.DefaultPrepareRuntimeClasses = []string{"kata", "runc.v2"} },
		},
		"requirements": {
			map[string]string{"default-container-resource-requirements": "prepare:\n  limits: {cpu: 1}"},
			func(d *Defaults) {
				d.DefaultContainerResourceRequirements = map[string]corev1.ResourceRequirements{
					"prepare": {Limits: corev1.ResourceList{"cpu": resource.MustParse("1")}},
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := DefaultDefaults()
			tc.want(want)
			got, err := NewDefaultsFromMap(tc.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultsErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ key, value, want string }{
		"timeout":     {"default-timeout-minutes", "x", `failed parsing default config "default-timeout-minutes"`},
		"matrix":      {"default-max-matrix-combinations-count", "", `failed parsing default config "default-max-matrix-combinations-count"`},
		"concurrency": {"default-step-ref-concurrency-limit", "x", `failed parsing default config "default-step-ref-concurrency-limit"`},
		"pull":        {"default-imagepullbackoff-timeout", "x", `failed parsing default config "default-imagepullbackoff-timeout"`},
		"create": {
			"default-create-container-error-timeout", "x",
			`failed parsing default config "default-create-container-error-timeout": time: invalid duration "x"`,
		},
		"resolution": {"default-maximum-resolution-timeout", "x", `failed parsing default config "default-maximum-resolution-timeout"`},
		"runtime classes": {
			"default-prepare-runtime-classes", "kata,*",
			`failed parsing default config "default-prepare-runtime-classes": "*" is no name of a runtime class: ` +
				`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an ` +
				`alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
		},
		"polling": {
			"default-sidecar-log-polling-interval", "x",
			`failed parsing default config "x": default-sidecar-log-polling-interval must be a duration`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewDefaultsFromMap(map[string]string{tc.key: tc.value})
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, key := range []string{KeyDefaultPodTemplate, KeyDefaultAAPodTemplate, KeyDefaultContainerResourceRequirements} {
		_, err := NewDefaultsFromMap(map[string]string{key: "tolerations: 1\nprepare: 1"})
		if want := "failed to unmarshal tolerations: 1\nprepare: 1: " + key; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error = %v, want prefix %q", key, err, want)
		}
	}
}

func TestDefaultsNotes(t *testing.T) {
	t.Parallel()
	if notes := DefaultsNotes(map[string]string{KeyDefaultPodTemplate: "hostNetwork: true"}); len(notes) > 0 {
		t.Errorf("notes about a good template: %v", notes)
	}
	notes := DefaultsNotes(map[string]string{KeyDefaultPodTemplate: "hostNetwrk: true", KeyDefaultAAPodTemplate: "["})
	if len(notes) != 1 || !strings.Contains(notes[0], "hostNetwrk") {
		t.Errorf("notes = %q, want one about hostNetwrk", notes)
	}
}

func TestContainerResources(t *testing.T) {
	t.Parallel()
	limits := func(cpu string) corev1.ResourceRequirements {
		return corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": resource.MustParse(cpu)}}
	}
	d := &Defaults{DefaultContainerResourceRequirements: map[string]corev1.ResourceRequirements{
		"step-a": limits("1"), "prefix-step": limits("2"), "prefix-step-b": limits("3"), "default": limits("4"),
	}}
	for name, tc := range map[string]struct {
		container string
		fallback  bool
		want      string
	}{
		"exact":          {"step-a", true, "1"},
		"prefix":         {"step-c", true, "2"},
		"longest prefix": {"step-b-1", true, "3"},
		"whole words":    {"stepping", true, "4"},
		"fallback":       {"prepare", true, "4"},
		"no fallback":    {"prepare", false, ""},
	} {
		got, ok := d.ContainerResources(tc.container, tc.fallback)
		if ok != (tc.want != "") {
			t.Errorf("%s: found = %v", name, ok)
		}
		if ok && got.Limits.Cpu().String() != tc.want {
			t.Errorf("%s: cpu = %v, want %s", name, got.Limits.Cpu(), tc.want)
		}
	}
}
