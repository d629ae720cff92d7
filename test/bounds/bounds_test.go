package bounds

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// check reports how counts compare with their bounds.
func check(t *testing.T, where string, measured map[string]float64) {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	o := Compare(all, where, measured)
	t.Log(strings.Join(o.Values, "\n"))
	for _, text := range o.Loose {
		t.Log(text)
	}
	for _, text := range o.Failures {
		t.Error(text)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	all := []Bound{
		{Name: "a", Where: Code, Bound: 10, Unit: "bytes", What: "The letter.", Look: "In the alphabet."},
		{Name: "c", Where: Cluster, Bound: 1, Unit: "writes"},
	}
	for name, tc := range map[string]struct {
		measured map[string]float64
		want     Outcome
	}{
		"at the bound":   {map[string]float64{"a": 10}, Outcome{Values: []string{"a: 10 of at most 10 bytes"}}},
		"a little below": {map[string]float64{"a": 8}, Outcome{Values: []string{"a: 8 of at most 10 bytes"}}},
		"far below": {map[string]float64{"a": 7.996}, Outcome{
			Values: []string{"a: 8 of at most 10 bytes"},
			Loose:  []string{"a: 8 bytes, far below the bound of 10; lower it in test/bounds/bounds.yaml, so that this stays"},
		}},
		"above": {map[string]float64{"a": 10.25}, Outcome{
			Values: []string{"a: 10.25 of at most 10 bytes"},
			Failures: []string{"a: 10.25 bytes, the bound is 10.\n  What it is: The letter.\n  Where to look: In the alphabet.\n" +
				"  If the change is worth it, raise the bound in test/bounds/bounds.yaml in the same commit, and say why there."},
		}},
		"without a bound": {map[string]float64{"a": 10, "d": 3}, Outcome{
			Values:   []string{"a: 10 of at most 10 bytes"},
			Failures: []string{"d: 3 were measured, and there is no bound for it in test/bounds/bounds.yaml"},
		}},
		"not measured": {nil, Outcome{
			Failures: []string{"a: nothing measures it; remove it from test/bounds/bounds.yaml, or measure it again"},
		}},
	} {
		if diff := cmp.Diff(tc.want, Compare(all, Code, tc.measured)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMistakesInTheFileAreNamed(t *testing.T) {
	t.Parallel()
	const good = "- {name: a, where: code, bound: 1, unit: u, what: w, look: l}\n"
	if _, err := parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		good + good: "a: it is there twice",
		"- {name: a, where: here, bound: 1, unit: u, what: w, look: l}":  `a: where is "here", it has to be code or cluster`,
		"- {name: a, where: code, bound: -1, unit: u, what: w, look: l}": "a: bound must not be negative",
		"- {name: a, where: code, bound: 1, unit: u, look: l}":           "[0]: name, unit, what and look must be set",
		"- {name: a, bond: 1}": `unknown field "bond"`,
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", text, err, want)
		}
	}
}
