package kubelet

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	vars := environ{"A": "a", "B": "$(A)", "EMPTY": ""}
	for in, want := range map[string]string{
		"":                  "",
		"x":                 "x",
		"$(A)":              "a",
		"x$(A)y$(A)":        "xaya",
		"$(B)":              "$(A)",
		"$(EMPTY)":          "",
		"$(NONE)":           "$(NONE)",
		"$$(A)":             "$(A)",
		"$$$(A)":            "$a",
		"$$$$(A)":           "$$(A)",
		"$$":                "$",
		"$":                 "$",
		"a$":                "a$",
		"$(A":               "$(A",
		"$(A$(A)":           "$(A$(A)",
		"$A":                "$A",
		"$x$(A)":            "$xa",
		"$-$(A)":            "$-a",
		"$(":                "$(",
		"$()":               "$()",
		"$((A))":            "$((A))",
		"$)$(A)":            "$)a",
		"$$$":               "$$",
		"\u0024(A) ü $(A)ü": "a ü aü",
	} {
		if got := expand(in, vars.lookup); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

// FuzzExpand checks what holds for all texts: what has no dollar sign stays as it is, and escaping keeps a text from being changed.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"$(A)", "$$(A)", "$(", "a$", "$x", "$(A$(A)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lookup := environ{"A": "value"}.lookup
		if escaped := strings.ReplaceAll(text, "$", "$$"); expand(escaped, lookup) != text {
			t.Errorf("escaped %q gives %q", text, expand(escaped, lookup))
		}
		if !strings.Contains(text, "$$") && !strings.Contains(text, "$(A)") && expand(text, lookup) != text {
			t.Errorf("%q gives %q", text, expand(text, lookup))
		}
		if got := expand(text, func(string) (string, bool) { return "", true }); len(got) > len(text) {
			t.Errorf("%q grows to %q", text, got)
		}
	})
}
