// Package logtest keeps what is logged in memory, for tests.
package logtest

import (
	"encoding/json"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Lines are lines that were logged. They are for use by many goroutines.
type Lines struct {
	t  testing.TB
	mu sync.Mutex
	// all are the lines, each an object of its fields beside "level" and "message".
	all []map[string]any
}

// New returns a logger from a level on, and its lines.
func New(t testing.TB, level zapcore.Level) (*zap.SugaredLogger, *Lines) {
	lines := &Lines{t: t}
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		MessageKey: "message", LevelKey: "level", EncodeLevel: zapcore.LowercaseLevelEncoder, EncodeDuration: zapcore.StringDurationEncoder,
	})
	return zap.New(zapcore.NewCore(encoder, lines, level)).Sugar(), lines
}

// Write implements zapcore.WriteSyncer: each call is one line.
func (l *Lines) Write(line []byte) (int, error) {
	fields := map[string]any{}
	if err := json.Unmarshal(line, &fields); err != nil {
		l.t.Errorf("a line of the log is no JSON: %v: %s", err, line)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fields)
	return len(line), nil
}

// Sync implements zapcore.WriteSyncer.
func (*Lines) Sync() error { return nil }

// With returns the lines with that message, or all if it is empty.
func (l *Lines) With(message string) []map[string]any {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []map[string]any
	for _, fields := range l.all {
		if message == "" || fields["message"] == message {
			found = append(found, fields)
		}
	}
	return found
}
