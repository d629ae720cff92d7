// Package exit has the error by which commands say which code the program ends with.
package exit

import "fmt"

// Error ends the program with a code.
type Error struct {
	Code int
	// Err is what to tell the user; nil if all is said.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns what the user is told.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode is the code that the program ends with.
func (e *Error) ExitCode() int { return e.Code }
