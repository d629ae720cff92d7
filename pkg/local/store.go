package local

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/utils/clock"

	"github.com/tenon-ci/tenon/pkg/definition"
)

// Kinds of the objects in the store.
const (
	kindTaskRun     = "TaskRun"
	kindPipelineRun = "PipelineRun"
	kindCustomRun   = "CustomRun"
	kindPod         = "Pod"
)

// key names an object.
type key struct{ kind, namespace, name string }

// object is what all objects are.
type object = definition.Object

// store has the objects that change. Only the loop changes it; objects in it are never changed, but replaced.
type store struct {
	clock clock.PassiveClock

	mu      sync.RWMutex
	objects map[key]object
	// owned are the objects that an object controls, by its UID, in the order in which they were made.
	owned   map[types.UID][]key
	version int
}

func newStore(clock clock.PassiveClock) *store {
	return &store{clock: clock, objects: map[key]object{}, owned: map[types.UID][]key{}}
}

// get returns an object, nil if there is none.
func (s *store) get(k key) object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.objects[k]
}

// create stores a new object, after it gave it what the API server gives to one.
func (s *store) create(k key, o object) {
	o.SetUID(uuid.NewUUID())
	o.SetGeneration(1)
	o.SetCreationTimestamp(metav1.NewTime(s.clock.Now()).Rfc3339Copy())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(k, o)
	if owner := metav1.GetControllerOf(o); owner != nil {
		s.owned[owner.UID] = append(s.owned[owner.UID], k)
	}
}

// replace stores another state of an object.
func (s *store) replace(k key, o object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(k, o)
}

func (s *store) put(k key, o object) {
	s.version++
	o.SetResourceVersion(strconv.Itoa(s.version))
	s.objects[k] = o
}

// remove forgets an object.
func (s *store) remove(k key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[k]
	if !ok {
		return
	}
	delete(s.objects, k)
	if owner := metav1.GetControllerOf(o); owner != nil {
		s.owned[owner.UID] = slices.DeleteFunc(s.owned[owner.UID], func(other key) bool { return other == k })
	}
}

// controlled returns the objects that an object controls.
func (s *store) controlled(owner types.UID) []object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []object
	for _, k := range s.owned[owner] {
		if o, ok := s.objects[k]; ok {
			out = append(out, o)
		}
	}
	return out
}

// all returns the objects of a kind, in the order of their names.
func all[T object](s *store, kind string) []T {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []T
	for k, o := range maps.All(s.objects) {
		if typed, ok := o.(T); ok && k.kind == kind {
			out = append(out, typed)
		}
	}
	slices.SortFunc(out, func(a, b T) int { return strings.Compare(a.GetName(), b.GetName()) })
	return out
}

// find returns an object of a kind, and whether there is one.
func find[T object](s *store, k key) (T, bool) {
	o, ok := s.get(k).(T)
	return o, ok
}
