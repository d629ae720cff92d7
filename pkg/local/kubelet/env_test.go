package kubelet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

func objects() fakeObjects {
	return fakeObjects{
		configMaps: map[string]*corev1.ConfigMap{"cm": {Data: map[string]string{"k": "v", "X": "x"}, BinaryData: map[string][]byte{"bin": {0}}}},
		secrets:    map[string]*corev1.Secret{"s": {Data: map[string][]byte{"p": []byte("word")}, StringData: map[string]string{"q": "text"}}},
		claims:     map[string]string{},
	}
}

func fieldEnv(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}}
}

func resourceEnv(name, what, divisor string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{
		Resource: what, Divisor: resource.MustParse(divisor),
	}}}
}

func local(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }

func TestEnvironment(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	rt.images["image-a:1"] = func() (*container.Image, error) {
		return &container.Image{Entrypoint: []string{"/e"}, Cmd: []string{"c"}, Env: []string{"FROM=image", "OVER=image", "PATH=/x"}, WorkingDir: "/w"}, nil
	}
	spec := pod(named("a", func(c *corev1.Container) {
		c.Args = []string{"$(ONE)", "$$(ONE)", "$(NONE)"}
		c.EnvFrom = []corev1.EnvFromSource{
			{Prefix: "CM_", ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: local("cm")}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: local("s")}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: local("gone"), Optional: ptr.To(true)}},
		}
		c.Env = []corev1.EnvVar{
			{Name: "ONE", Value: "1 $(CM_k) $(TWO)"},
			{Name: "TWO", Value: "2 $(ONE)"},
			{Name: "OVER", Value: "pod"},
			{Name: "KEY", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("cm"), Key: "k"}}},
			{Name: "SECRET", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("s"), Key: "p"}}},
			{Name: "NOKEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: local("s"), Key: "z", Optional: ptr.To(true),
			}}},
			fieldEnv("NAME", "metadata.name"), fieldEnv("NS", "metadata.namespace"), fieldEnv("UID", "metadata.uid"),
			fieldEnv("LABEL", "metadata.labels['a/b']"), fieldEnv("ANNOTATION", "metadata.annotations['c']"), fieldEnv("NODE", "spec.nodeName"),
			fieldEnv("ACCOUNT", "spec.serviceAccountName"), fieldEnv("IP", "status.podIP"), fieldEnv("HOST", "status.hostIP"),
			resourceEnv("CPU", "limits.cpu", "1m"), resourceEnv("CPUS", "limits.cpu", "0"), resourceEnv("MEM", "requests.memory", "1Mi"),
		}
		c.Resources.Limits = corev1.ResourceList{"cpu": resource.MustParse("1500m"), "memory": resource.MustParse("3Mi")}
	}))
	spec.Labels, spec.Annotations = map[string]string{"a/b": "l"}, map[string]string{"c": "d"}
	start(t, rt, spec, objects()).untilOver()
	got := rt.spec("a")
	want := []string{
		"HOSTNAME=p", "FROM=image", "PATH=/x", "ACCOUNT=default", "ANNOTATION=d", "CM_X=x", "CM_k=v", "CPU=1500", "CPUS=2", "HOST=127.0.0.1",
		"IP=127.0.0.1", "KEY=v", "LABEL=l", "MEM=3", "NAME=p", "NODE=laptop", "NS=ns", "ONE=1 v $(TWO)", "OVER=pod", "SECRET=word",
		"TWO=2 1 v $(TWO)", "UID=11-22", "p=word", "q=text",
	}
	if diff := cmp.Diff(want, got.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/e", "1 v $(TWO)", "$(ONE)", "$(NONE)"}, got.Args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	if got.WorkingDir != "/w" || got.CPU != 1500 || got.Memory != 3<<20 {
		t.Errorf("working directory %s, cpu %d, memory %d", got.WorkingDir, got.CPU, got.Memory)
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	env := func(v corev1.EnvVar) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Spec.Containers[0].Env = []corev1.EnvVar{v} }
	}
	volume := func(s corev1.VolumeSource, m corev1.VolumeMount) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			m.Name, m.MountPath = "v", "/v"
			p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: s}}
			p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{m}
		}
	}
	nonRoot := func(uid *int64) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true), RunAsUser: uid}
		}
	}
	none := corev1.VolumeMount{}
	for want, change := range map[string]func(*corev1.Pod){
		`configmap "gone" not found`: env(corev1.EnvVar{Name: "X", ValueFrom: &corev1.EnvVarSource{
			ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("gone"), Key: "k"},
		}}),
		`couldn't find key z in Secret ns/s`: env(corev1.EnvVar{Name: "X", ValueFrom: &corev1.EnvVarSource{
			SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("s"), Key: "z"},
		}}),
		`unsupported fieldPath: spec.x`: env(fieldEnv("X", "spec.x")),
		`MountVolume.SetUp failed for volume "v" : secret "gone" not found`: volume(corev1.VolumeSource{
			Secret: &corev1.SecretVolumeSource{SecretName: "gone"},
		}, none),
		`volumes of kind nfs do not exist on this machine`: volume(corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{}}, none),
		`volumes of kind csi do not exist on this machine`: volume(corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{}}, none),
		`references non-existent config key: z`: volume(corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: local("cm"), Items: []corev1.KeyToPath{{Key: "z", Path: "z"}},
		}}, none),
		`invalid path "../x"`: volume(corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: local("cm"), Items: []corev1.KeyToPath{{Key: "k", Path: "../x"}},
		}}, none),
		`serviceAccountToken`: volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{}}},
		}}, none),
		`must not contain '..'`:                     volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, corev1.VolumeMount{SubPath: "a/../../b"}),
		`missing value for "NONE"`:                  volume(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}, corev1.VolumeMount{SubPathExpr: "$(NONE)"}),
		`container's runAsUser breaks non-root`:     nonRoot(ptr.To[int64](0)),
		`image will run as root (pod: "p_ns(11-2`:   nonRoot(nil),
		`persistentvolumeclaim "gone": not found`:   volume(corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "gone"}}, none),
		`hostPath type check failed: stat /no/such`: volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/no/such", Type: ptr.To(corev1.HostPathFile)}}, none),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			spec := pod(named("a"))
			change(spec)
			st := start(t, newRuntime(), spec, objects()).until("the error", waits("a", "CreateContainerConfigError"))
			if got := statusOf(st, "a").State.Waiting.Message; !strings.Contains(got, want) {
				t.Errorf("message %q, want %q", got, want)
			}
		})
	}
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	rt := newRuntime()
	spec := pod(named("a", func(c *corev1.Container) {
		c.SecurityContext = &corev1.SecurityContext{
			RunAsUser: ptr.To[int64](5), AllowPrivilegeEscalation: ptr.To(false), ReadOnlyRootFilesystem: ptr.To(true),
			Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"cap_net_admin"}, Drop: []corev1.Capability{"ALL"}},
		}
	}))
	spec.Spec.SecurityContext = &corev1.PodSecurityContext{
		RunAsUser: ptr.To[int64](4), RunAsGroup: ptr.To[int64](6), SupplementalGroups: []int64{7}, FSGroup: ptr.To[int64](8), RunAsNonRoot: ptr.To(true),
	}
	start(t, rt, spec, objects()).untilOver()
	got := rt.spec("a")
	if *got.UID != 5 || *got.GID != 6 || !slices.Equal(got.Groups, []int64{7, 8}) || !got.NoNewPrivileges || !got.ReadOnlyRoot ||
		!slices.Equal(got.AddCapabilities, []string{"NET_ADMIN"}) || !slices.Equal(got.DropCapabilities, []string{"ALL"}) {
		t.Errorf("spec %+v", got)
	}
}
