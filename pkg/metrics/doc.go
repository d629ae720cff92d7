// Package metrics counts and times runs for /metrics and OTLP (contract 4 §6.1): how many there are, how they end, how long they take,
// and where that time goes.
//
// What ends is recorded once, by the replica that wrote the end: reconcilers tell [Metrics] of each write, which goes through a bounded
// queue to a goroutine of its own, so that a pass waits for nothing. What there is at the moment is counted from the events of informers,
// without a list call, by every replica.
//
// Labels have names that users choose. How many of them there are has a limit, see [config.Observability]; names of runs are no labels
// unless somebody asks for them.
//
// Entry points: [New], and [Metrics.Around] for the constructor of a controller. [Catalog] lists all metrics.
package metrics
