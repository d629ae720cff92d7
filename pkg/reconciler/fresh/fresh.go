// Package fresh reads what runs refer to so that a run never uses an older version than its author could: one who applies a Task and
// then creates a run of it gets that Task, although the caches for both are filled by watches that do not wait for each other. What
// the cache holds is used where it is known to be new enough, else the API is asked. Get is the entry point.
package fresh

import (
	"context"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/lru"
)

// remembered bounds how many runs, and how many objects, are remembered. What is forgotten costs a read.
const remembered = 4096

// Reader knows which versions were read when. Versions of all kinds are compared with each other: they count the changes of the
// whole cluster. Where a cluster keeps kinds in stores that count apart, it may take a version of the cache for new enough.
type Reader struct {
	known []func() string
	runs  *lru.Cache // by UID, the version as of which a run was first seen
	reads *lru.Cache // by Key, the read
}

// read says that, when a change of number at had happened, an object had a version of at least this number.
type read struct{ at, version uint64 }

// Key names an object.
type Key struct{ Kind, Namespace, Name string }

// New returns a Reader. Each of known returns the latest version that a cache has heard of; those of runs are of most use: one read
// then serves all runs that had been created when it began.
func New(known ...func() string) *Reader {
	return &Reader{known: known, runs: lru.New(remembered), reads: lru.New(remembered)}
}

// Get returns an object that is at least as new as run was when it was first seen: from the cache, or from the API, whose errors it
// returns. A nil reader takes what the cache has.
func Get[T metav1.Object](
	ctx context.Context, r *Reader, run metav1.Object, key Key, cached func() (T, error), live func(context.Context) (T, error),
) (T, error) {
	object, err := cached()
	switch {
	case apierrors.IsNotFound(err):
	case err != nil, r == nil, r.suffices(r.since(run), key, object):
		return object, err
	}
	if r == nil {
		return live(ctx)
	}
	// Before the read: what happened by now is in the answer.
	at := max(r.latest(), r.since(run))
	object, err = live(ctx)
	if err != nil {
		return object, err
	}
	if version, ok := parse(object.GetResourceVersion()); ok {
		r.reads.Add(key, read{at, version})
	}
	return object, nil
}

// since returns the version that a run had when it was first seen; zero if that is not known.
func (r *Reader) since(run metav1.Object) uint64 {
	if version, ok := r.runs.Get(run.GetUID()); ok {
		return version.(uint64)
	}
	version, ok := parse(run.GetResourceVersion())
	if ok {
		r.runs.Add(run.GetUID(), version)
	}
	return version
}

// suffices tells whether a cached object is known to be as new as the given version.
func (r *Reader) suffices(since uint64, key Key, object metav1.Object) bool {
	version, ok := parse(object.GetResourceVersion())
	if !ok || since == 0 {
		return false
	}
	if version >= since {
		return true
	}
	earlier, ok := r.reads.Get(key)
	return ok && earlier.(read).at >= since && version >= earlier.(read).version
}

func (r *Reader) latest() uint64 {
	var latest uint64
	for _, known := range r.known {
		if version, ok := parse(known()); ok {
			latest = max(latest, version)
		}
	}
	return latest
}

func parse(version string) (uint64, bool) {
	n, err := strconv.ParseUint(version, 10, 64)
	return n, err == nil
}
