// Package tracing sends traces of runs to a collector (contract 4 §6.3): of passes over them while they run, and of the runs themselves
// when they end. [New] returns a [Provider], which follows the ConfigMap config-tracing, makes the identities of runs, and is told by
// reconcilers of what they write.
//
// Nothing that reconcilers call waits: spans go into a queue that is bounded, and what does not fit is counted and dropped. What spans
// look like is decided by the packages below: spancontext (identities), span (passes), runtrace (runs).
package tracing
