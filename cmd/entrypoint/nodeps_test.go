package main

import (
	"testing"

	"knative.dev/pkg/depcheck"
)

// TestLinksLittle keeps the runner small: its size is copied into every pod. Neither Kubernetes nor CEL may get in, nor
// large parts of the standard library such as net/http, regexp and text/template.
func TestLinksLittle(t *testing.T) {
	t.Parallel()
	const own = "github.com/tenon-ci/tenon/"
	depcheck.AssertOnlyDependencies(t, map[string][]string{
		own + "cmd/entrypoint": {
			own + "cmd/entrypoint",
			own + "pkg/entrypoint",
			own + "pkg/entrypoint/creds",
			own + "pkg/entrypoint/foreign",
			own + "pkg/entrypoint/handover",
			own + "pkg/entrypoint/process",
			own + "pkg/entrypoint/protocol",
			own + "pkg/entrypoint/watch",
			own + "pkg/names",
			own + "pkg/substitution",
			own + "pkg/termination",
			own + "pkg/when",
			"golang.org/x/sys/unix",

			"bufio", "bytes", "cmp", "compress/flate", "compress/gzip", "context", "crypto/md5", "crypto/sha256", "encoding/base64",
			"encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt", "hash/fnv", "io", "io/fs", "iter", "maps", "math",
			"math/bits", "net/url", "os", "os/signal", "path", "path/filepath", "reflect", "runtime", "runtime/debug", "slices",
			"sort", "strconv", "strings", "sync", "sync/atomic", "syscall", "time", "unicode", "unicode/utf8", "unsafe",
		},
	})
}
