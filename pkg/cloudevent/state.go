// Package cloudevent says which CloudEvents there are about runs (contract 4 §5.1) and what is in them. Everything here is a pure
// function of the run: the same state makes the same event, whoever makes it and however often.
package cloudevent

import (
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"
	duckv1 "knative.dev/pkg/apis/duck/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// Kind is a kind of run that events are sent about.
type Kind string

// The kinds.
const (
	TaskRun     Kind = "TaskRun"
	PipelineRun Kind = "PipelineRun"
	CustomRun   Kind = "CustomRun"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{TaskRun, PipelineRun, CustomRun} }

// Source returns the source component of the Kubernetes events about the delivery of CloudEvents about a kind.
func (k Kind) Source() string { return string(k) + "Events" }

// Object is a run: a TaskRun or PipelineRun of v1, or a CustomRun of v1beta1.
type Object interface {
	runtime.Object
	metav1.Object
}

// phase is what of a run the type of an event tells.
type phase string

const (
	queued     phase = "queued"
	started    phase = "started"
	running    phase = "running"
	unknown    phase = "unknown"
	successful phase = "successful"
	failed     phase = "failed"
)

// eventType returns the type of the event about a kind of run in a phase.
func eventType(kind Kind, p phase) string {
	return "dev.tekton.event." + strings.ToLower(string(kind)) + "." + string(p) + ".v1"
}

// phaseOf is the table of contract 4 §5.1.
func phaseOf(kind Kind, c *apis.Condition) phase {
	switch {
	case c == nil && kind == CustomRun:
		return started
	case c == nil:
		return queued
	case c.IsTrue():
		return successful
	case c.IsFalse():
		return failed
	case kind == CustomRun || c.Reason == string(v1.TaskRunReasonRunning):
		return running
	case c.Reason == string(v1.TaskRunReasonStarted):
		return started
	default:
		return unknown
	}
}

// State is what the decision about events needs to know of one state of a run.
type State struct {
	Kind Kind
	Key  types.NamespacedName
	UID  types.UID
	// Version is the resourceVersion as a number; 0 if it is none.
	Version uint64
	// Type is the type of the event about this state.
	Type string
	// ID is the id of that event.
	ID string
	// Since is when the run came into this state, by the clock of who wrote it.
	Since time.Time
	// Ended tells that no other state can follow.
	Ended bool
	// StartedAt is when the run started, its first attempt if there are several; zero if it has not.
	StartedAt time.Time
	// StartedID is the id of the event that tells of the start.
	StartedID string
	// Object is the run in this state. It is nobody's to change.
	Object Object
}

// Of returns the state of a run; false if the object is no run.
func Of(object any) (State, bool) {
	run, ok := object.(Object)
	if !ok {
		return State{}, false
	}
	var (
		kind   Kind
		status *duckv1.Status
		start  *metav1.Time
	)
	switch o := object.(type) {
	case *v1.TaskRun:
		kind, status, start = TaskRun, &o.Status.Status, o.Status.StartTime
		if len(o.Status.RetriesStatus) > 0 && o.Status.RetriesStatus[0].StartTime != nil {
			start = o.Status.RetriesStatus[0].StartTime
		}
	case *v1.PipelineRun:
		kind, status, start = PipelineRun, &o.Status.Status, o.Status.StartTime
	case *v1beta1.CustomRun:
		// The event "started" is about the creation of a CustomRun: its start is for others to tell.
		kind, status, start = CustomRun, &o.Status.Status, &o.CreationTimestamp
	default:
		return State{}, false
	}
	return stateOf(kind, run, status.GetCondition(apis.ConditionSucceeded), start), true
}

func stateOf(kind Kind, run Object, c *apis.Condition, start *metav1.Time) State {
	p := phaseOf(kind, c)
	s := State{
		Kind: kind, Key: types.NamespacedName{Namespace: run.GetNamespace(), Name: run.GetName()}, UID: run.GetUID(),
		Version: version(run), Type: eventType(kind, p), Since: run.GetCreationTimestamp().Time,
		Ended: p == successful || p == failed, Object: run,
	}
	if c != nil && !c.LastTransitionTime.Inner.IsZero() {
		s.Since = c.LastTransitionTime.Inner.Time
	}
	switch {
	case start != nil && !start.IsZero():
		s.StartedAt = start.Time
	case p != queued && p != unknown:
		// What has run or ended has started, even if it does not say when.
		s.StartedAt = s.Since
	}
	s.StartedID = OnceID(s.UID, eventType(kind, started))
	s.ID = OnceID(s.UID, s.Type)
	if p == unknown {
		s.ID = changeID(s.UID, s.Type, c)
	}
	return s
}

// version returns the resourceVersion as a number, which is what API servers make of it: comparable among the objects of a kind.
func version(run metav1.Object) uint64 {
	n, err := strconv.ParseUint(run.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// VersionOf returns kind and version of a run; 0 if there is none.
func VersionOf(object any) (Kind, uint64) {
	switch o := object.(type) {
	case *v1.TaskRun:
		return TaskRun, version(o)
	case *v1.PipelineRun:
		return PipelineRun, version(o)
	case *v1beta1.CustomRun:
		return CustomRun, version(o)
	default:
		return "", 0
	}
}
