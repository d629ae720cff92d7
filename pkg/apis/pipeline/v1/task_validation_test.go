package v1

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func taskOf(t *testing.T, spec string) admitted {
	return &Task{ObjectMeta: metav1.ObjectMeta{Name: "task"}, Spec: *decode[TaskSpec](t, spec)}
}

const (
	nameDetails   = "Task step name must be a valid DNS Label, For more info refer to https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names"
	stringDetails = "String/Array Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_), and dots (.)\nMust begin with a letter or an underscore (_)"
	objectDetails = "Object Names: \nMust only contain alphanumeric characters, hyphens (-), underscores (_) \nMust begin with a letter or an underscore (_)"
	resultDetails = "Name must consist of alphanumeric characters, '-', '_', and must start and end with an alphanumeric character " +
		"(e.g. 'MyName',  or 'my-name',  or 'my_name', regex used for validation is '^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$')"
)

func TestTaskLevelRules(t *testing.T) {
	t.Parallel()
	runRules(t, map[string]ruleCase{
		"T-01": {bad: "description: x", want: "missing field(s): spec.steps", good: "steps: [{image: i}]"},
		"T-02": {
			bad:  "steps: [{image: i}]\nvolumes: [{name: a}, {name: a}]",
			want: `multiple volumes with same name "a": spec.volumes[1].name`,
			good: "steps: [{image: i}]\nvolumes: [{name: a}, {name: b}]",
		},
		"T-03": {
			bad:  "steps: [{image: i}]\nworkspaces: [{name: a}, {name: a, mountPath: /a}]",
			want: `workspace name "a" must be unique: spec.workspaces[1].name`,
			good: "steps: [{image: i}]\nworkspaces: [{name: a}, {name: b, mountPath: /a}]",
		},
		"T-04": {
			bad:  "steps: [{image: i}]\nworkspaces: [{name: a}, {name: b, mountPath: /workspace/x/../a/}]",
			want: `workspace mount path "/workspace/a" must be unique: spec.workspaces[1].mountpath`,
			good: "steps: [{image: i}]\nworkspaces: [{name: a}, {name: b}]",
		},
		"T-04 step volume": {
			bad:  "steps: [{image: i, volumeMounts: [{name: v, mountPath: /m}]}]\nworkspaces: [{name: a, mountPath: /m/}]",
			want: `workspace mount path "/m" must be unique: spec.workspaces[0].mountpath`,
			good: "steps: [{image: i, volumeMounts: [{name: v, mountPath: /m}]}, {image: i, volumeMounts: [{name: v, mountPath: /m}]}]\nworkspaces: [{name: a, mountPath: /n}]",
		},
		"T-04 template volume": {
			bad:  "steps: [{image: i}]\nstepTemplate: {volumeMounts: [{name: v, mountPath: /m}]}\nworkspaces: [{name: a, mountPath: /m}]",
			want: `workspace mount path "/m" must be unique: spec.workspaces[0].mountpath`,
			good: "steps: [{image: i}]\nstepTemplate: {volumeMounts: [{name: v, mountPath: /m}]}\nworkspaces: [{name: a}]",
		},
		// Typed objects always merge, but a resource's name may be a directive of the patch format.
		"T-05": {
			bad: "stepTemplate: {computeResources: {limits: {cpu: 1}}}\nsteps: [{image: i, computeResources: {limits: {$patch: 1}}}]",
			want: "error merging step template and steps: step 0: merging: unknown patch type: 1 in map: map[$patch:1]: spec.stepTemplate\n" +
				"step 0: merging: unknown patch type: 1 in map: map[$patch:1]",
			good: "stepTemplate: {computeResources: {limits: {cpu: 1}}}\nsteps: [{image: i, computeResources: {limits: {cpu: 2}}}]",
		},
		"T-06 gate": {
			bad:       "steps: [{image: i}]\nworkspaces: [{name: w}]\nsidecars: [{image: i, workspaces: [{name: w, mountPath: ''}]}]",
			flags:     stable,
			want:      `sidecar workspaces requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.sidecars[0].workspaces`,
			goodFlags: beta,
		},
		"T-06 undeclared": {
			bad:  "steps: [{image: i}]\nsidecars: [{image: i, workspaces: [{name: w, mountPath: ''}]}]",
			want: `undefined workspace "w": spec.sidecars[0].workspaces[0].name`,
			good: "steps: [{image: i}]\nworkspaces: [{name: w}]\nsidecars: [{image: i, workspaces: [{name: w, mountPath: ''}]}]",
		},
		"T-10": {
			bad:  "steps: [{image: i}]\nresults: [{name: _x, type: nonsense}]",
			want: `invalid key name "_x": spec.results[0].name` + "\n" + resultDetails,
			good: "steps: [{image: i}]\nresults: [{name: x.y_z-1}]",
		},
		"T-11": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, type: number}]",
			want: "invalid value: number: spec.results[0].type\ntype must be string",
			good: "steps: [{image: i}]\nresults: [{name: r, type: array}]",
		},
		"T-12 no properties": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, type: object}]",
			want: "missing field(s): spec.results[0].r.properties",
			good: "steps: [{image: i}]\nresults: [{name: r, properties: {a: {}}}]",
		},
		"T-12 property types": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, type: object, properties: {b: {type: array}, a: {type: object}, c: {}}}]",
			want: "The value type specified for these keys [a b] is invalid, the type must be string: spec.results[0].r.properties",
			good: "steps: [{image: i}]\nresults: [{name: r, type: object, properties: {b: {type: string}}}]",
		},
		"T-13": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, value: [a]}]",
			want: `Invalid Type. Wanted string but got: "array": spec.results[0].r.type`,
			good: "steps: [{image: i}]\nresults: [{name: r, value: ''}]",
		},
		"T-14 form": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, value: '$(step.results.r)'}]",
			want: `Could not extract step name and result name. Expected value to look like $(steps.<stepName>.results.<resultName>) but got "$(step.results.r)": spec.results[0].r.value`,
			good: "steps: [{image: i}]\nresults: [{name: r, value: '$(steps.s.results.r)'}]",
		},
		"T-14 step": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, value: '$(steps.S_.results.r)'}]",
			want: `invalid extracted step name "S_": spec.results[0].r.value`,
			good: "steps: [{image: i}]\nresults: [{name: r, value: 'x $(steps.unknown.results.r)'}]",
		},
		"T-14 result": {
			bad:  "steps: [{image: i}]\nresults: [{name: r, value: '$(steps.s.results.-)'}]",
			want: `invalid extracted result name "-": spec.results[0].r.value`,
			good: "steps: [{image: i}]\nresults: [{name: r, value: '$(steps.s.results.r[*])'}]",
		},
		"T-30": {
			bad:  "steps: [{image: i}]\nsidecars: [{name: tekton-log-results, image: i}]",
			want: "Invalid: cannot use reserved sidecar name tekton-log-results : spec.sidecars[0].name",
			good: "steps: [{image: i}]\nsidecars: [{name: same, image: i}, {name: same, image: i}]",
		},
		"T-31": {
			bad:  "steps: [{image: i}]\nsidecars: [{name: s}]",
			want: "missing field(s): spec.sidecars[0].image",
			good: "steps: [{image: i}]\nsidecars: [{name: s, image: i}]",
		},
		"T-32": {
			bad:  "steps: [{image: i}]\nsidecars: [{image: i, script: s, command: [c]}]",
			want: "script cannot be used with command: spec.sidecars[0].script",
			good: "steps: [{image: i}]\nsidecars: [{image: i, script: s}]",
		},
		"accepted oddities": {
			bad:  "steps: []",
			want: "missing field(s): spec.steps",
			good: "steps: [{image: i}]\nresults: [{name: r}, {name: r}]\nworkspaces: [{name: w, mountPath: /tekton/x}]\nsidecars: [{name: NOT valid, image: i}]",
		},
	}, taskOf)
}

func TestStepRules(t *testing.T) {
	t.Parallel()
	runRules(t, map[string]ruleCase{
		"S-01": {
			bad:       "steps: [{name: a, image: i, script: 'echo $(steps.b.outputs.x)'}, {image: i, args: ['$(artifacts.path)']}]",
			want:      "feature flag enable-artifacts should be set to true to use artifacts feature.: spec.steps[0], spec.steps[1]",
			goodFlags: `enable-artifacts: "true"`,
		},
		"S-01 alone": {
			bad:  "steps: [{name: Wrong, script: '$(step.artifacts.path)'}]",
			want: "feature flag enable-artifacts should be set to true to use artifacts feature.: spec.steps[0]",
			good: "steps: [{name: right, image: i, script: '$(artifacts.paths)'}]",
		},
		"S-02": {
			bad:  "steps: [{name: a, image: i}, {image: i}, {image: i}, {name: a, image: i}]",
			want: "expected exactly one, got both: spec.steps[3].name",
			good: "steps: [{name: a, image: i}, {image: i}, {image: i}, {name: b, image: i}]",
		},
		"S-03": {
			bad: "steps: [{ref: {name: r}, image: i, command: [c], args: [a], script: s, workingDir: w, env: [{name: e}], volumeMounts: [{name: v, mountPath: /m}], results: [{name: r}]}]",
			want: "args cannot be used with Ref: spec.steps[0].args\ncommand cannot be used with Ref: spec.steps[0].command\n" +
				"env cannot be used with Ref: spec.steps[0].env\nimage cannot be used with Ref: spec.steps[0].image\n" +
				"results cannot be used with Ref: spec.steps[0].results\nscript cannot be used with Ref: spec.steps[0].script\n" +
				"volumeMounts cannot be used with Ref: spec.steps[0].volumeMounts\nworking dir cannot be used with Ref: spec.steps[0].workingDir",
			good: "steps: [{name: s, ref: {name: r}, params: [{name: p, value: v}], onError: continue, timeout: 1s, when: [{input: a, operator: in, values: [a]}]}]\nstepTemplate: {image: i, env: [{name: e}]}",
		},
		"S-04": {
			bad:  "steps: [{image: i, params: [{name: p, value: v}]}]",
			want: "params cannot be used without Ref: spec.steps[0].params",
			good: "steps: [{ref: {name: r}, params: [{name: p, value: v}]}]",
		},
		"S-05": {
			bad:  "steps: [{script: s}]",
			want: "missing field(s): spec.steps[0].Image",
			good: "steps: [{script: s}]\nstepTemplate: {image: i}",
		},
		"S-06": {
			bad:  "steps: [{image: i, script: s, command: [c]}]",
			want: "script cannot be used with command: spec.steps[0].script",
			good: "steps: [{image: i, script: s, args: [a]}]",
		},
		"S-06 template": {
			bad:  "steps: [{image: i, script: s}]\nstepTemplate: {command: [c]}",
			want: "script cannot be used with command: spec.steps[0].script\nstepTemplate sets a command, which applies to every step without one of its own",
			good: "steps: [{image: i, args: [a]}]\nstepTemplate: {command: [c]}",
		},
		"S-07": {
			bad:  "steps: [{name: $(params.p), image: i}]\nparams: [{name: p}]",
			want: `invalid value "$(params.p)": spec.steps[0].name` + "\n" + nameDetails,
			good: "steps: [{name: a-1, image: i}]",
		},
		"S-08": {
			bad:  "steps: [{name: Wrong, timeout: -1s}]",
			want: "invalid value: -1s: spec.steps[0].negative timeout",
			good: "steps: [{image: i, timeout: 0s}]",
		},
		"S-09": {
			bad: "steps: [{image: i, volumeMounts: [{name: a, mountPath: /tekton/home/../x}, {name: b, mountPath: //tekton/run}]}]",
			want: `volumeMount cannot be mounted under /tekton/ (volumeMount "a" mounted at "/tekton/home/../x"): spec.steps[0].volumeMounts[0].mountPath` + "\n" +
				`volumeMount cannot be mounted under /tekton/ (volumeMount "b" mounted at "//tekton/run"): spec.steps[0].volumeMounts[1].mountPath`,
			good: "steps: [{image: i, volumeMounts: [{name: a, mountPath: /tekton/home/x}, {name: b, mountPath: /tektonic}]}]",
		},
		"S-10": {
			bad:  "steps: [{image: i, volumeMounts: [{name: tekton-internal-x, mountPath: /x}]}]",
			want: `volumeMount name "tekton-internal-x" cannot start with "tekton-internal-": spec.steps[0].volumeMounts[0].name`,
			good: "steps: [{image: i, volumeMounts: [{name: tekton-x, mountPath: /x}]}]",
		},
		"S-10 credentials": {
			bad:  "steps: [{image: i, volumeMounts: [{name: tekton-creds-1, mountPath: /x}]}]",
			want: `volumeMount name "tekton-creds-1" cannot start with "tekton-creds-": spec.steps[0].volumeMounts[0].name`,
			good: "steps: [{image: i, volumeMounts: [{name: my-tekton-creds-1, mountPath: /x}]}]",
		},
		"S-10 sidecars": {
			bad: "steps: [{image: i}]\nsidecars: [{image: i, volumeMounts: [{name: tekton-internal-run-0, mountPath: /x}, {name: tekton-creds-init-home-0, mountPath: /y}]}]",
			want: `volumeMount name "tekton-creds-init-home-0" cannot start with "tekton-creds-": spec.sidecars[0].volumeMounts[1].name` + "\n" +
				`volumeMount name "tekton-internal-run-0" cannot start with "tekton-internal-": spec.sidecars[0].volumeMounts[0].name`,
			good: "steps: [{image: i}]\nsidecars: [{image: i, volumeMounts: [{name: tekton-x, mountPath: /x}]}]",
		},
		"S-11": {
			bad:  "steps: [{image: i, onError: stop}]",
			want: `invalid value: "stop": spec.steps[0].onError` + "\n" + `Task step onError must be either "continue" or "stopAndFail"`,
			good: "steps: [{image: i, onError: $(params.e)}, {image: i, onError: stopAndFail}]\nparams: [{name: e}]",
		},
		"S-12": {
			bad:       "steps: [{image: i, script: \"\\n #!win powershell\\n\"}]",
			want:      `windows script support requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.steps[0].script`,
			goodFlags: alpha,
		},
		"S-13": {
			bad: "steps: [{image: i, stdoutConfig: {path: a}, stderrConfig: {path: b}}]",
			want: `step stderr stream support requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.steps[0].stderrConfig` + "\n" +
				`step stdout stream support requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.steps[0].stdoutConfig`,
			goodFlags: alpha,
		},
		"S-14": {
			bad: "steps: [{image: '$(steps.a.results.r)', script: '$(steps.a.results.r)', workingDir: '$(steps.a.results.r)', imagePullPolicy: $(steps.a.results.r), " +
				"envFrom: [{prefix: $(steps.a.results.r), configMapRef: {name: $(steps.a.results.r)}}, {secretRef: {name: $(steps.a.results.r)}}], " +
				"volumeMounts: [{name: $(steps.a.results.r), mountPath: $(steps.a.results.r), subPath: $(steps.a.results.r)}], " +
				"volumeDevices: [{name: $(steps.a.results.r), devicePath: $(steps.a.results.r)}]}]",
			want: "stepResult substitutions are only allowed in env, command and args. Found usage in: spec.steps[0].envFrom.configMapRef, spec.steps[0].envFrom.prefix, " +
				"spec.steps[0].envFrom.secretRef, spec.steps[0].image, spec.steps[0].imagePullPolicy, spec.steps[0].script, spec.steps[0].volumeDevices.devicePath, " +
				"spec.steps[0].volumeDevices.name, spec.steps[0].volumeMounts.mountPath, spec.steps[0].volumeMounts.name, spec.steps[0].volumeMounts.subPath, spec.steps[0].workingDir",
			good: "steps: [{image: i, command: ['$(steps.a.results.r)'], args: ['$(steps.a.results.r[*])'], env: [{name: e, value: '$(steps.a.results.r.k)'}]}]",
		},
		"S-15": {
			bad:   "steps: [{image: '$(steps.a.outputs.r)', workingDir: '$(tasks.a.inputs.r)'}]",
			flags: `enable-artifacts: "true"`,
			want:  "stepArtifact substitutions are only allowed in env, command, args and script. Found usage in: spec.steps[0].image, spec.steps[0].workingDir",
			good:  "steps: [{image: i, script: '$(steps.a.outputs.r)', env: [{name: e, value: '$(steps.a.inputs.r)'}]}]",
		},
		"S-16 name": {
			bad:  "steps: [{image: i, results: [{name: ok}, {name: '!'}]}]",
			want: `invalid key name "!": spec.steps[0].results[1].name` + "\n" + resultDetails,
			good: "steps: [{image: i, results: [{name: ok}, {name: ok2}]}]",
		},
		"S-16 type": {
			bad:  "steps: [{image: i, results: [{name: r, type: number}]}]",
			want: "invalid value: number: spec.steps[0].results[0].type\ninvalid type number",
			good: "steps: [{image: i, results: [{name: r, type: array}]}]",
		},
		"S-16 properties": {
			bad:  "steps: [{image: i, results: [{name: r, type: object}]}]",
			want: "missing field(s): spec.steps[0].results[0].r.properties",
			good: "steps: [{image: i, results: [{name: r, type: object, properties: {a: {type: string}}}]}]",
		},
		"S-16 property types": {
			bad:  "steps: [{image: i, results: [{name: r, type: object, properties: {a: {type: array}}}]}]",
			want: "the value type specified for these keys [a] is invalid, the type must be string: spec.steps[0].results[0].r.properties",
			good: "steps: [{image: i, results: [{name: r, type: object, properties: {a: {type: string}}}]}]",
		},
		"S-17": {
			bad:  "steps: [{image: i, when: [{input: a, operator: is, values: [a]}]}]",
			want: `invalid value: operator "is" is not recognized. valid operators: in,notin: spec.steps[0].when[0]`,
			good: "steps: [{image: i, when: [{input: a, operator: notin, values: [a]}]}]",
		},
		"S-18": {
			bad:       "steps: [{image: i, workspaces: [{name: w, mountPath: ''}]}]\nworkspaces: [{name: w}]",
			flags:     stable,
			want:      `step workspaces requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.steps[0].workspaces`,
			goodFlags: alpha,
		},
		"S-19": {
			bad:  "steps: [{image: i, workspaces: [{name: a, mountPath: ''}, {name: w, mountPath: ''}]}]\nworkspaces: [{name: a}]",
			want: `undefined workspace "w": spec.steps[0].workspaces[1].name`,
			good: "steps: [{image: i, workspaces: [{name: w, mountPath: /x}]}]\nworkspaces: [{name: w}]",
		},
		"S-20": {
			bad:  "steps: [{ref: {}}]",
			want: "missing field(s): spec.steps[0].ref.name",
			good: "steps: [{ref: {resolver: git}}]",
		},
		"S-20 default resolver": {
			bad:      "steps: [{ref: {name: '!'}}]",
			defaults: "default-resolver-type: git",
			want: "invalid value: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
				"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'): spec.steps[0].ref.name",
			good: "steps: [{ref: {}}]",
		},
	}, taskOf)
}
