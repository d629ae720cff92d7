package failure_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tenon-ci/tenon/pkg/failure"
)

func TestConstructors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		got     *failure.Failure
		want    *failure.Failure
		message string
		final   bool
	}{
		"invalid": {
			got:     failure.Invalidf("ParameterMissing", "param %q is missing", "x"),
			want:    &failure.Failure{Class: failure.Invalid, Reason: "ParameterMissing", Text: `param "x" is missing`},
			message: `param "x" is missing`,
			final:   true,
		},
		"user error": {
			got:     failure.UserErrorf("PodCreationFailed", "bad value"),
			want:    &failure.Failure{Class: failure.Invalid, Reason: "PodCreationFailed", Text: "bad value", UserError: true},
			message: "[User error] bad value",
			final:   true,
		},
		"not found with cause": {
			got:     failure.NotFoundf("CouldntGetTask", "reading task: %w", io.EOF),
			want:    &failure.Failure{Class: failure.NotFound, Reason: "CouldntGetTask", Text: "reading task: EOF", Cause: io.EOF},
			message: "reading task: EOF",
			final:   true,
		},
		"waiting": {
			got:     failure.Waitingf("ResolvingTaskRef", "waiting"),
			want:    &failure.Failure{Class: failure.Waiting, Reason: "ResolvingTaskRef", Text: "waiting"},
			message: "waiting",
		},
		"transient": {
			got:     failure.Transientf("", "user text: %s", "100%sure"),
			want:    &failure.Failure{Class: failure.Transient, Text: "user text: 100%sure"},
			message: "user text: 100%sure",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(*tc.want, *tc.got, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
			if got := tc.got.Message(); got != tc.message {
				t.Errorf("Message() = %q, want %q", got, tc.message)
			}
			if got := tc.got.Error(); got != tc.message {
				t.Errorf("Error() = %q, want %q", got, tc.message)
			}
			if got := tc.got.Final(); got != tc.final {
				t.Errorf("Final() = %v, want %v", got, tc.final)
			}
		})
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	f := failure.NotFoundf("CouldntGetTask", "reading task: %w", io.EOF)
	err := fmt.Errorf("task a: %w", f)
	if got, ok := failure.As(err); !ok || got != f {
		t.Errorf("As() = %v, %v, want the wrapped failure", got, ok)
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is not in the chain")
	}
	if got := failure.ClassOf(err); got != failure.NotFound {
		t.Errorf("ClassOf() = %v, want NotFound", got)
	}
	if got := failure.ClassOf(io.EOF); got != failure.Transient {
		t.Errorf("ClassOf(EOF) = %v, want Transient", got)
	}
	if got, ok := failure.As(io.EOF); ok {
		t.Errorf("As(EOF) = %v, want none", got)
	}
}

func TestSeveralCauses(t *testing.T) {
	t.Parallel()
	f := failure.Invalidf("R", "both: %w, %w", io.EOF, io.ErrClosedPipe)
	if !errors.Is(f, io.EOF) || !errors.Is(f, io.ErrClosedPipe) {
		t.Errorf("a cause is missing in the chain of %v", f)
	}
}

func TestAsUserErrorCopies(t *testing.T) {
	t.Parallel()
	f := failure.Invalidf("R", "text")
	if u := f.AsUserError(); !u.UserError || f.UserError {
		t.Errorf("AsUserError() = %+v, original %+v", u, f)
	}
}

func TestClassNames(t *testing.T) {
	t.Parallel()
	for class, want := range map[failure.Class]string{
		failure.Invalid: "Invalid", failure.NotFound: "NotFound", failure.Waiting: "Waiting", failure.Transient: "Transient", 9: "Class(9)",
	} {
		if got := class.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	f := failure.Waitingf("R", "wait")
	if got := failure.Of(fmt.Errorf("more: %w", f)); got != f {
		t.Errorf("the failure became %+v", got)
	}
	if got := failure.Of(io.EOF); got.Class != failure.Transient || got.Message() != "EOF" || !errors.Is(got, io.EOF) {
		t.Errorf("another error became %+v", got)
	}
}

func TestOutranks(t *testing.T) {
	t.Parallel()
	order := [][]*failure.Failure{
		{nil}, {failure.Waitingf("", "")}, {failure.Transientf("", "")}, {failure.Invalidf("", ""), failure.NotFoundf("", "")},
	}
	for i, lower := range order {
		for j, higher := range order {
			for _, a := range lower {
				for _, b := range higher {
					if got := b.Outranks(a); got != (j > i) {
						t.Errorf("%v outranks %v: %v", b, a, got)
					}
				}
			}
		}
	}
}
