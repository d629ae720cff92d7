// Package growth holds the results of a sweep: how time and costs grow with the size of what runs. The load tool writes them, and
// hack/plots draws them.
package growth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Names of the series. In each of them one size grows.
const (
	// Fan are PipelineRuns with more and more tasks side by side, Chain with more and more that follow one another.
	Fan   = "tasks-fan"
	Chain = "tasks-chain"
	// Runs are more and more TaskRuns at once.
	Runs = "runs"
	// Replicas are TaskRuns with more and more replicas of the controller.
	Replicas = "replicas"
	// Stored are TaskRuns while more and more finished ones are stored.
	Stored = "stored"
)

// Report is the outcome of a sweep.
type Report struct {
	// Size is that of the sweep, small or full.
	Size string `json:"size"`
	// Day is when it began.
	Day string `json:"day"`
	// Points are in the order in which they were measured.
	Points []Point `json:"points"`
}

// Point is one measurement.
type Point struct {
	Series string `json:"series"`
	// X is the size that grows in the series.
	X int `json:"x"`
	// Flags are the arguments of the load tool for the same measurement.
	Flags []string `json:"flags"`
	// Error says why there are no values; empty if there are some.
	Error string `json:"error,omitempty"`
	// Values are nil with an error.
	Values *Values `json:"values,omitempty"`
}

// Values are what was measured. What the cluster does not tell is nil.
type Values struct {
	// WallSeconds is the time from the first request until all runs were done, SecondsPerTask that time over the number of TaskRuns.
	WallSeconds    float64 `json:"wallSeconds"`
	SecondsPerTask float64 `json:"secondsPerTask"`
	// ControllerRequestsPerTaskRun are all requests by the controller but those for leases, by its own counters.
	ControllerRequestsPerTaskRun *float64 `json:"controllerRequestsPerTaskRun,omitempty"`
	// WritesPerTaskRun, ReadsPerTaskRun and EventsPerTaskRun are API requests and events for TaskRuns and their pods.
	WritesPerTaskRun float64 `json:"writesPerTaskRun"`
	ReadsPerTaskRun  float64 `json:"readsPerTaskRun"`
	EventsPerTaskRun float64 `json:"eventsPerTaskRun"`
	// WritesPerPipelineRun are those for PipelineRuns, and for creating their TaskRuns; nil without PipelineRuns.
	WritesPerPipelineRun *float64 `json:"writesPerPipelineRun,omitempty"`
	// ServerCPUSeconds and ControllerCPUSeconds are the time of a CPU that the API server and the controller used, in all.
	ServerCPUSeconds     float64 `json:"serverCPUSeconds"`
	ControllerCPUSeconds float64 `json:"controllerCPUSeconds"`
	// ServerCPUMillisPerTaskRun and ControllerCPUMillisPerTaskRun are the same over the number of TaskRuns, in milliseconds.
	ServerCPUMillisPerTaskRun     float64 `json:"serverCPUMillisPerTaskRun"`
	ControllerCPUMillisPerTaskRun float64 `json:"controllerCPUMillisPerTaskRun"`
	// PeakResidentBytes is the most memory that all replicas of the controller were seen to take together, ResidentBytes what they
	// take at the end, HeapBytes the part of that which is heap.
	PeakResidentBytes float64 `json:"peakResidentBytes"`
	ResidentBytes     float64 `json:"residentBytes"`
	HeapBytes         float64 `json:"heapBytes"`
	// CollectedHeapBytes is the heap after a garbage collection; nil unless runtime-profiling is enabled.
	CollectedHeapBytes *float64 `json:"collectedHeapBytes,omitempty"`
}

// Write writes the report as JSON.
func Write(w io.Writer, r *Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}

// Read reads what Write has written. It fails if there is no point in it, or one that says neither values nor an error.
func Read(from io.Reader) (*Report, error) {
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	r := &Report{}
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("reading the results of a sweep: %w", err)
	}
	if len(r.Points) == 0 {
		return nil, errors.New("points: there are none; let `test/load -sweep -o FILE` measure some")
	}
	for i, p := range r.Points {
		if (p.Values == nil) == (p.Error == "") {
			return nil, fmt.Errorf("points[%d]: it needs either values or error", i)
		}
	}
	return r, nil
}

// Series returns the points of a series; none if none of them has values.
func (r *Report) Series(name string) []Point {
	var out []Point
	measured := false
	for _, p := range r.Points {
		if p.Series == name {
			out = append(out, p)
			measured = measured || p.Values != nil
		}
	}
	if !measured {
		return nil
	}
	return out
}
