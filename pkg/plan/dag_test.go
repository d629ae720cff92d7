package plan_test

import "testing"

const chain = `
spec:
  pipelineSpec:
    tasks:
    - {name: a, taskRef: {name: task}}
    - {name: b, taskRef: {name: task}, runAfter: [a]}
    - {name: c, taskRef: {name: task}, runAfter: [a]}
    - {name: d, taskRef: {name: task}, runAfter: [b, c]}
---
kind: Task
metadata: {name: task}
`

func TestSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, chain)
	w.expect(w.pass(), "create TaskRun pr-a")
	w.condition("Unknown Running: Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 4, Skipped: 0")
	w.succeed("pr-a")
	w.expect(w.pass(), "create TaskRun pr-b", "create TaskRun pr-c")
	w.succeed("pr-c")
	w.expect(w.pass())
	w.succeed("pr-b")
	w.expect(w.pass(), "create TaskRun pr-d")
	w.succeed("pr-d")
	w.expect(w.pass())
	w.condition("True Succeeded: Tasks Completed: 4 (Failed: 0, Cancelled 0), Skipped: 0")
	w.skips()
}
