package v1

import "testing"

func TestChildNameRules(t *testing.T) {
	t.Parallel()
	const fan = `{name: build, taskRef: {name: t}, matrix: {params: [{name: p, value: [x, z]}]}}`
	collides := func(task, index, path string) string {
		return `invalid value: the run of pipeline task "` + task + `" would have the name of run ` + index + ` of the matrix of pipeline task "build": rename one of the two: ` + path
	}
	runRules(t, map[string]ruleCase{
		"instance": {
			bad:  "tasks: [" + fan + ", {name: build-0, taskRef: {name: t}}]",
			want: collides("build-0", "0", "spec.tasks[1].name"),
			good: "tasks: [" + fan + ", {name: build-2, taskRef: {name: t}}, {name: build-00, taskRef: {name: t}}, {name: build-x, taskRef: {name: t}}, {name: other-0, taskRef: {name: t}}]",
		},
		"last instance, before the matrix": {
			bad:  "tasks: [{name: build-1, taskRef: {name: t}}, " + fan + "]",
			want: collides("build-1", "1", "spec.tasks[0].name"),
			good: "tasks: [{name: build-2, taskRef: {name: t}}, " + fan + "]",
		},
		"final task": {
			bad:  "tasks: [" + fan + "]\nfinally: [{name: build-0, taskSpec: {steps: [{image: i}]}}]",
			want: collides("build-0", "0", "spec.finally[0].name"),
			good: "tasks: [" + fan + "]\nfinally: [{name: build0, taskSpec: {steps: [{image: i}]}}]",
		},
		"at least so many": {
			bad:  "params: [{name: l, type: array}]\ntasks: [{name: build, taskRef: {name: t}, matrix: {params: [{name: p, value: [a, b]}, {name: q, value: '$(params.l[*])'}]}}, {name: build-1, taskRef: {name: t}}]",
			want: collides("build-1", "1", "spec.tasks[1].name"),
			good: "params: [{name: l, type: array}]\ntasks: [{name: build, taskRef: {name: t}, matrix: {params: [{name: p, value: [a, b]}, {name: q, value: '$(params.l[*])'}]}}, {name: build-2, taskRef: {name: t}}]",
		},
		"elements that may be none": {
			bad:  "params: [{name: l, type: array}]\ntasks: [{name: build, taskRef: {name: t}, matrix: {params: [{name: p, value: [a, b, '$(params.l[*])']}]}}, {name: build-1, taskRef: {name: t}}]",
			want: collides("build-1", "1", "spec.tasks[1].name"),
			good: "params: [{name: l, type: array}]\ntasks: [{name: build, taskRef: {name: t}, matrix: {params: [{name: p, value: [a, '$(params.l[*])']}]}}, {name: build-1, taskRef: {name: t}}]",
		},
		"include entries alone": {
			bad:  "tasks: [{name: build, taskRef: {name: t}, matrix: {include: [{params: [{name: p, value: a}]}, {params: [{name: p, value: b}]}]}}, {name: build-1, taskRef: {name: t}}]",
			want: collides("build-1", "1", "spec.tasks[1].name"),
			good: "tasks: [{name: build, taskRef: {name: t}, matrix: {include: [{params: [{name: p, value: a}]}, {params: [{name: p, value: b}]}]}}, {name: build-2, taskRef: {name: t}}]",
		},
		"single combination": {
			bad:  "tasks: [" + fan + ", {name: build-0, taskRef: {name: t}}]",
			want: collides("build-0", "0", "spec.tasks[1].name"),
			good: "tasks: [{name: build, taskRef: {name: t}, matrix: {params: [{name: p, value: [x]}]}}, {name: build-0, taskRef: {name: t}}]",
		},
		"other kind": {
			bad:  "tasks: [" + fan + ", {name: build-0, taskRef: {name: t}}]",
			want: collides("build-0", "0", "spec.tasks[1].name"),
			good: "tasks: [" + fan + ", {name: build-0, taskRef: {apiVersion: x/v1, kind: X, name: t}}]",
		},
	}, pipelineOf)
}
