//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/test/cluster"
)

const (
	// quickLimit holds for all of a request: the API server reads the object, asks the webhooks in turn, and stores it. It
	// is to take a second; the rest is for slow machines.
	quickLimit = 4 * time.Second
	// webhookLimit is below the ten seconds that the API server waits for a webhook.
	webhookLimit = 9 * time.Second
	// answerTries is how often a request is repeated before a slow answer counts: the machine may be busy with other things.
	answerTries = 3
)

// hostile is an object that is as bad as fits into a request.
type hostile struct {
	name, spec string
	// admitted is the verdict; nil if it depends on the feature flags.
	admitted *bool
	// dense says that the API server itself may need longer than quickLimit to read and check the object.
	dense bool
}

// limit is wider for v1beta1: the API server has the object converted several times on its way.
func (h hostile) limit(version string) time.Duration {
	if h.dense || version != "v1" {
		return webhookLimit
	}
	return quickLimit
}

// TestHostileObjectsAreAnsweredAtOnce sends hostile objects to the real webhooks, in both versions. Whether they are
// admitted is another matter: each gets an answer in time, and the webhooks go on serving.
//
// It runs before the parallel tests: what the webhooks take is to be seen, not what the machine is busy with.
func TestHostileObjectsAreAnsweredAtOnce(t *testing.T) {
	ns := cluster.New(t)
	for _, version := range []string{"v1", "v1beta1"} {
		for _, h := range hostilePipelines() {
			t.Run(version+"/"+h.name, func(t *testing.T) {
				sendHostile(t, ns, version, h)
				began := time.Now()
				_, err := ns.TryCreate(mustObject(t, "apiVersion: tekton.dev/"+version+
					"\nkind: Task\nmetadata: {generateName: after-}\nspec: {steps: [{name: s, image: i}]}"))
				if spent := time.Since(began); err != nil || spent > webhookLimit {
					t.Errorf("afterwards a Task took %v: %v", spent, err)
				}
			})
		}
	}
}

func sendHostile(t *testing.T, ns *cluster.Namespace, version string, h hostile) {
	t.Helper()
	object := "apiVersion: tekton.dev/" + version + "\nkind: Pipeline\nmetadata: {generateName: hostile-}\nspec:" + h.spec
	var best time.Duration
	for try := range answerTries {
		began := time.Now()
		err := ns.Kube.CoreV1().RESTClient().Post().AbsPath("/apis/tekton.dev/"+version+"/namespaces/"+ns.Name+"/pipelines").
			SetHeader("Content-Type", "application/yaml").Body(bytes.NewReader([]byte(object))).Do(t.Context()).Error()
		spent := time.Since(began)
		t.Logf("%v, %s", spent, firstLine(err))
		if h.admitted != nil && (err == nil) != *h.admitted {
			t.Fatalf("admitted = %v: %s", err == nil, firstLine(err))
		}
		if try == 0 || spent < best {
			best = spent
		}
		if best <= h.limit(version) {
			return
		}
	}
	t.Errorf("the answer took %v, and not less in %d tries", best, answerTries)
}

func hostilePipelines() []hostile {
	yes, no := true, false
	plain := func(i int) string { return fmt.Sprintf("t%d", i) }
	nothing := func(int) string { return "" }
	tasks := func(n int, name, members func(i int) string) string {
		var b strings.Builder
		b.WriteString("\n  tasks:\n")
		for i := range n {
			fmt.Fprintf(&b, "  - {name: %s, taskRef: {name: t}%s}\n", name(i), members(i))
		}
		return b.String()
	}
	list := func(n int, element string) string {
		elements := make([]string, n)
		for i := range elements {
			elements[i] = fmt.Sprintf(element, i)
		}
		return "[" + strings.Join(elements, ", ") + "]"
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
	return []hostile{
		{name: "1 MB", spec: "\n  description: " + strings.Repeat("x", 1<<20) + tasks(1, plain, nothing), admitted: &yes},
		{name: "1,000 tasks in a chain", spec: tasks(1000, plain, func(i int) string {
			if i == 0 {
				return ""
			}
			return ", runAfter: [" + plain(i-1) + "]"
		}), admitted: &yes},
		{name: "300 tasks each after all before", spec: tasks(300, plain, func(i int) string { return ", runAfter: " + list(i, "t%d") }), admitted: &yes},
		{name: "300 tasks each with results of all before", spec: tasks(300, plain, func(i int) string {
			return ", params: [{name: p, value: " + list(i, "$(tasks.t%d.results.r)") + "}]"
		}), admitted: &yes, dense: true},
		{name: "300 tasks each after all", spec: tasks(300, plain, func(int) string { return ", runAfter: " + list(300, "t%d") }), admitted: &no, dense: true},
		{name: "100 deep", spec: " " + nested},
		{name: "names of 300 characters", spec: tasks(500, func(i int) string { return strings.Repeat("a", 295) + fmt.Sprintf("%05d", i) }, nothing), admitted: &no},
		{name: "invalid UTF-8", spec: "\n  description: \"\xff\xfe\"" + tasks(1, plain, nothing), admitted: &no},
		{name: "alias bomb", spec: tasks(1, plain, nothing) + bomb.String(), admitted: &no},
	}
}

func firstLine(err error) string {
	if err == nil {
		return "admitted"
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line[:min(len(line), 200)]
}
