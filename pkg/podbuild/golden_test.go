package podbuild_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/credentials"
	"github.com/tenon-ci/tenon/pkg/imageinfo"
	"github.com/tenon-ci/tenon/pkg/podbuild"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// settings is the content of a case's config.yaml; the file may be absent.
type settings struct {
	FeatureFlags   map[string]string    `json:"featureFlags"`
	Defaults       map[string]string    `json:"defaults"`
	NativeSidecars bool                 `json:"nativeSidecars"`
	Images         []image              `json:"images"`
	Secrets        []*corev1.Secret     `json:"secrets"`
	LimitRanges    []*corev1.LimitRange `json:"limitRanges"`
}

type image struct {
	Name      string               `json:"name"`
	Ref       string               `json:"ref"`
	Platforms []imageinfo.Platform `json:"platforms"`
}

// helperImages are the same in every test.
var helperImages = podbuild.Images{
	Entrypoint:     "registry.example/entrypoint@sha256:e",
	EntrypointCEL:  "registry.example/entrypoint-cel@sha256:c",
	ResultsSidecar: "registry.example/sidecarlogresults@sha256:r",
}

// TestGolden builds the Pod of every directory below testdata: taskrun.yaml and task.yaml, under config.yaml, give
// pod.golden.yaml.
func TestGolden(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/*")
	if err != nil || len(cases) < 20 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, dir := range cases {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			pod, err := podbuild.Build(load(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			got, err := yaml.Marshal(pod)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join(dir, "pod.golden.yaml")
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("pod (-want +got), run with -update to accept:\n%s", diff)
			}
		})
	}
}

// TestInvariants checks what must hold for every Pod: Kubernetes accepts its mounts, the Pod is prepared once, by an init
// container or by the first ordinary container, which holds the others back, and a step can write nowhere where it could forge another step's data (contract 2 §2.6).
func TestInvariants(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range cases {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			pod := build(t, load(t, dir))
			volumes := map[string]bool{}
			for _, v := range pod.Spec.Volumes {
				volumes[v.Name] = true
			}
			prepared := 0
			for _, c := range pod.Spec.InitContainers {
				if c.RestartPolicy == nil {
					prepared++
				}
				checkMounts(t, c, volumes)
			}
			steps := 0
			for i, c := range pod.Spec.Containers {
				checkMounts(t, c, volumes)
				if i == 0 && c.Name == podbuild.PrepareContainer && c.Lifecycle.PostStart != nil {
					prepared++
				}
				if strings.HasPrefix(c.Name, "step-") {
					checkWritable(t, c, steps)
					steps++
				}
			}
			if prepared != 1 {
				t.Errorf("the Pod is prepared %d times, want once", prepared)
			}
		})
	}
}

func checkMounts(t *testing.T, c corev1.Container, volumes map[string]bool) {
	t.Helper()
	paths := map[string]bool{}
	for _, m := range c.VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("%s mounts volume %q, which the pod does not have", c.Name, m.Name)
		}
		if paths[filepath.Clean(m.MountPath)] {
			t.Errorf("%s mounts two volumes at %s", c.Name, m.MountPath)
		}
		paths[filepath.Clean(m.MountPath)] = true
	}
}

// maxInternalMounts is the most mounts of our own that a step has without credentials, artifacts and breakpoints.
const maxInternalMounts = 8

func internalMounts(c corev1.Container) int {
	n := 0
	for _, m := range c.VolumeMounts {
		if strings.HasPrefix(m.Name, podbuild.VolumePrefix) && m.Name != podbuild.ArtifactsVolume && !strings.HasPrefix(m.Name, podbuild.VolumePrefix+"debug") {
			n++
		}
	}
	return n
}

func checkWritable(t *testing.T, c corev1.Container, index int) {
	t.Helper()
	own := fmt.Sprintf("/tekton/run/%d", index)
	writable := false
	for _, m := range c.VolumeMounts {
		guarded := strings.HasPrefix(m.MountPath, "/tekton/run/") && m.MountPath != own ||
			slices.Contains([]string{"/tekton/steps", "/tekton/run", "/tekton/scripts", "/tekton/downward", "/tekton/debug/scripts"}, m.MountPath)
		if guarded && !m.ReadOnly {
			t.Errorf("%s can write to %s", c.Name, m.MountPath)
		}
		writable = writable || m.MountPath == own && !m.ReadOnly && m.Name == podbuild.RunVolume && m.SubPath == strconv.Itoa(index)
	}
	if !writable {
		t.Errorf("%s cannot write to its part of %s", c.Name, own)
	}
	if ours := internalMounts(c); ours > maxInternalMounts {
		t.Errorf("%s has %d mounts of our own, more than %d", c.Name, ours, maxInternalMounts)
	}
}

// load makes the Input of a case.
func load(t testing.TB, dir string) podbuild.Input {
	t.Helper()
	var s settings
	read(t, filepath.Join(dir, "config.yaml"), &s)
	flags, err := config.NewFeatureFlagsFromMap(s.FeatureFlags)
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.NewDefaultsFromMap(s.Defaults)
	if err != nil {
		t.Fatal(err)
	}
	set, err := credentials.Select(s.Secrets, false)
	if err != nil {
		t.Fatal(err)
	}
	in := podbuild.Input{
		TaskRun:        &v1.TaskRun{},
		Task:           &v1.TaskSpec{},
		Images:         map[string]imageinfo.Image{},
		Credentials:    set,
		LimitRanges:    s.LimitRanges,
		Config:         config.NewConfig(flags, defaults),
		HelperImages:   helperImages,
		NativeSidecars: s.NativeSidecars,
		Release:        "0123abc",
	}
	for _, i := range s.Images {
		in.Images[i.Name] = imageinfo.Image{Ref: i.Ref, Platforms: i.Platforms}
	}
	read(t, filepath.Join(dir, "taskrun.yaml"), in.TaskRun)
	read(t, filepath.Join(dir, "task.yaml"), in.Task)
	in.Bindings = workspace.WithClaims(in.TaskRun.Spec.Workspaces, in.TaskRun.UID)
	return in
}

func read(t testing.TB, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) && filepath.Base(file) == "config.yaml" {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
