package cel_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/when"
	"github.com/tenon-ci/tenon/pkg/when/cel"
)

var _ when.Evaluator = (*cel.Evaluator)(nil)

func newEvaluator(t *testing.T) *cel.Evaluator {
	t.Helper()
	e, err := cel.New()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t)
	for expression, want := range map[string]bool{
		`'a' == 'a'`:                             true,
		`'a' == 'b'`:                             false,
		`'main' in ['main', 'release']`:          true,
		`'release/1'.matches('release/[0-9]+$')`: true,
		`size('abc') > 2 && !false`:              true,
		`[1, 2].exists(x, x == 2)`:               true,
	} {
		got, err := e.Evaluate(expression)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", expression, got, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t)
	for name, tc := range map[string]struct{ expression, text string }{
		"syntax":     {`'a' ==`, "Syntax error"},
		"variable":   {`foo == 'a'`, "undeclared reference"},
		"types":      {`'1' == 1`, "no matching overload"},
		"result":     {`'a'`, "The CEL expression 'a' is not evaluated to a boolean"},
		"at runtime": {`[1][dyn(3)] == 1`, "index out of bounds"},
		"size":       {`'` + strings.Repeat("x", 70_000) + `' == ''`, "size exceeds limit"},
		"depth":      {strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), "recursion limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := e.Evaluate(tc.expression)
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %v, want %q", err, tc.text)
			}
		})
	}
	_, err := e.Evaluate("1")
	if want := (cel.NotBooleanError{}); !errors.As(err, &want) || want.Expression != "1" {
		t.Errorf("error %v, want a NotBooleanError of 1", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t)
	if err := e.Check(`'$(params.x)' == 'y'`); err != nil {
		t.Errorf("variables inside quotes: %v", err)
	}
	if err := e.Check(`$(params.x) == 'y'`); err == nil {
		t.Error("variables outside of quotes do not compile")
	}
}

func TestCostIsLimited(t *testing.T) {
	t.Parallel()
	e := newEvaluator(t)
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", 200), ",") + "]"
	nested := "x0 + x1 + x2 + x3 > 0"
	for _, v := range []string{"x3", "x2", "x1", "x0"} {
		nested = list + ".all(" + v + ", " + nested + ")"
	}
	start := time.Now()
	_, err := e.Evaluate(nested)
	if err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("error %v, want the cost limit", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
