package local

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
)

// warnings are what means nothing on this machine, each once, in the order in which it came up.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

func newWarnings() *warnings { return &warnings{} }

func (w *warnings) add(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.texts, text) {
		w.texts = append(w.texts, text)
	}
}

func (w *warnings) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts)
}

// ofFiles names kinds of objects that were given and that nothing here looks at.
func (w *warnings) ofFiles(kinds []string) {
	for _, kind := range kinds {
		w.add(fmt.Sprintf("%s means nothing on this machine: it is left out", kind))
	}
}

// ofAccount names a ServiceAccount that is not among the files.
func (w *warnings) ofAccount(name string) {
	if name != "default" {
		w.add(fmt.Sprintf("serviceAccountName %s: it is not in the files, so it has no secrets here", name))
	}
}

// ofPod names what a pod asks of a cluster.
func (w *warnings) ofPod(pod *corev1.Pod) {
	spec := &pod.Spec
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"nodeSelector", len(spec.NodeSelector) > 0},
		{"nodeName", spec.NodeName != ""},
		{"tolerations", len(spec.Tolerations) > 0},
		// Affinity assistants bring pods to one node, which they are on here anyway.
		{"affinity", spec.Affinity != nil && pod.Annotations[pipeline.AffinityAssistantAnnotationKey] == ""},
		{"topologySpreadConstraints", len(spec.TopologySpreadConstraints) > 0},
		{"priorityClassName", spec.PriorityClassName != ""},
		{"schedulerName", spec.SchedulerName != "" && spec.SchedulerName != corev1.DefaultSchedulerName},
		{"runtimeClassName", spec.RuntimeClassName != nil},
		{"automountServiceAccountToken", spec.AutomountServiceAccountToken != nil && *spec.AutomountServiceAccountToken},
	} {
		if field.set {
			w.add(field.name + " means nothing on this machine: there is one node, and no API server")
		}
	}
	if names := extended(spec); len(names) > 0 {
		w.add("resources " + strings.Join(names, ", ") + " mean nothing on this machine: there is no device plugin")
	}
}

// extended returns the names of resources that only clusters have, sorted.
func extended(spec *corev1.PodSpec) []string {
	var names []string
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			for name := range list[i].Resources.Limits {
				if strings.Contains(string(name), "/") && !slices.Contains(names, string(name)) {
					names = append(names, string(name))
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
