package v1

import (
	"cmp"
	"maps"
	"slices"

	"knative.dev/pkg/apis"
)

// maxFieldErrors limits how many problems are reported. The path of each is written anew at every level of the object, in
// time quadratic in their number, so that without a limit one hostile object could keep a webhook busy for minutes.
const maxFieldErrors = 100

// FieldErrors collects the problems of an object, up to a limit that no person reads beyond. Warnings have a limit of
// their own: however many there are, they push out no error.
//
// +k8s:deepcopy-gen=false
type FieldErrors struct {
	all              []*apis.FieldError
	errors, warnings int
}

// Add takes over the problems in err as far as there is room for them.
func (f *FieldErrors) Add(err *apis.FieldError) {
	if err == nil {
		return
	}
	for _, e := range err.WrappedErrors() {
		count := &f.errors
		if e.Level == apis.WarningLevel {
			count = &f.warnings
		}
		if *count < maxFieldErrors {
			*count++
			f.all = append(f.all, e)
		}
	}
}

// AddAt takes over err, about element i of field. It costs nothing if there is no error.
func (f *FieldErrors) AddAt(err *apis.FieldError, field string, i int) {
	if err != nil {
		f.Add(err.ViaFieldIndex(field, i))
	}
}

// Full tells that no more errors are taken over, so that there is no need to look for more.
func (f *FieldErrors) Full() bool { return f.errors >= maxFieldErrors }

// Err returns the problems as one error, nil if there are none.
func (f *FieldErrors) Err() *apis.FieldError {
	var none *apis.FieldError
	return none.Also(f.all...)
}

// withDetails returns an error with a second line.
func withDetails(message, details string, paths ...string) *apis.FieldError {
	return &apis.FieldError{Message: message, Details: details, Paths: paths}
}

// sortedKeys returns the keys of m in order, so that messages do not depend on the order of maps.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
