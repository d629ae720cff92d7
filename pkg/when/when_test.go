package when_test

import (
	"errors"
	"testing"

	"github.com/tenon-ci/tenon/pkg/when"
)

// verdicts is an evaluator with fixed answers; other expressions are errors.
type verdicts map[string]bool

var errUnknown = errors.New("unknown expression")

func (v verdicts) Evaluate(expression string) (bool, error) {
	holds, ok := v[expression]
	if !ok {
		return false, errUnknown
	}
	return holds, nil
}

func TestAll(t *testing.T) {
	t.Parallel()
	cel := verdicts{"yes": true, "no": false}
	holds := when.Expression{Input: "a", Operator: "in", Values: []string{"b", "a"}}
	fails := when.Expression{Input: "a", Operator: "notin", Values: []string{"b", "a"}}
	for name, tc := range map[string]struct {
		expressions []when.Expression
		cel         when.Evaluator
		want        bool
		err         error
	}{
		"none":             {want: true},
		"in":               {expressions: []when.Expression{holds}, want: true},
		"in, absent":       {expressions: []when.Expression{{Input: "c", Operator: "in", Values: []string{"a"}}}},
		"in nothing":       {expressions: []when.Expression{{Input: "", Operator: "in"}}},
		"in, empty string": {expressions: []when.Expression{{Operator: "in", Values: []string{""}}}, want: true},
		"notin":            {expressions: []when.Expression{{Input: "c", Operator: "notin", Values: []string{"a"}}}, want: true},
		"notin, present":   {expressions: []when.Expression{fails}},
		"all must hold":    {expressions: []when.Expression{holds, fails}},
		"cel":              {expressions: []when.Expression{{CEL: "yes"}, holds}, cel: cel, want: true},
		"cel false":        {expressions: []when.Expression{{CEL: "no"}}, cel: cel},
		"cel error":        {expressions: []when.Expression{{CEL: "?"}}, cel: cel, err: errUnknown},
		"no cel":           {expressions: []when.Expression{{CEL: "yes"}}, err: when.ErrNoCEL},
		"stops early":      {expressions: []when.Expression{fails, {CEL: "?"}}, cel: cel},
		"operator":         {expressions: []when.Expression{{Operator: "like"}}, err: when.ErrOperator},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := when.All(tc.expressions, tc.cel)
			if !errors.Is(err, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
			if got != tc.want {
				t.Errorf("holds: %v, want %v", got, tc.want)
			}
		})
	}
}
