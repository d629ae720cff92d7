package view

import (
	"strings"
	"unicode/utf8"
)

const escape = '\x1b'

const tabWidth = 8

// Clean makes text of a run fit for a line of a terminal. Colours pass if colors is set, and end with the line; whatever else a terminal
// would obey is taken out: movements of the cursor, titles, questions, other control characters, and marks that change the direction of
// text. Of text that a program has overwritten with carriage returns the last state stays. What is not UTF-8 is replaced.
func Clean(text string, colors bool) string {
	text = strings.TrimRight(text, "\r\n")
	if i := strings.LastIndexByte(text, '\r'); i >= 0 {
		text = text[i+1:]
	}
	if isPlain(text) {
		return text
	}
	c := cleaner{colors: colors}
	c.out.Grow(len(text))
	for i := 0; i < len(text); {
		i += c.next(text[i:])
	}
	if c.isColored {
		c.out.WriteString("\x1b[0m")
	}
	return c.out.String()
}

func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

type cleaner struct {
	out       strings.Builder
	column    int
	colors    bool
	isColored bool
}

// next handles what text begins with, and returns how long that is.
func (c *cleaner) next(text string) int {
	switch b := text[0]; {
	case b == escape:
		return c.sequence(text)
	case b == '\t' || b == '\n':
		n := tabWidth - c.column%tabWidth
		c.out.WriteString("        "[:n])
		c.column += n
		return 1
	case b < ' ' || b == '\x7f':
		return 1
	case b < utf8.RuneSelf:
		c.out.WriteByte(b)
		c.column++
		return 1
	}
	r, size := utf8.DecodeRuneInString(text)
	if !isDirection(r) && (r < '\u0080' || r > '\u009f') {
		c.out.WriteRune(r)
		c.column++
	}
	return size
}

// isDirection tells whether a character is shown as nothing but changes how others are.
func isDirection(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c' ||
		r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

// sequence takes an escape sequence off, and keeps it if it is a colour.
func (c *cleaner) sequence(text string) int {
	if len(text) == 1 {
		return 1
	}
	switch text[1] {
	case '[':
		n := controlSequence(text)
		if seq := text[:n]; c.colors && isColor(seq) {
			c.out.WriteString(seq)
			c.isColored = seq != "\x1b[m" && seq != "\x1b[0m"
		}
		return n
	case ']', 'P', 'X', '^', '_':
		return stringSequence(text)
	}
	n := 1
	for n < len(text) && text[n] >= ' ' && text[n] <= '/' {
		n++
	}
	if n < len(text) && text[n] >= '0' && text[n] <= '~' {
		n++
	}
	return n
}

// controlSequence returns the length of the control sequence that text begins with, up to where it breaks off.
func controlSequence(text string) int {
	n := 2
	for n < len(text) && text[n] >= ' ' && text[n] <= '?' {
		n++
	}
	if n < len(text) && text[n] >= '@' && text[n] <= '~' {
		n++
	}
	return n
}

func isColor(seq string) bool {
	return strings.HasSuffix(seq, "m") && strings.Trim(seq[2:len(seq)-1], "0123456789;:") == ""
}

// stringSequence returns the length of a sequence that goes on until it is ended, or the line is.
func stringSequence(text string) int {
	for n := 2; n < len(text); n++ {
		if text[n] == '\a' {
			return n + 1
		}
		if text[n] == escape && n+1 < len(text) && text[n+1] == '\\' {
			return n + 2
		}
	}
	return len(text)
}

// name makes a name or message one line without colours.
func name(text string) string {
	if isPlain(text) {
		return text
	}
	return Clean(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), " "), false)
}
