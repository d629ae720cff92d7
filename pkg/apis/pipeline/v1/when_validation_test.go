package v1

import (
	"fmt"
	"strings"
	"testing"
)

func stepWhen(t *testing.T, when string) admitted {
	return taskOf(t, fmt.Sprintf("steps: [{image: i, when: [%s]}]", when))
}

func TestWhenRules(t *testing.T) {
	t.Parallel()
	const cel = `enable-cel-in-whenexpression: "true"`
	const full = "{input: a, operator: in, values: [a]}"
	runRules(t, map[string]ruleCase{
		"E-01": {bad: full + ", {}", want: "missing field(s): spec.steps[0].when[1]", good: full},
		"E-02": {
			bad:  "{input: a, operator: In, values: [a]}, {input: a, values: [a]}",
			want: `invalid value: operator "" is not recognized. valid operators: in,notin: spec.steps[0].when[1]` + "\n" + `invalid value: operator "In" is not recognized. valid operators: in,notin: spec.steps[0].when[0]`,
			good: full + ", {operator: notin, values: [a]}",
		},
		"E-03": {
			bad:  "{input: a, operator: in}",
			want: "invalid value: expecting non-empty values field: spec.steps[0].when[0]",
			good: full,
		},
		"E-04": {
			bad:       "{cel: \"'a' == 'b'\"}",
			want:      "feature flag enable-cel-in-whenexpression should be set to true to use CEL: 'a' == 'b' in WhenExpression: spec.steps[0].when[0]",
			goodFlags: cel,
		},
		"E-04 alone": {
			bad:  "{cel: '(', input: x}",
			want: "feature flag enable-cel-in-whenexpression should be set to true to use CEL: ( in WhenExpression: spec.steps[0].when[0]",
			good: full,
		},
		"E-05": {
			bad:   "{cel: '(', input: x, operator: in, values: [a, b]}",
			flags: cel,
			want:  "cel and input+operator+values cannot be set in one WhenExpression: &{x in [a b] (}: spec.steps[0].when[0]",
			good:  "{cel: \"'$(params.x)' == 'b'\"}",
		},
		"E-06 nesting": {
			bad:   fmt.Sprintf("{cel: \"%strue%s\"}", strings.Repeat("(", 150), strings.Repeat(")", 150)),
			flags: cel,
			want: fmt.Sprintf("invalid cel expression: %strue%s with err: ERROR: <input>:-1:0: expression recursion limit exceeded: 100: spec.steps[0].when[0]",
				strings.Repeat("(", 150), strings.Repeat(")", 150)),
			good: fmt.Sprintf("{cel: \"%strue%s\"}", strings.Repeat("(", 40), strings.Repeat(")", 40)),
		},
		"E-06 size": {
			bad:   fmt.Sprintf("{cel: \"'%s' == ''\"}", strings.Repeat("a", 64<<10)),
			flags: cel,
			want: fmt.Sprintf("invalid cel expression: '%s' == '' with err: ERROR: <input>:-1:0: expression code point size exceeds limit: size: %d, limit %d: spec.steps[0].when[0]",
				strings.Repeat("a", 64<<10), 64<<10+8, 64<<10),
			good: fmt.Sprintf("{cel: \"'%s' == ''\"}", strings.Repeat("a", 64<<10-8)),
		},
		"E-06": {
			bad:   "{cel: \"$(params.x) == 'b'\"}",
			flags: cel,
			want:  "invalid cel expression: $(params.x) == 'b' with err: ERROR: <input>:1:1: Syntax error: token recognition error at: '$'\n | $(params.x) == 'b'\n | ^: spec.steps[0].when[0]",
			good:  "{cel: \"'$(params.x)' == 'b'\"}",
		},
	}, stepWhen)
}
