package lint_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// manyTasks is a file of Tasks, as people write them.
func manyTasks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `---
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: task-%d
  labels: {app: demo}
spec:
  description: Builds a thing.
  params:
  - name: url
    type: string
    description: Where it is.
  - name: flags
    type: array
    default: [-v]
  workspaces:
  - name: source
  results:
  - name: digest
    description: What was made.
  steps:
  - name: fetch
    image: example.com/git:2
    env:
    - {name: URL, value: $(params.url)}
    workingDir: $(workspaces.source.path)
    script: |
      #!/bin/sh
      set -e
      git clone "$URL" .
  - name: build
    image: example.com/make:4
    command: [make]
    args: ["$(params.flags[*])"]
    workingDir: $(workspaces.source.path)
  - name: digest
    image: example.com/tools:1
    script: |
      sha256sum out >$(results.digest.path)
      echo $(params.url)
`, i)
	}
	return b.String()
}

// longPipeline is one Pipeline of tasks that use each other's results.
func longPipeline(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: t-%d\n    taskSpec:\n      params: [{name: a, default: b}]\n      results: [{name: r}]\n", i)
		fmt.Fprintf(&b, "      steps: [{image: i:1, script: 'echo $(params.a) >$(results.r.path)'}]\n")
		if i > 0 {
			fmt.Fprintf(&b, "    params: [{name: a, value: $(tasks.t-%d.results.r)}]\n", i-1)
		}
	}
	return b.String()
}

func check(tb testing.TB, text string) []manifest.Problem {
	tb.Helper()
	docs, err := manifest.Read("f.yaml", strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return lint.Lint(tb.Context(), docs, lint.Options{})
}

func BenchmarkThousandTasks(b *testing.B) {
	text := manyTasks(1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if len(check(b, text)) != 1000 {
			b.Fatal("one warning for each Task is expected")
		}
	}
}

func BenchmarkLongPipeline(b *testing.B) {
	for _, n := range []int{100, 400, 1600} {
		text := longPipeline(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				check(b, text)
			}
		})
	}
}

// TestTimeGrowsWithLength fails if the time grows with the square of the length: eight times the text would take 64 times as long. It
// does not run beside others, since it measures.
func TestTimeGrowsWithLength(t *testing.T) {
	for name, text := range map[string]func(int) string{"tasks": manyTasks, "pipeline": longPipeline} {
		least := func(n int) time.Duration {
			best := time.Hour
			for range 2 {
				start := time.Now()
				check(t, text(n))
				best = min(best, time.Since(start))
			}
			return best
		}
		if small, large := least(50), least(400); large > 32*small {
			t.Errorf("%s: %s for 50, %s for 400", name, small, large)
		}
	}
}
