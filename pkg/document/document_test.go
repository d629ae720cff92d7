package document_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-ci/tenon/pkg/document"
)

// laughs is a document whose aliases stand for ten times as much at each level.
func laughs(levels int) string {
	var b strings.Builder
	b.WriteString("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "l%d: &l%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*l%d, ", i-1), 10), ", "))
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	t.Parallel()
	deep := func(open, end string, n int) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	const (
		depth  = "its values lie more than 100 deep in each other"
		nodes  = "it has more than 100000 values, each alias counted as what it stands for"
		second = "it has more than one YAML document: keep the one that is meant"
	)
	for name, tc := range map[string]struct{ text, want string }{
		"yaml":                   {text: "kind: Task\nspec: {steps: [{name: a}]}\n"},
		"json":                   {text: `{"kind":"Task","spec":{"steps":[{"name":"a"}]}}`},
		"aliases":                {text: "a: &a {x: 1}\nb: *a\nc: {<<: *a}\n"},
		"largest":                {text: "a: " + strings.Repeat("x", document.MaxSize-3)},
		"too large":              {text: "a: " + strings.Repeat("x", document.MaxSize-2), want: "it has 1048577 bytes: a definition may have 1048576 at most"},
		"deep json":              {text: deep("[", "]", 100)},
		"deeper json":            {text: deep("[", "]", 101), want: depth},
		"deep yaml":              {text: deep("[", "]", 100) + " # yaml"},
		"deeper yaml":            {text: deep("[", "]", 101) + " # yaml", want: depth},
		"deep blocks":            {text: deep("- ", "", 101), want: depth},
		"deep maps":              {text: deep("{a: ", "}", 101), want: depth},
		"deep by aliases":        {text: "a: &a " + deep("[", "]", 60) + "\nb: " + deep("[", "]", 60) + "\nc: " + strings.Repeat("[", 60) + "*a" + strings.Repeat("]", 60), want: depth},
		"deepest of all":         {text: strings.Repeat("[", document.MaxSize), want: "reading YAML: yaml: exceeded max depth of 10000"},
		"many json":              {text: "[" + strings.Repeat("1,", 99_998) + "1]"},
		"too many json":          {text: "[" + strings.Repeat("1,", 99_999) + "1]", want: nodes},
		"many yaml":              {text: strings.Repeat("- 1\n", 99_998)},
		"too many yaml":          {text: strings.Repeat("- 1\n", 99_999+1), want: nodes},
		"laughs":                 {text: laughs(4)},
		"a billion laughs":       {text: laughs(9), want: nodes},
		"contains itself":        {text: "a: &a [1, *a]", want: "an alias in it stands for what it is part of"},
		"unknown alias":          {text: "a: *b", want: "reading YAML: yaml: unknown anchor 'b' referenced"},
		"no yaml":                {text: "a: [", want: "reading YAML: yaml: line 1: did not find expected node content"},
		"empty":                  {want: "it is empty"},
		"two documents":          {text: "a: 1\n---\nb: 2\n", want: second},
		"leading separator":      {text: "---\na: 1\n"},
		"trailing separators":    {text: "a: 1\n---\n---\n# nothing\n"},
		"second cannot be read":  {text: "a: 1\n---\nb: [\n", want: "reading YAML: yaml: line 3: did not find expected node content"},
		"second in another form": {text: "{\"a\": 1}\n---\n{\"a\": 2}\n", want: second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := document.Check([]byte(tc.text)); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("Check() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestExamplesPass(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../config/300-crds/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := document.Check(text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"kind: Task\nspec: {steps: [{name: a}]}\n", `{"a":[1,{"b":null}]}`, laughs(4), "a: &a [1, *a]", "a: &a {x: 1}\nb: {<<: *a}\n", "---\na: 1\n---\nb: 2\n",
		"? [a]\n: |\n  text\n", "\xff\xfe", "%YAML 1.2\n---\na: !!binary aGk=\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		_ = document.Check(data) // it may find what it wants, but not panic
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
	})
}
