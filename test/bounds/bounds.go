// Package bounds holds counts that do not depend on the machine, such as requests, passes, allocations and bytes, below the bounds of
// bounds.yaml. Its tests measure them: those of the code without a cluster, the others, with the tag e2e, on one. See
// docs/performance.md for how to change a bound.
package bounds

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sigs.k8s.io/yaml"
)

// Places where counts are measured.
const (
	Code    = "code"
	Cluster = "cluster"
)

// Bound is the most that a count may be.
type Bound struct {
	// Name names the count.
	Name string `json:"name"`
	// Where is Code or Cluster.
	Where string `json:"where"`
	// Bound is the largest value that passes, Unit what is counted.
	Bound float64 `json:"bound"`
	Unit  string  `json:"unit"`
	// What says what the count is, and Look where to look when it has grown.
	What string `json:"what"`
	Look string `json:"look"`
}

//go:embed bounds.yaml
var file []byte

// Load returns the bounds of bounds.yaml.
func Load() ([]Bound, error) { return parse(file) }

func parse(text []byte) ([]Bound, error) {
	var all []Bound
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		return nil, fmt.Errorf("bounds.yaml: %w", err)
	}
	seen := map[string]bool{}
	for i, b := range all {
		switch {
		case b.Name == "" || b.Unit == "" || b.What == "" || b.Look == "":
			return nil, fmt.Errorf("bounds.yaml: [%d]: name, unit, what and look must be set", i)
		case b.Where != Code && b.Where != Cluster:
			return nil, fmt.Errorf("bounds.yaml: %s: where is %q, it has to be %s or %s", b.Name, b.Where, Code, Cluster)
		case b.Bound < 0:
			return nil, fmt.Errorf("bounds.yaml: %s: bound must not be negative", b.Name)
		case seen[b.Name]:
			return nil, fmt.Errorf("bounds.yaml: %s: it is there twice", b.Name)
		}
		seen[b.Name] = true
	}
	return all, nil
}

// farBelow is the part of its bound below which a count is far below it.
const farBelow = 0.8

// Outcome is what became of comparing counts with their bounds.
type Outcome struct {
	// Failures say which counts are above their bounds, and what to do; and which bounds and counts have no counterpart.
	Failures []string
	// Loose are bounds that are far above what was measured.
	Loose []string
	// Values has a line for each count.
	Values []string
}

// Compare compares the counts that were measured at a place, by name, with their bounds.
func Compare(all []Bound, where string, measured map[string]float64) Outcome {
	var o Outcome
	left := maps.Clone(measured)
	for _, b := range all {
		if b.Where != where {
			continue
		}
		value, ok := measured[b.Name]
		delete(left, b.Name)
		if !ok {
			o.Failures = append(o.Failures, b.Name+": nothing measures it; remove it from test/bounds/bounds.yaml, or measure it again")
			continue
		}
		o.Values = append(o.Values, fmt.Sprintf("%s: %s of at most %s %s", b.Name, number(value), number(b.Bound), b.Unit))
		switch {
		case value > b.Bound:
			o.Failures = append(o.Failures, b.failure(value))
		case value < farBelow*b.Bound:
			o.Loose = append(o.Loose, b.loose(value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		o.Failures = append(o.Failures,
			fmt.Sprintf("%s: %s were measured, and there is no bound for it in test/bounds/bounds.yaml", name, number(left[name])))
	}
	return o
}

func (b Bound) failure(value float64) string {
	return fmt.Sprintf("%s: %s %s, the bound is %s.\n  What it is: %s\n  Where to look: %s\n"+
		"  If the change is worth it, raise the bound in test/bounds/bounds.yaml in the same commit, and say why there.",
		b.Name, number(value), b.Unit, number(b.Bound), b.What, b.Look)
}

func (b Bound) loose(value float64) string {
	return fmt.Sprintf("%s: %s %s, far below the bound of %s; lower it in test/bounds/bounds.yaml, so that this stays",
		b.Name, number(value), b.Unit, number(b.Bound))
}

// number writes a count without more digits than it needs.
func number(n float64) string {
	const digits = 2
	text := strconv.FormatFloat(n, 'f', digits, 64)
	if short, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(short, 'f', -1, 64)
	}
	return text
}
