// Command picture turns the text of a terminal, with its colours, into an SVG picture:
//
//	tmux capture-pane -p -e | picture -title "tenon run" >live-view.svg
package main

import (
	"bufio"
	"flag"
	"fmt"
	"html"
	"io"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Sizes of a character cell and of the frame, in pixels.
const (
	cellWidth  = 8.4
	lineHeight = 19
	fontSize   = 14
	margin     = 16
	titleBar   = 34
)

func main() {
	log.SetFlags(0)
	title := flag.String("title", "", "Title of the window.")
	flag.Parse()
	lines, err := read(os.Stdin)
	if err != nil {
		log.Fatal("picture: ", err)
	}
	if _, err := io.WriteString(os.Stdout, draw(lines, *title)); err != nil {
		log.Fatal("picture: ", err)
	}
}

// style is how a piece of text looks.
type style struct {
	color       string
	bold, faint bool
}

// span is a piece of a line that looks the same all over; at is its first column.
type span struct {
	style
	at   int
	text string
}

func read(r io.Reader) ([][]span, error) {
	var lines [][]span
	var s style
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		var line []span
		line, s = split(scanner.Text(), s)
		lines = append(lines, line)
	}
	for len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines, scanner.Err()
}

// split takes a line apart, beginning with the style of the end of the one before.
func split(text string, s style) ([]span, style) {
	var spans []span
	var state byte
	column := 0
	parser := ansi.NewParser()
	for len(text) > 0 {
		sequence, width, n, next := ansi.DecodeSequence(text, state, parser)
		state, text = next, text[n:]
		switch {
		case width > 0:
			if last := len(spans) - 1; last >= 0 && spans[last].style == s {
				spans[last].text += sequence
			} else {
				spans = append(spans, span{s, column, sequence})
			}
			column += width
		case strings.HasPrefix(sequence, "\x1b[") && strings.HasSuffix(sequence, "m"):
			s = s.changed(strings.Split(sequence[2:len(sequence)-1], ";"))
		}
	}
	return spans, s
}

// changed returns the style after an SGR sequence.
func (s style) changed(codes []string) style {
	for i := 0; i < len(codes); i++ {
		code, err := strconv.Atoi(codes[i])
		switch {
		case err != nil || code == 0:
			s = style{}
		case code == 1:
			s.bold = true
		case code == 2:
			s.faint = true
		case code == 22:
			s.bold, s.faint = false, false
		case code >= 30 && code <= 37:
			s.color = palette[code-30]
		case code >= 90 && code <= 97:
			s.color = palette[code-90+8]
		case code == 39:
			s.color = ""
		case code == 38 && i+2 < len(codes) && codes[i+1] == "5":
			if n, err := strconv.Atoi(codes[i+2]); err == nil {
				s.color = indexed(n)
			}
			i += 2
		case code == 38 && i+4 < len(codes) && codes[i+1] == "2":
			s.color = fmt.Sprintf("rgb(%s,%s,%s)", codes[i+2], codes[i+3], codes[i+4])
			i += 4
		}
	}
	return s
}

// palette are the sixteen colours, readable on the dark background.
var palette = [16]string{
	"#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0",
	"#7f848e", "#ef7c85", "#a8d389", "#f5d08b", "#71bfff", "#d688ed", "#66c6d2", "#ffffff",
}

// indexed returns one of the 256 colours.
func indexed(n int) string {
	switch {
	case n < 0 || n > 255:
		return ""
	case n < 16:
		return palette[n]
	case n >= 232:
		gray := 8 + (n-232)*10
		return fmt.Sprintf("rgb(%d,%d,%d)", gray, gray, gray)
	}
	level := func(l int) int {
		if l == 0 {
			return 0
		}
		return 55 + l*40
	}
	n -= 16
	return fmt.Sprintf("rgb(%d,%d,%d)", level(n/36), level(n/6%6), level(n%6))
}

func draw(lines [][]span, title string) string {
	columns := 60
	for _, line := range lines {
		for _, s := range line {
			columns = max(columns, s.at+ansi.StringWidth(s.text))
		}
	}
	width := int(float64(columns)*cellWidth) + 2*margin
	height := titleBar + len(lines)*lineHeight + margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#21252b"/>`+"\n", width, height)
	for i, color := range []string{"#e06c75", "#e5c07b", "#98c379"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="17" r="6" fill="%s"/>`+"\n", 20+i*20, color)
	}
	fmt.Fprintf(&b, `<text x="%d" y="22" text-anchor="middle" font-family="sans-serif" font-size="13" fill="#9da5b4">%s</text>`+"\n",
		width/2, html.EscapeString(title))
	fmt.Fprintf(&b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="%d" fill="#d7dae0" xml:space="preserve">`+"\n", fontSize)
	for i, line := range lines {
		for _, s := range line {
			b.WriteString(s.element(titleBar + (i+1)*lineHeight - 5))
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// element is the SVG of a span. Its length is given, so that columns stay in line in any font.
func (s span) element(y int) string {
	text := strings.TrimRight(s.text, " ")
	if text == "" {
		return ""
	}
	var look strings.Builder
	if s.color != "" {
		fmt.Fprintf(&look, ` fill="%s"`, s.color)
	}
	if s.bold {
		look.WriteString(` font-weight="bold"`)
	}
	if s.faint {
		look.WriteString(` opacity="0.65"`)
	}
	length := float64(ansi.StringWidth(text)) * cellWidth
	return fmt.Sprintf(`<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>`+"\n",
		margin+float64(s.at)*cellWidth, y, length, look.String(), html.EscapeString(text))
}
