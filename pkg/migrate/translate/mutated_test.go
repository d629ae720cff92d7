package translate_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/migrate/translate"
)

// TestMutated translates the files of the other tests with lines left out, moved, doubled and cut, the same ones each time. They have to
// be translated or refused with a place, and what comes out has to be readable.
func TestMutated(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "*", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same files each time
	changed := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			if translateMutant(t, mutate(random, string(text))) {
				changed++
			}
		}
	}
	if changed < 30 {
		t.Errorf("only %d mutants were translated", changed)
	}
}

func mutate(random *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + random.IntN(4) {
		i, j := random.IntN(len(lines)), random.IntN(len(lines))
		switch random.IntN(6) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i], lines[j] = lines[j], lines[i]
		case 2:
			lines[i] = lines[j]
		case 3:
			lines[i] = lines[i][:len(lines[i])/2] + "\n"
		case 4:
			lines[i] = strings.TrimPrefix(lines[i], "  ")
		default:
			key, _, _ := strings.Cut(lines[i], ":")
			lines[i] = key + []string{": []\n", ": {}\n", ": 1\n", ": null\n", ": [{}]\n", ": {a: [b, {c: d}]} # e\n"}[random.IntN(6)]
		}
	}
	return strings.Join(lines, "")
}

func translateMutant(t *testing.T, text string) bool {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("panic %v for\n%s", r, text)
		}
	}()
	out, err := translate.Translate([]translate.Source{{Name: "f.yaml", Text: []byte(text)}}, translate.Options{})
	var parse *manifest.ParseError
	if err != nil && !errors.As(err, &parse) {
		t.Errorf("error %v says no place, for\n%s", err, text)
	}
	if err != nil || !out[0].Changed {
		return false
	}
	if _, err := translate.Translate([]translate.Source{{Name: "f.yaml", Text: out[0].Text}}, translate.Options{}); err != nil {
		t.Errorf("the result cannot be read: %v\n%s\n--- of\n%s", err, out[0].Text, text)
	}
	return true
}
