//go:build e2e

package definitions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/test/cluster"
)

// TestPublicExamples runs the public Tekton examples that fetch from the catalog at github.com, with a catalog in the cluster in its
// place. TENON_PUBLIC_EXAMPLES names the folder that holds the folder taskruns; otherwise one beside the checkout is looked for.
func TestPublicExamples(t *testing.T) {
	t.Parallel()
	root := os.Getenv("TENON_PUBLIC_EXAMPLES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "examples")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("TENON_PUBLIC_EXAMPLES names no folder with the public Tekton examples")
	}
	replace := strings.NewReplacer(
		"https://github.com/tektoncd/catalog.git", servers.repository("catalog"),
		"https://github.com/kelseyhightower/nocode", servers.repository("app"),
		"value: master", "value: main",
	)
	for _, file := range []string{"git-resolver.yaml", "stepaction-git-resolver.yaml"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(root, "taskruns", file))
			if err != nil {
				t.Fatal(err)
			}
			ns := cluster.New(t)
			local := replace.Replace(string(text))
			if strings.Contains(local, "github.com") {
				t.Fatalf("the example still needs github.com:\n%s", local)
			}
			if tr := ns.TaskRunDone(ns.Create(local)[0].GetName()); !tr.IsSuccessful() {
				t.Errorf("the run ended with %s", message(tr))
			}
		})
	}
}
