package cli

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"github.com/tenon-ci/tenon/pkg/cli/view"
)

// console returns what is known about where the view goes; color is auto, always or never.
func (p *Program) console(out io.Writer, color string) (view.Options, error) {
	o := view.Options{Out: out, Style: view.Style{Unicode: isUTF8(p.Getenv)}}
	isSmart := p.Getenv("TERM") != "dumb"
	if f, ok := out.(*os.File); ok && isSmart && isTerminalFile(f) {
		o.Size = func() (int, int) {
			width, height, err := term.GetSize(int(f.Fd()))
			if err != nil || width <= 0 || height <= 0 {
				return 80, 24
			}
			return width, height
		}
	}
	switch color {
	case "auto":
		o.Style.Color = o.Size != nil && p.Getenv("NO_COLOR") == ""
	case "always":
		o.Style.Color = true
	case "never":
	default:
		return o, refused(fmt.Errorf("--color %s: it has to be auto, always or never", color))
	}
	return o, nil
}

// isUTF8 tells whether the locale has characters that are not ASCII.
func isUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS != "linux"
}

// isTerminalFile tells whether an input or output is a terminal.
func isTerminalFile(what any) bool {
	f, ok := what.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
