package kubelet

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// field is what the downward API says about the pod.
func (p *pod) field(pod *corev1.Pod, path string) (string, error) {
	if of, key, ok := subscript(path); ok {
		switch of {
		case "metadata.annotations":
			return pod.Annotations[key], nil
		case "metadata.labels":
			return pod.Labels[key], nil
		}
		return "", fmt.Errorf("%q does not support subscripts", of)
	}
	switch path {
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "metadata.annotations":
		return formatMap(pod.Annotations), nil
	case "metadata.labels":
		return formatMap(pod.Labels), nil
	case "spec.nodeName":
		return p.o.Node, nil
	case "spec.serviceAccountName":
		if pod.Spec.ServiceAccountName == "" {
			return "default", nil
		}
		return pod.Spec.ServiceAccountName, nil
	case "spec.restartPolicy":
		return string(pod.Spec.RestartPolicy), nil
	case "status.hostIP", "status.hostIPs":
		return p.o.HostIP, nil
	case "status.podIP", "status.podIPs":
		return p.address(), nil
	}
	return "", fmt.Errorf("unsupported fieldPath: %v", path)
}

// address is that of the sandbox, which is waited for.
func (p *pod) address() string {
	sandbox, err := p.sandbox()
	if err != nil {
		return ""
	}
	return sandbox.IP()
}

// subscript takes metadata.labels['key'] apart.
func subscript(path string) (of, key string, ok bool) {
	of, rest, ok := strings.Cut(path, "['")
	if !ok {
		return "", "", false
	}
	key, ok = strings.CutSuffix(rest, "']")
	return of, key, ok
}

// formatMap writes one entry a line.
func formatMap(m map[string]string) string {
	var out strings.Builder
	for _, key := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&out, "%v=%q\n", key, m[key])
	}
	return out.String()
}

// resourceField is the limit or request of a container, in units of the divisor, rounded up. Without a limit it is what this machine
// has.
func resourceField(c *corev1.Container, ref *corev1.ResourceFieldSelector) (string, error) {
	kind, name, _ := strings.Cut(ref.Resource, ".")
	var from corev1.ResourceList
	switch kind {
	case "limits":
		from = c.Resources.Limits
	case "requests":
		from = c.Resources.Requests
	default:
		return "", fmt.Errorf("unsupported container resource : %v", ref.Resource)
	}
	value, ok := from[corev1.ResourceName(name)]
	if !ok && kind == "requests" {
		value, ok = c.Resources.Limits[corev1.ResourceName(name)]
		if !ok {
			value = resource.Quantity{}
		}
	} else if !ok {
		value = capacity(corev1.ResourceName(name))
	}
	divisor := ref.Divisor
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	if name == string(corev1.ResourceCPU) {
		return quotient(value.MilliValue(), divisor.MilliValue()), nil
	}
	return quotient(value.Value(), divisor.Value()), nil
}

func quotient(value, divisor int64) string {
	if divisor <= 0 {
		divisor = 1
	}
	n := value / divisor
	if value%divisor > 0 {
		n++
	}
	return strconv.FormatInt(n, 10)
}

// capacity is what this machine has; zero if that is not known.
func capacity(name corev1.ResourceName) resource.Quantity {
	switch name {
	case corev1.ResourceCPU:
		return *resource.NewQuantity(int64(runtime.NumCPU()), resource.DecimalSI)
	case corev1.ResourceMemory:
		return *resource.NewQuantity(memory(), resource.BinarySI)
	}
	return resource.Quantity{}
}

// memory is that of this machine in bytes, where the kernel tells it as Linux does.
func memory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "MemTotal:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
