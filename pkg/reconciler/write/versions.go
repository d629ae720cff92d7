package write

import (
	"strconv"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Versions remembers the version of each object that this process wrote last. Events of children overtake the object's
// own, so that a pass often finds an object that does not show yet what the pass before has written. Such a pass would
// look everything up again, only to see its write refused; the newer version is on its way and brings a pass of its own.
// The zero value is ready for use by many goroutines.
type Versions struct{ last sync.Map }

// version is the last one written of one object.
type version struct {
	uid    types.UID
	number uint64
}

func keyOf(object metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
}

// Note remembers the version of an object as the API returned it.
func (v *Versions) Note(object metav1.Object) {
	// Versions are ordered numbers; what is none is not remembered.
	if number, err := strconv.ParseUint(object.GetResourceVersion(), 10, 64); err == nil {
		v.last.Store(keyOf(object), version{object.GetUID(), number})
	}
}

// Outdated tells whether a newer version than the object's was written.
func (v *Versions) Outdated(object metav1.Object) bool {
	value, ok := v.last.Load(keyOf(object))
	if !ok {
		return false
	}
	last, ok := value.(version)
	number, err := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
	if !ok || err != nil || last.uid != object.GetUID() || number >= last.number {
		v.last.Delete(keyOf(object))
		return false
	}
	return true
}

// Forget drops what is known of an object that is gone.
func (v *Versions) Forget(key types.NamespacedName) { v.last.Delete(key) }
