package taskplan

import (
	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// retry archives a failed attempt and starts over, if attempts are left (contract 2 §8.4).
func (p *pass) retry() {
	cond := p.status.GetCondition(apis.ConditionSucceeded)
	if !cond.IsFalse() || p.tr.IsCancelled() || !p.tr.IsRetriable() ||
		v1.TaskRunReason(cond.Reason) == v1.TaskRunReasonResourceVerificationFailed {
		return
	}
	message := cond.Message
	archived := p.status.DeepCopy()
	archived.RetriesStatus, archived.TaskSpec = nil, p.shownTask()
	p.status.RetriesStatus = append(p.status.RetriesStatus, *archived)
	if p.unsettled {
		p.status.TaskSpec = p.tr.Status.TaskSpec
	}
	p.status.StartTime, p.status.CompletionTime, p.status.PodName, p.status.Results = nil, nil, "", nil
	p.status.MarkRunning(v1.TaskRunReasonToBeRetried, message, p.stamp)
}

// featureFlags records the settings, as long as the run is not done (contract 2 §9.1).
func (p *pass) featureFlags() {
	flags := p.seen.Config.FeatureFlags
	if !flags.EnableProvenanceInStatus || p.tr.IsPending() {
		return
	}
	if p.status.Provenance == nil {
		p.status.Provenance = &v1.Provenance{}
	}
	p.status.Provenance.FeatureFlags = (*v1.FeatureFlags)(flags.DeepCopy())
}

// report derives the events from the change of the condition (contract 2 §1.9).
func (p *pass) report() {
	after := p.status.GetCondition(apis.ConditionSucceeded)
	if after == nil {
		return
	}
	if after.Status == p.before.Status && after.Reason == p.before.Reason && after.Message == p.before.Message {
		p.keepTransitionTime()
		return
	}
	p.step.Events = append(p.step.Events, p.news...)
	switch {
	case after.IsTrue():
		p.event(corev1.EventTypeNormal, "Succeeded", after.Message)
	case after.IsFalse():
		p.event(corev1.EventTypeWarning, "Failed", after.Message)
	case v1.TaskRunReason(after.Reason) != v1.TaskRunReasonStarted:
		p.event(corev1.EventTypeNormal, after.Reason, after.Message)
	}
}

// keepTransitionTime leaves the time of a condition alone that on the way has been something else, and now is what it was.
func (p *pass) keepTransitionTime() {
	for i := range p.status.Conditions {
		if c := &p.status.Conditions[i]; c.Type == apis.ConditionSucceeded {
			c.LastTransitionTime = p.before.LastTransitionTime
		}
	}
}
