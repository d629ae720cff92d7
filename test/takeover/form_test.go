package takeover

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/podstatus"
	"github.com/tenon-ci/tenon/pkg/termination"
)

// pods are those that Tenon makes, one for each feature, beside their runs.
const pods = "../../pkg/podbuild/testdata"

func read(t *testing.T, into any, path ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestPodsThatAnotherEngineGoesOnWith checks what the other engine looks at in a pod (contract 2 §1.7, §1.11, §2.1, §2.3, §2.10): who
// owns it, which of its containers are steps and sidecars, and in what order they are.
func TestPodsThatAnotherEngineGoesOnWith(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(pods + "/*")
	if err != nil || len(cases) < 20 {
		t.Fatalf("%d pods, %v", len(cases), err)
	}
	for _, dir := range cases {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			var tr v1.TaskRun
			var pod corev1.Pod
			read(t, &tr, dir, "taskrun.yaml")
			read(t, &pod, dir, "pod.golden.yaml")
			checkIdentity(t, &tr, &pod)
			checkContainers(t, &pod)
			if podstatus.IsForeign(&pod) {
				t.Error("Tenon would take its own pod for that of another engine")
			}
		})
	}
}

func checkIdentity(t *testing.T, tr *v1.TaskRun, pod *corev1.Pod) {
	t.Helper()
	owner := pod.OwnerReferences
	if len(owner) != 1 || owner[0].Kind != "TaskRun" || owner[0].APIVersion != "tekton.dev/v1" || owner[0].Name != tr.Name || owner[0].Controller == nil || !*owner[0].Controller {
		t.Errorf("owners %+v", owner)
	}
	if pod.Labels["tekton.dev/taskRun"] != tr.Name || pod.Labels["tekton.dev/taskRunUID"] != string(tr.UID) || pod.Labels["app.kubernetes.io/managed-by"] == "" {
		t.Errorf("labels %v", pod.Labels)
	}
	if !strings.HasPrefix(pod.Name, tr.Name+"-pod") || pod.Spec.RestartPolicy != corev1.RestartPolicyNever {
		t.Errorf("name %s, restart policy %s", pod.Name, pod.Spec.RestartPolicy)
	}
	if value, set := pod.Annotations["tekton.dev/ready"]; set && value != "READY" {
		t.Errorf("annotation tekton.dev/ready is %q", value)
	}
	if _, set := pod.Annotations["tekton.dev/cancel"]; set {
		t.Error("the pod is cancelled from the start")
	}
}

// checkContainers checks that every container is a step or a sidecar by its name, or one that the other engine has too, and that none
// but steps and sidecars has to be ready or has to be stopped: prepare has no probe, and ends by itself.
func checkContainers(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	known := func(name string) bool {
		return name == "prepare" || name == "sidecar" || strings.HasPrefix(name, "sidecar-") || strings.HasPrefix(name, "step-")
	}
	var steps []int
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if !known(c.Name) {
			t.Errorf("container %s", c.Name)
		}
		if c.Name == "prepare" && (i != 0 || c.ReadinessProbe != nil) {
			t.Errorf("prepare is container %d, readiness probe %v", i, c.ReadinessProbe)
		}
		if strings.HasPrefix(c.Name, "step-") {
			steps = append(steps, i)
			if c.TerminationMessagePath == "" || c.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError {
				t.Errorf("%s leaves its message at %q, policy %q", c.Name, c.TerminationMessagePath, c.TerminationMessagePolicy)
			}
		}
	}
	for i := range pod.Spec.InitContainers {
		if !known(pod.Spec.InitContainers[i].Name) {
			t.Errorf("init container %s", pod.Spec.InitContainers[i].Name)
		}
	}
	if len(steps) == 0 || steps[len(steps)-1]-steps[0] != len(steps)-1 {
		t.Errorf("steps at %v", steps)
	}
}

// message reads a termination message by the words of contract 2 §4.3 alone.
func message(t *testing.T, text string) map[string]string {
	t.Helper()
	if packed, ok := strings.CutPrefix(text, "tknz:"); ok {
		raw, err := base64.RawStdEncoding.DecodeString(packed)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
		if err != nil {
			t.Fatal(err)
		}
		text = string(plain)
	}
	var entries []struct {
		Key, Value string
		Type       int
	}
	if err := json.Unmarshal([]byte(text), &entries); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Key+"/"+[]string{"", "result", "", "internal", "step result", "step artifacts", "task artifacts"}[e.Type]] = e.Value
	}
	return out
}

// TestMessagesThatAnotherEngineReads has what the runner of Tenon leaves when steps end.
func TestMessagesThatAnotherEngineReads(t *testing.T) {
	t.Parallel()
	started := time.Date(2026, 3, 1, 12, 0, 3, 250e6, time.UTC)
	seven := 7
	for name, tc := range map[string]struct {
		book    termination.Bookkeeping
		entries []termination.Entry
		want    map[string]string
	}{
		"success": {
			termination.Bookkeeping{StartedAt: started},
			[]termination.Entry{
				{Key: "r", Value: "<a&b>\n", Type: termination.TaskResult}, {Key: "s", Value: `["x"]`, Type: termination.StepResult},
				{Key: "p", Value: "{}", Type: termination.StepArtifacts}, {Key: "q", Value: "{}", Type: termination.TaskArtifacts},
			},
			map[string]string{
				"StartedAt/internal": "2026-03-01T12:00:03.250Z", "r/result": "<a&b>\n", "s/step result": `["x"]`, "p/step artifacts": "{}", "q/task artifacts": "{}",
			},
		},
		"an error that is ignored": {
			termination.Bookkeeping{StartedAt: started, ExitCode: &seven, Reason: termination.Continued}, nil,
			map[string]string{"StartedAt/internal": "2026-03-01T12:00:03.250Z", "ExitCode/internal": "7", "Reason/internal": "Continued"},
		},
		"skipped":  {termination.Bookkeeping{Reason: termination.Skipped}, nil, map[string]string{"Reason/internal": "Skipped"}},
		"too slow": {termination.Bookkeeping{Reason: termination.TimeoutExceeded}, nil, map[string]string{"Reason/internal": "TimeoutExceeded"}},
	} {
		for _, compress := range []bool{false, true} {
			text, err := termination.Encode(append(tc.book.Entries(), tc.entries...), termination.EncodeOptions{Limit: 4096, Compress: compress})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, message(t, text)); diff != "" {
				t.Errorf("%s, compressed %v (-want +got):\n%s", name, compress, diff)
			}
		}
	}
}

// TestSettingsOfAnotherEngine keeps to values that an operator has set, and to defaults where there are keys that nobody knows.
func TestSettingsOfAnotherEngine(t *testing.T) {
	t.Parallel()
	data := map[string]string{
		"disable-affinity-assistant": "true", "enable-tekton-oci-bundles": "true", "enable-custom-tasks": "true", "some-future-flag": "x",
		"coschedule": "disabled", "results-from": "sidecar-logs", "max-result-size": "8192", "keep-pod-on-cancel": "true",
		"enable-api-fields": "alpha", "set-security-context": "true", "_example": "anything",
	}
	flags, err := config.NewFeatureFlagsFromMap(data)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{flags.Coschedule, flags.ResultExtractionMethod, flags.MaxResultSize, flags.EnableKeepPodOnCancel, flags.EnableAPIFields, flags.SetSecurityContext}
	if diff := cmp.Diff([]any{"disabled", "sidecar-logs", 8192, true, "alpha", true}, got); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
	defaults, err := config.NewDefaultsFromMap(map[string]string{"default-timeout-minutes": "17", "default-service-account": "robot", "some-future-default": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if defaults.Timeout() != 17*time.Minute || defaults.DefaultServiceAccount != "robot" {
		t.Errorf("defaults: timeout %s, service account %s", defaults.Timeout(), defaults.DefaultServiceAccount)
	}
}
