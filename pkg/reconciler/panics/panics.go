// Package panics keeps a defect that one object brings to light from ending the process: the work for all other objects would end with
// it, again after each restart. Catch is the one entry point; what calls it ends the one object with Reason and the text of the error.
package panics

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"knative.dev/pkg/logging"
)

// Reason is the reason of the condition of an object that was ended because of a panic.
const Reason = "ControllerPanicked"

// Error is a panic as an error.
type Error struct{ what string }

// Error returns a text for users. It holds no values that the panic came with, unless the runtime made them.
func (e *Error) Error() string {
	return "the controller has a defect that this object brings to light: " + e.what + "; its log says where"
}

// As returns the panic in the chain of err.
func As(err error) (*Error, bool) {
	var p *Error
	ok := errors.As(err, &p)
	return p, ok
}

// Catch calls f and returns its error. A panic in f becomes an [Error], and the log of ctx gets its stack. Panics of goroutines that f
// starts are not caught: they need a Catch of their own, whose error f may panic with again.
func Catch(ctx context.Context, f func() error) (err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if earlier, ok := value.(error); ok {
			if p, ok := As(earlier); ok {
				err = p
				return
			}
		}
		p := &Error{describe(value)}
		logging.FromContext(ctx).Errorw("a pass over an object panicked", "panic", p.what, "stack", string(debug.Stack()))
		err = p
	}()
	return f()
}

// describe tells what can be shown of the value of a panic: the words of the runtime. Other values may hold anything.
func describe(value any) string {
	if e, ok := value.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("panic with a %T", value)
}
