package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

// Style is what a terminal can show.
type Style struct {
	// Color allows colours, Unicode signs that are not ASCII.
	Color, Unicode bool
}

// Attributes of text.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	bold   = "1"
	dim    = "2"
)

// paint gives text an attribute; an empty one is none.
func (s Style) paint(attribute, text string) string {
	if !s.Color || attribute == "" || text == "" {
		return text
	}
	return "\x1b[" + attribute + "m" + text + "\x1b[0m"
}

var (
	spinner      = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	asciiSpinner = []string{"|", "/", "-", "\\"}
)

// spin is how long one picture of the spinner stands.
const spin = 100 * time.Millisecond

// glyph is the sign of a state, one cell wide, with its attribute.
func (s Style) glyph(state runtree.State, isIgnored bool, now time.Time) (sign, attribute string) {
	unicode, ascii := "?", "?"
	switch state {
	case runtree.Waiting:
		unicode, ascii, attribute = "○", ".", dim
	case runtree.Running:
		frame := int(now.UnixNano() / int64(spin))
		unicode, ascii, attribute = spinner[frame%len(spinner)], asciiSpinner[frame%len(asciiSpinner)], cyan
	case runtree.Succeeded:
		unicode, ascii, attribute = "✓", "+", green
	case runtree.Failed:
		unicode, ascii, attribute = "✗", "x", red
	case runtree.TimedOut:
		unicode, ascii, attribute = "✗", "x", red
	case runtree.Cancelled:
		unicode, ascii, attribute = "⊘", "o", yellow
	case runtree.Skipped:
		unicode, ascii, attribute = "−", "-", dim
	}
	if isIgnored {
		unicode, ascii, attribute = "!", "!", yellow
	}
	if s.Unicode {
		return unicode, attribute
	}
	return ascii, attribute
}

// cut shortens text to a width in cells, with a mark that something is missing. A width of 0 or less leaves nothing.
func (s Style) cut(text string, width int) string {
	if width <= 0 {
		return ""
	}
	mark := "…"
	if !s.Unicode {
		mark = "~"
	}
	return ansi.Truncate(text, width, mark)
}

// pick returns the first if signs that are not ASCII can be shown, else the second.
func (s Style) pick(unicode, ascii string) string {
	if s.Unicode {
		return unicode
	}
	return ascii
}

// pad fills text up to a width in cells.
func pad(text string, width int) string {
	if n := width - ansi.StringWidth(text); n > 0 {
		return text + strings.Repeat(" ", n)
	}
	return text
}

// Duration writes a duration for people: 3.2s, 4m05s, 1h02m.
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(time.Second/10).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}
