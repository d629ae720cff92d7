package resolutionrequest

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
)

// Reasons of the Succeeded condition that the lifecycle sets (contract 4 §1.3). Resolvers set others.
const (
	ReasonInProgress = "ResolutionInProgress"
	ReasonTimedOut   = "ResolutionTimedOut"
)

const messageInProgress = "waiting for resolver"

// next decides which Succeeded condition the request should have, and when the answer changes by itself; a zero time means never.
// A request that is done stays as it is.
func next(rr *v1beta1.ResolutionRequest, limit time.Duration, now time.Time) (apis.Condition, time.Time) {
	if rr.IsDone() {
		return *rr.Status.GetCondition(apis.ConditionSucceeded), time.Time{}
	}
	cond := apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionUnknown, Reason: ReasonInProgress, Message: messageInProgress}
	deadline := rr.CreationTimestamp.Add(limit)
	switch {
	case rr.Status.Data != "":
		return apis.Condition{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue}, time.Time{}
	case now.After(deadline):
		cond.Status, cond.Reason = corev1.ConditionFalse, ReasonTimedOut
		cond.Message = fmt.Sprintf("resolution took longer than global timeout of %s", limit)
		return cond, time.Time{}
	default:
		return cond, deadline.Add(time.Millisecond)
	}
}

// differs tells whether the request does not have the condition yet.
func differs(rr *v1beta1.ResolutionRequest, cond apis.Condition) bool {
	have := rr.Status.GetCondition(apis.ConditionSucceeded)
	return have == nil || have.Status != cond.Status || have.Reason != cond.Reason || have.Message != cond.Message
}
