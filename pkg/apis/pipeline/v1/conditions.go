package v1

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"
)

// ConditionTrustedResourcesVerified says whether the signatures of the definitions verified (contract 4 §4.3).
const ConditionTrustedResourcesVerified apis.ConditionType = "TrustedResourcesVerified"

var runConditionSet = apis.NewBatchConditionSet()

// setCondition stores cond unless it is there already, keeps the list sorted by type, and sets the transition time to
// now whenever status, reason or message change. It reports whether anything changed.
func setCondition(status *duckv1.Status, cond apis.Condition, now time.Time) bool {
	i := slices.IndexFunc(status.Conditions, func(c apis.Condition) bool { return c.Type == cond.Type })
	if i >= 0 {
		cond.LastTransitionTime = status.Conditions[i].LastTransitionTime
		if cond == status.Conditions[i] {
			return false
		}
	}
	cond.LastTransitionTime = apis.VolatileTime{Inner: metav1.NewTime(now)}
	// A copy, so that a status that shares the list with another one leaves that alone.
	conditions := slices.Clone(status.Conditions)
	if i >= 0 {
		conditions[i] = cond
	} else {
		conditions = append(conditions, cond)
	}
	slices.SortStableFunc(conditions, func(a, b apis.Condition) int {
		return strings.Compare(string(a.Type), string(b.Type))
	})
	status.Conditions = conditions
	return true
}

func succeeded(status corev1.ConditionStatus, reason, message string) apis.Condition {
	return apis.Condition{Type: apis.ConditionSucceeded, Status: status, Reason: reason, Message: message}
}

func isDone(status *duckv1.Status) bool {
	return !status.GetCondition(apis.ConditionSucceeded).IsUnknown()
}
