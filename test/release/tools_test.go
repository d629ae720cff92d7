//go:build e2e

package release

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// run returns what a command prints, and fails the test with what it complained about.
func (r *release) run(environment []string, name string, args ...string) []byte {
	r.t.Helper()
	var complaints bytes.Buffer
	command := exec.CommandContext(r.ctx, name, args...)
	command.Env = append(os.Environ(), environment...)
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		r.t.Fatalf("%s %v: %v\n%s", name, args, err, complaints.Bytes())
	}
	return out
}

// read returns a file of the release.
func (r *release) read(name string) string {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(r.out, name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(content)
}

func (r *release) write(file, content string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *release) parse(content []byte, into any) {
	r.t.Helper()
	if err := json.Unmarshal(content, into); err != nil {
		r.t.Fatalf("%v in %s", err, content)
	}
}

// layout lists what a layout of the release has.
func (r *release) layout(name string) []v1.Descriptor {
	r.t.Helper()
	index, err := layout.ImageIndexFromPath(filepath.Join(r.out, name))
	if err != nil {
		r.t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		r.t.Fatal(err)
	}
	return manifest.Manifests
}
