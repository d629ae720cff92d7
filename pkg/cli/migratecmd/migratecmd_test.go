package migratecmd_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tenon-ci/tenon/pkg/cli/clustercmd"
	"github.com/tenon-ci/tenon/pkg/cli/migratecmd"
	"github.com/tenon-ci/tenon/pkg/migrate/cluster"
)

const (
	good = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: a}\nspec: {steps: [{image: 'i:1'}]}\n"
	old  = "# a Task\napiVersion: tekton.dev/v1alpha1\nkind: Task\nmetadata: {name: a}\nspec:\n  inputs:\n    params: [{name: x}]\n" +
		"  steps:\n  - image: i:1\n    args: [$(inputs.params.x)]\n"
	translated = "# a Task\napiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: a}\nspec:\n  params: [{name: x}]\n" +
		"  steps:\n  - image: i:1\n    args: [$(params.x)]\n"
)

// api is a cluster with one Pipeline.
type api struct{}

func (a api) Get(_ context.Context, path string, _ url.Values) ([]byte, error) {
	if path == "/apis/tekton.dev/v1/pipelines" || path == "/apis/tekton.dev/v1/namespaces/ci/pipelines" {
		return []byte(`{"kind":"PipelineList","apiVersion":"tekton.dev/v1","items":[{"metadata":{"name":"p"},` +
			`"spec":{"tasks":[{"name":"a","taskRef":{"kind":"ClusterTask","name":"x"}}]}}]}`), nil
	}
	return nil, apierrors.NewNotFound(schema.GroupResource{}, path)
}

func execute(t *testing.T, input string, args ...string) (code int, out, text string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := migratecmd.New(migratecmd.Options{Connect: func(w clustercmd.Where) (cluster.Getter, error) {
		if w.Context == "none" {
			return nil, errors.New("no such context")
		}
		return api{}, nil
	}})
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(input))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err := cmd.ExecuteContext(t.Context())
	var exit *migratecmd.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), stdout.String(), stderr.String() + err.Error()
	}
	if err != nil {
		t.Fatalf("error %v has no exit code", err)
	}
	return 0, stdout.String(), stderr.String()
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		input string
		args  []string
		code  int
		// out and err are parts of what is written and of the error.
		out, err string
	}{
		"clean":              {good, []string{"check", "-"}, 0, "0 block, 0 differ, 0 to know; looked at 1 Task\n", ""},
		"blocks":             {old, []string{"check", "-"}, 1, "-:2:1: blocks: Task/a: apiVersion: v1alpha1 of Task is not served", "exit code 1"},
		"JSON":               {old, []string{"check", "-o", "json", "-"}, 1, `"id": "removed-version"`, "exit code 1"},
		"cluster":            {"", []string{"check", "--cluster"}, 1, "blocks: Pipeline/p: spec.tasks[0].taskRef.kind: there are no ClusterTasks", "exit code 1"},
		"namespace":          {"", []string{"check", "--cluster", "-n", "ci"}, 1, "[cluster-task]", "exit code 1"},
		"another namespace":  {"", []string{"check", "--cluster", "-n", "x"}, 2, "[unserved]", "nothing could be read"},
		"no cluster":         {"", []string{"check", "--cluster", "--context", "none"}, 2, "", "no such context"},
		"rules":              {"", []string{"check", "--rules"}, 0, "pipeline-resource    blocks   PipelineResources are used", ""},
		"nothing":            {"", []string{"check"}, 2, "", "name the files or folders to check, - for standard input, or --cluster"},
		"both":               {"", []string{"check", "--cluster", "-R", "x"}, 2, "", "name files, or --cluster, not both"},
		"two scopes":         {"", []string{"check", "--cluster", "-A", "-n", "x"}, 2, "", "name a namespace, or --all-namespaces"},
		"output":             {"", []string{"check", "-o", "xml", "-"}, 2, "", `--output is "xml": choose text or json`},
		"no YAML":            {"a: [", []string{"check", "-"}, 2, "", "-:1:1: did not find expected node content"},
		"unknown option":     {"", []string{"check", "--x"}, 2, "", "unknown flag: --x"},
		"translate":          {old, []string{"files", "-"}, 0, translated, ""},
		"translate nothing":  {"", []string{"files"}, 2, "", "name the files or folders to translate"},
		"translate bad YAML": {"a: b\n---\na: [\n", []string{"files", "-"}, 2, "", "-:3:1: did not find expected node content"},
		"two ways":           {"", []string{"files", "-w", "--diff", "x"}, 2, "", "choose one of --write, --diff and --output-dir"},
		"input to write":     {"", []string{"files", "-w", "-"}, 2, "", "standard input has no file to write to"},
		"no file":            {"", []string{"files", filepath.Join("no", "such")}, 2, "", "no such file or directory"},
		"note":               {"apiVersion: tekton.dev/v1beta1\nkind: ClusterTask\nmetadata: {name: a}\nspec: {steps: [{image: 'i:1'}]}\n", []string{"files", "-"}, 0, "  # tenon migrate: this was a ClusterTask.", "-:3: ClusterTask/a: this was a ClusterTask."},
		"diff": {old, []string{"files", "--diff", "-"}, 1, "--- -\n+++ -\n@@ -1,10 +1,9 @@\n # a Task\n-apiVersion: tekton.dev/v1alpha1\n+apiVersion: tekton.dev/v1\n" +
			" kind: Task\n metadata: {name: a}\n spec:\n-  inputs:\n-    params: [{name: x}]\n+  params: [{name: x}]\n   steps:\n   - image: i:1\n" +
			"-    args: [$(inputs.params.x)]\n+    args: [$(params.x)]\n", "exit code 1"},
		"no diff": {good, []string{"files", "--diff", "-"}, 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, text := execute(t, tc.input, tc.args...)
			if code != tc.code || !strings.Contains(text, tc.err) || !strings.Contains(out, tc.out) {
				t.Errorf("code %d, error %q, output:\n%s", code, text, out)
			}
		})
	}
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"a.yaml": good, "sub/b.yml": old, "c.txt": old} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{"a.yaml", "sub/b.yml", "c.txt"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			out[name] = string(text)
		}
	}
	return out
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	code, _, text := execute(t, "", "files", "-w", dir)
	if code != 0 || text != "1 of 2 files changed\n" {
		t.Fatalf("code %d, %s", code, text)
	}
	if diff := cmp.Diff(map[string]string{"a.yaml": good, "sub/b.yml": translated, "c.txt": old}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(dir, "sub/b.yml")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info, err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "sub")); err != nil || len(entries) != 1 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

func TestOutputDir(t *testing.T) {
	t.Parallel()
	dir, into := folder(t), filepath.Join(t.TempDir(), "new")
	if code, _, text := execute(t, "", "files", "-o", into, dir); code != 0 {
		t.Fatalf("code %d, %s", code, text)
	}
	if diff := cmp.Diff(map[string]string{"a.yaml": good, "sub/b.yml": translated}, contents(t, into)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if contents(t, dir)["sub/b.yml"] != old {
		t.Error("the old file is changed")
	}
}

func TestPrintedFilesAreOneStream(t *testing.T) {
	t.Parallel()
	_, out, _ := execute(t, "", "files", folder(t))
	if want := good + "---\n" + translated; out != want {
		t.Errorf("output:\n%s", cmp.Diff(want, out))
	}
}
