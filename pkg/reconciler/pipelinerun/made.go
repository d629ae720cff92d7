package pipelinerun

import (
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// trust is how long a child that was made is believed in although no cache shows it.
const trust = 4 * time.Second

// madeChildren remembers for a moment the children that were made. The change of a run that records its new child often
// comes back before the child does; looking the child up would be a request for each.
type madeChildren struct {
	clock clock.PassiveClock
	mu    sync.Mutex
	known map[madeKey]madeChild
	// order has the keys of known, the oldest first.
	order []madeKey
}

type madeKey struct {
	owner      types.UID
	kind, name string
}

type madeChild struct {
	object metav1.Object
	at     time.Time
}

func newMadeChildren(clock clock.PassiveClock) *madeChildren {
	return &madeChildren{clock: clock, known: map[madeKey]madeChild{}}
}

// remember keeps a child as the API returned it, and drops the ones that are not trusted any more.
func (m *madeChildren) remember(pr *v1.PipelineRun, kind string, child metav1.Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.order) > 0 && m.clock.Since(m.known[m.order[0]].at) >= trust {
		delete(m.known, m.order[0])
		m.order = m.order[1:]
	}
	key := madeKey{pr.UID, kind, child.GetName()}
	if _, ok := m.known[key]; ok {
		return // the one that is known was made a moment ago: it is another one only if it was deleted, and trust ends soon
	}
	m.known[key] = madeChild{child, m.clock.Now()}
	m.order = append(m.order, key)
}

// add puts the child that ref names to out, and tells whether it is known.
func (m *madeChildren) add(pr *v1.PipelineRun, ref v1.ChildStatusReference, out *plan.Children) bool {
	m.mu.Lock()
	made, ok := m.known[madeKey{pr.UID, ref.Kind, ref.Name}]
	m.mu.Unlock()
	if !ok || m.clock.Since(made.at) >= trust {
		return false
	}
	switch child := made.object.(type) {
	case *v1.TaskRun:
		out.TaskRuns = append(out.TaskRuns, child)
	case *v1beta1.CustomRun:
		out.CustomRuns = append(out.CustomRuns, child)
	case *v1.PipelineRun:
		out.PipelineRuns = append(out.PipelineRuns, child)
	default:
		return false
	}
	return true
}
