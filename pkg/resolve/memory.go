package resolve

import (
	"container/list"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenon-ci/tenon/pkg/trust"
)

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
}

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
	return &Memory{limit: memoryLimit, known: map[documentKey]*list.Element{}, order: list.New()}
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
