package explain

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/runtree"
)

func (e *explainer) taskRun(tr *v1.TaskRun, n *runtree.Node) Line {
	c := tr.Status.GetCondition(apis.ConditionSucceeded)
	l := Line{State: n.State}
	switch {
	case c == nil:
		l.Why, l.Next = "no controller has looked at it yet"+e.since(tr.CreationTimestamp.Time), "see whether the controller runs"
	case c.IsTrue():
		l.Why = "succeeded" + took(n)
	case c.IsFalse():
		l = e.failedTaskRun(tr, n, c)
	default:
		l = e.openTaskRun(tr, n, c)
	}
	if tr.Spec.Retries > 0 && n.State.IsBad() {
		l.Why += fmt.Sprintf(" (attempt %d of %d)", n.Attempt, tr.Spec.Retries+1)
	}
	return l
}

// openTaskRun says what a TaskRun waits for, or what it does.
func (e *explainer) openTaskRun(tr *v1.TaskRun, n *runtree.Node, c *apis.Condition) Line {
	l := Line{State: n.State, Why: firstLine(c.Message)}
	switch v1.TaskRunReason(c.Reason) {
	case v1.TaskRunReasonTaskRunPending:
		l.Why, l.Next = "held back"+asker(tr.ManagedFields)+": spec.status is TaskRunPending", "remove spec.status to start it"
	case v1.TaskRunReasonResolvingTaskRef:
		what := "the Task"
		if tr.Spec.TaskRef != nil {
			what += " from the resolver " + string(tr.Spec.TaskRef.Resolver)
		}
		l.Why, l.Next = "waits for "+what+e.since(tr.CreationTimestamp.Time), "kubectl get resolutionrequests; see whether the resolvers run"
	case v1.TaskRunReasonResolvingStepActionRef:
		l.Why, l.Next = "waits for a StepAction from a resolver"+e.since(tr.CreationTimestamp.Time), "kubectl get resolutionrequests; see whether the resolvers run"
	case v1.TaskRunReasonExceededResourceQuota:
		l.Why, l.Next = quota(c.Message), "free quota or lower computeResources; it is tried again each minute"
	case v1.TaskRunReasonPullImageFailed:
		l.Why, l.Next = e.pull(tr, c.Message)
	case v1.TaskRunReasonPending, v1.TaskRunReasonExceededNodeResources, v1.TaskRunReasonStarted:
		if pod := e.pods[tr.Status.PodName]; pod != nil {
			l.Why, l.Next = e.pendingPod(pod)
		}
	case v1.TaskRunReasonToBeRetried:
		l.Why = "the next attempt is about to start; the last one: " + firstLine(c.Message)
	case v1.TaskRunReasonRunning:
		for _, s := range n.Children {
			if s.Kind == runtree.KindStep && s.State == runtree.Running {
				l.Step, l.Why = s.Name, "step "+s.Name+" runs"+e.since(s.Start)
			}
		}
	}
	return l
}

func nextOfTaskRun(reason string) string {
	switch v1.TaskRunReason(reason) {
	case v1.TaskRunReasonFailedResolution:
		return "check the name, namespace and params of the reference, or apply what is missing"
	case v1.TaskRunReasonTaskFailedValidation:
		return "correct the definition where it is stored"
	case v1.TaskRunReasonFailedValidation, v1.TaskRunReasonInvalidParamValue:
		return "correct the params, workspaces or results that are named"
	case v1.TaskRunReasonResourceVerificationFailed:
		return "sign the definition, or see which VerificationPolicy applies"
	case v1.TaskRunReasonCreateContainerConfigError:
		return "create the Secret, ConfigMap or key that the container refers to"
	case v1.TaskRunReasonPodCreationFailed:
		return "the API's answer names the field; check service account, image and template of the pod"
	case v1.TaskRunReasonPodAdmissionFailed:
		return "set securityContext as the policy of the namespace asks, or have the policy changed"
	case v1.TaskRunReasonCouldntCreateWorkspacePVC:
		return "look at quota and storage class of the claim"
	case v1.TaskRunReasonResultLargerThanAllowedLimit:
		return "write less into results, or raise max-result-size"
	case v1.TaskRunReasonPodEvicted:
		return "set requests, or raise the ephemeral-storage limit; retries help too"
	case v1.TaskRunReasonSidecarFailed, v1.TaskRunReasonInitContainerFailed:
		return "read the log of that container"
	default:
		return ""
	}
}

// failedTaskRun says why a TaskRun failed.
func (e *explainer) failedTaskRun(tr *v1.TaskRun, n *runtree.Node, c *apis.Condition) Line {
	l := Line{State: n.State, Why: firstLine(c.Message), Next: nextOfTaskRun(c.Reason)}
	_, before, _ := strings.Cut(c.Message, "\nPrevious status: ")
	switch v1.TaskRunReason(c.Reason) {
	case v1.TaskRunReasonCancelled:
		l.Why = "cancelled" + asker(tr.ManagedFields)
		if tr.Spec.StatusMessage != "" {
			l.Why += ": " + firstLine(string(tr.Spec.StatusMessage))
		}
	case v1.TaskRunReasonTimedOut:
		l.Next = "raise timeout (spec.timeout of a TaskRun, timeout of the pipeline task)"
		if before != "" {
			l.Why += "; before that: " + firstLine(before)
		}
	case v1.TaskRunReasonImagePullFailed:
		l.Why, l.Next = e.pull(tr, c.Message)
	case v1.TaskRunReasonStepFailed, v1.TaskRunReasonFailureIgnored, v1.TaskRunReasonStepOOM, v1.TaskRunReasonFailed,
		v1.TaskRunReasonSidecarOOM, v1.TaskRunReasonInitContainerOOM:
		return e.failedStep(tr, n, c, l)
	}
	return l
}

// failedStep says which step failed, and why, with the end of its log.
func (e *explainer) failedStep(tr *v1.TaskRun, n *runtree.Node, c *apis.Condition, l Line) Line {
	s, index := culprit(n)
	if why, next := e.disrupted(tr, c); why != "" {
		l.Why, l.Next = why, next
		return l
	}
	if s == nil {
		return l
	}
	l.Step = s.Name
	where := fmt.Sprintf("%s %d (%s)", strings.ToLower(s.Kind), index, s.Name)
	switch {
	case s.Reason == "OOMKilled" || strings.HasSuffix(c.Reason, "OOM"):
		limit := e.memoryLimit(tr, s)
		l.Why = where + " used more memory than it may (OOMKilled" + limit + ")"
		l.Next = "raise computeResources.limits.memory of the " + strings.ToLower(s.Kind)
		return l
	case s.Reason == "TimeoutExceeded":
		l.Why, l.Next = where+" took longer than its timeout", "raise timeout of the step"
	case s.ExitCode != nil:
		l.Why, l.Next = fmt.Sprintf("%s exited with code %d", where, *s.ExitCode), "read its log: tenon logs --failed tr/"+tr.Name
		// The message may say more than the code.
		if _, more, ok := strings.Cut(firstLine(c.Message), fmt.Sprintf("code %d: Error", *s.ExitCode)); ok && more != "" {
			l.Why += more
		}
	}
	if e.Log != nil && s.Pod != "" {
		l.Log = e.Log(s.Pod, s.Container)
	}
	return l
}

// culprit returns the first step or else sidecar that failed, with its number.
func culprit(n *runtree.Node) (*runtree.Node, int) {
	for _, kind := range []string{runtree.KindStep, runtree.KindSidecar} {
		index := 0
		for _, s := range n.Children {
			if s.Kind != kind {
				continue
			}
			index++
			if s.State.IsBad() && !s.Ignored || s.Reason == "OOMKilled" {
				return s, index
			}
		}
	}
	return nil, 0
}

// disrupted tells of pods that something took away.
func (e *explainer) disrupted(tr *v1.TaskRun, c *apis.Condition) (why, next string) {
	const retry = "give the task retries; they help against this"
	if pod := e.pods[tr.Status.PodName]; pod != nil {
		for _, pc := range pod.Status.Conditions {
			if pc.Type == corev1.DisruptionTarget && pc.Status == corev1.ConditionTrue {
				return disruption(pc.Reason) + ": " + firstLine(pc.Message), retry
			}
		}
		if pod.Status.Reason == "NodeLost" || pod.Status.Reason == "DeadlineExceeded" {
			return firstLine(pod.Status.Reason + ": " + pod.Status.Message), retry
		}
	}
	switch {
	case strings.Contains(c.Message, "The pod was deleted while it ran"):
		return "somebody deleted the pod while it ran", retry
	case strings.Contains(c.Message, "The pod was taken off its node"):
		_, text, _ := strings.Cut(c.Message, "The pod was taken off its node")
		return "the pod was taken off its node" + firstLine(text), retry
	}
	return "", ""
}

func disruption(reason string) string {
	switch reason {
	case "PreemptionByScheduler":
		return "the pod had to make room for one with a higher priority"
	case "EvictionByEvictionAPI":
		return "the pod was evicted through the API, as when a node is drained"
	case "DeletionByTaintManager", "DeletionByPodGC":
		return "the pod was deleted because its node is gone or does not want it"
	case "TerminationByKubelet":
		return "the node stopped the pod"
	default:
		return "the pod was taken off its node (" + reason + ")"
	}
}

// memoryLimit returns the limit of a step or sidecar for a text, empty if there is none that is known.
func (e *explainer) memoryLimit(tr *v1.TaskRun, s *runtree.Node) string {
	if pod := e.pods[s.Pod]; pod != nil {
		for i := range pod.Spec.Containers {
			if limit := pod.Spec.Containers[i].Resources.Limits.Memory(); pod.Spec.Containers[i].Name == s.Container && !limit.IsZero() {
				return ", its limit is " + limit.String()
			}
		}
	}
	if tr.Status.TaskSpec == nil {
		return ""
	}
	for i := range tr.Status.TaskSpec.Steps {
		step := &tr.Status.TaskSpec.Steps[i]
		if limit := step.ComputeResources.Limits.Memory(); step.Name == s.Name && !limit.IsZero() {
			return ", its limit is " + limit.String()
		}
	}
	return ""
}

func (e *explainer) customRun(cr *v1beta1.CustomRun, n *runtree.Node) Line {
	c := cr.Status.GetCondition(apis.ConditionSucceeded)
	l := Line{State: n.State}
	switch {
	case c == nil && n.Start.IsZero():
		kind := "this kind"
		switch {
		case cr.Spec.CustomRef != nil:
			kind = cr.Spec.CustomRef.APIVersion + " " + string(cr.Spec.CustomRef.Kind)
		case cr.Spec.CustomSpec != nil:
			kind = cr.Spec.CustomSpec.APIVersion + " " + cr.Spec.CustomSpec.Kind
		}
		l.State, l.Why = runtree.Waiting, "no controller for "+kind+" has touched it since "+cr.CreationTimestamp.UTC().Format("15:04:05 MST")
		l.Next = "install the controller of this custom task"
	case c == nil:
		l.Why = "runs" + e.since(n.Start)
	case c.IsTrue():
		l.Why = "succeeded" + took(n)
	case cr.Spec.Status == v1beta1.CustomRunSpecStatusCancelled:
		l.Why = "cancelled" + asker(cr.ManagedFields)
		if cr.Spec.StatusMessage != "" {
			l.Why += ": " + firstLine(string(cr.Spec.StatusMessage))
		}
	default:
		l.Why = firstLine(c.Reason + ": " + c.Message)
	}
	return l
}
