package process_test

import (
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/local/process"
)

// TestServerDies checks that nobody waits for a server that is gone.
func TestServerDies(t *testing.T) {
	t.Parallel()
	if err := process.Available(); err != nil {
		t.Skip(err)
	}
	runtime, err := process.New(process.Options{Server: []string{"sh", "-c", "head -c 1 >/dev/null; echo no more >&2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = runtime.Close() }()
	sandbox := pod(t, runtime, t.TempDir())
	spec, _ := shell("true")
	if _, err := sandbox.Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "no more") {
		t.Errorf("error %v, want what the server has said", err)
	}
}
