package v1

import (
	"fmt"
	"testing"
)

func stepRef(t *testing.T, ref string) admitted {
	return taskOf(t, fmt.Sprintf("steps: [{ref: %s}]", ref))
}

func TestReferenceRules(t *testing.T) {
	t.Parallel()
	const concise = `enable-concise-resolver-syntax: "true"`
	const conciseError = "feature flag enable-concise-resolver-syntax should be set to true to use concise resolver syntax: spec.steps[0].ref"
	runRules(t, map[string]ruleCase{
		"R-01": {bad: "{}", want: "missing field(s): spec.steps[0].ref.name", good: "{name: a}"},
		"R-02 R-06": {
			bad:   "{resolver: git, params: [{name: p, value: v}]}",
			flags: stable,
			want: `resolver params requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.steps[0].ref.params` + "\n" +
				`resolver requires "enable-api-fields" feature gate to be "alpha" or "beta" but it is "stable": spec.steps[0].ref.resolver`,
			goodFlags: beta,
		},
		"R-03 R-04": {
			bad:  "{name: a, params: [{name: p, value: v}]}",
			want: "expected exactly one, got both: spec.steps[0].ref.name, spec.steps[0].ref.params\nmissing field(s): spec.steps[0].ref.resolver",
			good: "{resolver: git, params: [{name: p, value: v}]}",
		},
		"R-05": {
			bad:  "{resolver: git, params: [{name: p, value: v}, {name: P, value: v}]}",
			want: "expected exactly one, got both: spec.steps[0].ref[P].name",
			good: "{resolver: git, params: [{name: p, value: v}, {name: q, value: v}]}",
		},
		"R-07": {bad: "{resolver: git, name: 'git://x'}", want: conciseError, goodFlags: concise},
		"R-08": {
			bad:   "{resolver: git, name: plain}",
			flags: concise,
			want:  "invalid value: invalid URI for request: spec.steps[0].ref.name",
			good:  "{resolver: git, name: 'https:/x'}",
		},
		"R-09 off": {
			bad:       "{name: 'git://x'}",
			want:      conciseError + "\nmissing field(s): spec.steps[0].ref.resolver",
			good:      "{resolver: git, name: 'git://$(params.x)'}",
			goodFlags: concise,
		},
		"R-09 on": {bad: "{name: 'git://x'}", flags: concise, want: "missing field(s): spec.steps[0].ref.resolver", good: "{name: a/b}"},
		"R-10": {
			bad: "{name: 'Some.Prefix!/-'}",
			want: "invalid value: prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
				"(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')," +
				"name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
				"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'): spec.steps[0].ref.name",
			good: "{name: some.prefix/Name_1}",
		},
	}, stepRef)
}

func TestIsURLLike(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"git://x": true, "a b-c:/": true, "x:///y": true, "$(params.a)://b": false, "name": false, "a/b": false, "a:b/c": false, "://x": false, "": false,
	} {
		if got := IsURLLike(name); got != want {
			t.Errorf("IsURLLike(%q) = %v", name, got)
		}
	}
}
