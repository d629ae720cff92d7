package v1

import "testing"

// pipelineTask returns a Pipeline with a producer p and a task c that has the given fields.
func pipelineTask(fields string) string {
	return "tasks:\n- {name: p, taskRef: {name: t}}\n- {name: c, taskRef: {name: t}, " + fields + "}\n"
}

// finalTask returns a Pipeline with a producer p and final tasks c, which has the given fields, and d.
func finalTask(fields string) string {
	return "tasks:\n- {name: p, taskRef: {name: t}}\nfinally:\n- {name: c, taskRef: {name: t}, " + fields + "}\n- {name: d, taskRef: {name: t}}\n"
}

// The rules of contract 1 §5.8 for variables. Paths of V-19 go through taskSpec, which the contract's leave out (contract
// 1 §8 #7).
func TestPipelineVariableRules(t *testing.T) {
	t.Parallel()
	inline := func(step string) string {
		return "params: [{name: a}, {name: l, type: array}, {name: o, properties: {k: {}}}]\n" +
			"tasks: [{name: c, taskSpec: {params: [{name: own}], steps: [" + step + "]}}]"
	}
	const prefix = "must start with a valid prefix: params, tasks, finally, context, workspaces, or results; if you meant a shell variable, use ${VAR} instead"
	const status = "invalid value: pipeline tasks can not refer to execution status of any other pipeline task or aggregate status of tasks: "
	runRules(t, map[string]ruleCase{
		"V-19 V-10": {
			bad:  inline("{image: $(params.b)}"),
			want: `non-existent variable in "$(params.b)": spec.tasks[0].taskSpec.steps[0].image`,
			good: inline("{image: $(params.a)$(params.own)}"),
		},
		"V-19 V-11": {
			bad:  inline("{image: i, script: $(params.a.b.c)}"),
			want: `Invalid referencing of parameters in "$(params.a.b.c)"! Only two dot-separated components after the prefix "params" are allowed.: spec.tasks[0].taskSpec.steps[0].script`,
			good: inline("{image: i, script: $(params.o.k)}"),
		},
		"V-19 V-12": {
			bad:  inline("{image: $(params.o.x)}"),
			want: `non-existent variable in "$(params.o.x)": spec.tasks[0].taskSpec.steps[0].image`,
			good: inline("{image: $(params.o.k)}"),
		},
		"V-19 V-13": {
			bad:  inline("{image: i, args: ['$(params.o[*])']}"),
			want: `variable type invalid in "$(params.o[*])": spec.tasks[0].taskSpec.steps[0].args[0]`,
			good: inline("{image: i, args: ['$(params.l[*])']}"),
		},
		"V-19 V-04": {
			bad:  "tasks: [{name: c, taskSpec: {params: [{name: o, type: object}], steps: [{image: i}]}}]",
			want: "missing field(s): spec.tasks[0].taskSpec.o.properties",
			good: "tasks: [{name: c, taskSpec: {params: [{name: o, type: object, properties: {k: {}}}], steps: [{image: i}]}}]",
		},
		"V-19 own parameters hide those of the Pipeline, in this task alone": {
			bad: "params: [{name: o, properties: {k: {}}}]\n" +
				"tasks: [{name: a, taskSpec: {params: [{name: o}], steps: [{image: $(params.o)}]}}, {name: b, taskSpec: {steps: [{image: $(params.o)}]}}]",
			want: `variable type invalid in "$(params.o)": spec.tasks[1].taskSpec.steps[0].image`,
			good: "params: [{name: o, properties: {k: {}}}]\n" +
				"tasks: [{name: a, taskSpec: {params: [{name: o, properties: {j: {}}}], steps: [{image: $(params.o.k)$(params.o.j)}]}}, {name: b, taskSpec: {steps: [{image: $(params.o.k)}]}}]",
		},
		"V-20 V-10": {
			bad: "params: [{name: a}]\n" + pipelineTask("params: [{name: x, value: $(params.b)}, {name: v, value: ['$(params.b)']}, {name: w, value: {k: '$(params.b)'}}], "+
				"when: [{input: $(params.b), operator: in, values: ['$(params.b)']}], matrix: {params: [{name: m, value: ['$(params.b)']}], include: [{name: i, params: [{name: n, value: $(params.b)}]}]}"),
			want: `non-existent variable in "$(params.b)": spec.tasks[1].matrix.include.params[0], spec.tasks[1].matrix.params[m].value[0], spec.tasks[1].params[v].value[0], ` +
				"spec.tasks[1].params[w].properties[k], spec.tasks[1].params[x], spec.tasks[1].when[0].input, spec.tasks[1].when[0].values",
			good: "params: [{name: a}]\n" + pipelineTask("params: [{name: x, value: $(params.a)}, {name: v, value: ['$(params[\"a\"])']}], when: [{input: $(params.a), operator: in, values: ['$(params.a)']}]"),
		},
		"V-20 finally": {
			bad: finalTask("params: [{name: x, value: $(params.b)}]"), want: `non-existent variable in "$(params.b)": spec.finally[0].params[x]`,
			good: "params: [{name: b}]\n" + finalTask("params: [{name: x, value: $(params.b)}]"),
		},
		"V-20 V-11": {
			bad:  "params: [{name: a}]\n" + pipelineTask("params: [{name: x, value: $(params.a.b.c) $(params.a.b.c)}]"),
			want: `Invalid referencing of parameters in "$(params.a.b.c) $(params.a.b.c)"! Only two dot-separated components after the prefix "params" are allowed.: spec.tasks[1].params[x]`,
			good: "params: [{name: a.b.c}]\n" + pipelineTask(`params: [{name: x, value: '$(params["a.b.c"])'}]`),
		},
		"V-20 keys": {
			bad:  "params: [{name: o, properties: {k: {}}}]\n" + pipelineTask("params: [{name: x, value: $(params.o.j)}]"),
			want: `non-existent variable in "$(params.o.j)": spec.tasks[1].params[x]`,
			good: "params: [{name: o, properties: {k: {}}}]\n" + pipelineTask("params: [{name: x, value: $(params.o.k)}]"),
		},
		"V-20 types": {
			bad:  "params: [{name: l, type: array}, {name: o, properties: {k: {}}}]\n" + pipelineTask("params: [{name: x, value: 'a $(params.l[*])'}, {name: v, value: ['$(params.o[*])']}, {name: w, value: {k: '$(params.l[*])'}}]"),
			want: `variable type invalid in "$(params.l[*])": spec.tasks[1].params[w].properties[k]` + "\n" + `variable type invalid in "$(params.o[*])": spec.tasks[1].params[v].value[0]` + "\n" + `variable type invalid in "a $(params.l[*])": spec.tasks[1].params[x]`,
			good: "params: [{name: l, type: array}, {name: o, properties: {k: {}}}]\n" + pipelineTask("params: [{name: x, value: '$(params.l[*])'}, {name: v, value: ['$(params.l[*])']}, {name: w, value: '$(params.o[*])'}, {name: z, value: 'a $(params.l[0])'}]"),
		},
		"V-20 isolation": {
			bad:  "params: [{name: l, type: array}]\n" + pipelineTask("params: [{name: x, value: ['a$(params.l[*])']}]"),
			want: `variable is not properly isolated in "a$(params.l[*])": spec.tasks[1].params[x].value[0]`,
			good: "params: [{name: l, type: array}]\n" + pipelineTask("params: [{name: x, value: [a, '$(params.l[*])']}]"),
		},
		"V-21": {
			bad:  pipelineTask("params: [{name: x, value: $(context.pipelineRun.id)}]"),
			want: `non-existent variable in "$(context.pipelineRun.id)": spec.tasks.value`,
			good: pipelineTask("params: [{name: x, value: $(context.pipelineRun.name) $(context.pipelineRun.namespace) $(context.pipelineRun.uid) $(context.pipeline.name) $(context.pipelineTask.retries)}]"),
		},
		"V-21 matrix of the last final task": {
			bad:  "tasks: [{name: a, taskRef: {name: t}}]\nfinally: [{name: b, taskRef: {name: t}, matrix: {params: [{name: x, value: ['$(context.pipelineTask.name)']}]}}]",
			want: `non-existent variable in "$(context.pipelineTask.name)": spec.finally.value`,
			good: "tasks: [{name: a, taskRef: {name: t}}]\nfinally: [{name: b, taskRef: {name: t}, matrix: {params: [{name: x, value: ['$(context.pipelineTask.retries)']}]}}]",
		},
		"V-22": {
			bad: pipelineTask("params: [{name: x, value: $(date) $(param.x)}, {name: l, value: [$(Tasks.a.results.b)]}], when: [{input: $(a.b), operator: in, values: ['$(c[0])']}], " +
				"matrix: {params: [{name: m, value: ['$(taks.a)']}], include: [{name: i, params: [{name: o, value: $(parameters.o)}]}]}"),
			want: `invalid value: invalid variable reference "$(Tasks.a.results.b)", ` + prefix + ": spec.tasks[1].params[l].value\ndid you mean tasks?\n" +
				`invalid value: invalid variable reference "$(a.b)", ` + prefix + ": spec.tasks[1].when[0]\n" +
				`invalid value: invalid variable reference "$(c[0])", ` + prefix + ": spec.tasks[1].when[0]\n" +
				`invalid value: invalid variable reference "$(param.x)", ` + prefix + ": spec.tasks[1].params[x].value\ndid you mean params?\n" +
				`invalid value: invalid variable reference "$(parameters.o)", ` + prefix + ": spec.tasks[1].matrix.include[0].params[o].value\ndid you mean params?\n" +
				`invalid value: invalid variable reference "$(taks.a)", ` + prefix + ": spec.tasks[1].matrix.params[m].value\ndid you mean tasks?",
			good: pipelineTask("params: [{name: x, value: '$(date -u) ${DATE} $(workspaces.w.bound) $(results.r) $(context.pipeline.name)'}, " +
				"{name: s, value: '$(uname) $(task) $(step.results.r.path) $(inputs.params.x) $(get-version.sh)'}], " +
				"matrix: {params: [{name: m, value: ['$(steps.a)']}], include: [{name: i, params: [{name: o, value: $(o)}]}]}"),
		},
		"V-23": {
			bad:  pipelineTask("params: [{name: x, value: $(tasks.status)}, {name: v, value: [$(tasks.p.status), $(tasks.p.reason)]}], when: [{input: $(tasks.p.status), operator: in, values: [a]}]"),
			want: status + "spec.tasks[1].params[v].value, spec.tasks[1].params[x].value, spec.tasks[1].when[0]",
			good: pipelineTask("params: [{name: x, value: $(tasks.p.status) $(tasks.p.results.r)}]"),
		},
		"V-24": {
			bad:  finalTask("params: [{name: x, value: $(tasks.q.status)}], when: [{input: $(tasks.q.reason), operator: in, values: [a]}]"),
			want: "invalid value: pipeline task q is not defined in the pipeline: spec.finally[0].params[x].value, spec.finally[0].when[0]",
			good: finalTask("params: [{name: x, value: $(tasks.p.status) $(tasks.p.reason) $(tasks.status)}, {name: e, value: $(tasks.q.status) $(tasks.p.results.r)}]"),
		},
		"V-25": {
			bad: finalTask("params: [{name: x, value: $(tasks.d.results.r)}], when: [{input: $(tasks.q.results.r), operator: in, values: [a]}]"),
			want: "invalid value: invalid task result reference, final task has task result reference from a final task d: spec.finally[0].params[x].value\n" +
				"invalid value: invalid task result reference, final task has task result reference from a task q which is not defined in the pipeline: spec.finally[0].when[0]",
			good: finalTask("params: [{name: x, value: $(tasks.p.results.r)}], when: [{input: $(tasks.p.results.r), operator: in, values: [a]}]"),
		},
		"V-30 duplicate": {
			bad:  "tasks: [{name: a, taskRef: {name: t}}, {name: a, taskRef: {name: t}}]",
			want: "expected exactly one, got both: spec.tasks[1].name\ninvalid value: task a is already present in Graph, can't add it again: duplicate pipeline task: spec.tasks",
			good: "tasks: [{name: a, taskRef: {name: t}}, {name: b, taskRef: {name: t}}]",
		},
		"V-30 cycle": {
			bad:  "tasks: [{name: b, taskRef: {name: t}, runAfter: [a]}, {name: a, taskRef: {name: t}, params: [{name: x, value: $(tasks.c.results.r) $(tasks.b.results.r)}]}, {name: c, taskRef: {name: t}, runAfter: [b]}]",
			want: "invalid value: cycle detected; task \"a\" depends on \"b\", \"c\": spec.tasks\nthe cycle is a -> c -> b -> a",
			good: "tasks: [{name: b, taskRef: {name: t}, runAfter: [a]}, {name: a, taskRef: {name: t}}, {name: c, taskRef: {name: t}, runAfter: [b]}]",
		},
		"V-30 unknown": {
			bad:  pipelineTask("runAfter: [q]"),
			want: "invalid value: couldn't add link between c and q: task c depends on q but q wasn't present in Pipeline: spec.tasks",
			good: pipelineTask("runAfter: [p]"),
		},
		"V-31 none": {
			bad:  onlyTask + "results: [{name: r, value: text}]",
			want: "invalid value: expected pipeline results to be task result expressions but no expressions were found: spec.results[0].value",
			good: onlyTask + "results: [{name: r, value: $(tasks.a.results.r)}]",
		},
		"V-31 invalid": {
			bad:  onlyTask + "results: [{name: r, value: $(tasks.a.result.r)}]",
			want: "invalid value: expected pipeline results to be task result expressions but an invalid expressions was found: spec.results[0].value",
			// Text before a reference is fine (contract 1 §8 #10).
			good: onlyTask + "results: [{name: r, value: 'x $(tasks.a.results.r) and $(tasks.a.results.s.k)'}]",
		},
		"V-31 unknown task": {
			bad:  onlyTask + "results: [{name: r, value: $(tasks.b.results.r)}, {name: f, value: $(finally.a.results.r)}]",
			want: "invalid value: referencing a nonexistent task: spec.results[0].value, spec.results[1].value",
			good: onlyTask + "finally: [{name: f, taskRef: {name: t}}]\nresults: [{name: r, value: ['$(tasks.b.results.r)']}, {name: f, value: $(finally.f.results.r)}]",
		},
		"V-32": {
			bad: "tasks:\n- {name: a, pipelineRef: {name: p}}\n- {name: b, " + "taskSpec: {steps: [{image: i, script: $(tasks.a.results.r)}]}}\n", flags: alpha,
			want: "invalid value: result reference to pipelineTask \"a\" is not supported: referenced task uses pipelineRef or pipelineSpec and result propagation from child Pipelines is not yet implemented: spec.tasks[1]",
			good: "tasks:\n- {name: a, pipelineRef: {name: p}}\n- {name: b, runAfter: [a], taskRef: {name: t}}\n",
		},
		"V-33": {
			bad:       pipelineTask("params: [{name: x, value: $(tasks.p.outputs.o)}]"),
			want:      "feature flag enable-artifacts should be set to true to use artifacts feature.: spec.tasks[1].params",
			goodFlags: "enable-artifacts: 'true'",
		},
	}, pipelineOf)
}

// TestResultReferencesOrderTasks shows every field from which a reference makes an edge of the graph (contract 1 §5.8 V-30).
func TestResultReferencesOrderTasks(t *testing.T) {
	t.Parallel()
	const ref = "$(tasks.p.results.r)"
	for name, task := range map[string]string{
		"runAfter":          "taskRef: {name: t}, runAfter: [p]",
		"params":            "taskRef: {name: t}, params: [{name: x, value: " + ref + "}]",
		"array in params":   "taskRef: {name: t}, params: [{name: x, value: [" + ref + "]}]",
		"object in params":  "taskRef: {name: t}, params: [{name: x, value: {k: " + ref + "}}]",
		"brackets":          `taskRef: {name: t}, params: [{name: x, value: "$(tasks.p.results['r'])"}]`,
		"matrix":            "taskRef: {name: t}, matrix: {params: [{name: x, value: '$(tasks.p.results.r[*])'}]}",
		"include":           "taskRef: {name: t}, matrix: {include: [{name: i, params: [{name: x, value: " + ref + "}]}]}",
		"when input":        "taskRef: {name: t}, when: [{input: " + ref + ", operator: in, values: [a]}]",
		"when values":       "taskRef: {name: t}, when: [{input: a, operator: in, values: ['" + ref + "']}]",
		"when cel":          `taskRef: {name: t}, when: [{cel: "'` + ref + `' == 'a'"}]`,
		"image":             "taskSpec: {steps: [{image: " + ref + "}]}",
		"script":            "taskSpec: {steps: [{image: i, script: " + ref + "}]}",
		"command":           "taskSpec: {steps: [{image: i, command: [" + ref + "]}]}",
		"args":              "taskSpec: {steps: [{image: i, args: [" + ref + "]}]}",
		"workingDir":        "taskSpec: {steps: [{image: i, workingDir: " + ref + "}]}",
		"imagePullPolicy":   "taskSpec: {steps: [{image: i, imagePullPolicy: " + ref + "}]}",
		"env":               "taskSpec: {steps: [{image: i, env: [{name: E, value: " + ref + "}]}]}",
		"secret of env":     "taskSpec: {steps: [{image: i, env: [{name: E, valueFrom: {secretKeyRef: {name: " + ref + ", key: k}}}]}]}",
		"config map of env": "taskSpec: {steps: [{image: i, env: [{name: E, valueFrom: {configMapKeyRef: {name: m, key: " + ref + "}}}]}]}",
		"sidecar":           "taskSpec: {steps: [{image: i}], sidecars: [{name: s, image: " + ref + "}]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pt := decode[PipelineTask](t, "{name: c, "+task+"}")
			if got := pt.Dependencies(); len(got) != 1 || got[0] != "p" {
				t.Errorf("dependencies %v, want p", got)
			}
		})
	}
	for name, task := range map[string]string{
		"display name":    "displayName: " + ref + ", taskRef: {name: t}",
		"final task":      "taskRef: {name: t}, params: [{name: x, value: $(finally.p.results.r)}]",
		"status":          "taskRef: {name: t}, params: [{name: x, value: $(tasks.p.status)}]",
		"volume":          "taskSpec: {steps: [{image: i}], volumes: [{name: v, configMap: {name: " + ref + "}}]}",
		"custom task":     "taskSpec: {apiVersion: a/b, kind: C, spec: {x: " + ref + "}}",
		"child pipeline":  "pipelineSpec: {tasks: [{name: d, taskRef: {name: t}, params: [{name: x, value: " + ref + "}]}]}",
		"step parameters": "taskSpec: {steps: [{ref: {name: a}, params: [{name: x, value: " + ref + "}]}]}",
	} {
		t.Run("not "+name, func(t *testing.T) {
			t.Parallel()
			if got := decode[PipelineTask](t, "{name: c, "+task+"}").Dependencies(); len(got) > 0 {
				t.Errorf("dependencies %v, want none", got)
			}
		})
	}
}
