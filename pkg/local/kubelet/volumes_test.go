package kubelet_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// mountOf gives a container one volume at /v.
func mountOf(source corev1.VolumeSource, mounts ...corev1.VolumeMount) *corev1.Pod {
	if len(mounts) == 0 {
		mounts = []corev1.VolumeMount{{MountPath: "/v"}}
	}
	for i := range mounts {
		mounts[i].Name = "v"
	}
	p := pod(named("a", func(c *corev1.Container) { c.VolumeMounts = mounts }))
	p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: source}}
	return p
}

// tree is a folder as text: mode and content of each file that does not begin with two dots.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), "..") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(name)
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		got[strings.TrimPrefix(name, dir+"/")] = info.Mode().String() + " " + string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFiles(t *testing.T) {
	t.Parallel()
	ann := func(key string) *corev1.ObjectFieldSelector {
		return &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['" + key + "']"}
	}
	for name, tc := range map[string]struct {
		source corev1.VolumeSource
		want   map[string]string
	}{
		"configMap": {
			corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: local("cm")}},
			map[string]string{"k": "-rw-r--r-- v", "X": "-rw-r--r-- x", "bin": "-rw-r--r-- \x00"},
		},
		"optional": {
			corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: local("gone"), Optional: ptr.To(true)}},
			map[string]string{},
		},
		"secret with modes": {
			corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
				SecretName: "s", DefaultMode: ptr.To[int32](0o400), Items: []corev1.KeyToPath{{Key: "p", Path: "p"}, {Key: "q", Path: "p2", Mode: ptr.To[int32](0o755)}},
			}},
			map[string]string{"p": "-r-------- word", "p2": "-rwxr-xr-x text"},
		},
		"downward": {
			corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
				{Path: "one", FieldRef: ann("one")}, {Path: "none", FieldRef: ann("none")},
				{Path: "all", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations"}},
			}}},
			map[string]string{"one": "-rw-r--r-- 1", "none": "-rw-r--r-- ", "all": "-rw-r--r-- one=\"1\"\n"},
		},
		"projected": {
			corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
				{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: local("cm"), Items: []corev1.KeyToPath{{Key: "k", Path: "k"}}}},
				{Secret: &corev1.SecretProjection{LocalObjectReference: local("s"), Items: []corev1.KeyToPath{{Key: "p", Path: "p"}}}},
				{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{Path: "d", FieldRef: ann("one")}}}},
			}}},
			map[string]string{"k": "-rw-r--r-- v", "p": "-rw-r--r-- word", "d": "-rw-r--r-- 1"},
		},
		"empty": {corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rt := newRuntime()
			spec := mountOf(tc.source)
			spec.Annotations = map[string]string{"one": "1"}
			start(t, rt, spec, objects()).untilOver()
			if diff := cmp.Diff(tc.want, tree(t, hostPath(rt.spec("a"), "/v"))); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNestedItems(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	source := corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
		LocalObjectReference: local("cm"), Items: []corev1.KeyToPath{{Key: "k", Path: "deep/er/k"}},
	}}
	start(t, rt, mountOf(source, corev1.VolumeMount{MountPath: "/v"}, corev1.VolumeMount{MountPath: "/one", SubPath: "deep/er/k"}), objects()).untilOver()
	for _, path := range []string{"/v/deep/er/k", "/one"} {
		if got, err := os.ReadFile(hostPath(rt.spec("a"), path)); err != nil || string(got) != "v" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}

func TestAnnotationsFollow(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.programs["a"] = untilTold
	spec := mountOf(corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
		{Path: "x", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['x']"}},
	}}})
	p := start(t, rt, spec, objects())
	p.until("a", runs("a"))
	for _, value := range []string{"one", "two", ""} {
		next := spec.DeepCopy()
		next.Annotations = map[string]string{"x": value}
		p.Update(next)
		if got, err := os.ReadFile(hostPath(rt.spec("a"), "/v/x")); err != nil || string(got) != value {
			t.Errorf("%q, %v; want %q", got, err, value)
		}
	}
}

func TestSubPaths(t *testing.T) {
	t.Parallel()
	claim := t.TempDir()
	if err := os.Symlink("/etc", filepath.Join(claim, "link")); err != nil {
		t.Fatal(err)
	}
	objects := objects()
	objects.claims["c"] = claim
	source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}}
	rt := newRuntime()
	spec := mountOf(source, corev1.VolumeMount{MountPath: "/v/below", SubPathExpr: "x-$(N)/y"}, corev1.VolumeMount{MountPath: "/v", ReadOnly: true})
	spec.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "N", Value: "1"}}
	start(t, rt, spec, objects).untilOver()
	var got []string
	for _, m := range rt.spec("a").Mounts {
		text := m.Target + " " + strings.TrimPrefix(m.Source, claim)
		if m.ReadOnly {
			text += " ro"
		}
		if !strings.HasPrefix(m.Target, "/dev/") {
			got = append(got, text)
		}
	}
	if diff := cmp.Diff([]string{"/v  ro", "/v/below /x-1/y"}, got); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(claim, "x-1/y")); err != nil || !info.IsDir() {
		t.Errorf("the folder: %v", err)
	}
	st := start(t, newRuntime(), mountOf(source, corev1.VolumeMount{MountPath: "/v", SubPath: "link/x"}), objects).
		until("an error", waits("a", "CreateContainerConfigError"))
	if got := statusOf(st, "a").State.Waiting.Message; !strings.Contains(got, "link is a link") {
		t.Errorf("message %q", got)
	}
}

func TestHostPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for kind, name := range map[corev1.HostPathType]string{
		corev1.HostPathDirectoryOrCreate: "folder", corev1.HostPathFileOrCreate: "file", corev1.HostPathUnset: "any",
	} {
		rt := newRuntime()
		source := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: filepath.Join(dir, name), Type: &kind}}
		start(t, rt, mountOf(source), objects()).untilOver()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() == (name == "file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestImageVolume(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	source := corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: "data:1"}}
	start(t, rt, mountOf(source, corev1.VolumeMount{MountPath: "/v", SubPath: "sub"}), objects()).untilOver()
	m := rt.spec("a").Mounts[0]
	if m.Target != "/v" {
		m = rt.spec("a").Mounts[1]
	}
	if m.Image == nil || m.Image.Ref != "data:1" || m.Source != "sub" || !m.ReadOnly {
		t.Errorf("mount %+v", m)
	}
}

func TestGroupOfVolumes(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root gives files to any group")
	}
	rt := newRuntime()
	spec := mountOf(corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "s", DefaultMode: ptr.To[int32](0o400)}})
	spec.Spec.SecurityContext = &corev1.PodSecurityContext{FSGroup: ptr.To[int64](4242)}
	start(t, rt, spec, objects()).untilOver()
	info, err := os.Stat(hostPath(rt.spec("a"), "/v/p"))
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	root, err := os.Stat(hostPath(rt.spec("a"), "/v"))
	if err != nil || root.Mode()&os.ModeSetgid == 0 {
		t.Errorf("folder %v, %v", root.Mode(), err)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	write := func(text string, code int32) program {
		return func(c *fakeContainer) int32 {
			_ = os.WriteFile(c.mounted("/tekton/termination"), []byte(text), 0o600)
			_, _ = c.Output.Write([]byte("log 1\nlog 2\n"))
			return code
		}
	}
	path := func(c *corev1.Container) { c.TerminationMessagePath = "/tekton/termination" }
	logs := func(c *corev1.Container) {
		path(c)
		c.TerminationMessagePolicy = corev1.TerminationMessageFallbackToLogsOnError
	}
	rt := newRuntime()
	rt.programs["a"], rt.programs["b"], rt.programs["c"], rt.programs["d"] = write(long, 0), write("", 1), write("", 0), write("m", 1)
	st := start(t, rt, pod(named("a", path), named("b", logs), named("c", logs), named("d", logs)), objects()).untilOver()
	var got []string
	for _, c := range st.ContainerStatuses {
		got = append(got, c.State.Terminated.Message)
	}
	if diff := cmp.Diff([]string{long[:12288/4], "log 1\nlog 2\n", "", "m"}, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	st = start(t, rt, pod(named("a", path)), objects()).untilOver()
	if got := len(st.ContainerStatuses[0].State.Terminated.Message); got != 4096 {
		t.Errorf("%d bytes alone", got)
	}
}
