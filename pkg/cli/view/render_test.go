package view

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

var update = flag.Bool("update", false, "write the files in testdata")

var (
	began = time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	later = began.Add(3*time.Minute + 4*time.Second)
)

func after(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }

func aStep(name string, state runtree.State, from, to int) *runtree.Node {
	n := &runtree.Node{Kind: runtree.KindStep, Name: name, State: state, Pod: "pod", Container: "step-" + name}
	if state != runtree.Waiting && state != runtree.Skipped {
		n.Start = after(from)
	}
	if state.IsDone() {
		code := int32(0)
		if state == runtree.Failed {
			code = 3
		}
		n.End, n.ExitCode = after(to), &code
	}
	return n
}

func aTask(name string, state runtree.State, from, to int, children ...*runtree.Node) *runtree.Node {
	n := &runtree.Node{Kind: runtree.KindTaskRun, Name: name, Task: name, Object: "ci-" + name, State: state, Attempt: 1, Children: children}
	if state != runtree.Waiting {
		n.Start = after(from)
	}
	if state.IsDone() {
		n.End = after(to)
	}
	return n
}

// aPipeline has one of everything.
func aPipeline() *runtree.Node {
	pull := aTask("pull", runtree.Waiting, 0, 0, aStep("a", runtree.Waiting, 0, 0))
	pull.Start, pull.Reason, pull.Message = after(180), "Pending", "pulling registry.example.com/tools/compiler:latest, 12 of 340 MB"
	flaky := aTask("flaky", runtree.Running, 20, 0, aTask("attempt 1", runtree.Failed, 20, 30, aStep("try", runtree.Failed, 20, 30)), aStep("try", runtree.Running, 31, 0))
	flaky.Attempt = 2
	ignored := aTask("advice", runtree.Failed, 3, 9, aStep("check", runtree.Failed, 3, 9))
	ignored.Ignored = true
	late := aTask("late", runtree.TimedOut, 5, 65, aStep("wait", runtree.TimedOut, 5, 65))
	stopped := aTask("stopped", runtree.Cancelled, 5, 66, aStep("wait", runtree.Cancelled, 5, 66))
	report := &runtree.Node{Kind: runtree.KindTask, Name: "report", Task: "report", State: runtree.Waiting, Finally: true}
	return &runtree.Node{
		Kind: runtree.KindPipelineRun, Name: "ci-x7k2p", Object: "ci-x7k2p", State: runtree.Running, Start: began,
		Children: []*runtree.Node{
			aTask("Get the sources", runtree.Succeeded, 0, 3, aStep("clone", runtree.Succeeded, 0, 2), aStep("check", runtree.Succeeded, 2, 3)),
			{Kind: runtree.KindTask, Name: "test", Task: "test", State: runtree.Running, Start: after(3), Children: []*runtree.Node{
				aTask("os=linux, go=1.25", runtree.Running, 3, 0, aStep("build", runtree.Succeeded, 3, 100), aStep("unit", runtree.Running, 100, 0),
					&runtree.Node{Kind: runtree.KindSidecar, Name: "database", State: runtree.Running, Start: after(3)}),
				aTask("os=windows, go=1.25", runtree.Failed, 3, 63, aStep("build", runtree.Succeeded, 3, 60), aStep("unit", runtree.Failed, 60, 63), aStep("upload", runtree.Skipped, 0, 0)),
			}},
			pull, flaky, ignored, late, stopped,
			{Kind: runtree.KindPipelineRun, Name: "nested", Task: "nested", State: runtree.Running, Start: after(10), Children: []*runtree.Node{
				aTask("a task whose name is much longer than anybody would like it to be on a narrow terminal", runtree.Running, 10, 0, aStep("数据处理", runtree.Running, 10, 0)),
			}},
			{Kind: runtree.KindTask, Name: "release", State: runtree.Skipped, Reason: "When Expressions evaluated to false", Message: `"main" is not "release"`},
			{Kind: runtree.KindTask, Name: "announce", State: runtree.Waiting},
			report,
		},
	}
}

func done(root *runtree.Node) *runtree.Node {
	root.State, root.End, root.Message = runtree.Failed, later, "Tasks Completed: 5"
	root.Children[1].State = runtree.Failed
	root.Results = []runtree.Result{{Name: "commit", Value: "0123456789abcdef"}, {Name: "notes", Value: "first\nsecond\x1b[2J"}}
	return root
}

func someTails() Tails {
	return Tails{{Pod: "pod", Container: "step-unit"}: {"ok 1", "\x1b[31mnot ok 2\x1b[0m", "10%\r100% \x1b]0;title\a" + strings.Repeat("long ", 60)}}
}

func TestRender(t *testing.T) {
	t.Parallel()
	ascii, plain, colors := Style{}, Style{Unicode: true}, Style{Unicode: true, Color: true}
	one := func() *runtree.Node {
		return aTask("hello-x7k2p", runtree.Running, 150, 0, aStep("greet", runtree.Succeeded, 150, 151), aStep("nap", runtree.Running, 151, 0), aStep("end", runtree.Waiting, 0, 0))
	}
	hundred := func() *runtree.Node { return demo(100, 61, began, later) }
	tests := []struct {
		name          string
		root          *runtree.Node
		width, height int
		style         Style
	}{
		{"task-80", one(), 80, 24, plain},
		{"task-200", one(), 200, 50, plain},
		{"pipeline-40", aPipeline(), 40, 60, plain},
		{"pipeline-80", aPipeline(), 80, 60, plain},
		{"pipeline-200", aPipeline(), 200, 60, plain},
		{"pipeline-80-color", aPipeline(), 80, 60, colors},
		{"pipeline-80-ascii", aPipeline(), 80, 60, ascii},
		{"pipeline-80-short", aPipeline(), 80, 20, plain},
		{"pipeline-80-tiny", aPipeline(), 80, 6, plain},
		{"hundred-80", hundred(), 80, 23, plain},
		{"hundred-200", hundred(), 200, 50, plain},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lines := Render(test.root, someTails(), test.width, test.height, later, test.style)
			checkSize(t, lines, test.width, test.height)
			golden(t, test.name, lines)
		})
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 0} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			lines := Summary(done(aPipeline()), someTails(), width, later, Style{Unicode: true, Color: width == 80})
			golden(t, fmt.Sprintf("summary-%d", width), lines)
		})
	}
}

func checkSize(t *testing.T, lines []string, width, height int) {
	t.Helper()
	if len(lines) > height {
		t.Errorf("there are %d lines, more than %d", len(lines), height)
	}
	for _, line := range lines {
		if n := ansi.StringWidth(line); n > width {
			t.Errorf("%q takes %d cells, more than %d", line, n, width)
		}
	}
}

func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	got := strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "\x1b", "^[")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text, colors, plain string
	}{
		"nothing":                 {"", "", ""},
		"colours":                 {"a\x1b[1;31mb\x1b[0m c", "a\x1b[1;31mb\x1b[0m c", "ab c"},
		"a colour that stays":     {"\x1b[38;5;9mred", "\x1b[38;5;9mred\x1b[0m", "red"},
		"movement":                {"a\x1b[2J\x1b[10;10Hb\x1b[Ac", "abc", "abc"},
		"title":                   {"a\x1b]0;title\ab\x1b]2;x\x1b\\c", "abc", "abc"},
		"a title that never ends": {"a\x1b]0;title", "a", "a"},
		"a question":              {"a\x1b[c\x1b[6n\x1b[?1049hb", "ab", "ab"},
		"a private colour":        {"\x1b[>4;2mx\x1b[?1m", "x", "x"},
		"other controls":          {"a\x00\x07\x08\x0e\x7fb\u009b31mc", "ab31mc", "ab31mc"},
		"a broken sequence":       {"a\x1b[31\u00e9b\x1b", "aéb", "aéb"},
		"a charset":               {"\x1b(0lqk\x1b=\x1bc", "lqk", "lqk"},
		"progress":                {"10%\r20%\r\n", "20%", "20%"},
		"tabs":                    {"a\tb", "a       b", "a       b"},
		"direction":               {"a\u202eb\u2066c", "abc", "abc"},
		"no UTF-8":                {"a\xffb", "a\ufffdb", "a\ufffdb"},
		"a picture":               {"a\x1bPq#0\x1b\\b\x1b_x\x1b\\", "ab", "ab"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := []string{Clean(test.text, true), Clean(test.text, false)}
			if diff := cmp.Diff([]string{test.colors, test.plain}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// isHarmless tells whether a terminal does nothing but show text in colours.
func isHarmless(text string) bool {
	for i := 0; i < len(text); {
		if text[i] == '\x1b' {
			n := controlSequence(text[i:])
			if !strings.HasPrefix(text[i:], "\x1b[") || !isColor(text[i:i+n]) {
				return false
			}
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r < ' ' || r >= '\x7f' && r <= '\u009f' || isDirection(r) || r == utf8.RuneError && size == 1 {
			return false
		}
		i += size
	}
	return true
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"a\x1b[31mb", "\x1b]0;t\a", "\x1b[\x1b[m", "\x1b\x1b[2J", "\x1b[3\x1b]x", "\u009b2J", "a\tb\rc", "\x1b[m\x1b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := Clean(text, true); !isHarmless(got) {
			t.Errorf("%q became %q", text, got)
		}
		if got := Clean(text, false); strings.Contains(got, "\x1b") || !isHarmless(got) {
			t.Errorf("%q became %q without colours", text, got)
		}
	})
}

func FuzzRender(f *testing.F) {
	f.Add("build", "a\x1b[2Jb", "log\x1b]0;t\a", 80, 24)
	f.Add("数据\t", "\u202e", "\r\n", 40, 1)
	f.Add("👩‍👩‍👧", "e\u0301\u0301", "\x1b[", 1, 3)
	f.Fuzz(func(t *testing.T, name, message, log string, width, height int) {
		width, height = 12+(width&0xff), 1+(height&0x3f)
		root := aPipeline()
		root.Walk(func(n *runtree.Node, _ int) bool {
			n.Name += name
			n.Message = message
			return true
		})
		root.Results = []runtree.Result{{Name: name, Value: message}}
		tails := Tails{{Pod: "pod", Container: "step-unit"}: {log}}
		for _, style := range []Style{{}, {Color: true, Unicode: true}} {
			lines := Render(root, tails, width, height, later, style)
			checkSize(t, lines, width, height)
			done(root)
			for _, line := range append(lines, Summary(root, tails, width, later, style)...) {
				if !isHarmless(line) {
					t.Errorf("line %q does more than show text", line)
				}
			}
		}
	})
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0.0s", 59999 * time.Millisecond: "59.9s", time.Minute: "1m00s", 59*time.Minute + 59*time.Second: "59m59s", 25*time.Hour + time.Minute: "25h01m",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%d is written %q, want %q", d, got, want)
		}
	}
}
