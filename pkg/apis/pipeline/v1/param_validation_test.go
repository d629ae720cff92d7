package v1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParamDeclarationRules(t *testing.T) {
	t.Parallel()
	const step = "steps: [{image: i}]\n"
	runRules(t, map[string]ruleCase{
		"V-01": {
			bad:  step + "params: [{name: p, type: number}]",
			want: "invalid value: number: spec.params.p.type",
			good: step + "params: [{name: p}, {name: q, type: array}]",
		},
		"V-02": {
			bad:  step + "params: [{name: p, type: array, default: x}]",
			want: `"array" type does not match default value's type: "string": spec.params.p.default.type, spec.params.p.type`,
			good: step + "params: [{name: p, default: [x]}, {name: q, default: 5}, {name: r, default: [1]}, {name: s, properties: {a: {}}, default: {a: x}}]",
		},
		"V-03": {
			bad:  step + "params: [{name: p, properties: {b: {type: array}, a: {type: object}, c: {}}}]",
			want: "The value type specified for these keys [a b] is invalid: spec.params.p.properties",
			good: step + "params: [{name: p, properties: {b: {type: string}}}]",
		},
		"V-04": {
			bad:  step + "params: [{name: p, type: object}, {name: q, properties: {}}, {name: r, default: {a: b}}]",
			want: "missing field(s): spec.p.properties, spec.q.properties, spec.r.properties",
			good: step + "params: [{name: p, type: object, properties: {a: {}}}]",
		},
		"V-05": {
			bad:  step + "params: [{name: p}, {name: P}, {name: p}]",
			want: "parameter appears more than once: spec.params[p]",
			good: step + "params: [{name: p}, {name: P}]",
		},
		"V-06 flag": {
			bad:       step + "params: [{name: p, enum: [a]}]",
			want:      "feature flag `enable-param-enum` should be set to true to use Enum: spec.params[p]",
			goodFlags: `enable-param-enum: "true"`,
		},
		"V-06 type": {
			bad:   step + "params: [{name: p, type: array, enum: [a]}]",
			flags: `enable-param-enum: "true"`,
			want:  "enum can only be set with string type param: spec.params[p]",
			good:  step + "params: [{name: p, type: string, enum: [a]}]",
		},
		"V-06 repeated": {
			bad:   step + "params: [{name: p, enum: [a, b, a]}]",
			flags: `enable-param-enum: "true"`,
			want:  "parameter enum value a appears more than once: spec.params[p]",
			good:  step + "params: [{name: p, enum: [a, b]}]",
		},
		"V-06 default": {
			bad:   step + "params: [{name: p, enum: [a, b], default: c}]",
			flags: `enable-param-enum: "true"`,
			want:  "param default value c not in the enum list: spec.params[p]",
			good:  step + "params: [{name: p, enum: [a, b], default: b}, {name: q, enum: [a], default: ''}]",
		},
		"V-08": {
			bad:  step + "params: [{name: b c}, {name: 1a, type: array}]",
			want: "The format of following array and string variable names is invalid: [1a b c]: spec.params\n" + stringDetails,
			good: step + "params: [{name: _a.b-c}, {name: a.b, type: array}]",
		},
		"V-09": {
			bad:  step + "params: [{name: a.b, properties: {k: {}}}, {name: o, properties: {z.1: {}, ok: {}, '2': {}}}]",
			want: "Object param name and key name format is invalid: map[a.b:[] o:[2 z.1]]: spec.params\n" + objectDetails,
			good: step + "params: [{name: o_-1, properties: {k_-1: {}}}]",
		},
	}, taskOf)
}

func TestVariableRules(t *testing.T) {
	t.Parallel()
	const params = "params: [{name: s}, {name: a, type: array}, {name: o, properties: {k: {}}}, {name: d.s}]\n"
	runRules(t, map[string]ruleCase{
		"V-10": {
			bad: params + "steps: [{image: $(params.x), workingDir: '$(params[''x''])', script: '$(params[\"x\"]) $(params.d.s)', onError: $(params.x), " +
				"args: [c, '$(params.x[*])', '$(params.x[0])'], env: [{name: E, value: $(params.x)}], " +
				"volumeMounts: [{name: $(params.x), mountPath: $(params.x), subPath: $(params.x)}]}]",
			want: `non-existent variable in "$(params.x)": spec.steps[0].env[E], spec.steps[0].image, spec.steps[0].onError, spec.steps[0].volumeMount[0].MountPath, ` +
				`spec.steps[0].volumeMount[0].SubPath, spec.steps[0].volumeMount[0].name` + "\n" +
				`non-existent variable in "$(params.x[*])": spec.steps[0].args[1]` + "\n" +
				`non-existent variable in "$(params.x[0])": spec.steps[0].args[2]` + "\n" +
				`non-existent variable in "$(params['x'])": spec.steps[0].workingDir` + "\n" +
				`non-existent variable in "$(params[\"x\"]) $(params.d.s)": spec.steps[0].script`,
			good: params + "steps: [{image: '$(params[\"d.s\"])', script: \"$(date) $(inputs.params.x) $(params.s) $(params['s'])\", args: ['$(params.a[7])', '$(paramsx.s)']}]",
		},
		"V-10 template": {
			bad:  "steps: [{name: a}]\nstepTemplate: {image: $(params.x)}",
			want: `non-existent variable in "$(params.x)": spec.steps[0].image`,
			good: params + "steps: [{name: a}]\nstepTemplate: {image: $(params.s)}",
		},
		"V-11": {
			bad:  params + "steps: [{image: i, args: ['$(params.o.k.x)']}]",
			want: `Invalid referencing of parameters in "$(params.o.k.x)"! Only two dot-separated components after the prefix "params" are allowed.: spec.steps[0].args[0]`,
			good: params + "steps: [{image: i, args: ['$(params.o.k)']}]",
		},
		"V-12": {
			bad:  params + "steps: [{image: i, args: ['$(params.o.k) $(params.o.l)'], onError: $(params.o.m)}]",
			want: `non-existent variable in "$(params.o.k) $(params.o.l)": spec.steps[0].args[0]` + "\n" + `non-existent variable in "$(params.o.m)": spec.steps[0].onError`,
			good: params + "steps: [{image: i, args: ['$(params.o.k)'], onError: $(params.o.k)}]",
		},
		"V-13": {
			bad: params + "steps: [{image: $(params.o), command: ['$(params.o[*])'], volumeMounts: [{name: v, mountPath: \"/$(params['o'])\"}]}]",
			want: `variable type invalid in "$(params.o)": spec.steps[0].image` + "\n" + `variable type invalid in "$(params.o[*])": spec.steps[0].command[0]` + "\n" +
				`variable type invalid in "/$(params['o'])": spec.steps[0].volumeMount[0].mountPath`,
			good: params + "steps: [{image: $(params.o.k)}]",
		},
		"V-14": {
			bad: params + "steps: [{image: $(params.a), workingDir: '$(params.a[*])', script: \"$(params['a'])\", env: [{name: E, value: $(params.a)}], volumeMounts: [{name: $(params.a), mountPath: /x, subPath: $(params.a)}]}]",
			want: `variable type invalid in "$(params.a)": spec.steps[0].env[E], spec.steps[0].image, spec.steps[0].volumeMount[0].name, spec.steps[0].volumeMount[0].subPath` + "\n" +
				`variable type invalid in "$(params.a[*])": spec.steps[0].workingDir` + "\n" + `variable type invalid in "$(params['a'])": spec.steps[0].script`,
			good: params + "steps: [{image: '$(params.a[0])', command: ['$(params.a)'], args: ['$(params.a[*])']}]",
		},
		"V-15": {
			bad:  params + "steps: [{image: i, command: ['$(params.a[*])x'], args: [x, 'x$(params.a)']}]",
			want: `variable is not properly isolated in "$(params.a[*])x": spec.steps[0].command[0]` + "\n" + `variable is not properly isolated in "x$(params.a)": spec.steps[0].args[1]`,
			good: params + "steps: [{image: i, command: ['$(params.a[*])'], args: ['x$(params.a[1])']}]",
		},
		"V-16": {
			bad: "steps: [{image: i, args: ['$(context.taskRun.missing)', '$(context.task.missing)'], onError: $(params.x) $(context.task.uid)}]\nparams: [{name: x}]",
			want: `non-existent variable in "$(context.task.missing)": spec.steps[0].args[1]` + "\n" +
				`non-existent variable in "$(context.taskRun.missing)": spec.steps[0].args[0]` + "\n" +
				`non-existent variable in "$(params.x) $(context.task.uid)": spec.steps[0].onError`,
			good: "steps: [{image: i, args: ['$(context.taskRun.name) $(context.taskRun.namespace) $(context.taskRun.uid) $(context.task.name) $(context.task.retry-count) $(context.pipelineRun.x)']}]",
		},
		"V-17": {
			bad:  "steps: [{image: i, script: 'x > $(results.r.path)'}]",
			want: `non-existent variable in "x > $(results.r.path)": spec.steps[0].script`,
			good: "steps: [{image: i, script: \"x > $(results.r.path) $(results.a.b.path) $(results['z'].path)\", args: ['$(results.unseen.path)']}]\nresults: [{name: r}, {name: a.b}]",
		},
		"V-18": {
			bad:  "steps: [{image: i, script: 'x > $(step.results.r.path)', results: [{name: q}]}]",
			want: `non-existent variable in "x > $(step.results.r.path)": spec.steps[0].script`,
			good: "steps: [{image: i, script: 'x > $(step.results.r.path)'}, {image: i, script: 'x > $(step.results.q.path)', results: [{name: q}]}]",
		},
	}, taskOf)
}

func TestUnion(t *testing.T) {
	t.Parallel()
	declared := *decode[ParamSpecs](t, "[{name: s, type: string}, {name: o, type: object, properties: {a: {type: string}}}]")
	passed := *decode[Params](t, "[{name: s, value: [x]}, {name: o, value: {b: x}}, {name: n, value: {c: x}}, {name: l, value: [x]}]")
	want := *decode[ParamSpecs](t, "[{name: s, type: string}, {name: o, type: object, properties: {a: {type: string}, b: {type: string}}}, "+
		"{name: n, type: object, properties: {c: {type: string}}}, {name: l, type: array, properties: {}}]")
	before := declared.DeepCopy()
	if diff := cmp.Diff(want, declared.Union(passed)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, declared); diff != "" {
		t.Errorf("declarations changed:\n%s", diff)
	}
}
