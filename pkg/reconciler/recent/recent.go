// Package recent remembers for a while what this process did to runs, until informers show it or nobody asks any more.
//
// These rules hold for all that is remembered:
//
//   - It saves work, and nothing else. Whoever has forgotten it, as a process does that was just started, asks the API again, or
//     writes again and is told that the object exists or has changed. No decision comes out differently for it.
//   - It belongs to the UID of a run, never to its name: a run that was deleted and made again has no past.
//   - It lapses. A watch can be cut off and a server restored from a copy, so that what was written is never shown. Who leaves work out
//     because of what is remembered asks for another pass when that lapses.
//   - What an informer shows goes first. An object that was made is only believed in until it is shown; from then on the informer
//     knows, also that it is gone.
//   - A memory holds no more than what was done in the time after which it lapses. Nothing has to be cleaned up when a run is deleted.
package recent

import (
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
)

// How long things are remembered.
const (
	// Trust is how long an object that was made is believed in although no informer shows it. It is less than it takes until a
	// pass looks after a pod that does not start, so that one that came and went while the watch was down is noticed.
	Trust = 4 * time.Second
	// Patience is how long the version of a run that was written is waited for. Informers lag behind by less, also under load; a
	// server that was restored from a copy never gets there, as its versions start again from older ones.
	Patience = 30 * time.Second
	// Pause is the least time between two writes of a status that only tells of progress. The status of a large run is long, and
	// its tasks may end many times in a second: writing it each time is what would hold them up most.
	Pause = 500 * time.Millisecond
	// Absence is how long a recorded child that was found to be gone is not looked for again. Should it be made again, it is known
	// from that or shown by an informer.
	Absence = 10 * time.Minute
	// Hindsight is how long after the start and the end of a run it is made sure that their events were recorded. A controller that
	// was killed is back by then, or its leases have gone to another one.
	Hindsight = 5 * time.Minute
	// Tidiness is how long a run that is done is known to have nothing left to clean up. It is longer than the time between two
	// resyncs (contract 4 §7.3).
	Tidiness = 11 * time.Hour
)

// Memory knows what this process did to the runs of one kind, whose children are of type C. It is for use by many goroutines.
type Memory[C any] struct {
	wrote    *window[types.UID, uint64]
	reported *window[types.UID, struct{}]
	made     *window[types.UID, C]
	gone     *window[childOf, struct{}]
	tidy     *window[types.UID, struct{}]
	told     *window[said, struct{}]
}

// childOf names a child of a run.
type childOf struct {
	run        types.UID
	kind, name string
}

// said is the reason of an event about a run.
type said struct {
	run    types.UID
	reason string
}

// New returns an empty memory.
func New[C any](clock clock.PassiveClock) *Memory[C] {
	return &Memory[C]{
		wrote:    newWindow[types.UID, uint64](clock, Patience),
		reported: newWindow[types.UID, struct{}](clock, Pause),
		made:     newWindow[types.UID, C](clock, Trust),
		gone:     newWindow[childOf, struct{}](clock, Absence),
		tidy:     newWindow[types.UID, struct{}](clock, Tidiness),
		told:     newWindow[said, struct{}](clock, 2*Hindsight),
	}
}

// Wrote notes the version of a run as the API returned it from a write.
func (m *Memory[C]) Wrote(run metav1.Object) {
	// Versions are ordered numbers; what is none is not remembered.
	if version, err := strconv.ParseUint(run.GetResourceVersion(), 10, 64); err == nil {
		m.wrote.forget(run.GetUID())
		m.wrote.add(run.GetUID(), version)
	}
}

// Outdated tells whether a newer version of a run than this one was written. A pass on it would look everything up again, only to
// see its write refused; the newer version is on its way and brings a pass of its own. Should it not come within wait, then this one
// counts.
func (m *Memory[C]) Outdated(run metav1.Object) (wait time.Duration, outdated bool) {
	last, left, ok := m.wrote.last(run.GetUID())
	if !ok {
		return 0, false
	}
	version, err := strconv.ParseUint(run.GetResourceVersion(), 10, 64)
	if err != nil || version >= last {
		m.wrote.forget(run.GetUID())
		return 0, false
	}
	return left, true
}

// Reported notes that the status of a run was written.
func (m *Memory[C]) Reported(run types.UID) { m.reported.add(run, struct{}{}) }

// JustReported tells whether the status of a run was written less than [Pause] ago.
func (m *Memory[C]) JustReported(run types.UID) bool { return m.reported.has(run) }

// Made notes a child that was made for a run.
func (m *Memory[C]) Made(run types.UID, child C) { m.made.add(run, child) }

// Children returns the children that were made for a run in the last moments, which are [Trust], the oldest first.
func (m *Memory[C]) Children(run types.UID) []C { return m.made.all(run) }

// Shown notes that informers show the children of a run.
func (m *Memory[C]) Shown(run types.UID) { m.made.forget(run) }

// Gone notes that the API does not have a child that a run has recorded.
func (m *Memory[C]) Gone(run types.UID, kind, name string) {
	m.gone.add(childOf{run, kind, name}, struct{}{})
}

// IsGone tells whether the API was found not to have a child, less than [Absence] ago.
func (m *Memory[C]) IsGone(run types.UID, kind, name string) bool {
	return m.gone.has(childOf{run, kind, name})
}

// CleanedUp notes that nothing is left of what was made for a run that is done.
func (m *Memory[C]) CleanedUp(run types.UID) { m.tidy.add(run, struct{}{}) }

// IsCleanedUp tells whether nothing was left to clean up after a run, less than [Tidiness] ago.
func (m *Memory[C]) IsCleanedUp(run types.UID) bool { return m.tidy.has(run) }

// Told notes that an event about a run was recorded for a reason.
func (m *Memory[C]) Told(run types.UID, reason string) { m.told.add(said{run, reason}, struct{}{}) }

// HasTold tells whether an event about a run was recorded for a reason. It is known for longer than [Hindsight].
func (m *Memory[C]) HasTold(run types.UID, reason string) bool { return m.told.has(said{run, reason}) }
