package measure

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Result is the outcome of one measurement.
type Result struct {
	Load Load
	// Wall is the time from the first request that creates a run until a watch has shown all of them done.
	Wall time.Duration
	// Durations are how long each run took, from the request that created it.
	Durations []time.Duration
	// Gaps are the times from the end of a TaskRun to the start of the next one, for chains.
	Gaps []time.Duration
	// ToPod are the times from the request to the pod, if the load asks for them.
	ToPod []time.Duration
	// Failed is how many runs ended otherwise than well, FirstFailure what the first one said.
	Failed       int
	FirstFailure string
	// Peak is the most memory that the controller was seen to take; its other fields are empty.
	Peak Usage
	// Collected is the controller's heap in bytes after a garbage collection at the end, 0 if it could not be asked for: that takes
	// runtime-profiling in config-observability.
	Collected float64
	// Events are numbers of events by kind of object and reason.
	Events map[string]map[string]float64
	// Killed is the pod that was ended, if that was asked for, Pause the longest time without progress after that, and Slowest how long
	// the slowest run took after that.
	Killed         string
	Pause, Slowest time.Duration

	before, after snapshot
}

// PerSecond is how many runs there were per second.
func (r *Result) PerSecond() float64 { return float64(r.Load.Count) / r.Wall.Seconds() }

// TaskRuns is how many TaskRuns there were in all.
func (r *Result) TaskRuns() float64 { return float64(r.Load.Count * r.Load.Tasks) }

// Spent is what the pods of a component used, ControllerApp or WebhookApp. Memory is that of the end.
func (r *Result) Spent(app string) Usage { return spent(r.before.pods[app], r.after.pods[app]) }

// ServerCPU is the time of a CPU that the API server used, in seconds.
func (r *Result) ServerCPU() float64 { return r.after.apiCPU - r.before.apiCPU }

// Requests are those that others made than the session, by the API server's counters.
func (r *Result) Requests() Counts {
	return r.after.api.minus(r.before.api).minus(r.after.own.minus(r.before.own))
}

// ControllerRequests are those that the controller made, by its own counters, without those for leases. It returns false if the
// controller does not count them.
func (r *Result) ControllerRequests() (Counts, bool) {
	all := r.Spent(ControllerApp).Requests
	out := Counts{}
	for key, n := range all {
		if key.Resource != "leases" {
			out[key] = n
		}
	}
	return out, len(r.after.controllerRequests()) > 0
}

// Reads is how often the controller read TaskRuns, PipelineRuns and pods that its informers have, by its own counters if it has
// them, and by those of the API server otherwise, which show the reads of all others too.
func (r *Result) Reads() float64 {
	requests, ok := r.ControllerRequests()
	if !ok {
		requests = r.Requests()
	}
	return requests.Sum(func(q Request) bool {
		kind, _, _ := strings.Cut(q.Resource, "/")
		return (q.Verb == "GET" || q.Verb == "LIST") && slices.Contains([]string{"taskruns", "pipelineruns", "pods"}, kind)
	})
}

// WritesPerTaskRun are the writes that a TaskRun causes, without its own creation and without events.
func (r *Result) WritesPerTaskRun() float64 { return r.Requests().Sum(forTaskRun) / r.TaskRuns() }

// WritesPerPipelineRun are the writes that a PipelineRun causes beyond those for its TaskRuns: creating them, and its status.
func (r *Result) WritesPerPipelineRun() float64 {
	return r.Requests().Sum(forPipelineRun) / float64(r.Load.Count)
}

// EventsPerTaskRun are the events about TaskRuns.
func (r *Result) EventsPerTaskRun() float64 {
	total := 0.0
	for _, n := range r.Events[KindTaskRun] {
		total += n
	}
	return total / r.TaskRuns()
}

// Passes is how often the reconciler of a kind looked at an object.
func (r *Result) Passes(kind string) float64 {
	total := 0.0
	for name, n := range r.Spent(ControllerApp).Reconciles {
		if strings.HasSuffix(name, "."+strings.ToLower(kind)+".Reconciler") {
			total += n
		}
	}
	return total
}

// forTaskRun tells whether the request is a write that a TaskRun causes, but for events.
func forTaskRun(q Request) bool {
	switch q.Resource {
	case "pods":
		return q.Writes()
	case "taskruns", "taskruns/status":
		return q.Writes() && q.Verb != "POST"
	default:
		return false
	}
}

// forPipelineRun tells whether the request is a write that a PipelineRun causes beyond those for its TaskRuns.
func forPipelineRun(q Request) bool {
	switch q.Resource {
	case "taskruns":
		return q.Verb == "POST"
	case "pipelineruns", "pipelineruns/status":
		return q.Writes()
	default:
		return false
	}
}

// Quantile returns the smallest duration that a share q of all does not exceed.
func Quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}
