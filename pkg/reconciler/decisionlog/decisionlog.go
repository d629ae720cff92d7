// Package decisionlog writes one line at debug level for each decision that a reconciler carries out: each action and each change of the
// condition Succeeded. Lines name the run, the pipeline task and the reason, and nothing that users put into objects: neither objects nor
// messages are logged.
package decisionlog

import (
	"context"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/logging"
)

// Keys of fields.
const (
	// Run is namespace and name of the run.
	Run = "run"
	// Task is the pipeline task, empty without one.
	Task = "task"
	// Decision is what was carried out, named like its span.
	Decision = "decision"
	// Object is the name of what it was done to.
	Object = "object"
	// Status and Reason are those of the condition Succeeded.
	Status = "status"
	Reason = "reason"
)

// Messages of the lines.
const (
	CarriedOut       = "carried out"
	Refused          = "not carried out"
	ConditionChanged = "condition changed"
)

// Action is a decision that was carried out, or refused with an error.
type Action struct {
	// Run is what it was decided about.
	Run metav1.Object
	// Task, Decision, Object and Reason are the fields of those names.
	Task, Decision, Object, Reason string
}

// Tell writes the line about an action.
func Tell(ctx context.Context, a Action, err error) {
	logger, ok := debug(ctx)
	if !ok {
		return
	}
	fields := []any{Run, nameOf(a.Run), Task, a.Task, Decision, a.Decision, Object, a.Object, Reason, a.Reason}
	if err != nil {
		logger.Debugw(Refused, append(fields, "error", err)...)
		return
	}
	logger.Debugw(CarriedOut, fields...)
}

// Change writes the line about the condition of a run, if its status or its reason has changed.
func Change(ctx context.Context, run metav1.Object, task string, before, after *apis.Condition) {
	if after == nil || before != nil && before.Status == after.Status && before.Reason == after.Reason {
		return
	}
	if logger, ok := debug(ctx); ok {
		logger.Debugw(ConditionChanged, Run, nameOf(run), Task, task, Status, after.Status, Reason, after.Reason)
	}
}

// debug returns the logger, if it writes lines of that level: making their fields would cost something.
func debug(ctx context.Context) (*zap.SugaredLogger, bool) {
	logger := logging.FromContext(ctx)
	return logger, logger.Level() <= zapcore.DebugLevel
}

func nameOf(run metav1.Object) string { return run.GetNamespace() + "/" + run.GetName() }
