// Package passes is what passes over runs have in common, whoever carries them out: the controllers against the API of a cluster, or the
// local engine against its own store. A pass observes a run, asks the planner and looks up what it wants ([PipelineRun], [TaskRun]),
// carries out actions, and tells the planner what was refused ([RefusedChild], [RefusedPod]).
package passes
