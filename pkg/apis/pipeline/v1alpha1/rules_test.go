package v1alpha1

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

type admitted interface {
	apis.Defaultable
	apis.Validatable
}

// ruleCase shows one rule at work: the spec of an object that breaks nothing else, the whole text of the error, and a twin
// that passes.
type ruleCase struct{ bad, want, good string }

func runRules(t *testing.T, cases map[string]ruleCase, object func(t *testing.T, spec string) admitted) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := admit(apis.WithinCreate(context.Background()), object(t, tc.bad)); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			if got := admit(apis.WithinCreate(context.Background()), object(t, tc.good)); got != "" {
				t.Errorf("the valid twin is refused: %v", got)
			}
			if got := admit(apis.WithinUpdate(context.Background(), object(t, tc.bad)), object(t, tc.bad)); got != "" {
				t.Errorf("an update that changes nothing is refused: %v", got)
			}
		})
	}
}

func admit(ctx context.Context, o admitted) string {
	o.SetDefaults(ctx)
	if err := o.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
		return err.Error()
	}
	return ""
}

// TestVerificationPolicyWarnings shows that an authority without a key is accepted, but not in silence.
func TestVerificationPolicyWarnings(t *testing.T) {
	t.Parallel()
	for authorities, want := range map[string]string{
		"{name: k, key: {data: x}}": "",
		"{name: k, key: {data: x}}, {name: l}": "an authority without a key never verifies anything, and resources that the policy applies to " +
			"fail its check: give it data, secretRef or kms: spec.authorities[1].key",
	} {
		spec := fromYAML[VerificationPolicySpec](t, "{resources: [{pattern: .*}], authorities: ["+authorities+"]}")
		err := (&VerificationPolicy{ObjectMeta: metav1.ObjectMeta{Name: "a"}, Spec: *spec}).Validate(apis.WithinCreate(context.Background()))
		got := ""
		if warnings := err.Filter(apis.WarningLevel); warnings != nil {
			got = warnings.Error()
		}
		if got != want {
			t.Errorf("%s: warning %q, want %q", authorities, got, want)
		}
		if errs := err.Filter(apis.ErrorLevel); errs != nil {
			t.Errorf("%s: %v", authorities, errs)
		}
	}
}

func fromYAML[T any](t *testing.T, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatalf("reading %q: %v", text, err)
	}
	return out
}

func TestStepActionRules(t *testing.T) {
	t.Parallel()
	runRules(t, map[string]ruleCase{
		"SA-02": {"script: s", "missing field(s): spec.Image", "image: i"},
		"SA-14 undefined": {
			"image: i\nparams: [{name: a, default: $(params.b)-$(params.c)}, {name: b}]",
			`param "a" default value references param "c" which is not defined: spec.params`,
			"image: i\nparams: [{name: a, default: \"$(params.b)-$(params['c.d'])-$(params.o.k)\"}, {name: b}, {name: c.d}, {name: o, properties: {k: {}}}, {name: l, default: [$(params.x)]}]",
		},
		"SA-14 circle": {
			"image: i\nparams: [{name: a, default: $(params.b)}, {name: b, default: $(params.c)}, {name: c, default: $(params.b)}]",
			`param "b" default value has a circular dependency: spec.params`,
			"image: i\nparams: [{name: a, default: $(params.b)$(params.c)}, {name: b, default: $(params.c)}, {name: c}]",
		},
		"SA-14 itself": {
			"image: i\nparams: [{name: a, default: $(params.a)}]",
			`param "a" default value has a circular dependency: spec.params`,
			"image: i\nparams: [{name: a, default: a}]",
		},
	}, func(t *testing.T, spec string) admitted {
		return &StepAction{ObjectMeta: metav1.ObjectMeta{Name: "a"}, Spec: *fromYAML[v1beta1.StepActionSpec](t, spec)}
	})
}

func TestVerificationPolicyRules(t *testing.T) {
	t.Parallel()
	const rest = "resources: [{pattern: a}]\nauthorities: [{name: n, key: {data: d}}]\n"
	runRules(t, map[string]ruleCase{
		"VP-02": {"authorities: [{name: n}]", "missing field(s): resources", rest},
		"VP-03": {
			"resources: [{pattern: a}, {pattern: 'a('}]\nauthorities: [{name: n}]",
			"invalid value: a(: ResourcePattern\nresourcePattern cannot be compiled by regex: error parsing regexp: missing closing ): `a(`",
			"resources: [{pattern: '^https://.*$'}]\nauthorities: [{name: n}]",
		},
		"VP-04": {"resources: [{pattern: a}]", "missing field(s): authorities", rest},
		"VP-05 none": {
			"resources: [{pattern: a}]\nauthorities: [{name: n}, {name: m, key: {}}]",
			"expected exactly one, got neither: key[1].data, key[1].kms, key[1].secretref",
			"resources: [{pattern: a}]\nauthorities: [{name: n}, {name: m, key: {secretRef: {name: s}}}]",
		},
		"VP-05 two": {
			"resources: [{pattern: a}]\nauthorities: [{name: n, key: {data: d, kms: k}}]",
			"expected exactly one, got both: key[0].data, key[0].kms, key[0].secretref",
			"resources: [{pattern: a}]\nauthorities: [{name: n, key: {kms: k}}]",
		},
		"VP-06": {
			"resources: [{pattern: a}]\nauthorities: [{name: n, key: {kms: k, hashAlgorithm: md5}}]",
			"invalid value: md5: key[0].HashAlgorithm",
			"resources: [{pattern: a}]\nauthorities: [{name: n, key: {kms: k, hashAlgorithm: SHA512}}]",
		},
		"VP-07": {rest + "mode: Warn", "invalid value: available values are: enforce, warn, but got: Warn: mode", rest + "mode: warn"},
	}, func(t *testing.T, spec string) admitted {
		return &VerificationPolicy{ObjectMeta: metav1.ObjectMeta{Name: "a"}, Spec: *fromYAML[VerificationPolicySpec](t, spec)}
	})
	if got, want := admit(context.Background(), &VerificationPolicy{Spec: *fromYAML[VerificationPolicySpec](t, rest)}), `invalid resource name "": must be a valid DNS label: metadata.name`; got != want {
		t.Errorf("VP-01: error = %q, want %q", got, want)
	}
}
