package lint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// TestNoFalseErrors expects no error in the examples: all of them are accepted by the webhook and run.
func TestNoFalseErrors(t *testing.T) {
	t.Parallel()
	t.Run("own", func(t *testing.T) {
		t.Parallel()
		noErrors(t, filepath.Join("..", "..", "examples"), 20)
	})
	t.Run("public", func(t *testing.T) {
		t.Parallel()
		root := os.Getenv("TENON_PUBLIC_EXAMPLES")
		if root == "" {
			root = filepath.Join("..", "..", "..", "shared", "examples")
		}
		if _, err := os.Stat(root); err != nil {
			t.Skip("TENON_PUBLIC_EXAMPLES names no folder with the public Tekton examples")
		}
		noErrors(t, root, 50)
	})
}

// noErrors checks each file on its own, as one that names the same objects as others.
func noErrors(t *testing.T, root string, least int) {
	t.Helper()
	// The flags that the examples need, all at once.
	flags, err := config.NewFeatureFlagsFromMap(map[string]string{
		"enable-api-fields": "alpha", "enable-param-enum": "true", "enable-artifacts": "true", "enable-cel-in-whenexpression": "true",
	})
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.NewDefaultsFromMap(map[string]string{"default-task-run-workspace-binding": "emptyDir: {}\n"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := config.ToContext(t.Context(), config.NewConfig(flags, defaults))
	all, err := manifest.ReadFiles([]string{root})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]manifest.Document{}
	for _, d := range all {
		files[d.File] = append(files[d.File], d)
	}
	if len(files) < least {
		t.Fatalf("only %d files below %s", len(files), root)
	}
	for file, docs := range files {
		if strings.Contains(file, "/_") {
			continue // what is not meant to be applied
		}
		for _, p := range lint.Lint(ctx, docs, lint.Options{}) {
			if p.Severity == manifest.Error {
				t.Errorf("%s:%d:%d: %s: %s [%s]", p.File, p.Line, p.Column, p.Field, p.Message, p.Rule)
			} else {
				t.Logf("%s:%d:%d: %s: %s [%s]", p.File, p.Line, p.Column, p.Field, p.Message, p.Rule)
			}
		}
	}
}
