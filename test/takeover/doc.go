// Package takeover tests that Tenon goes on with what another engine of the same API has begun. The files without a build tag check
// the form of objects; the test on a cluster makes runs in all stages as that engine leaves them, with pods that its kind of runner
// works in (folder runner), and lets Tenon take them over.
package takeover
