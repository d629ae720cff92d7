//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/test/cluster"
)

// answerLimit is below the ten seconds that the API server waits for a webhook. How long an answer really takes is logged.
const answerLimit = 9 * time.Second

// TestHostileObjectsAreAnsweredAtOnce sends objects that are as bad as fits into a request to the real webhooks. Whether
// they are admitted is another matter: each gets an answer in time, and the webhooks go on serving.
//
// It runs before the parallel tests: what the webhooks take is to be seen, not what the machine is busy with.
func TestHostileObjectsAreAnsweredAtOnce(t *testing.T) {
	ns := cluster.New(t)
	header := func(name string) string {
		return "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: " + name + "}\nspec:\n"
	}
	tasks := func(n int, name func(i int) string, after func(i int) string) string {
		var b strings.Builder
		b.WriteString("  tasks:\n")
		for i := range n {
			fmt.Fprintf(&b, "  - {name: %s, taskRef: {name: t}, runAfter: [%s]}\n", name(i), after(i))
		}
		return b.String()
	}
	plain := func(i int) string { return fmt.Sprintf("t%d", i) }
	before := func(i int) string {
		if i == 0 {
			return ""
		}
		return plain(i - 1)
	}
	long := func(i int) string { return strings.Repeat("a", 300-5) + fmt.Sprintf("%05d", i) }
	all := make([]string, 300)
	for i := range all {
		all[i] = plain(i)
	}
	// A billion laughs: the parser of the API server stops it.
	var bomb strings.Builder
	bomb.WriteString("x0: &x0 [lol]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 10), ", "))
	}
	nested := "{tasks: [{name: a, taskRef: {name: t}}]}"
	for range 100 {
		nested = "{tasks: [{name: a, pipelineSpec: " + nested + "}]}"
	}
	yes, no := true, false
	for _, tc := range []struct {
		name, object string
		// admitted is the verdict; nil if it depends on the feature flags.
		admitted *bool
	}{
		{"1 MB", header("large") + "  description: " + strings.Repeat("x", 1<<20) + "\n" + tasks(1, plain, before), &yes},
		{"1,000 tasks in a chain", header("chain") + tasks(1000, plain, before), &yes},
		{"tasks each after all others", header("all") + tasks(300, plain, func(int) string { return strings.Join(all, ", ") }), &no},
		{"100 deep", strings.Replace(header("deep"), "spec:\n", "spec: ", 1) + nested, nil},
		{"names of 300 characters", header("names") + tasks(500, long, func(int) string { return "" }), &no},
		{"invalid UTF-8", header("utf8") + "  description: \"\xff\xfe\"\n" + tasks(1, plain, before), &no},
		{"alias bomb", header("bomb") + tasks(1, plain, before) + bomb.String(), &no},
	} {
		began := time.Now()
		err := ns.Kube.CoreV1().RESTClient().Post().AbsPath("/apis/tekton.dev/v1/namespaces/"+ns.Name+"/pipelines").
			SetHeader("Content-Type", "application/yaml").Body(bytes.NewReader([]byte(tc.object))).Do(t.Context()).Error()
		spent := time.Since(began)
		t.Logf("%s: %v, %s", tc.name, spent, firstLine(err))
		if tc.admitted != nil && (err == nil) != *tc.admitted {
			t.Errorf("%s: admitted = %v: %s", tc.name, err == nil, firstLine(err))
		}
		if spent > answerLimit {
			t.Errorf("%s: the answer took %v", tc.name, spent)
		}
		ctx, cancel := context.WithTimeout(t.Context(), answerLimit)
		_, err = ns.TryCreate(mustObject(t, "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {generateName: after-}\nspec: {steps: [{name: s, image: i}]}"))
		cancel()
		if err != nil || ctx.Err() == context.DeadlineExceeded {
			t.Errorf("after %s the webhooks do not serve: %v", tc.name, err)
		}
	}
}

func firstLine(err error) string {
	if err == nil {
		return "admitted"
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line[:min(len(line), 200)]
}
