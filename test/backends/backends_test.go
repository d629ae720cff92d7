//go:build e2e

// Package backends runs the examples by "tenon run" on every backend that this machine has, and looks for what killed programs leave.
package backends

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tenon-ci/tenon/test/tenon"
)

// mirror has the images of the examples, under the path that they have in any registry.
const mirror = "*=http://registry.local:5000"

// backend is a way to run containers here.
type backend struct {
	name string
	args []string
	env  func(t *testing.T) []string
	as   func(t *testing.T) *syscall.Credential
	// without are examples, by the beginning of their path, that cannot run so, and why.
	without map[string]string
	// some are the examples that are run unless TENON_BACKENDS=all: Podman takes seconds for a pod.
	some []string
	// alone says that all pods share one network, so that examples with servers would meet.
	alone bool
}

// cannotOnHost says why examples cannot run as plain processes.
var cannotOnHost = map[string]string{
	"taskruns/image-command":         "an image that is not there has no command",
	"taskruns/registry-credentials":  "it needs the program of an image",
	"taskruns/sidecar.yaml":          "it needs the server of an image",
	"taskruns/sidecar-native":        "it needs the server of an image",
	"taskruns/security-context":      "it needs users of an image",
	"taskruns/git-credentials":       "it needs the image's git and a server in the cluster",
	"taskruns/ssh-credentials":       "it needs an SSH server of an image",
	"pipelineruns/workspace-volumes": "it mounts images",
}

var backends = []backend{
	{name: "oci", args: []string{"--backend=oci", "--network=none"}},
	{name: "oci as an ordinary user", args: []string{"--backend=oci", "--network=none"}, as: ordinaryUser},
	{name: "docker", args: []string{"--backend=docker", "--network=private"}, env: podman, some: []string{
		"taskruns/hello", "taskruns/results.yaml", "taskruns/sidecar.yaml", "taskruns/step-fails", "taskruns/workspaces", "pipelineruns/results.yaml",
	}},
	{name: "host", args: []string{"--backend=host"}, without: cannotOnHost, alone: true},
}

// TestExamplesOnEveryBackend checks how the runs of each example end. TENON_BACKENDS_ONLY is a part of the name of an
// example; TENON_BACKENDS=all runs all on backends that are slow.
func TestExamplesOnEveryBackend(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("switching users and starting services needs root")
	}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			var env []string
			if b.env != nil {
				env = b.env(t)
			}
			call := tenon.Call{Home: home(t, b), Env: env}
			if b.as != nil {
				call.As = b.as(t)
				give(t, call.Home, call.As)
			}
			t.Run("files", func(t *testing.T) {
				for _, e := range examples(t) {
					t.Run(e.name, func(t *testing.T) {
						if !b.alone {
							t.Parallel()
						}
						if len(b.some) > 0 && os.Getenv("TENON_BACKENDS") != "all" && !slices.ContainsFunc(b.some, func(p string) bool { return strings.HasPrefix(e.name, p) }) {
							t.Skip("it is run with TENON_BACKENDS=all")
						}
						skip(t, e.name, cannotAnywhere)
						skip(t, e.name, b.without)
						runExample(t, call, b.args, e)
					})
				}
			})
		})
	}
}

// cannotAnywhere says why examples mean nothing on a machine without a cluster, or on this one.
var cannotAnywhere = map[string]string{
	"pipelineruns/custom-task": "there is no controller for custom tasks, which is told at once",
}

func skip(t *testing.T, name string, reasons map[string]string) {
	t.Helper()
	for prefix, reason := range reasons {
		if strings.HasPrefix(name, prefix) {
			t.Skip(reason)
		}
	}
	if strings.HasPrefix(name, "taskruns/compute-resources") && !hasUnifiedCgroups() {
		t.Skip("limits need control groups of version 2")
	}
}

func hasUnifiedCgroups() bool {
	_, err := os.Stat("/sys/fs/cgroup/cgroup.controllers")
	return err == nil
}

func runExample(t *testing.T, call tenon.Call, args []string, e example) {
	call.Args = slices.Concat([]string{"run", "-o", "json", "--mirror=" + mirror}, args, e.flags, []string{"-"})
	call.Stdin = e.text
	outcome := tenon.Run(t, call)
	want := tenon.Succeeded
	if e.ends != "" && e.ends != "Completed" {
		want = tenon.Failed
	}
	if outcome.Code != want {
		t.Fatalf("exit code %d, want %d\n%s", outcome.Code, want, outcome.Stderr)
	}
	for _, o := range outcome.Objects(t) {
		if len(o.GetOwnerReferences()) > 0 || o.GetKind() != "TaskRun" && o.GetKind() != "PipelineRun" {
			continue
		}
		reason := reasonOf(o.Object)
		if e.ends == "" && reason != "Succeeded" && reason != "Completed" || e.ends != "" && reason != e.ends {
			t.Errorf("%s %s ended with %s, want %q\n%s", o.GetKind(), o.GetName(), reason, e.ends, outcome.Stderr)
		}
	}
}

func reasonOf(object map[string]any) string {
	status, _ := object["status"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	for _, c := range conditions {
		if condition, ok := c.(map[string]any); ok && condition["type"] == "Succeeded" {
			reason, _ := condition["reason"].(string)
			return reason
		}
	}
	return ""
}

// example is a file, with the settings that its first comments have.
type example struct {
	name, text, ends string
	flags            []string
}

func examples(t *testing.T) []example {
	t.Helper()
	root := filepath.Join("..", "..", "examples")
	var found []example
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "_"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".yaml" || !strings.Contains(path, os.Getenv("TENON_BACKENDS_ONLY")):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		e := example{name: strings.TrimPrefix(path, root+"/"), text: string(text)}
		e.readComments()
		found = append(found, e)
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("reading the examples: %v, %d found", err, len(found))
	}
	return found
}

func (e *example) readComments() {
	for line := range strings.Lines(e.text) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			return
		}
		key, value, _ := strings.Cut(strings.TrimSpace(comment), ":")
		switch key {
		case "flags":
			for flag := range strings.SplitSeq(value, ",") {
				e.flags = append(e.flags, "--feature="+strings.TrimSpace(flag))
			}
		case "ends":
			e.ends = strings.TrimSpace(value)
		}
	}
}

// home is a folder that the runs of a backend share: images are unpacked once.
func home(t *testing.T, b backend) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "tenon-backends", strings.ReplaceAll(b.name, " ", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // another user has to reach it
		t.Fatal(err)
	}
	return dir
}

func give(t *testing.T, dir string, to *syscall.Credential) {
	t.Helper()
	if err := os.Chown(dir, int(to.Uid), int(to.Gid)); err != nil {
		t.Fatal(err)
	}
}

// userName is that of the user that tests run as who are not to be root. It has more ids in /etc/subuid.
const userName = "tenon-test"

func ordinaryUser(t *testing.T) *syscall.Credential {
	t.Helper()
	if _, err := user.Lookup(userName); err != nil {
		if out, err := exec.Command("useradd", "--create-home", userName).CombinedOutput(); err != nil {
			t.Skipf("adding a user: %v: %s", err, out)
		}
	}
	giveIDs(t)
	u, err := user.Lookup(userName)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	credential := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	try := exec.Command("unshare", "--user", "--map-root-user", "--mount", "true")
	try.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	if out, err := try.CombinedOutput(); err != nil {
		t.Skipf("this machine has no user namespaces for ordinary users: %v: %s", err, out)
	}
	return credential
}

// giveIDs gives the user more ids, as useradd does where the files for them exist.
func giveIDs(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/etc/subuid", "/etc/subgid"} {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), userName+":") {
			continue
		}
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // everybody reads it
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteString(userName + ":100000:65536\n")
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// podman starts Podman's service and returns the variable that names its socket, which the script prints.
func podman(t *testing.T) []string {
	t.Helper()
	script := filepath.Join("..", "..", "hack", "podman.sh")
	out, err := exec.Command(script, "start").Output()
	if err != nil {
		t.Skipf("Podman does not run on this machine: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(script, "stop").CombinedOutput(); err != nil {
			t.Errorf("stopping Podman: %v\n%s", err, out)
		}
	})
	return []string{strings.TrimSpace(string(out))}
}
