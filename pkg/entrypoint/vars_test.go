//go:build unix

package entrypoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// newVars returns vars that see results and artifacts of step a, and what they log.
func newVars(t *testing.T) (*vars, *strings.Builder) {
	t.Helper()
	root := t.TempDir()
	status, link := filepath.Join(root, protocol.StepStatusDir(0)), filepath.Join(root, protocol.StepDir("step-a"))
	results, provenance := filepath.Join(status, "results"), filepath.Join(status, "artifacts", protocol.ProvenanceFile)
	if err := errors.Join(
		os.MkdirAll(results, 0o755), os.MkdirAll(filepath.Dir(provenance), 0o755), os.MkdirAll(filepath.Dir(link), 0o755), os.Symlink(status, link),
	); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"text":     " two\nlines \n",
		"empty":    "",
		"quoted":   `"a \"b\""`,
		"list":     `["x","","$(steps.a.results.text)"]`,
		"none":     `[]`,
		"object":   `{"key":"val","other":"$"}`,
		"nested":   `["a",["b"]]`,
		"spaced":   ` ["a"]`,
		"numbers":  `[1,2]`,
		"unclosed": `{"a":`,
	} {
		if err := os.WriteFile(filepath.Join(results, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	artifacts := `{"inputs":[{"name":"src","values":[{"uri":"git://a?b&c","digest":{"sha256":"2","sha1":"1"},"more":1}]}],
		"outputs":[{"name":"my.image","buildOutput":true,"values":[]},{"name":"void"}]}`
	if err := errors.Join(os.WriteFile(provenance, []byte(artifacts), 0o600), os.Mkdir(filepath.Join(results, "folder"), 0o700)); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	logf := func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
	return &vars{layout: Layout{Root: root}, artifacts: true, logf: logf}, &log
}

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		"plain $(date) $x $(params)": "plain $(date) $x $(params)",
		"$(steps.a.results.text)":    " two\nlines \n",
		"<$(steps.a.results.empty)>": "<>",
		"$(steps.a.results.quoted)":  `a "b"`,
		"$(steps.a.results.list)":    "",
		"$(steps.a.results.object)":  "",
		"$(steps.a.results.nested)":  `["a",["b"]]`,
		"$(steps.a.results.spaced)":  ` ["a"]`,
		"$(steps.a.results.numbers)": "[1,2]",
		"a$(steps.a.results.list[0])b$(steps.a.results.list[2])": "axb$(steps.a.results.text)",
		"$(steps.a.results.object.key)$(steps.a.results.empty)":  "val",
		"$(steps.a.results.object.none)":                         "",
		"$(steps.a.results.unclosed)":                            `{"a":`,
		"$(steps.a.inputs.src)":                                  `[{"digest":{"sha1":"1","sha256":"2"},"uri":"git://a?b&c"}]`,
		"$(steps.a.outputs.my.image)":                            "[]",
		"$(steps.a.outputs.void)":                                "[]",
		"$$(steps.a.results.object.key)":                         "$val",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			v, log := newVars(t)
			got, err := v.text(text)
			if err != nil || log.Len() > 0 {
				t.Errorf("error %v, log %q", err, log)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMistakesAreLogged is about references that stay as they are.
func TestMistakesAreLogged(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"$(steps.b.results.text)",
		"$(steps.a.results.missing)",
		"$(steps.a.results.folder)",
		"$(steps.a.results.text.key)",
		"$(steps.a.results.text[0])",
		"$(steps.a.results.object[0])",
		"$(steps.a.results.list.key)",
		"$(steps.a.results.list[*])",
		"x$(steps.a.results.list[*])",
		"$(steps.a.results.object.key[0])",
		"$(steps.a.outputs.missing)",
		"$(steps.b.outputs.image)",
		"$(steps...results.text)",
		"$(steps.a.results..)",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			v, log := newVars(t)
			got, err := v.text(text)
			if err != nil || got != text {
				t.Errorf("text %q, error %v", got, err)
			}
			if strings.Count(log.String(), "stays as it is") != 1 && !strings.Contains(text, "..") {
				t.Errorf("log %q", log)
			}
		})
	}
}

func TestArtifactsAreOff(t *testing.T) {
	t.Parallel()
	v, log := newVars(t)
	v.artifacts = false
	const text = "$(steps.a.inputs.src)"
	if got, err := v.text(text); err != nil || got != text || log.Len() > 0 {
		t.Errorf("text %q, error %v, log %q", got, err, log)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	v, log := newVars(t)
	got, err := v.list([]string{
		"$(steps.a.results.list[*])", "$(steps.a.results.none[*])", "-$(steps.a.results.list[*])", "$(steps.a.results.text[*])", "$(steps.a.results.object.key)",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"x", "", "$(steps.a.results.text)", "", "-$(steps.a.results.list[*])", "$(steps.a.results.text[*])", "val"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "stays as it is"); n != 2 {
		t.Errorf("log %q", log)
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	v, _ := newVars(t)
	got, err := v.env([]string{"A=$(steps.a.results.object.key)=", "B=$(steps.a.results.list[*])", "$(steps.a.results.text)=x", "odd", "E=$(steps.a.inputs.src)"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A=val=", "B=", "$(steps.a.results.text)=x", "odd", `E=[{"digest":{"sha1":"1","sha256":"2"},"uri":"git://a?b&c"}]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestIndexOutOfRange(t *testing.T) {
	t.Parallel()
	v, _ := newVars(t)
	const text = "$(steps.a.results.list[3])"
	_, err := v.text(text)
	_, errList := v.list([]string{text})
	_, errEnv := v.env([]string{"A=" + text})
	for _, err := range []error{err, errList, errEnv} {
		if !errors.Is(err, errIndex) {
			t.Errorf("error %v", err)
		}
	}
	if got, err := v.text("$(steps.a.results.list[99999999999999999999])"); !errors.Is(err, errIndex) {
		t.Errorf("text %q, error %v", got, err)
	}
}

func FuzzText(f *testing.F) {
	f.Add("$(steps.a.results.list[1])$(steps.a.outputs.x)")
	f.Add("$(steps.a.results.object.key")
	f.Fuzz(func(t *testing.T, text string) {
		v := &vars{layout: Layout{Root: t.TempDir()}, artifacts: true, logf: func(string, ...any) {}}
		if got, err := v.text(text); err != nil || got != text {
			t.Errorf("without any results %q became %q, %v", text, got, err)
		}
	})
}

func TestForPlatform(t *testing.T) {
	t.Parallel()
	commands := func(platforms ...string) []protocol.Command {
		var out []protocol.Command
		for _, p := range platforms {
			out = append(out, protocol.Command{Platform: p, Argv: []string{p}})
		}
		return out
	}
	for name, tc := range map[string]struct {
		platform string
		commands []protocol.Command
		want     string
	}{
		"exact":               {"linux/arm64/v8", commands("linux/arm64", "linux/arm64/v8"), "linux/arm64/v8"},
		"without variant":     {"linux/arm64/v8", commands("linux/amd64", "linux/arm64"), "linux/arm64"},
		"other variant":       {"linux/arm/v7", commands("linux/arm/v6", "linux/arm64"), "linux/arm/v6"},
		"several variants":    {"linux/arm/v7", commands("linux/arm/v6", "linux/arm/v5"), ""},
		"other architecture":  {"linux/amd64", commands("linux/arm64", "windows/amd64"), ""},
		"beginning of a name": {"linux/arm", commands("linux/arm64/v8"), ""},
		"least variant":       {"linux/amd64", commands("linux/amd64/v1", "linux/amd64/v3"), "linux/amd64/v1"},
		"nonsense":            {"linux", commands("linux/amd64"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := forPlatform(tc.commands, tc.platform)
			if got.Platform != tc.want || ok != (tc.want != "") {
				t.Errorf("command %v, %v; want %q", got, ok, tc.want)
			}
		})
	}
}

func TestImageCommandComesBeforeTheArguments(t *testing.T) {
	t.Parallel()
	p := newPod(t)
	config := protocol.Step{Commands: []protocol.Command{{Platform: "linux/s390x", Argv: []string{os.Args[0], "image"}}}}
	code, log := p.run(config, "print", []string{"user"}, func(r *Runner) { r.Platform = "linux/s390x" })
	if code != 0 || strings.TrimSpace(log) != "image|user" {
		t.Errorf("exit code %d: %q", code, log)
	}
}
