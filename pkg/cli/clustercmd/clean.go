package clustercmd

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// plainText makes one line of a text that anybody may have written, without anything that a terminal obeys.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		default:
			return r
		}
	}, ansi.Strip(strings.ToValidUTF8(text, "\uFFFD")))
}

// logLine makes a line of a log fit for a terminal: of what was overwritten the last state stays.
func logLine(text string) string {
	text = strings.TrimRight(text, "\r\n")
	if i := strings.LastIndexByte(text, '\r'); i >= 0 {
		text = text[i+1:]
	}
	return plainText(strings.ReplaceAll(text, "\t", "    "))
}
