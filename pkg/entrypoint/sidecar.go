package entrypoint

import (
	"os"

	"github.com/tenon-ci/tenon/pkg/entrypoint/process"
	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// sidecar becomes the process of a sidecar's script, and returns only if there is none. A sidecar is stopped by giving its
// container another image, in which the same command is started (contract 2 §2.10); that the script cannot run there must not
// make a pod fail that has done its work.
func (r *Runner) sidecar(argv []string) int {
	if _, err := os.Stat(r.Layout.Path(protocol.NopProgram)); err == nil {
		return 0
	}
	r.logf("starting the sidecar's script: %v", process.Become(argv, r.Env))
	return codeNotStarted
}
