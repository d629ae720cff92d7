package graph

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Sides of a cell that lines go to.
const (
	north uint8 = 1 << iota
	east
	south
	west
)

// strokes are the characters of lines by the sides they go to.
var strokes = [16]string{" ", "│", "─", "╰", "│", "│", "╭", "├", "─", "╯", "─", "┴", "╮", "┤", "┬", "┼"}

// canvas is a field of cells, x to the right and y down.
type canvas struct {
	width, height int
	cells         []cell
}

// cell is one column of a line.
type cell struct {
	// text is what begins here; covered says that it is under a text that began before.
	text    string
	covered bool
	// sides are those that lines of a net go to. Lines of different nets pass each other without meeting.
	sides uint8
	net   int
}

func newCanvas(width, height int) *canvas {
	return &canvas{width: width, height: height, cells: make([]cell, width*height)}
}

func (c *canvas) at(x, y int) *cell {
	if x < 0 || y < 0 || x >= c.width || y >= c.height {
		return &cell{}
	}
	return &c.cells[y*c.width+x]
}

// write puts a text at a place.
func (c *canvas) write(x, y int, text string) {
	*c.at(x, y) = cell{text: text}
	for i := 1; i < ansi.StringWidth(text); i++ {
		*c.at(x+i, y) = cell{covered: true}
	}
}

// join lets the lines of a net go to sides of a cell. Where another net is, the one that goes up and down is drawn.
func (c *canvas) join(x, y, net int, sides uint8) {
	at := c.at(x, y)
	switch {
	case at.sides == 0 || at.net == net:
		at.sides |= sides
		at.net = net
	case sides == north|south:
		at.sides, at.net = sides, net
	}
}

// down draws a line of a net from y to end, both included.
func (c *canvas) down(x, y, end, net int) {
	for ; y <= end; y++ {
		c.join(x, y, net, north|south)
	}
}

// box draws a box with lines of text in its middle.
func (c *canvas) box(x, y, width int, lines []string, heavy bool) {
	corners, across, upright := [4]string{"┌", "┐", "└", "┘"}, "─", "│"
	if heavy {
		corners, across, upright = [4]string{"┏", "┓", "┗", "┛"}, "━", "┃"
	}
	bottom := y + len(lines) + 1
	c.write(x, y, corners[0]+strings.Repeat(across, width-2)+corners[1])
	for i, line := range lines {
		c.write(x, y+1+i, upright+center(line, width-2)+upright)
	}
	// The lower edge is in single cells, since lines begin in it.
	c.write(x, bottom, corners[2])
	for i := 1; i < width-1; i++ {
		c.write(x+i, bottom, across)
	}
	c.write(x+width-1, bottom, corners[3])
}

func center(text string, width int) string {
	left := (width - ansi.StringWidth(text)) / 2
	return strings.Repeat(" ", max(0, left)) + text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)-left))
}

// lines returns the canvas as text, without blanks at the ends.
func (c *canvas) lines() []string {
	lines := make([]string, c.height)
	for y := range lines {
		var b strings.Builder
		for x := range c.width {
			at := c.at(x, y)
			switch {
			case at.covered:
			case at.text != "":
				b.WriteString(at.text)
			default:
				b.WriteString(strokes[at.sides])
			}
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
