package plan

import (
	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

func (out *draft) normal(reason, message string) {
	out.events = append(out.events, Event{Type: corev1.EventTypeNormal, Reason: reason, Message: message})
}

func (out *draft) warn(reason, message string) {
	out.events = append(out.events, Event{Type: corev1.EventTypeWarning, Reason: reason, Message: message})
}

// conditionEvents returns the event about a change of the condition, if there was one (contract 3 §1.5). The start has an
// event of its own.
func conditionEvents(before, after *v1.PipelineRunStatus) []Event {
	was, is := before.GetCondition(apis.ConditionSucceeded), after.GetCondition(apis.ConditionSucceeded)
	if is == nil || was != nil && was.Status == is.Status && was.Reason == is.Reason && was.Message == is.Message {
		return nil
	}
	switch {
	case is.IsTrue():
		return []Event{{Type: corev1.EventTypeNormal, Reason: "Succeeded", Message: is.Message}}
	case is.IsFalse():
		return []Event{{Type: corev1.EventTypeWarning, Reason: "Failed", Message: is.Message}}
	case is.Reason == v1.PipelineRunReasonStarted.String():
		return nil
	default:
		return []Event{{Type: corev1.EventTypeNormal, Reason: is.Reason, Message: is.Message}}
	}
}
