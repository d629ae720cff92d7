package taskrun

import (
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/discovery"
)

// nativeSidecarVersion is the first version of Kubernetes whose init containers may go on running.
var nativeSidecarVersion = version.MajorMinor(1, 29)

// serverAtLeast returns a function that tells whether the API server has the version. It asks once; a server that does not say
// counts as older, until it says.
func serverAtLeast(d discovery.ServerVersionInterface, least *version.Version) func() bool {
	var (
		mu     sync.Mutex
		known  bool
		answer bool
	)
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		if known {
			return answer
		}
		info, err := d.ServerVersion()
		if err != nil {
			return false
		}
		have, err := version.ParseGeneric(strings.TrimPrefix(info.GitVersion, "v"))
		known, answer = true, err == nil && have.AtLeast(least)
		return answer
	}
}
