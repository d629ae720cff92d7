// Package write puts what a reconciler decided into the API: additional labels and annotations of an object, and then its status.
// It writes nothing that changes nothing, and it never lets a decision made on a stale object overwrite a newer one.
//
// Labels and annotations go first because a status is what later passes build upon: once it says that a definition was taken over,
// nobody looks at the labels of that definition again.
package write

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/tracing/span"
)

// StatusClient is the part of a generated client that [Status] needs.
type StatusClient[T any] interface {
	Get(ctx context.Context, name string, opts metav1.GetOptions) (T, error)
	UpdateStatus(ctx context.Context, object T, opts metav1.UpdateOptions) (T, error)
}

// PatchClient is the part of a generated client that [Metadata] needs.
type PatchClient[T any] interface {
	Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, subresources ...string) (T, error)
}

// Client is the part of a generated client that [Object] needs.
type Client[T any] interface {
	StatusClient[T]
	PatchClient[T]
}

// Pointer is a pointer to an object of the API.
type Pointer[O any] interface {
	*O
	metav1.Object
}

// Change is what was decided about an object: keys to be added to its labels and annotations, and its whole new status.
type Change[S any] struct {
	Labels, Annotations map[string]string
	Status              S
}

// attempts bounds how often a write is repeated because somebody else changed the metadata meanwhile.
const attempts = 5

// MetadataError says that labels and annotations could not be written.
type MetadataError struct{ Err error }

// Error returns the text of the cause.
func (e *MetadataError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *MetadataError) Unwrap() error { return e.Err }

// ForGood tells whether writing the same again is useless.
func (e *MetadataError) ForGood() bool {
	switch apierror.Classify(e.Err) {
	case apierror.Invalid, apierror.Forbidden, apierror.Policy:
		return true
	default:
		return false
	}
}

// Object writes a change that was decided on from observed: labels and annotations, and then the status of what that made of the
// object. statusOf returns a pointer to the status of an object. It returns the object as it is stored then.
//
// If labels and annotations can't be written, the error is a [MetadataError]. Unless that is for good, the status is not written
// either, so that whoever tries again decides the same. If it is for good, a run must not stand still for it: the status is written,
// and the object is returned together with the error.
func Object[O, S any, T Pointer[O]](ctx context.Context, client Client[T], observed T, change Change[S], statusOf func(T) *S) (T, error) {
	current := observed
	stored, err := Metadata(ctx, client, observed, change.Labels, change.Annotations)
	var unlabelled *MetadataError
	switch {
	case errors.As(err, &unlabelled) && unlabelled.ForGood():
	case err != nil:
		return observed, err
	case stored != observed && !Equal(statusOf(stored), statusOf(observed)):
		return stored, outdated(observed)
	default:
		current = stored
	}
	desired := with(current, change.Status, statusOf)
	written, statusErr := Status(ctx, client, observed, desired, statusOf)
	if statusErr != nil {
		return written, fmt.Errorf("writing status of %s: %w", observed.GetName(), statusErr)
	}
	return written, err
}

// with returns a copy of an object with another status. It shares everything else.
func with[O, S any, T Pointer[O]](object T, status S, statusOf func(T) *S) T {
	o := *object
	*statusOf(&o) = status
	return &o
}

func outdated(object metav1.Object) error {
	return apierrors.NewConflict(schema.GroupResource{}, object.GetName(), errors.New("the decision was made on a status that is outdated"))
}

// Status writes the status of desired, which was decided on from observed. Both are the same object but for metadata and the
// status, which statusOf returns a pointer to. If the stored object has another status than observed by now, the decision is
// stale: the conflict is returned, so that the key is looked at again. If only something else changed, the write is
// repeated. Without a difference nothing is written. The stored object is returned.
func Status[O, S any, T Pointer[O]](ctx context.Context, client StatusClient[T], observed, desired T, statusOf func(T) *S) (_ T, err error) {
	if Equal(statusOf(observed), statusOf(desired)) {
		return desired, nil
	}
	ctx, end := span.Start(ctx, span.UpdateStatus)
	defer func() { end(err) }()
	target := desired
	for attempt := 1; ; attempt++ {
		stored, err := client.UpdateStatus(ctx, target, metav1.UpdateOptions{})
		if !apierrors.IsConflict(err) || attempt == attempts {
			return stored, err
		}
		conflict := err
		latest, err := client.Get(ctx, desired.GetName(), metav1.GetOptions{})
		if err != nil {
			return latest, fmt.Errorf("reading %s after a conflict: %w", desired.GetName(), err)
		}
		if latest.GetUID() != desired.GetUID() || !Equal(statusOf(latest), statusOf(observed)) {
			return latest, conflict
		}
		target = with(latest, *statusOf(desired), statusOf)
	}
}

// Metadata adds labels and annotations to an object by one merge patch, which touches no other key. Keys that have the
// value already are left out; without any other nothing is written. It returns the object as it is stored then; an error is a
// [MetadataError].
func Metadata[T metav1.Object](ctx context.Context, client PatchClient[T], object T, labels, annotations map[string]string) (T, error) {
	labels = missing(object.GetLabels(), labels)
	annotations = missing(object.GetAnnotations(), annotations)
	if len(labels)+len(annotations) == 0 {
		return object, nil
	}
	// The UID makes the patch fail if the name belongs to another object by now.
	meta := map[string]any{"uid": object.GetUID()}
	if len(labels) > 0 {
		meta["labels"] = labels
	}
	if len(annotations) > 0 {
		meta["annotations"] = annotations
	}
	patch, err := json.Marshal(map[string]any{"metadata": meta})
	if err != nil {
		return object, &MetadataError{fmt.Errorf("writing metadata patch of %s: %w", object.GetName(), err)}
	}
	ctx, end := span.Start(ctx, span.SyncMetadata)
	stored, err := client.Patch(ctx, object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{})
	end(err)
	if err != nil {
		return object, &MetadataError{fmt.Errorf("adding labels and annotations to %s: %w", object.GetName(), err)}
	}
	return stored, nil
}

func missing(have, want map[string]string) map[string]string {
	var left map[string]string
	for key, value := range want {
		if old, ok := have[key]; ok && old == value {
			continue
		}
		if left == nil {
			left = make(map[string]string, len(want))
		}
		left[key] = value
	}
	return left
}
