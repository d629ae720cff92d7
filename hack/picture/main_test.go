package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	green := style{color: palette[2]}
	got, err := read(strings.NewReader("\x1b[32m✓\x1b[0m ok \x1b[1;38;5;196mred\x1b[m\n\x1b[2mfaint <&>\nstill\x1b[0m\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]span{
		{{green, 0, "✓"}, {style{}, 1, " ok "}, {style{color: "rgb(255,0,0)", bold: true}, 5, "red"}},
		{{style{faint: true}, 0, "faint <&>"}},
		{{style{faint: true}, 0, "still"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(span{}, style{})); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if picture := draw(got, "<title>"); !strings.Contains(picture, "faint &lt;&amp;&gt;") || strings.Contains(picture, "<title>") {
		t.Errorf("text is not escaped:\n%s", picture)
	}
}
