package recorder

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/reconciler/recent"
)

// Reasons of the events about the start and the end of a run (contract 2 §1.9, 3 §1.5).
const (
	reasonStarted   = "Started"
	reasonSucceeded = "Succeeded"
	reasonFailed    = "Failed"
)

func isMilestone(reason string) bool {
	return reason == reasonStarted || reason == reasonSucceeded || reason == reasonFailed
}

// Memory knows which events this process has recorded.
type Memory interface {
	Told(run types.UID, reason string)
	HasTold(run types.UID, reason string) bool
}

// Run is what [Retell] looks at.
type Run struct {
	Object interface {
		runtime.Object
		metav1.Object
	}
	// Succeeded is the condition of that name, nil if there is none.
	Succeeded *apis.Condition
	// Start and End are when the run started and ended, nil if it has not.
	Start, End *metav1.Time
}

// Retell records the events about the start and the end of a run, if they are not long ago and not known to be recorded: a process that
// was killed may have written the status and not the event. What was recorded is not recorded twice.
func Retell(recorder record.EventRecorder, memory Memory, now time.Time, run Run) {
	uid := run.Object.GetUID()
	tell := func(at *metav1.Time, kind, reason, message string) {
		if at == nil || now.Sub(at.Time) > recent.Hindsight || memory.HasTold(uid, reason) {
			return
		}
		recorder.Event(run.Object, kind, reason, message)
		memory.Told(uid, reason)
	}
	tell(run.Start, corev1.EventTypeNormal, reasonStarted, "")
	switch c := run.Succeeded; {
	case c.IsTrue():
		tell(run.End, corev1.EventTypeNormal, reasonSucceeded, c.Message)
	case c.IsFalse():
		tell(run.End, corev1.EventTypeWarning, reasonFailed, c.Message)
	}
}
