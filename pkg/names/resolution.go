package names

import (
	"cmp"
	"encoding/hex"
	"hash/fnv"
	"slices"
)

// ResolverParam is a param of a reference to something remote. Value is the text itself for a string, and the compact
// JSON of an array or object.
type ResolverParam struct {
	Name, Value string
}

// ResolutionRequest returns the name of the ResolutionRequest with which a run asks a resolver (contract 4 §1.2).
// namespace is the run's. base is the PipelineRun's name for a pipelineRef, and the TaskRun's name, existing or future,
// for a taskRef and for the refs of its steps. url may be empty.
func ResolutionRequest(resolver, namespace, base string, params []ResolverParam, url string) string {
	h := fnv.New128a()
	write := func(s string) { h.Write([]byte(s)) }
	write(namespace + "/" + base)
	sorted := slices.Clone(params)
	slices.SortStableFunc(sorted, func(a, b ResolverParam) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range sorted {
		write(p.Name)
		write(p.Value)
	}
	write(url)
	hash := hex.EncodeToString(h.Sum(nil))
	return cut(resolver, maxLength-1-len(hash)) + "-" + hash
}
