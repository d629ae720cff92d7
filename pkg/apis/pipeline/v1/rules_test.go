package v1

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// ruleCase shows one rule at work: an object that breaks nothing else, the whole text of the error, and a twin that passes.
type ruleCase struct {
	// bad is YAML of a spec, and flags YAML of the feature flags it meets.
	bad, flags string
	want       string
	// good is the twin; empty means bad under other flags. goodFlags default to flags.
	good, goodFlags string
	// defaults is YAML of config-defaults.
	defaults string
}

// admitted is a kind under test.
type admitted interface {
	apis.Defaultable
	apis.Validatable
}

// runRules admits bad and good of each case, as new objects, through defaulting and validation.
func runRules(t *testing.T, cases map[string]ruleCase, object func(t *testing.T, spec string) admitted) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := errorText(admit(settings(t, tc.flags, tc.defaults), object(t, tc.bad))); got != tc.want {
				t.Errorf("error (-want +got):\n%s", cmp.Diff(tc.want, got))
			}
			good, goodFlags := tc.good, tc.goodFlags
			if good == "" {
				good = tc.bad
			}
			if goodFlags == "" {
				goodFlags = tc.flags
			}
			if err := admit(settings(t, goodFlags, tc.defaults), object(t, good)); err != nil {
				t.Errorf("the valid twin is refused: %v", err)
			}
		})
	}
}

func admit(ctx context.Context, o admitted) *apis.FieldError {
	ctx = apis.WithinCreate(ctx)
	o.SetDefaults(ctx)
	return o.Validate(ctx).Filter(apis.ErrorLevel)
}

func errorText(err *apis.FieldError) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// settings returns a context with the given feature flags and defaults, as YAML of the ConfigMaps' data.
func settings(t testing.TB, flags, defaults string) context.Context {
	t.Helper()
	read := func(text string) map[string]string {
		data := map[string]string{}
		if err := yaml.UnmarshalStrict([]byte(text), &data); err != nil {
			t.Fatalf("reading %q: %v", text, err)
		}
		return data
	}
	f, err := config.NewFeatureFlagsFromMap(read(flags))
	if err != nil {
		t.Fatal(err)
	}
	d, err := config.NewDefaultsFromMap(read(defaults))
	if err != nil {
		t.Fatal(err)
	}
	return config.ToContext(context.Background(), config.NewConfig(f, d))
}

const (
	alpha  = "enable-api-fields: alpha"
	beta   = "enable-api-fields: beta"
	stable = "enable-api-fields: stable"
)
