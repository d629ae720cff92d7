package explain

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// pendingPod says what a pod that has not begun waits for.
func (e *explainer) pendingPod(pod *corev1.Pod) (why, next string) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return e.unschedulable(pod, c)
		}
	}
	statuses := append(slices.Clone(pod.Status.InitContainerStatuses), pod.Status.ContainerStatuses...)
	for i := range statuses {
		w := statuses[i].State.Waiting
		if w == nil {
			continue
		}
		switch w.Reason {
		case "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError", "RegistryUnavailable":
			return image(statuses[i].Image, w.Message)
		case "CreateContainerConfigError", "CreateContainerError", "RunContainerError":
			return fmt.Sprintf("container %s cannot be made: %s", statuses[i].Name, firstLine(w.Message)), missingNext(w.Message)
		}
	}
	if text := e.lastWarning("Pod", pod.Name); text != "" {
		return mount(text), missingNext(text)
	}
	if pod.Spec.NodeName != "" {
		return "the pod starts on node " + pod.Spec.NodeName + e.since(pod.CreationTimestamp.Time), ""
	}
	return "the pod waits for a node" + e.since(pod.CreationTimestamp.Time), ""
}

// lastWarning returns the message of the newest warning about an object.
func (e *explainer) lastWarning(kind, name string) string {
	var newest *corev1.Event
	for _, ev := range e.eventsOfPod[kind+"/"+name] {
		if ev.Type == corev1.EventTypeWarning && (newest == nil || !ev.LastTimestamp.Before(&newest.LastTimestamp)) {
			newest = ev
		}
	}
	if newest == nil {
		return ""
	}
	return newest.Message
}

func mount(text string) string {
	text = firstLine(text)
	if _, what, ok := strings.Cut(text, "MountVolume.SetUp failed for volume "); ok {
		return "a volume cannot be mounted: " + what
	}
	return text
}

func missingNext(text string) string {
	switch lower := strings.ToLower(text); {
	case strings.Contains(lower, "secret") && strings.Contains(lower, "not found"):
		return "create the Secret; the run goes on then"
	case strings.Contains(lower, "configmap") && strings.Contains(lower, "not found"):
		return "create the ConfigMap; the run goes on then"
	case strings.Contains(lower, "couldn't find key"):
		return "add the key; the run goes on then"
	case strings.Contains(lower, "persistentvolumeclaim") && strings.Contains(lower, "not found"):
		return "create the claim; the run goes on then"
	case strings.Contains(lower, "runasnonroot"):
		return "use an image with another user, or set runAsUser"
	default:
		return "kubectl describe pod has the events"
	}
}

// unschedulable puts what the scheduler says into plain words.
func (e *explainer) unschedulable(pod *corev1.Pod, c corev1.PodCondition) (why, next string) {
	if c.Reason == corev1.PodReasonSchedulingGated {
		return "the pod has scheduling gates", "whoever set the gates has to remove them"
	}
	for i := range pod.Spec.Volumes {
		source := pod.Spec.Volumes[i].PersistentVolumeClaim
		if source == nil {
			continue
		}
		if claim := e.claims[source.ClaimName]; claim != nil && claim.Status.Phase == corev1.ClaimPending && strings.Contains(c.Message, "unbound") {
			return e.pendingClaim(claim)
		}
	}
	if strings.Contains(c.Message, "the object has been modified") {
		return firstLine(c.Message), "wait: it is tried again"
	}
	reasons, next := scheduling(c.Message)
	return "no node fits: " + reasons, next
}

// pendingClaim says why a claim has no volume.
func (e *explainer) pendingClaim(claim *corev1.PersistentVolumeClaim) (why, next string) {
	why = "the claim " + claim.Name + " of a workspace has no volume yet" + e.since(claim.CreationTimestamp.Time)
	text := e.lastWarning("PersistentVolumeClaim", claim.Name)
	if text == "" {
		for _, ev := range e.eventsOfPod["PersistentVolumeClaim/"+claim.Name] {
			text = ev.Message
		}
	}
	if text != "" {
		why += ": " + firstLine(text)
	}
	if class := claim.Spec.StorageClassName; class != nil && *class != "" {
		return why, "see whether the storage class " + *class + " exists and can make volumes"
	}
	return why, "name a storage class that can make volumes; there may be no default one"
}

// scheduling reads a message like "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. preemption: …".
func scheduling(message string) (why, next string) {
	_, list, ok := strings.Cut(message, "nodes are available: ")
	if !ok {
		return firstLine(message), "kubectl describe pod has the events"
	}
	list, _, _ = strings.Cut(list, ". ")
	var parts []string
	for _, part := range splitReasons(strings.TrimSuffix(list, ".")) {
		count, what, _ := strings.Cut(part, " ")
		if strings.Trim(count, "0123456789") != "" {
			count, what = "", part
		}
		text, advice := plainReason(what)
		if next == "" {
			next = advice
		}
		parts = append(parts, strings.TrimSpace(nodes(count)+" "+text))
	}
	return strings.Join(parts, ", "), next
}

// splitReasons splits at commas that are not within braces.
func splitReasons(list string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range list {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(list[start:i]))
				start = i + 1
			}
		}
	}
	return append(parts, strings.TrimSpace(list[start:]))
}

func nodes(count string) string {
	switch count {
	case "":
		return ""
	case "1":
		return "1 node"
	default:
		return count + " nodes"
	}
}

func plainReason(what string) (text, next string) {
	switch {
	case strings.HasPrefix(what, "Insufficient "):
		return "without enough free " + strings.TrimPrefix(what, "Insufficient "), "lower computeResources.requests, or add nodes; it waits until the timeout"
	case strings.HasPrefix(what, "Too many pods"):
		return "full of pods", "wait, or add nodes"
	case strings.Contains(what, "untolerated taint"):
		_, taint, _ := strings.Cut(what, "taint ")
		return "kept free by the taint " + taint, "add a toleration to the podTemplate"
	case strings.Contains(what, "node affinity/selector"), strings.Contains(what, "node selector"):
		return "without the labels that are asked for", "correct nodeSelector or affinity in the podTemplate"
	case strings.Contains(what, "pod affinity"):
		return "other than the one that the run's affinity assistant is on",
			"the node of the affinity assistant is full or cordoned; set coschedule to disabled if the volume can be used from several nodes"
	case strings.Contains(what, "anti-affinity"):
		return "taken by pods that this one must not be beside", "wait for other runs to end"
	case strings.Contains(what, "were unschedulable"):
		return "cordoned", "uncordon a node, or wait"
	case strings.Contains(what, "volume node affinity conflict"):
		return "that cannot reach the volume of a workspace", "use a storage class that waits for the first pod, or keep the run in one zone"
	case strings.Contains(what, "unbound immediate PersistentVolumeClaims"):
		return "can be chosen before the claim of a workspace has a volume", "look at the claim and its storage class"
	case strings.HasPrefix(what, "persistentvolumeclaim"):
		return what, "create the claim; the run goes on then"
	default:
		return what, "kubectl describe pod has the events"
	}
}

// quota reads "… exceeded quota: NAME, requested: A, used: B, limited: C".
func quota(message string) string {
	_, text, ok := strings.Cut(message, "exceeded quota: ")
	if !ok {
		return firstLine(message)
	}
	name, amounts, _ := strings.Cut(text, ", requested: ")
	requested, amounts, _ := strings.Cut(amounts, ", used: ")
	used, limited, _ := strings.Cut(amounts, ", limited: ")
	if limited == "" {
		return "the quota " + firstLine(text) + " is used up"
	}
	return fmt.Sprintf("the quota %s has no room: the pod asks for %s, %s is used of %s", name, requested, used, firstLine(limited))
}

// pull says which image cannot be pulled, and by what error.
func (e *explainer) pull(tr *v1.TaskRun, message string) (why, next string) {
	if pod := e.pods[tr.Status.PodName]; pod != nil {
		statuses := append(slices.Clone(pod.Status.InitContainerStatuses), pod.Status.ContainerStatuses...)
		for i := range statuses {
			if w := statuses[i].State.Waiting; w != nil && (strings.Contains(w.Reason, "Image") || w.Reason == "RegistryUnavailable") {
				text := w.Message
				// Between two tries the container only says that it waits.
				if better := e.lastPull(pod.Name); better != "" && strings.HasPrefix(text, "Back-off") && !strings.Contains(text, "rpc error") {
					text = better
				}
				return image(statuses[i].Image, text)
			}
		}
	}
	return image("", message)
}

func (e *explainer) lastPull(pod string) string {
	text := ""
	for _, ev := range e.eventsOfPod["Pod/"+pod] {
		if strings.HasPrefix(ev.Message, "Failed to pull image") {
			text = ev.Message
		}
	}
	return text
}

func image(name, message string) (why, next string) {
	why = "an image cannot be pulled"
	if name != "" {
		why = "the image " + name + " cannot be pulled"
	}
	switch lower := strings.ToLower(message); {
	case strings.Contains(lower, "unauthorized"), strings.Contains(lower, "denied"), strings.Contains(lower, "403"), strings.Contains(lower, "401"):
		next = "check the name, and add a pull secret to the service account"
	case strings.Contains(lower, "not found"), strings.Contains(lower, "manifest unknown"), strings.Contains(lower, "does not exist"):
		next = "check the name and tag of the image"
	case strings.Contains(lower, "invalid reference"), strings.Contains(lower, "couldn't parse image"):
		next = "correct the name of the image"
	case strings.Contains(lower, "no such host"), strings.Contains(lower, "timeout"), strings.Contains(lower, "refused"), strings.Contains(lower, "toomanyrequests"):
		next = "the registry does not answer the node as it should; it is tried again"
	default:
		next = "check name and pull secrets"
	}
	if message = firstLine(message); message != "" {
		why += ": " + message
	}
	return why, next
}
