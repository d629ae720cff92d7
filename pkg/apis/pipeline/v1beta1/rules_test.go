package v1beta1

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// ruleCase shows one rule at work: the spec of an object that breaks nothing else, the whole text of the error, and a twin
// that passes; without one, the same spec with alpha fields enabled.
type ruleCase struct{ bad, want, good string }

type admitted interface {
	apis.Defaultable
	apis.Validatable
}

func runRules(t *testing.T, cases map[string]ruleCase, object func(t *testing.T, spec string) admitted) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := apis.WithinCreate(context.Background())
			if got := errorText(admit(ctx, object(t, tc.bad))); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			good := tc.good
			if good == "" {
				good = tc.bad
				ctx = config.ToContext(ctx, config.NewConfig(&config.FeatureFlags{EnableAPIFields: config.AlphaAPIFields}, nil))
			}
			if err := admit(ctx, object(t, good)); err != nil {
				t.Errorf("the valid twin is refused: %v", err)
			}
		})
	}
}

func admit(ctx context.Context, o admitted) *apis.FieldError {
	o.SetDefaults(ctx)
	return o.Validate(ctx).Filter(apis.ErrorLevel)
}

func errorText(err *apis.FieldError) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func fromYAML[T any](t *testing.T, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatalf("reading %q: %v", text, err)
	}
	return out
}

func stepActionOf(t *testing.T, spec string) admitted {
	return &StepAction{ObjectMeta: metav1.ObjectMeta{Name: "action"}, Spec: *fromYAML[StepActionSpec](t, spec)}
}

func customRunOf(t *testing.T, spec string) admitted {
	return &CustomRun{ObjectMeta: metav1.ObjectMeta{Name: "run"}, Spec: *fromYAML[CustomRunSpec](t, spec)}
}

func TestStepActionRules(t *testing.T) {
	t.Parallel()
	const params = "image: i\nparams: [{name: s}, {name: a, type: array}, {name: o, properties: {k: {}}}]\n"
	runRules(t, map[string]ruleCase{
		"SA-02": {"script: s", "missing field(s): spec.Image", "image: i"},
		"SA-03": {"image: i\nscript: s\ncommand: [c]", "script cannot be used with command: spec.script", "image: i\nscript: s\nargs: [a]"},
		"SA-04": {bad: "image: i\nscript: '#!win'", want: `windows script support requires "enable-api-fields" feature gate to be "alpha" but it is "beta": spec.script`},
		"SA-05": {params + "script: 'echo $(params.s)'", "param substitution in scripts is not allowed.: spec.script", params + "script: 'echo ${params}'\nargs: [$(params.s)]"},
		"SA-06 V-10": {
			"image: $(params.x)\nargs: [a, $(params.x)]\nenv: [{name: E, value: $(params.x)}]",
			`non-existent variable in "$(params.x)": spec.args[1], spec.env[E], spec.image`,
			"image: $(params.x)\nparams: [{name: x}]",
		},
		"SA-06 V-10 volume": {
			"image: i\nvolumeMounts: [{name: $(params.x), mountPath: /x}]",
			`non-existent variable in "$(params.x)": spec.volumeMounts[0]`,
			"image: i\nvolumeMounts: [{name: $(params.x), mountPath: /x}]\nparams: [{name: x}]",
		},
		"SA-06 V-11 V-12 V-13": {
			params + "args: [$(params.o.k.l), $(params.o.l), $(params.o)]",
			`Invalid referencing of parameters in "$(params.o.k.l)"! Only two dot-separated components after the prefix "params" are allowed.: spec.args[0]` + "\n" +
				`non-existent variable in "$(params.o.l)": spec.args[1]` + "\n" + `variable type invalid in "$(params.o)": spec.args[2]`,
			params + "args: [$(params.o.k)]",
		},
		"SA-06 V-14 V-15": {
			params + "env: [{name: E, value: $(params.a)}]\nargs: [x$(params.a)]",
			`variable is not properly isolated in "x$(params.a)": spec.args[0]` + "\n" + `variable type invalid in "$(params.a)": spec.env[E]`,
			params + "args: ['$(params.a[*])']",
		},
		"SA-08": {
			"image: i\nparams: [{name: a, type: x}, {name: a, type: string, default: [b]}, {name: o, type: object}, {name: '1'}]",
			`"string" type does not match default value's type: "array": spec.params.a.default.type, spec.params.a.type` + "\n" +
				"The format of following array and string variable names is invalid: [1]: spec.params\nString/Array Names: \n" +
				"Must only contain alphanumeric characters, hyphens (-), underscores (_), and dots (.)\nMust begin with a letter or an underscore (_)\n" +
				"invalid value: x: spec.params.a.type\nmissing field(s): spec.o.properties\nparameter appears more than once: spec.params[a]",
			"image: i\nparams: [{name: a, enum: [b]}]",
		},
		"SA-09": {
			"image: i\nscript: 'x > $(step.results.r.path) $(results.q.path)'\nresults: [{name: q}]",
			`non-existent variable in "x > $(step.results.r.path) $(results.q.path)": spec.script`,
			"image: i\nscript: 'x > $(step.results.q.path) $(results.q.path)'\nresults: [{name: q}]",
		},
		"SA-10": {
			"image: i\nresults: [{name: r, type: x}, {name: o, type: object}]",
			"invalid value: x: spec.results[0].type\ninvalid type x\nmissing field(s): spec.results[1].o.properties",
			"image: i\nresults: [{name: r}, {name: o, properties: {a: {}}}]",
		},
		"SA-11": {
			params + "volumeMounts: [{name: $(params.s), mountPath: /a}, {name: x-$(params.s), mountPath: /b}, {name: y, mountPath: /c}]",
			"invalid value: x-$(params.s): spec.volumeMounts[1].name\nexpect the Name to be a single param reference",
			params + "volumeMounts: [{name: $(params.s), mountPath: /a}]",
		},
	}, stepActionOf)
}

func TestCustomRunRules(t *testing.T) {
	t.Parallel()
	const ref = "customRef: {apiVersion: a/b, kind: K}\n"
	runRules(t, map[string]ruleCase{
		"CR-03": {ref + "customSpec: {apiVersion: a/b, kind: K}", "expected exactly one, got both: spec.customRef, spec.customSpec", "customSpec: {apiVersion: a/b, kind: K}"},
		"CR-04": {"retries: 1", "expected exactly one, got neither: spec.customRef, spec.customSpec", ref},
		"CR-05": {"customRef: {kind: K}", "missing field(s): spec.customRef.apiVersion", ref},
		"CR-05 kind": {
			"customRef: {apiVersion: a/b}\nstatusMessage: x", "missing field(s): spec.customRef.kind", ref + "status: anything\nstatusMessage: x",
		},
		"CR-06":      {"customSpec: {kind: K}", "missing field(s): spec.customSpec.apiVersion", "customSpec: {apiVersion: a/b, kind: K, spec: {free: form}}"},
		"CR-06 kind": {"customSpec: {apiVersion: a/b}", "missing field(s): spec.customSpec.kind", "customSpec: {apiVersion: a/b, kind: K}"},
		"CR-07": {
			ref + "statusMessage: x", "invalid value: statusMessage should not be set if status is not set, but it is currently set to x: statusMessage",
			ref + "status: RunCancelled\nstatusMessage: x",
		},
		"CR-08": {
			ref + "params: [{name: a, value: x}, {name: A, value: x}]", "expected exactly one, got both: spec.params[A].name",
			ref + "params: [{name: a, value: x}, {name: b, value: x}]",
		},
		"CR-09": {
			ref + "workspaces: [{name: a, emptyDir: {}}, {name: A, secret: {}}]",
			"expected exactly one, got both: spec.workspaces[1].name\nmissing field(s): spec.workspaces[1].secret.secretName",
			ref + "workspaces: [{name: a, emptyDir: {}}, {name: b, secret: {secretName: a}}]",
		},
	}, customRunOf)
	if got, want := errorText((&CustomRunSpec{}).validate()), "missing field(s): spec"; got != want {
		t.Errorf("CR-02: error = %q, want %q", got, want)
	}
	if got, want := errorText((&CustomRun{}).Validate(context.Background())), `invalid resource name "": must be a valid DNS label: metadata.name`; got != want {
		t.Errorf("CR-01: error = %q, want %q", got, want)
	}
}

func TestStepActionName(t *testing.T) {
	t.Parallel()
	spec := StepActionSpec{Image: "i"}
	for name, want := range map[string]string{
		"A":     `invalid resource name "A": must be a valid DNS label: metadata.name`,
		"a-1.b": "",
		"a_b":   `invalid resource name "a_b": must be a valid DNS label: metadata.name`,
	} {
		action := &StepAction{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}
		if got := errorText(admit(apis.WithinCreate(context.Background()), action)); got != want {
			t.Errorf("SA-01: error = %q, want %q", got, want)
		}
	}
}

func TestCustomRunWarnings(t *testing.T) {
	t.Parallel()
	run := customRunOf(t, "customRef: {apiVersion: a/b, kind: K}\nstatus: Stop")
	if got, want := errorText(run.Validate(apis.WithinCreate(context.Background()))), "the only status with a meaning is RunCancelled: spec.status"; got != want {
		t.Errorf("warnings = %q, want %q", got, want)
	}
}

func TestCustomRunDefaults(t *testing.T) {
	t.Parallel()
	run := &CustomRun{}
	run.SetDefaults(context.Background())
	if diff := cmp.Diff(&CustomRun{Spec: CustomRunSpec{ServiceAccountName: "default"}}, run); diff != "" {
		t.Errorf("D-43 (-want +got):\n%s", diff)
	}
}

func TestStepActionDefaults(t *testing.T) {
	t.Parallel()
	got := fromYAML[StepActionSpec](t, "params: [{name: a}, {name: o, properties: {k: {}}}]\nresults: [{name: r}, {name: o, properties: {k: {}}}]")
	got.SetDefaults(context.Background())
	want := fromYAML[StepActionSpec](t, "params: [{name: a, type: string}, {name: o, type: object, properties: {k: {type: string}}}]\n"+
		"results: [{name: r, type: string}, {name: o, type: object, properties: {k: {type: string}}}]")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("D-42 (-want +got):\n%s", diff)
	}
}

func TestUpdatesOfUnchangedSpecs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		old, updated admitted
		want         string
	}{
		"step action kept":    {stepActionOf(t, "script: '#!win'"), stepActionOf(t, "script: '#!win'"), ""},
		"step action gate":    {stepActionOf(t, "image: i\nscript: '#!win'"), stepActionOf(t, "image: j\nscript: '#!win'"), ""},
		"step action changed": {stepActionOf(t, "image: i"), stepActionOf(t, "args: [a]"), "missing field(s): spec.Image"},
		"custom run kept":     {customRunOf(t, "retries: 1"), customRunOf(t, "retries: 1"), ""},
		"custom run changed":  {customRunOf(t, "retries: 1"), customRunOf(t, "retries: 2"), "expected exactly one, got neither: spec.customRef, spec.customSpec"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := errorText(admit(apis.WithinUpdate(context.Background(), tc.old), tc.updated)); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			if err := admit(apis.WithinSubResourceUpdate(context.Background(), tc.old, "status"), tc.updated); err != nil {
				t.Errorf("status write: %v", err)
			}
		})
	}
}
