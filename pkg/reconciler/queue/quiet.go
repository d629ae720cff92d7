package queue

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// passMessage is what the framework says at level info after each pass, of which a run needs many.
const passMessage = "Reconcile succeeded"

// quiet returns a logger for which the end of a pass is a matter of level debug.
func quiet(logger *zap.SugaredLogger) *zap.SugaredLogger {
	return logger.Desugar().WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core { return quietCore{core} })).Sugar()
}

// quietCore lowers the level of one message.
type quietCore struct{ zapcore.Core }

// With implements zapcore.Core.
func (c quietCore) With(fields []zapcore.Field) zapcore.Core { return quietCore{c.Core.With(fields)} }

// Level tells zap the level, which it cannot see through a wrapper.
func (c quietCore) Level() zapcore.Level { return zapcore.LevelOf(c.Core) }

// Check implements zapcore.Core.
func (c quietCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if entry.Level == zapcore.InfoLevel && entry.Message == passMessage {
		entry.Level = zapcore.DebugLevel
		if !c.Enabled(entry.Level) {
			return checked
		}
	}
	return c.Core.Check(entry, checked)
}
