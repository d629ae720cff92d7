package contract_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/test/contract"
)

const root = "../.."

// TestCitations checks every citation in code, configuration, scripts and documents.
func TestCitations(t *testing.T) {
	t.Parallel()
	chapters := readChapters(t)
	count := 0
	for _, dir := range []string{"cmd", "config", "docs", "examples", "hack", "pkg", "test"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isText(path) {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, c := range contract.FindCitations(string(text)) {
				count++
				if err := c.Check(chapters); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if count < 300 {
		t.Errorf("found only %d citations: the expression misses some", count)
	}
}

func isText(path string) bool {
	if strings.HasPrefix(path, filepath.Join(root, "test", "contract")) {
		return false
	}
	switch filepath.Ext(path) {
	case ".go", ".md", ".sh", ".yaml":
		return true
	}
	return false
}

func readChapters(t *testing.T) map[string]contract.Chapter {
	t.Helper()
	chapters := map[string]contract.Chapter{}
	for _, name := range []string{"1-api", "2-taskrun", "3-pipelinerun", "4-operations"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", "contract", name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		chapters[name[:1]] = contract.ParseChapter(string(text))
	}
	return chapters
}

func TestFindCitations(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"none":              {"a contract with nobody", nil},
		"section":           {"as (contract 3 §7.5) says", []string{"contract 3 §7.5"}},
		"row":               {"contract 3 §14 #2", []string{"contract 3 §14", "contract 3 §14 #2"}},
		"two rows":          {"contract 1 §9 #10, #14", []string{"contract 1 §9", "contract 1 §9 #10", "contract 1 §9 #14"}},
		"two chapters":      {"contract 1 §7, 4 §5.", []string{"contract 1 §7", "contract 4 §5"}},
		"rule":              {"Contract 1 V-30, which", []string{"contract 1 V-30"}},
		"over a line's end": {"// pass (contract\n\t// 2 §4.4), by", []string{"contract 2 §4.4"}},
		"chapter":           {"contract 4 has it", []string{"contract 4"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range contract.FindCitations(tc.text) {
				got = append(got, c.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	chapters := map[string]contract.Chapter{"1": contract.ParseChapter("# 1. API\n## 2. Rules\n| # | Rule |\n| 7 | seven |\n| V-01…V-03 | three |\n| T-05 | one |\n### 2.1 More\n")}
	tests := map[string]string{
		"contract 1 §2":    "",
		"contract 1 §2.1":  "",
		"contract 1 §2 #7": "",
		"contract 1 V-02":  "",
		"contract 1 T-05":  "",
		"contract 1 §3":    "contract 1 §3: chapter 1 has no section 3",
		"contract 1 §2 #8": "contract 1 §2 #8: section 2 of chapter 1 has no row 8",
		"contract 1 T-06":  "contract 1 T-06: chapter 1 has no rule T-06",
		"contract 2 §1":    "contract 2 §1: there is no chapter 2",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, c := range contract.FindCitations(text) {
				if err := c.Check(chapters); err != nil {
					got = err.Error()
				}
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
