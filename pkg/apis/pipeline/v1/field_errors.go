package v1

import (
	"cmp"
	"maps"
	"slices"

	"knative.dev/pkg/apis"
)

// maxFieldErrors limits how many problems of one list are reported. Adding up errors takes time quadratic in their
// number, so that without a limit one hostile object could keep a webhook busy for minutes.
const maxFieldErrors = 300

// FieldErrors collects the problems of an object, up to a limit that no person reads beyond.
type FieldErrors []*apis.FieldError

// Add takes over err unless it is nil or there are too many already.
func (f *FieldErrors) Add(err *apis.FieldError) {
	if err != nil && !f.Full() {
		*f = append(*f, err)
	}
}

// AddAt takes over err, about element i of field. It costs nothing if there is no error.
func (f *FieldErrors) AddAt(err *apis.FieldError, field string, i int) {
	if err != nil {
		f.Add(err.ViaFieldIndex(field, i))
	}
}

// Full tells that nothing more is taken over, so that there is no need to look for more.
func (f *FieldErrors) Full() bool { return len(*f) >= maxFieldErrors }

// Err returns the problems as one error, nil if there are none.
func (f FieldErrors) Err() *apis.FieldError {
	var none *apis.FieldError
	return none.Also(f...)
}

// withDetails returns an error with a second line.
func withDetails(message, details string, paths ...string) *apis.FieldError {
	return &apis.FieldError{Message: message, Details: details, Paths: paths}
}

// sortedKeys returns the keys of m in order, so that messages do not depend on the order of maps.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
