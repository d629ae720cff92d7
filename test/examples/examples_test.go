//go:build e2e

package examples

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenon-ci/tenon/test/cluster"
)

type example struct {
	path  string
	flags string
	ends  string
}

// TestExamples runs the examples folder. A file says in its leading comments what is special about it:
//
//	# flags: enable-api-fields=alpha, enable-artifacts=true    feature flags that it needs
//	# ends: Failed                                             the reason that its runs end with, if not success
//
// A run without such a line has to succeed. Folders that start with an underscore are left out. TENON_EXAMPLES names
// another folder, TENON_EXAMPLES_ONLY a part of the path of the files to run, and TENON_EXAMPLES_FLAGS the flags of files
// that say nothing about flags.
func TestExamples(t *testing.T) {
	root := os.Getenv("TENON_EXAMPLES")
	if root == "" {
		root = filepath.Join("..", "..", "examples")
	}
	groups := map[string][]example{}
	for _, path := range files(t, root) {
		e := read(t, path)
		groups[e.flags] = append(groups[e.flags], e)
	}
	if len(groups) == 0 {
		t.Fatalf("no examples below %s", root)
	}
	// Each set of flags is a group of its own: flags hold for the whole cluster.
	for flags, members := range groups {
		name := flags
		if name == "" {
			name = "default flags"
		}
		t.Run(name, func(t *testing.T) {
			if flags != "" {
				cluster.SetConfig(t, "feature-flags", parseFlags(t, flags))
			}
			t.Run("files", func(t *testing.T) {
				for _, e := range members {
					t.Run(strings.TrimPrefix(e.path, root+string(filepath.Separator)), func(t *testing.T) {
						t.Parallel()
						run(t, e)
					})
				}
			})
		})
	}
}

func run(t *testing.T, e example) {
	ns := cluster.New(t)
	if checkRuns(t, ns, ns.CreateFile(e.path), e.ends) == 0 {
		t.Errorf("%s runs nothing", e.path)
	}
	settings := map[string]map[string]string{}
	if e.flags != "" {
		settings["feature-flags"] = parseFlags(t, e.flags)
	}
	text, err := os.ReadFile(e.path)
	if err != nil {
		t.Fatal(err)
	}
	compareLocally(t, ns, nameOf(e.path), string(text), settings)
}

// nameOf returns the last two elements of the path of an example.
func nameOf(path string) string {
	return filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
}

// checkRuns waits for the runs among the objects and compares the reason that they end with. It returns how many there are.
func checkRuns(t *testing.T, ns *cluster.Namespace, objects []*unstructured.Unstructured, ends string) int {
	t.Helper()
	runs := 0
	for _, object := range objects {
		got := ""
		switch object.GetKind() {
		case "TaskRun":
			got = ns.TaskRunDone(object.GetName()).Status.GetCondition("Succeeded").GetReason()
		case "PipelineRun":
			got = ns.PipelineRunDone(object.GetName()).Status.GetCondition("Succeeded").GetReason()
		default:
			continue
		}
		runs++
		want := []string{ends}
		if ends == "" {
			want = []string{"Succeeded", "Completed"}
		}
		if !slices.Contains(want, got) {
			t.Errorf("%s ended with %s, want %s", describe(object), got, strings.Join(want, " or "))
		}
	}
	return runs
}

func describe(o *unstructured.Unstructured) string { return o.GetKind() + " " + o.GetName() }

func files(t *testing.T, root string) []string {
	t.Helper()
	only := os.Getenv("TENON_EXAMPLES_ONLY")
	var paths []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), "_") || d.Name() == "demo"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".yaml" && strings.Contains(path, only):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// read takes the settings from the comments at the top of a file.
func read(t *testing.T, path string) example {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e := example{path: path, flags: os.Getenv("TENON_EXAMPLES_FLAGS")}
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		key, value, _ := strings.Cut(strings.TrimSpace(comment), ":")
		switch key {
		case "flags":
			e.flags = strings.TrimSpace(value)
		case "ends":
			e.ends = strings.TrimSpace(value)
		}
	}
	return e
}

func parseFlags(t *testing.T, text string) map[string]string {
	t.Helper()
	flags := map[string]string{}
	for _, pair := range strings.Split(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			t.Fatalf("flag %q has no value", pair)
		}
		flags[key] = value
	}
	return flags
}
