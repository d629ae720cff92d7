package decisionlog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/logging"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog"
	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog/logtest"
)

func TestLines(t *testing.T) {
	t.Parallel()
	run := &v1.TaskRun{ObjectMeta: metav1.ObjectMeta{Name: "tr", Namespace: "ns"}}
	action := decisionlog.Action{Run: run, Task: "build", Decision: "createPod", Object: "tr-pod", Reason: "NoPod"}
	condition := func(status corev1.ConditionStatus, reason string) *apis.Condition {
		return &apis.Condition{Type: apis.ConditionSucceeded, Status: status, Reason: reason, Message: "never logged"}
	}
	changed := func(status, reason string) []map[string]any {
		return []map[string]any{{"level": "debug", "message": "condition changed", "run": "ns/tr", "task": "build", "status": status, "reason": reason}}
	}
	change := func(before, after *apis.Condition) func(context.Context) {
		return func(ctx context.Context) { decisionlog.Change(ctx, run, "build", before, after) }
	}
	running := condition(corev1.ConditionUnknown, "Running")
	for name, tc := range map[string]struct {
		level zapcore.Level
		tell  func(context.Context)
		want  []map[string]any
	}{
		"carried out": {level: zap.DebugLevel, tell: func(ctx context.Context) { decisionlog.Tell(ctx, action, nil) }, want: []map[string]any{{
			"level": "debug", "message": "carried out", "run": "ns/tr", "task": "build", "decision": "createPod", "object": "tr-pod", "reason": "NoPod",
		}}},
		"refused": {level: zap.DebugLevel, tell: func(ctx context.Context) { decisionlog.Tell(ctx, action, errors.New("quota")) }, want: []map[string]any{{
			"level": "debug", "message": "not carried out", "run": "ns/tr", "task": "build", "decision": "createPod", "object": "tr-pod", "reason": "NoPod",
			"error": "quota",
		}}},
		"level info":      {level: zap.InfoLevel, tell: func(ctx context.Context) { decisionlog.Tell(ctx, action, errors.New("quota")) }},
		"first condition": {level: zap.DebugLevel, tell: change(nil, running), want: changed("Unknown", "Running")},
		"another reason":  {level: zap.DebugLevel, tell: change(running, condition(corev1.ConditionUnknown, "Stopping")), want: changed("Unknown", "Stopping")},
		"another status":  {level: zap.DebugLevel, tell: change(running, condition(corev1.ConditionTrue, "Running")), want: changed("True", "Running")},
		"another message": {level: zap.DebugLevel, tell: change(&apis.Condition{Status: corev1.ConditionUnknown, Reason: "Running"}, running)},
		"no condition":    {level: zap.DebugLevel, tell: change(nil, nil)},
		"change at info":  {level: zap.InfoLevel, tell: change(nil, running)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logger, lines := logtest.New(t, tc.level)
			tc.tell(logging.WithLogger(t.Context(), logger))
			if diff := cmp.Diff(tc.want, lines.With("")); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}
