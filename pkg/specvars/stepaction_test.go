package specvars_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

var taskValues = substitution.Values{
	Strings: map[string]string{"params.s": "S", "params.secret": "not for the StepAction"},
	Arrays:  map[string][]string{"params.list[*]": {"x", "y"}},
	Objects: map[string]map[string]string{"params.obj[*]": {"k": "K"}},
}

func TestStepAction(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ step, action, want, err string }{
		"fields": {
			step: `
name: n
displayName: d
ref: {name: sa}
onError: continue
timeout: 1m0s
when: [{input: "$(params.p)", operator: in, values: [x]}]
workspaces: [{name: w, mountPath: /w}]
computeResources: {limits: {cpu: 1}}
envFrom: [{prefix: "$(params.p)"}]
volumeDevices: [{name: v, devicePath: /d}]
imagePullPolicy: Always
stdoutConfig: {path: a}
stderrConfig: {path: b}
securityContext: {runAsUser: 1}
params: [{name: p, value: P}]
`,
			action: `
description: text
image: $(params.p)
command: [c]
args: ["$(params.p)"]
env: [{name: E, value: "$(params.p)"}]
script: echo $(step.results.r.path)
workingDir: /$(params.p)
results: [{name: r}]
volumeMounts: [{name: $(params.p), mountPath: /$(params.p)}]
params: [{name: p, type: string}]
`,
			want: `
name: n
displayName: d
onError: continue
timeout: 1m0s
when: [{input: "$(params.p)", operator: in, values: [x]}]
workspaces: [{name: w, mountPath: /w}]
computeResources: {limits: {cpu: 1}}
envFrom: [{prefix: "$(params.p)"}]
volumeDevices: [{name: v, devicePath: /d}]
imagePullPolicy: Always
stdoutConfig: {path: a}
stderrConfig: {path: b}
securityContext: {runAsUser: 1}
image: P
command: [c]
args: [P]
env: [{name: E, value: P}]
script: echo $(step.results.r.path)
workingDir: /P
results: [{name: r}]
volumeMounts: [{name: P, mountPath: /P}]
`,
		},
		"values and defaults": {
			step: `
name: n
ref: {name: sa}
params:
- {name: s, value: "<$(params.s)>"}
- {name: list, value: "$(params.list[*])"}
- {name: obj, value: "$(params.obj[*])"}
`,
			action: `
image: i
args: ["$(params.s)", "$(params.list[*])", "$(params.list[1])", "$(params.obj.k)$(params.obj.l)", "$(params.d)", "$(params.plain)", "$(params.secret)", "$(context.taskRun.name)"]
script: $(params.s)
params:
- {name: s, type: string}
- {name: list, type: array}
- {name: obj, type: object, properties: {k: {}, l: {}}, default: {l: L}}
- {name: d, type: string, default: "$(params.e)!"}
- {name: e, type: string, default: "$(params.s)"}
- {name: plain, type: string, default: plain}
`,
			want: `
name: n
image: i
args: ["<S>", x, "y", "y", KL, "<S>!", plain, "$(params.secret)", "$(context.taskRun.name)"]
script: $(params.s)
`,
		},
		"results of steps": {
			step: `
name: n
ref: {name: sa}
params:
- {name: s, value: "$(steps.a.results.r)"}
- {name: list, value: "$(steps.a.results.list[*])"}
- {name: obj, value: "$(steps.a.results.obj[*])"}
- {name: one, value: "$(steps.a.results.list[2])"}
- {name: mixed, value: "<$(steps.a.results.r)>"}
- {name: many, value: ["$(steps.a.results.r)", "$(steps.a.results.list[*])"]}
`,
			action: `
image: i
args:
- $(params.s)
- $(params.list[*])
- $(params.list)
- $(params['list'][*])
- $(params.list[1])
- $(params["list"][0])
- $(params.obj.k)
- $(params.one)
- $(params.mixed)
- $(params.many[*])
- $(params.d)
params:
- {name: s, type: string}
- {name: list, type: array}
- {name: obj, type: object, properties: {k: {}}}
- {name: one, type: string}
- {name: mixed, type: string}
- {name: many, type: array}
- {name: d, type: string, default: "$(params.s)"}
`,
			want: `
name: n
image: i
args:
- $(steps.a.results.r)
- $(steps.a.results.list[*])
- $(steps.a.results.list[*])
- $(steps.a.results.list[*])
- $(steps.a.results.list[1])
- $(steps.a.results.list[0])
- $(steps.a.results.obj.k)
- $(steps.a.results.list[2])
- <$(steps.a.results.r)>
- $(steps.a.results.r)
- $(steps.a.results.list[*])
- $(steps.a.results.r)
`,
		},
		"own securityContext": {
			step:   `{name: n, ref: {name: sa}, securityContext: {runAsUser: 1000, allowPrivilegeEscalation: false}}`,
			action: `{image: i}`,
			want:   `{name: n, image: i, securityContext: {runAsUser: 1000, allowPrivilegeEscalation: false}}`,
		},
		"securityContext of both": {
			step:   `{name: n, ref: {name: sa}, securityContext: {runAsUser: 1000}}`,
			action: `{image: i, securityContext: {runAsNonRoot: true}}`,
			want:   `{name: n, image: i, securityContext: {runAsNonRoot: true}}`,
		},
		"texts for objects": {
			step: `
name: n
params:
- {name: keys, value: "$(params.s[*])"}
- {name: inferred, value: ""}
`,
			action: `
image: i
args: ["$(params.keys.a) $(params.keys.b)", "$(params.inferred.c)"]
params:
- {name: keys, type: object, properties: {a: {}, b: {}}, default: {a: one, b: two}}
- {name: inferred, properties: {c: {}}, default: {c: three}}
`,
			want: `{name: n, image: i, args: ["one two", three]}`,
		},
		"text for an object without default": {
			step:   `{name: n, params: [{name: keys, value: x}]}`,
			action: `{image: i, params: [{name: keys, type: object, properties: {a: {}}}]}`,
			err:    "invalid parameter substitution: keys. Please check the types of the default value and the passed value",
		},
		"list for an object": {
			step:   `{name: n, params: [{name: keys, value: [x]}]}`,
			action: `{image: i, params: [{name: keys, type: object, properties: {a: {}}, default: {a: one}}]}`,
			err:    "invalid parameter substitution: keys. Please check the types of the default value and the passed value",
		},
		"object for a text": {
			step:   `{name: n, params: [{name: text, value: {a: x}}]}`,
			action: `{image: i, params: [{name: text, type: string, default: one}]}`,
			err:    "invalid parameter substitution: text. Please check the types of the default value and the passed value",
		},
		"extra": {
			step:   `{name: n, params: [{name: b, value: x}, {name: a, value: x}]}`,
			action: `{image: i}`,
			err:    "extra params passed by Step to StepAction: [b a]",
		},
		"missing": {
			step:   `{name: n}`,
			action: `{image: i, params: [{name: b, type: string}, {name: a, type: array}, {name: c, type: string, default: x}]}`,
			err:    "non-existent params in Step: [b a]",
		},
		"type": {
			step:   `{name: n, params: [{name: a, value: x}]}`,
			action: `{image: i, params: [{name: a, type: array, default: []}]}`,
			err:    "invalid parameter substitution: a. Please check the types of the default value and the passed value",
		},
		"unknown in default": {
			step:   `{name: n}`,
			action: `{image: i, params: [{name: a, type: string, default: "$(params.none)"}]}`,
			err:    `parameter "a" references non-existent parameter "none"`,
		},
		"circle": {
			step:   `{name: n}`,
			action: `{image: i, params: [{name: a, type: string, default: "$(params.b)"}, {name: b, type: string, default: "$(params.a)"}]}`,
			err:    "circular dependency detected in parameter references",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step, action := parse[v1.Step](t, tc.step), parse[v1beta1.StepActionSpec](t, tc.action)
			stepBefore, actionBefore := step.DeepCopy(), action.DeepCopy()
			got, err := specvars.StepAction(step, action, taskValues)
			if tc.err != "" {
				if err == nil || err.Error() != tc.err {
					t.Errorf("StepAction() = %v, want %s", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatalf("StepAction() = %v", err)
			}
			if diff := cmp.Diff(parse[v1.Step](t, tc.want), got); diff != "" {
				t.Errorf("StepAction() (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(stepBefore, step); diff != "" {
				t.Errorf("the step was changed (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(actionBefore, action); diff != "" {
				t.Errorf("the StepAction was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestStepWithRefKeepsAllFields goes through all fields of a step: each is kept, or admission refuses it beside a ref (S-03), or it says
// which StepAction runs with what.
func TestStepWithRefKeepsAllFields(t *testing.T) {
	t.Parallel()
	gone := map[string]string{
		"Ref": "replaced", "Params": "replaced",
		"Image": "S-03", "Command": "S-03", "Args": "S-03", "Script": "S-03", "WorkingDir": "S-03", "Env": "S-03", "VolumeMounts": "S-03", "Results": "S-03",
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[v1.Step]()) {
		t.Run(field.Name, func(t *testing.T) {
			t.Parallel()
			step := &v1.Step{}
			reflect.ValueOf(step).Elem().FieldByIndex(field.Index).Set(nonZero(field.Type))
			action := &v1beta1.StepActionSpec{}
			if field.Name == "Params" {
				action.Params = v1.ParamSpecs{{}}
			}
			got, err := specvars.StepAction(step, action, substitution.Values{})
			if err != nil {
				t.Fatal(err)
			}
			if kept := !reflect.ValueOf(got).Elem().FieldByIndex(field.Index).IsZero(); kept == (gone[field.Name] != "") {
				t.Errorf("kept: %t", kept)
			}
		})
	}
}

// nonZero returns a value of the type that is not zero.
func nonZero(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(t, 1, 1))
	case reflect.String:
		v.SetString("x")
	case reflect.Struct:
		v.Field(0).Set(reflect.MakeMap(t.Field(0).Type))
	default:
	}
	return v
}
