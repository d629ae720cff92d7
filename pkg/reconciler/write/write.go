// Package write puts what a reconciler decided into the API: the status of an object and additional labels and
// annotations. It writes nothing that changes nothing, and it never lets a decision made on a stale object overwrite a
// newer one.
package write

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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

// attempts bounds how often a write is repeated because somebody else changed the metadata meanwhile.
const attempts = 5

// Status writes the status of desired, which was decided on from observed. Both are the same object but for the status,
// which statusOf returns a pointer to. If the stored object has another status than observed by now, the decision is
// stale: the conflict is returned, so that the key is looked at again. If only something else changed, the write is
// repeated. Without a difference nothing is written. The stored object is returned.
func Status[T metav1.Object, S any](ctx context.Context, client StatusClient[T], observed, desired T, statusOf func(T) *S) (T, error) {
	if equality.Semantic.DeepEqual(statusOf(observed), statusOf(desired)) {
		return desired, nil
	}
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
		if latest.GetUID() != desired.GetUID() || !equality.Semantic.DeepEqual(statusOf(latest), statusOf(observed)) {
			return latest, conflict
		}
		*statusOf(latest) = *statusOf(desired)
		target = latest
	}
}

// Metadata adds labels and annotations to an object by one merge patch, which touches no other key. Keys that have the
// value already are left out; without any other nothing is written.
func Metadata[T metav1.Object](ctx context.Context, client PatchClient[T], object T, labels, annotations map[string]string) error {
	labels = missing(object.GetLabels(), labels)
	annotations = missing(object.GetAnnotations(), annotations)
	if len(labels)+len(annotations) == 0 {
		return nil
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
		return fmt.Errorf("writing metadata patch of %s: %w", object.GetName(), err)
	}
	if _, err := client.Patch(ctx, object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("adding labels and annotations to %s: %w", object.GetName(), err)
	}
	return nil
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
