package view

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func TestPlain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	v := New(Options{Out: &out, Now: at(later)})
	v.Update(aPipeline())
	v.Update(aPipeline())
	w := v.Open(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Labels: map[string]string{"tekton.dev/pipelineTask": "test"}}}, "step-unit")
	_, _ = w.Write([]byte("one\ntwo \x1b[2J"))
	_ = w.Close()
	_, _ = v.Open(&corev1.Pod{}, "prepare").Write([]byte("hidden\n"))
	v.Note("Warning: \x1b[31mred")
	v.Update(done(aPipeline()))
	v.Close()
	v.Close()
	golden(t, "plain", strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"))
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	v := New(Options{Out: &out, Now: at(later), Quiet: true})
	v.Update(aTask("hello", runtree.Succeeded, 0, 3))
	v.Close()
	if diff := cmp.Diff("+ hello succeeded after 3.0s\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTerminalLeavesTheEnd(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	v := New(Options{Out: &out, Now: at(later), Size: func() (int, int) { return 80, 24 }})
	v.Update(aTask("hello", runtree.Running, 0, 0))
	w := v.Open(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}, "step-a")
	_, _ = w.Write([]byte("a line\n"))
	v.Update(aTask("hello", runtree.Succeeded, 0, 3))
	v.Close()
	for _, want := range []string{"[p a] a line", "+ hello succeeded after 3.0s", showCursor} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %q", want, out.String())
		}
	}
}

func TestTimesAreMoreExactThanThoseOfTheAPI(t *testing.T) {
	t.Parallel()
	c := newClock()
	n := aTask("a", runtree.Running, 0, 0, aStep("s", runtree.Running, 0, 0))
	c.refine(n, began.Add(700*time.Millisecond))
	n = aTask("a", runtree.Succeeded, 0, 1, aStep("s", runtree.Succeeded, 0, 1))
	c.refine(n, began.Add(1900*time.Millisecond))
	if got := n.Children[0].Duration(later); got != 1200*time.Millisecond {
		t.Errorf("the step took %s", got)
	}
	old := aTask("b", runtree.Succeeded, 0, 1)
	c.refine(old, later)
	if got := old.Duration(later); got != time.Second {
		t.Errorf("the task that ended long ago took %s", got)
	}
}

func TestLongLinesAreBroken(t *testing.T) {
	t.Parallel()
	var lengths []int
	w := &lineWriter{emit: func(line string) { lengths = append(lengths, len(line)) }}
	_, _ = w.Write(bytes.Repeat([]byte("x"), maxLine+10))
	_, _ = w.Write([]byte("\n"))
	if diff := cmp.Diff([]int{maxLine, 10}, lengths); diff != "" {
		t.Error(diff)
	}
}

func TestRandomTextIsHarmless(t *testing.T) {
	t.Parallel()
	parts := []string{"\x1b", "[", "]", "m", "31", ";", "\a", "\\", "a", "é", "\u009b", "\xff", "\r", "\t", "P", "?", "H", "\u202e", "数"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var text strings.Builder
		for range random.IntN(12) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		if got := Clean(text.String(), true); !isHarmless(got) {
			t.Fatalf("%q became %q", text.String(), got)
		}
	}
}
