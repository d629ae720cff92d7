package graph

import (
	"slices"
	"time"
)

// Timed is a task with its times, for [CriticalPath].
type Timed struct {
	Name string
	// Start is zero if it has not begun; End is zero if it is not over.
	Start, End time.Time
	// After are the names of tasks that it waited for. Finally says that it waited for all tasks that are not final.
	After   []string
	Finally bool
}

// Link is a task of a critical path.
type Link struct {
	Name string
	// Wait is how long it was between the end of the link before (of the first one: the start of the run) and its start.
	Wait time.Duration
	// Took is how long it ran, until now if it still does.
	Took time.Duration
}

// CriticalPath returns the longest chain of waiting of a run that began at start, first task first: it ends with the task that
// ended last (or still runs), and each of its links is the one among those that the next one waited for that ended last. Nothing
// else would have made the run shorter. A task that did not run is looked through to those it would have waited for.
func CriticalPath(tasks []Timed, start, now time.Time) []Link {
	w := walk{tasks: tasks, index: make(map[string]int, len(tasks)), now: now, last: -1}
	for i, t := range tasks {
		w.index[t.Name] = i
		if !t.Finally {
			w.last = w.later(w.last, i)
		}
	}
	at := w.last
	for i := range tasks {
		at = w.later(at, i)
	}
	var path []int
	for at >= 0 {
		path = append(path, at)
		at = w.before(at)
	}
	slices.Reverse(path)
	links := make([]Link, len(path))
	for i, at := range path {
		t := tasks[at]
		links[i] = Link{Name: t.Name, Wait: max(0, t.Start.Sub(start)), Took: max(0, w.end(at).Sub(t.Start))}
		start = w.end(at)
	}
	return links
}

type walk struct {
	tasks []Timed
	index map[string]int
	now   time.Time
	// last is the task that ended last of those that are not final, -1 if none has begun.
	last int
}

func (w *walk) end(i int) time.Time {
	if w.tasks[i].End.IsZero() {
		return w.now
	}
	return w.tasks[i].End
}

// later returns the one of two tasks that ended later and has run at all; best can be -1.
func (w *walk) later(best, i int) int {
	switch {
	case w.tasks[i].Start.IsZero():
		return best
	case best < 0 || w.end(i).After(w.end(best)):
		return i
	default:
		return best
	}
}

// before returns the task that i waited for the longest, -1 if it waited for none.
func (w *walk) before(i int) int {
	if w.tasks[i].Finally {
		return w.last
	}
	best := -1
	seen := map[int]bool{i: true}
	for open := []int{i}; len(open) > 0; {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for _, name := range w.tasks[at].After {
			j, ok := w.index[name]
			if !ok || seen[j] {
				continue
			}
			seen[j] = true
			if w.tasks[j].Start.IsZero() {
				open = append(open, j)
				continue
			}
			best = w.later(best, j)
		}
	}
	return best
}
