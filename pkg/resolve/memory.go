package resolve

import (
	"container/list"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/clock"

	"github.com/tenon-ci/tenon/pkg/trust"
)

// acceptedFor is how long what admission has said of a document in a namespace is taken for what it would say of the same document again,
// for another run. Admission policies that change count that much later.
const acceptedFor = 10 * time.Second

// acceptedDocuments is the number of documents of which that is remembered.
const acceptedDocuments = 256

// memoryLimit bounds the documents in a Memory, in bytes of their base64 form. As objects they take a few times of that.
const memoryLimit = 16 << 20

// Memory holds the documents of ResolutionRequests that are in use, as the cluster's admission has accepted them, so that each is
// decoded and checked once however often a run and its children look at it. It is for use by many goroutines; the least
// recently used documents are dropped.
type Memory struct {
	limit int

	mu    sync.Mutex
	known map[documentKey]*list.Element
	// order has the values of known, the latest used first.
	order *list.List
	size  int
	// recent has what was accepted a moment ago, by contentKey.
	recent *cache.LRUExpireCache
}

// contentKey names what a document says, whoever asked for it in a namespace.
type contentKey struct{ namespace, digest, kind string }

// documentKey names a document as long as its request lives: another document has another digest.
type documentKey struct {
	request      types.UID
	digest, kind string
}

type accepted struct {
	key documentKey
	// fetched is as the resolver found it, with defaults; object is of the hub version, with the spec that admission made of it.
	fetched *trust.Resource
	object  object
	size    int
}

// NewMemory returns an empty memory.
func NewMemory() *Memory {
	return newMemory(clock.RealClock{})
}

func newMemory(clock clock.PassiveClock) *Memory {
	return &Memory{
		limit: memoryLimit, known: map[documentKey]*list.Element{}, order: list.New(),
		recent: cache.NewLRUExpireCacheWithClock(acceptedDocuments, clock),
	}
}

// sameContent returns a document that says the same as that of another request, which was accepted in the namespace a moment ago.
func (m *Memory) sameContent(key documentKey, namespace string) (*accepted, bool) {
	if m == nil {
		return nil, false
	}
	found, ok := m.recent.Get(contentKey{namespace, key.digest, key.kind})
	if !ok {
		return nil, false
	}
	same := *found.(*accepted)
	same.key = key
	return &same, true
}

// accepted notes that admission has just accepted a document.
func (m *Memory) accepted(a *accepted, namespace string) {
	if m != nil {
		m.recent.Add(contentKey{namespace, a.key.digest, a.key.kind}, a, acceptedFor)
	}
}

// get returns what is remembered, which is shared and must not be changed. A nil memory is always empty.
func (m *Memory) get(key documentKey) (*accepted, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	element, ok := m.known[key]
	if !ok {
		return nil, false
	}
	m.order.MoveToFront(element)
	return element.Value.(*accepted), true
}

func (m *Memory) add(a *accepted) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[a.key]; ok {
		return
	}
	m.known[a.key] = m.order.PushFront(a)
	m.size += a.size
	for m.size > m.limit {
		last := m.order.Remove(m.order.Back()).(*accepted)
		delete(m.known, last.key)
		m.size -= last.size
	}
}
