package taskrun

import (
	"context"
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
)

// written remembers the version of each TaskRun that this process wrote last. A pod's events overtake the TaskRun's own, so that a pass
// often finds a TaskRun that does not show yet what the pass before has written. Such a pass would look everything up again, only
// to see its write refused; the newer version is on its way and brings a pass of its own.
type written struct{ versions sync.Map }

// mark is the last version written of one object.
type mark struct {
	uid     types.UID
	version uint64
}

func keyOf(tr *v1.TaskRun) types.NamespacedName {
	return types.NamespacedName{Namespace: tr.Namespace, Name: tr.Name}
}

// note remembers a version as the API returned it.
func (w *written) note(tr *v1.TaskRun) {
	// Versions are ordered numbers; what is none is not remembered.
	if version, err := strconv.ParseUint(tr.ResourceVersion, 10, 64); err == nil {
		w.versions.Store(keyOf(tr), mark{tr.UID, version})
	}
}

// outdated tells whether a newer version than tr was written.
func (w *written) outdated(tr *v1.TaskRun) bool {
	value, ok := w.versions.Load(keyOf(tr))
	if !ok {
		return false
	}
	last, ok := value.(mark)
	version, err := strconv.ParseUint(tr.ResourceVersion, 10, 64)
	if !ok || err != nil || last.uid != tr.UID || version >= last.version {
		w.versions.Delete(keyOf(tr))
		return false
	}
	return true
}

// ObserveDeletion forgets a TaskRun that is gone.
func (r *Reconciler) ObserveDeletion(_ context.Context, key types.NamespacedName) error {
	r.written.versions.Delete(key)
	return nil
}
