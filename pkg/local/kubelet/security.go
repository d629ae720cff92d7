package kubelet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// secure fills in as whom the container runs and what it may do. The container's own security context wins over that of its pod.
func secure(spec *container.Spec, pod *corev1.Pod, c *corev1.Container, image *container.Image) error {
	ofPod, own := pod.Spec.SecurityContext, c.SecurityContext
	if ofPod == nil {
		ofPod = &corev1.PodSecurityContext{}
	}
	if own == nil {
		own = &corev1.SecurityContext{}
	}
	spec.UID, spec.GID = first(own.RunAsUser, ofPod.RunAsUser), first(own.RunAsGroup, ofPod.RunAsGroup)
	spec.User = image.User
	spec.Groups = slices.Clone(ofPod.SupplementalGroups)
	if ofPod.FSGroup != nil {
		spec.Groups = append(spec.Groups, *ofPod.FSGroup)
	}
	spec.Privileged = isTrue(own.Privileged)
	spec.ReadOnlyRoot = isTrue(own.ReadOnlyRootFilesystem)
	spec.NoNewPrivileges = own.AllowPrivilegeEscalation != nil && !*own.AllowPrivilegeEscalation && !spec.Privileged
	if caps := own.Capabilities; caps != nil {
		spec.AddCapabilities, spec.DropCapabilities = capabilities(caps.Add), capabilities(caps.Drop)
	}
	if isTrue(first(own.RunAsNonRoot, ofPod.RunAsNonRoot)) {
		return checkNonRoot(spec.UID, image, pod, c)
	}
	return nil
}

// first returns the first one that is set.
func first[T any](values ...*T) *T {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }

func capabilities(list []corev1.Capability) []string {
	var out []string
	for _, c := range list {
		out = append(out, strings.TrimPrefix(strings.ToUpper(string(c)), "CAP_"))
	}
	return out
}

// checkNonRoot refuses a container that would run as root, or as who knows whom, in the kubelet's words.
func checkNonRoot(uid *int64, image *container.Image, pod *corev1.Pod, c *corev1.Container) error {
	if uid != nil {
		if *uid == 0 {
			return fmt.Errorf("container's runAsUser breaks non-root policy (pod: %q, container: %s)", podName(pod), c.Name)
		}
		return nil
	}
	user, _, _ := strings.Cut(image.User, ":")
	if user == "" {
		user = "0"
	}
	switch n, err := strconv.ParseInt(user, 10, 64); {
	case err != nil:
		return fmt.Errorf("container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root (pod: %q, container: %s)",
			user, podName(pod), c.Name)
	case n == 0:
		return fmt.Errorf("container has runAsNonRoot and image will run as root (pod: %q, container: %s)", podName(pod), c.Name)
	}
	return nil
}
