// Package plan decides which events about a run are due, so that each is sent once, also across restarts and replicas. What was sent
// is remembered in two places: by each run, for as long as Kubernetes keeps the events about deliveries, and by a mark, for ever.
package plan

import (
	"maps"
	"time"

	"github.com/tenon-ci/tenon/pkg/cloudevent"
)

// Memory is what is known of the events about one run.
type Memory struct {
	// Settled are the ids of events that were delivered or given up, or are waiting to be.
	Settled map[string]bool
	// Looked tells that the run was looked at before, and Version is that of the newest state then.
	Looked  bool
	Version uint64
	// Ended tells that nothing will have to be sent any more.
	Ended bool
}

// Next returns the events that are due when a run is seen in a state, in order, and what is known of the run from then on. It does
// not change m.
//
//   - A state that is not newer than the one before is stale: nothing is due.
//   - At the first look at a run, what the mark covers was settled by a process before this one.
//   - A run that was over when events were turned on is none of their business.
//   - A start that nobody saw, because it was over within one write or while nobody looked, is told before what follows it. A run that
//     was only queued, or is kept from starting, has none.
//   - Types are sent once for each run, and events of the type unknown once for each change of the condition.
func Next(s cloudevent.State, m Memory, mark Mark) ([]cloudevent.Event, Memory) {
	if m.Ended || (m.Looked && s.Version != 0 && s.Version <= m.Version) {
		return nil, m
	}
	if !m.Looked {
		m = m.with(mark.settled(s)...)
	}
	m.Looked, m.Version, m.Ended = true, s.Version, s.Ended
	var due []cloudevent.Event
	if s.ID != s.StartedID && !s.StartedAt.IsZero() && !m.Settled[s.StartedID] && !m.Settled[s.ID] {
		due = append(due, s.Start())
		m = m.with(s.StartedID)
	}
	if !m.Settled[s.ID] {
		due = append(due, s.Own())
		m = m.with(s.ID)
	}
	return due, m
}

// with returns a memory that knows more events.
func (m Memory) with(ids ...string) Memory {
	if len(ids) == 0 {
		return m
	}
	settled := make(map[string]bool, len(m.Settled)+len(ids))
	maps.Copy(settled, m.Settled)
	for _, id := range ids {
		settled[id] = true
	}
	m.Settled = settled
	return m
}

// Margin is how long ago a state must have come to be before a mark covers it by time. It is more than the clocks of a cluster are
// apart, and than it takes from the moment that is written into a state until the state is seen.
const Margin = time.Minute

// Mark says up to where all events are settled. It covers a state by its version or by its time: by version it is exact, and
// by time it also knows a state again when something else in the run, such as a label, was changed afterwards.
type Mark struct {
	// Since is when events were turned on, and the zero time if that is not known.
	Since time.Time `json:"since"`
	// Time is when the latest states that are covered came to be.
	Time time.Time `json:"time,omitzero"`
	// Versions has, for each kind, the resourceVersion of the newest objects that are covered.
	Versions map[cloudevent.Kind]uint64 `json:"versions,omitempty"`
}

// settled returns the ids of the events about a state, and the start before it, that are settled by the mark.
func (m Mark) settled(s cloudevent.State) []string {
	switch {
	case !m.covers(s) && (!s.Ended || !s.Since.Before(m.Since)):
		if s.StartedAt.IsZero() || s.StartedAt.After(m.Time) {
			return nil
		}
		return []string{s.StartedID}
	case s.StartedAt.IsZero():
		return []string{s.ID}
	default:
		return []string{s.ID, s.StartedID}
	}
}

func (m Mark) covers(s cloudevent.State) bool {
	return (s.Version != 0 && s.Version <= m.Versions[s.Kind]) || !s.Since.After(m.Time)
}

// Pending is an event that is waiting to be delivered.
type Pending struct {
	Kind    cloudevent.Kind
	Version uint64
	Since   time.Time
}

// Advance returns the mark at a time when all states up to the given versions were looked at, and some events are still pending.
func (m Mark) Advance(now time.Time, seen map[cloudevent.Kind]uint64, pending []Pending) Mark {
	out := Mark{Since: m.Since, Time: now.Add(-Margin), Versions: map[cloudevent.Kind]uint64{}}
	for kind, version := range seen {
		out.Versions[kind] = version
	}
	for _, p := range pending {
		if !p.Since.After(out.Time) {
			out.Time = p.Since.Add(-time.Nanosecond)
		}
		if version, ok := out.Versions[p.Kind]; ok && p.Version <= version {
			out.Versions[p.Kind] = max(p.Version, 1) - 1
		}
	}
	// What was covered once stays so, or old states would be told again.
	if out.Time.Before(m.Time) {
		out.Time = m.Time
	}
	for kind, version := range m.Versions {
		out.Versions[kind] = max(out.Versions[kind], version)
	}
	return out
}

// Within returns the mark without versions that are newer than all there are: the cluster was restored from a backup, and
// numbers its objects anew.
func (m Mark) Within(newest map[cloudevent.Kind]uint64) Mark {
	out := Mark{Since: m.Since, Time: m.Time, Versions: map[cloudevent.Kind]uint64{}}
	for kind, version := range m.Versions {
		if version <= newest[kind] {
			out.Versions[kind] = version
		}
	}
	return out
}

// Common returns the mark that covers what all of some marks cover; false if there are none.
func Common(marks []Mark) (Mark, bool) {
	if len(marks) == 0 {
		return Mark{}, false
	}
	out := marks[0]
	for _, m := range marks[1:] {
		out = Mark{Since: earlier(out.Since, m.Since), Time: earlier(out.Time, m.Time), Versions: lower(out.Versions, m.Versions)}
	}
	return out, true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func lower(a, b map[cloudevent.Kind]uint64) map[cloudevent.Kind]uint64 {
	out := map[cloudevent.Kind]uint64{}
	for kind, version := range a {
		if other, ok := b[kind]; ok {
			out[kind] = min(version, other)
		}
	}
	return out
}
