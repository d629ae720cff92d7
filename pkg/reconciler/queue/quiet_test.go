package queue

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/tenon-ci/tenon/pkg/reconciler/decisionlog/logtest"
)

func TestQuiet(t *testing.T) {
	t.Parallel()
	for level, want := range map[zapcore.Level][]map[string]any{
		zap.InfoLevel: {{"level": "info", "message": "something else", "key": "ns/run"}},
		zap.DebugLevel: {
			{"level": "debug", "message": "Reconcile succeeded", "key": "ns/run"}, {"level": "info", "message": "something else", "key": "ns/run"},
		},
	} {
		logger, lines := logtest.New(t, level)
		logger = quiet(logger).With("key", "ns/run")
		logger.Infow("Reconcile succeeded")
		logger.Infow("something else")
		if diff := cmp.Diff(want, lines.With("")); diff != "" || logger.Level() != level {
			t.Errorf("from level %v on, logger says %v (-want +got):\n%s", level, logger.Level(), diff)
		}
	}
}
