package workspace_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/workspace"
)

func declare(names ...string) []v1.WorkspaceDeclaration {
	var declared []v1.WorkspaceDeclaration
	for _, n := range names {
		declared = append(declared, v1.WorkspaceDeclaration{Name: n})
	}
	return declared
}

func emptyDir(name string) v1.WorkspaceBinding {
	return v1.WorkspaceBinding{Name: name, EmptyDir: &corev1.EmptyDirVolumeSource{}}
}

func claim(name, claim string) v1.WorkspaceBinding {
	return v1.WorkspaceBinding{Name: name, PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}
}

func readOnlyClaim(name string) v1.WorkspaceBinding {
	b := claim(name, "c")
	b.PersistentVolumeClaim.ReadOnly = true
	return b
}

func template(name, templateName string) v1.WorkspaceBinding {
	return v1.WorkspaceBinding{Name: name, VolumeClaimTemplate: &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: templateName}}}
}

func TestDeclare(t *testing.T) {
	t.Parallel()
	declared := []v1.WorkspaceDeclaration{{Name: "a", MountPath: "/a"}}
	got := workspace.Declare(declared, []v1.WorkspaceBinding{emptyDir("b"), emptyDir("a"), emptyDir("b")})
	want := []v1.WorkspaceDeclaration{{Name: "a", MountPath: "/a"}, {Name: "b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Declare() (-want +got):\n%s", diff)
	}
}

func TestDefaultBinding(t *testing.T) {
	t.Parallel()
	byDefault, err := workspace.ParseDefault("emptyDir: {}\nsubPath: x\n")
	if err != nil {
		t.Fatal(err)
	}
	declared := []v1.WorkspaceDeclaration{{Name: "bound"}, {Name: "unbound"}, {Name: "optional", Optional: true}}
	got := workspace.WithDefault(declared, []v1.WorkspaceBinding{claim("bound", "c")}, byDefault)
	filled := emptyDir("unbound")
	filled.SubPath = "x"
	if diff := cmp.Diff([]v1.WorkspaceBinding{claim("bound", "c"), filled}, got); diff != "" {
		t.Errorf("WithDefault() (-want +got):\n%s", diff)
	}

	for _, empty := range []string{"", "{}", "# nothing\n"} {
		byDefault, err := workspace.ParseDefault(empty)
		if err != nil || byDefault != nil {
			t.Errorf("ParseDefault(%q) = %v, %v, want nothing", empty, byDefault, err)
		}
		if got := workspace.WithDefault(declared, nil, byDefault); got != nil {
			t.Errorf("WithDefault() without default = %v", got)
		}
	}
	for _, bad := range []string{"emptyDir", "emptydirr: {}"} {
		if _, err := workspace.ParseDefault(bad); err == nil {
			t.Errorf("ParseDefault(%q) succeeded", bad)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared   []v1.WorkspaceDeclaration
		bindings   []v1.WorkspaceBinding
		coschedule string
		want       string
	}{
		"fine":             {declared: declare("a"), bindings: []v1.WorkspaceBinding{emptyDir("a")}, coschedule: "workspaces"},
		"optional unbound": {declared: []v1.WorkspaceDeclaration{{Name: "a", Optional: true}}, coschedule: "workspaces"},
		"without claim name": {declared: declare("a"), bindings: []v1.WorkspaceBinding{claim("a", "")},
			want: `[User error] binding "a" is invalid: missing field(s): persistentvolumeclaim.claimname`},
		"required unbound": {declared: declare("a", "b"), bindings: []v1.WorkspaceBinding{emptyDir("a")},
			want: `[User error] declared workspace "b" is required but has not been bound`},
		"unknown": {declared: declare("a"), bindings: []v1.WorkspaceBinding{emptyDir("a"), emptyDir("x")},
			want: `[User error] workspace binding "x" does not match any declared workspace`},
		"one claim twice": {declared: declare("a", "b"), bindings: []v1.WorkspaceBinding{claim("a", "c"), claim("b", "c")}, coschedule: "workspaces"},
		"two claims": {declared: declare("a", "b", "c"), bindings: []v1.WorkspaceBinding{claim("a", "c"), emptyDir("b"), template("c", "")}, coschedule: "workspaces",
			want: `[User error] more than one PersistentVolumeClaim is bound (by the workspaces "a", "c"); bind them to one claim, or set the feature flag "coschedule" to "disabled"`},
		"two claims, not co-scheduled": {declared: declare("a", "b"), bindings: []v1.WorkspaceBinding{claim("a", "c"), claim("b", "d")}, coschedule: "disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if f := workspace.Check(tc.declared, tc.bindings, tc.coschedule); f != nil {
				got = f.Message()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Check() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	run := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "run", Namespace: "ns", UID: "11111111-2222-3333-4444-555555555555"}}
	b := template("data", "")
	b.VolumeClaimTemplate.Labels = map[string]string{"team": "x"}
	b.VolumeClaimTemplate.Namespace = "elsewhere"
	b.VolumeClaimTemplate.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	bindings := []v1.WorkspaceBinding{emptyDir("tmp"), b}

	claims := workspace.Claims(bindings, run)
	yes := true
	want := []*corev1.PersistentVolumeClaim{{
		ObjectMeta: metav1.ObjectMeta{
			Name: "pvc-9fde4a2444", Namespace: "ns", Labels: map[string]string{"team": "x"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "tekton.dev/v1", Kind: "TaskRun", Name: "run", UID: run.UID, Controller: &yes, BlockOwnerDeletion: &yes,
			}},
		},
		Spec: corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}},
	}}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("Claims() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]v1.WorkspaceBinding{emptyDir("tmp"), claim("data", "pvc-9fde4a2444")}, workspace.WithClaims(bindings, run.UID)); diff != "" {
		t.Errorf("WithClaims() (-want +got):\n%s", diff)
	}
	if bindings[1].VolumeClaimTemplate == nil {
		t.Error("WithClaims() changed its argument")
	}
}

func TestBindMounts(t *testing.T) {
	t.Parallel()
	task := &v1.TaskSpec{
		Workspaces: []v1.WorkspaceDeclaration{
			{Name: "source"},
			{Name: "settings", MountPath: "/etc/settings", ReadOnly: true},
			{Name: "secret"},
			{Name: "cache", Optional: true},
		},
		Steps:    []v1.Step{{Workspaces: []v1.WorkspaceUsage{{Name: "secret", MountPath: "/secret"}}}},
		Sidecars: []v1.Sidecar{{Workspaces: []v1.WorkspaceUsage{{Name: "secret"}}}},
	}
	source := claim("source", "c")
	source.SubPath = "sub"
	b := workspace.Bind(task, []v1.WorkspaceBinding{
		source,
		{Name: "settings", ConfigMap: &corev1.ConfigMapVolumeSource{}},
		{Name: "secret", Secret: &corev1.SecretVolumeSource{SecretName: "s"}},
	})
	const sourceVolume = "ws-1bcf2"
	volumeOf := b.Values()
	shared := []corev1.VolumeMount{
		{Name: sourceVolume, MountPath: "/workspace/source", SubPath: "sub"},
		{Name: volumeOf["settings"].Volume, MountPath: "/etc/settings", ReadOnly: true},
	}
	for name, tc := range map[string]struct {
		usages []v1.WorkspaceUsage
		want   []corev1.VolumeMount
	}{
		"without usage":     {want: shared},
		"with a mount path": {usages: task.Steps[0].Workspaces, want: append(shared[:2:2], corev1.VolumeMount{Name: volumeOf["secret"].Volume, MountPath: "/secret"})},
		"declared path":     {usages: task.Sidecars[0].Workspaces, want: append(shared[:2:2], corev1.VolumeMount{Name: volumeOf["secret"].Volume, MountPath: "/workspace/secret"})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, b.Mounts(tc.usages)); diff != "" {
				t.Errorf("Mounts() (-want +got):\n%s", diff)
			}
		})
	}
	if len(b.Volumes) != 3 {
		t.Errorf("%d volumes, want one for each binding", len(b.Volumes))
	}
	if got := b.ValuesFor(task.Steps[0].Workspaces)["secret"].Path; got != "/secret" {
		t.Errorf("path of the isolated workspace = %q, want /secret", got)
	}
}

func TestBindValues(t *testing.T) {
	t.Parallel()
	task := &v1.TaskSpec{Workspaces: []v1.WorkspaceDeclaration{{Name: "a", MountPath: "/a"}, {Name: "b"}, {Name: "c", Optional: true}}}
	b := workspace.Bind(task, []v1.WorkspaceBinding{claim("a", "data"), emptyDir("b"), emptyDir("undeclared")})
	volume := map[string]string{b.Volumes[0].Name: "a", b.Volumes[1].Name: "b"}
	want := map[string]workspace.Values{
		"a": {Path: "/a", Bound: "true", Claim: "data", Volume: b.Volumes[0].Name},
		"b": {Path: "/workspace/b", Bound: "true", Volume: b.Volumes[1].Name},
		"c": {Bound: "false"},
	}
	if diff := cmp.Diff(want, b.Values()); diff != "" {
		t.Errorf("Values() (-want +got):\n%s", diff)
	}
	if len(volume) != 2 {
		t.Errorf("volumes %v, want two names", b.Volumes)
	}
}

func TestBindOneClaimTwice(t *testing.T) {
	t.Parallel()
	task := &v1.TaskSpec{Workspaces: declare("a", "b")}
	for name, tc := range map[string]struct {
		a, b         v1.WorkspaceBinding
		volume       bool // is the volume read-only?
		aOnly, bOnly bool // are the mounts?
	}{
		"both writable":  {a: claim("a", "c"), b: claim("b", "c")},
		"both read-only": {a: readOnlyClaim("a"), b: readOnlyClaim("b"), volume: true},
		"first":          {a: readOnlyClaim("a"), b: claim("b", "c"), aOnly: true},
		"second":         {a: claim("a", "c"), b: readOnlyClaim("b"), bOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bound := workspace.Bind(task, []v1.WorkspaceBinding{tc.a, tc.b})
			if len(bound.Volumes) != 1 {
				t.Fatalf("%d volumes, want one", len(bound.Volumes))
			}
			v := bound.Volumes[0]
			if v.PersistentVolumeClaim.ReadOnly != tc.volume {
				t.Errorf("volume read-only = %t, want %t", !tc.volume, tc.volume)
			}
			want := []corev1.VolumeMount{
				{Name: v.Name, MountPath: "/workspace/a", ReadOnly: tc.aOnly},
				{Name: v.Name, MountPath: "/workspace/b", ReadOnly: tc.bOnly},
			}
			if diff := cmp.Diff(want, bound.Mounts(nil)); diff != "" {
				t.Errorf("mounts (-want +got):\n%s", diff)
			}
		})
	}
}
