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

// maxNestedErrors limits them for a Pipeline inside a Pipeline, because these can be nested hundreds deep.
const maxNestedErrors = 10

// FieldErrors collects the problems of an object, up to a limit that no person reads beyond. Warnings have a limit of
// their own: however many there are, they push out no error.
//
// +k8s:deepcopy-gen=false
type FieldErrors struct {
	all []*apis.FieldError
	// errors and warnings count the places reported.
	errors, warnings int
	// limit replaces maxFieldErrors unless it is 0.
	limit int
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
		room := f.capacity() - *count
		if room <= 0 {
			continue
		}
		e.Paths = e.Paths[:min(room, len(e.Paths))]
		*count += max(1, len(e.Paths))
		f.all = append(f.all, e)
	}
}

func (f *FieldErrors) capacity() int { return cmp.Or(f.limit, maxFieldErrors) }

// AddAt takes over err, about element i of field. It costs nothing if there is no error.
func (f *FieldErrors) AddAt(err *apis.FieldError, field string, i int) {
	if err != nil {
		f.Add(err.ViaFieldIndex(field, i))
	}
}

// Full tells that no more errors are taken over, so that there is no need to look for more.
func (f *FieldErrors) Full() bool { return f.errors >= f.capacity() }

// Err returns the problems as one error, nil if there are none.
func (f *FieldErrors) Err() *apis.FieldError {
	var none *apis.FieldError
	return none.Also(f.all...)
}

// firstOf returns as many of the problems in err as the limit allows.
func firstOf(err *apis.FieldError, limit int) *apis.FieldError {
	errs := FieldErrors{limit: limit}
	errs.Add(err)
	return errs.Err()
}

// withDetails returns an error with a second line.
func withDetails(message, details string, paths ...string) *apis.FieldError {
	return &apis.FieldError{Message: message, Details: details, Paths: paths}
}

// sortedKeys returns the keys of m in order, so that messages do not depend on the order of maps.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
