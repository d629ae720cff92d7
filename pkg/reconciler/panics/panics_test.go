package panics_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/reconciler/panics"
)

func TestCatch(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	var none []string
	tests := map[string]struct {
		f    func() error
		want string
		logs int
	}{
		"success":          {f: func() error { return nil }},
		"an error":         {f: func() error { return failed }, want: "failed"},
		"of the runtime":   {f: func() error { return errors.New(none[0]) }, want: "runtime error: index out of range [0] with length 0", logs: 1},
		"with a secret":    {f: func() error { panic("password") }, want: "panic with a string", logs: 1},
		"with an error":    {f: func() error { panic(failed) }, want: "panic with a *errors.errorString", logs: 1},
		"of another Catch": {f: func() error { panic(fmt.Errorf("again: %w", panics.Catch(t.Context(), func() error { panic(1) }))) }, want: "panic with a int"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logs bytes.Buffer
			core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&logs), zap.InfoLevel)
			err := panics.Catch(logging.WithLogger(t.Context(), zap.New(core).Sugar()), tc.f)
			text := fmt.Sprint(err)
			if err == nil {
				text = ""
			}
			if !strings.Contains(text, tc.want) || (err == nil) != (tc.want == "") || strings.Contains(text, "password") {
				t.Errorf("error %q, want it to say %q", text, tc.want)
			}
			if _, ok := panics.As(err); ok != strings.Contains(text, "defect") {
				t.Errorf("%v is a panic: %v", err, ok)
			}
			lines := strings.Count(logs.String(), "\n")
			if lines != tc.logs || lines > 0 && !strings.Contains(logs.String(), "panics_test.go") || strings.Contains(logs.String(), "password") {
				t.Errorf("log: %s", logs.String())
			}
		})
	}
}
