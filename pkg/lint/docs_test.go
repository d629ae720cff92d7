package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/lint"
	"github.com/tenon-ci/tenon/pkg/manifest"
)

// example is a rule of the page, with what shows it.
type example struct {
	rule, text string
	// lines are those that are marked.
	lines []int
}

func page(t *testing.T) []example {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "lint.md"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	for _, section := range strings.Split(string(text), "\n### ")[1:] {
		rule, rest, _ := strings.Cut(section, "\n")
		e := example{rule: rule}
		if code := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(rest); code != nil {
			e.text = code[1]
			for i, line := range strings.Split(e.text, "\n") {
				if strings.Contains(line, "# <-") {
					e.lines = append(e.lines, i+1)
				}
			}
		}
		examples = append(examples, e)
	}
	return examples
}

// TestEachRuleIsInTheDocs compares the rules of the page with those of the code.
func TestEachRuleIsInTheDocs(t *testing.T) {
	t.Parallel()
	var documented, rules []string
	for _, e := range page(t) {
		documented = append(documented, e.rule)
	}
	for _, r := range lint.Rules() {
		rules = append(rules, r.ID)
	}
	slices.Sort(documented)
	slices.Sort(rules)
	if diff := cmp.Diff(rules, documented); diff != "" {
		t.Errorf("rules (-code +page):\n%s", diff)
	}
	for _, id := range manifest.Rules() {
		if !slices.Contains(rules, id) {
			t.Errorf("rule %s of package manifest is not among them", id)
		}
	}
}

// TestExamplesOfTheDocs expects each example of the page to break its rule on the marked line, and no more when the rule is off.
func TestExamplesOfTheDocs(t *testing.T) {
	t.Parallel()
	for _, e := range page(t) {
		if e.text == "" && e.rule == manifest.RuleConversion {
			continue // which objects these are changes with the versions
		}
		t.Run(e.rule, func(t *testing.T) {
			t.Parallel()
			got := linesOf(t, e, lint.Options{})
			if len(e.lines) == 0 || !slices.Equal(got, e.lines) {
				t.Errorf("problems on lines %v, marked are %v", got, e.lines)
			}
			if got := linesOf(t, e, lint.Options{Disabled: []string{e.rule}}); got != nil {
				t.Errorf("problems on lines %v although the rule is off", got)
			}
		})
	}
}

func linesOf(t *testing.T, e example, o lint.Options) []int {
	t.Helper()
	o.Complete = e.rule == lint.RuleMissingReference
	o.Pinned = e.rule == lint.RuleUnpinnedImage
	docs, err := manifest.Read("f.yaml", strings.NewReader(e.text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range lint.Lint(t.Context(), docs, o) {
		if p.Rule == e.rule && !slices.Contains(lines, p.Line) {
			lines = append(lines, p.Line)
		} else if p.Rule != e.rule {
			t.Logf("%s", fmt.Sprintf("also %d: %s [%s]", p.Line, p.Message, p.Rule))
		}
	}
	return lines
}
