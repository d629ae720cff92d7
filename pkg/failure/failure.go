// Package failure says why a run cannot go on: the class decides what the controller does next, the reason and the
// message become the run's condition. It depends on the standard library only, so that every pure package can return
// failures without learning about queues, conditions or API errors.
package failure

import (
	"errors"
	"fmt"
)

// UserErrorPrefix marks problems that the user can fix (contract 2 §1.6, 3 §1.3).
const UserErrorPrefix = "[User error] "

// Class says what can be done about a failure.
type Class int

const (
	// Invalid means that the input is wrong: the run ends, trying again gives the same failure.
	Invalid Class = iota
	// NotFound means that something the run refers to does not exist: the run ends.
	NotFound
	// Waiting means that nothing is wrong, but something that was asked for has not arrived: the run goes on when it does.
	Waiting
	// Transient means that trying again can help: the run is tried again, with rate limit.
	Transient
)

// String returns the name of the class.
func (c Class) String() string {
	switch c {
	case Invalid:
		return "Invalid"
	case NotFound:
		return "NotFound"
	case Waiting:
		return "Waiting"
	case Transient:
		return "Transient"
	default:
		return fmt.Sprintf("Class(%d)", int(c))
	}
}

// Failure is an error with the data of a condition.
type Failure struct {
	Class Class
	// Reason goes into the condition verbatim.
	Reason string
	// UserError puts UserErrorPrefix before the text.
	UserError bool
	// Text is the message without prefix. It is data, never a format.
	Text string
	// Cause is the error behind the failure, nil if there is none. Its words are not added to Text.
	Cause error
}

// New returns a failure whose text is made as by fmt.Errorf: an error passed for %w becomes the cause.
func New(class Class, reason, format string, args ...any) *Failure {
	err := fmt.Errorf(format, args...)
	return &Failure{Class: class, Reason: reason, Text: err.Error(), Cause: cause(err)}
}

// cause returns what err wraps; of several wrapped errors all are kept by keeping err itself.
func cause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	if _, several := err.(interface{ Unwrap() []error }); several {
		return err
	}
	return nil
}

// Invalidf is New for class Invalid.
func Invalidf(reason, format string, args ...any) *Failure {
	return New(Invalid, reason, format, args...)
}

// UserErrorf is New for class Invalid and a problem that the user can fix.
func UserErrorf(reason, format string, args ...any) *Failure {
	return New(Invalid, reason, format, args...).AsUserError()
}

// NotFoundf is New for class NotFound.
func NotFoundf(reason, format string, args ...any) *Failure {
	return New(NotFound, reason, format, args...)
}

// Waitingf is New for class Waiting.
func Waitingf(reason, format string, args ...any) *Failure {
	return New(Waiting, reason, format, args...)
}

// Transientf is New for class Transient.
func Transientf(reason, format string, args ...any) *Failure {
	return New(Transient, reason, format, args...)
}

// AsUserError returns a copy of f that is marked as a problem that the user can fix.
func (f *Failure) AsUserError() *Failure {
	c := *f
	c.UserError = true
	return &c
}

// Message returns the message for the condition, with UserErrorPrefix where it applies.
func (f *Failure) Message() string {
	if f.UserError {
		return UserErrorPrefix + f.Text
	}
	return f.Text
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// Final reports whether the run ends with this failure.
func (f *Failure) Final() bool { return f.Class == Invalid || f.Class == NotFound }

// As returns the first failure in the chain of err.
func As(err error) (*Failure, bool) {
	var f *Failure
	ok := errors.As(err, &f)
	return f, ok
}

// Of returns the first failure in the chain of err. An error that is none can go away by itself, as far as is known.
func Of(err error) *Failure {
	if f, ok := As(err); ok {
		return f
	}
	return Transientf("", "%w", err)
}

// Outranks tells whether f decides if a run has both: a failure that ends it goes before one that makes it try again, and that
// before one that waits. A nil failure outranks nothing and is outranked by all others.
func (f *Failure) Outranks(other *Failure) bool { return f.rank() > other.rank() }

func (f *Failure) rank() int {
	switch {
	case f == nil:
		return 0
	case f.Class == Waiting:
		return 1
	case f.Class == Transient:
		return 2
	default:
		return 3
	}
}

// ClassOf returns the class of the first failure in the chain of err. Errors that are no failures are Transient: it is
// not known that trying again is useless.
func ClassOf(err error) Class {
	if f, ok := As(err); ok {
		return f.Class
	}
	return Transient
}
