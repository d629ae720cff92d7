package podsecurity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/podsecurity"
)

func TestRestricted(t *testing.T) {
	t.Parallel()
	context := func(change func(*corev1.SecurityContext)) *corev1.SecurityContext {
		sc := &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			RunAsNonRoot:             ptr.To(true),
			RunAsUser:                ptr.To[int64](65532),
			SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		}
		if change != nil {
			change(sc)
		}
		return sc
	}
	asPod := func(sc *corev1.SecurityContext) { sc.RunAsUser = nil }
	for name, tc := range map[string]struct {
		pod  *corev1.PodSecurityContext
		opts podsecurity.Options
		want *corev1.SecurityContext
	}{
		"pod says nothing":     {want: context(nil)},
		"pod names nobody":     {pod: &corev1.PodSecurityContext{RunAsGroup: ptr.To[int64](1)}, want: context(nil)},
		"pod runs as root":     {pod: &corev1.PodSecurityContext{RunAsUser: ptr.To[int64](0), RunAsNonRoot: ptr.To(false)}, want: context(nil)},
		"pod runs as somebody": {pod: &corev1.PodSecurityContext{RunAsUser: ptr.To[int64](1000)}, want: context(asPod)},
		"read-only":            {opts: podsecurity.Options{ReadOnlyRoot: true}, want: context(func(sc *corev1.SecurityContext) { sc.ReadOnlyRootFilesystem = ptr.To(true) })},
		"Windows":              {opts: podsecurity.Options{Windows: true, ReadOnlyRoot: true}, want: &corev1.SecurityContext{RunAsNonRoot: ptr.To(true)}},
	} {
		if diff := cmp.Diff(tc.want, podsecurity.Restricted(tc.pod, tc.opts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestIsWindows(t *testing.T) {
	t.Parallel()
	for os, want := range map[string]bool{"windows": true, "linux": false, "": false} {
		if got := podsecurity.IsWindows(map[string]string{"kubernetes.io/os": os}); got != want {
			t.Errorf("%q: %v, want %v", os, got, want)
		}
	}
}
