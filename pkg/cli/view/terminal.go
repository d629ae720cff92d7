package view

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/runtree"
)

const (
	// calm is the shortest time between two pictures.
	calm = 40 * time.Millisecond
	// maxPending is how many lines of logs may wait for the next picture; containers that write faster wait.
	maxPending = 5000
	// fullTree is how many lines the last picture may have and still show all steps.
	fullTree = 60
)

// Control sequences. Terminals that do not know the synchronized update ignore it.
const (
	beginUpdate = "\x1b[?2026h"
	endUpdate   = "\x1b[?2026l"
	hideCursor  = "\x1b[?25l"
	showCursor  = "\x1b[?25h"
	noWrap      = "\x1b[?7l"
	wrapAgain   = "\x1b[?7h"
	eraseBelow  = "\x1b[J"
	eraseRight  = "\x1b[K"
)

// terminal redraws the tree in place, below the logs, which scroll away as other output does.
type terminal struct {
	*common
	changed chan struct{}
	stop    chan struct{}
	stopped chan struct{}
	drained *sync.Cond
	pending []string
	// drawn is the picture on the screen, and drawnWidth the width that it was made for.
	drawn      []string
	drawnWidth int
}

func newTerminal(c *common) *terminal {
	t := &terminal{common: c, changed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	t.drained = sync.NewCond(&t.mu)
	go t.loop()
	return t
}

// Update implements View.
func (t *terminal) Update(root *runtree.Node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.take(root)
	t.wake()
}

// Note implements View.
func (t *terminal) Note(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending = append(t.pending, t.Style.paint(yellow, name(text)))
	t.wake()
}

// Open implements View.
func (t *terminal) Open(pod *corev1.Pod, container string) io.WriteCloser {
	return open(pod, container, t.line)
}

func (t *terminal) line(from Source, fallback, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep(from, text)
	if t.Logs == LogsAll {
		for len(t.pending) >= maxPending && !t.closed {
			t.drained.Wait()
		}
		t.pending = append(t.pending, t.Style.paint(dim, "["+t.prefix(from, fallback)+"]")+" "+Clean(text, t.Style.Color))
	}
	t.wake()
}

func (t *terminal) wake() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *terminal) loop() {
	defer close(t.stopped)
	ticker := time.NewTicker(spin)
	defer ticker.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-t.changed:
		case <-ticker.C:
		}
		t.mu.Lock()
		t.draw()
		t.mu.Unlock()
		select {
		case <-t.stop:
			return
		case <-time.After(calm):
		}
	}
}

// draw brings the screen up to date.
func (t *terminal) draw() {
	var lines []string
	width, height := t.Size()
	if t.root != nil {
		tails := t.tails
		if t.Logs != LogsFailed {
			tails = nil
		}
		lines = Render(t.root, tails, width, max(1, height-1), t.Now(), t.Style)
	}
	t.put(lines, width, height)
}

// put writes the logs that wait and then a picture over the last one.
func (t *terminal) put(lines []string, width, height int) {
	if len(t.pending) == 0 && equal(lines, t.drawn) && width == t.drawnWidth {
		return
	}
	var out bytes.Buffer
	out.WriteString(beginUpdate + hideCursor)
	if up := t.rowsOnScreen(width, height); up > 0 {
		out.WriteString(ansi.CursorUp(up))
	}
	out.WriteString("\r")
	// What is there is overwritten, not erased first: some terminals keep what is erased among the lines that have scrolled away.
	for _, line := range t.pending {
		over(&out, line, width)
	}
	out.WriteString(noWrap)
	for _, line := range lines {
		over(&out, line, width)
	}
	out.WriteString(wrapAgain + eraseBelow + endUpdate)
	_, _ = t.Out.Write(out.Bytes())
	t.drawn, t.drawnWidth, t.pending = lines, width, nil
	t.drained.Broadcast()
}

// over writes a line over others. One that fills its row has nothing behind it, and erasing there would take its last character.
func over(out *bytes.Buffer, line string, width int) {
	out.WriteString(line)
	if n := ansi.StringWidth(line); n == 0 || width <= 0 || n%width != 0 {
		out.WriteString(eraseRight)
	}
	out.WriteString("\r\n")
}

// rowsOnScreen is how many rows the last picture takes in a terminal of that size: one that became narrower has broken its lines.
func (t *terminal) rowsOnScreen(width, height int) int {
	rows := len(t.drawn)
	if width > 0 && width < t.drawnWidth {
		rows = 0
		for _, line := range t.drawn {
			rows += max(1, (ansi.StringWidth(line)+width-1)/width)
		}
	}
	return min(rows, max(0, height-1))
}

// Close implements View.
func (t *terminal) Close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	close(t.stop)
	t.drained.Broadcast()
	t.mu.Unlock()
	<-t.stopped
	t.mu.Lock()
	defer t.mu.Unlock()
	width, height := t.Size()
	var lines []string
	if t.root != nil {
		lines = append(Whole(t.root, width, t.Now(), t.Style), "")
		tails := t.tails
		if t.Logs == LogsNone {
			tails = nil
		}
		lines = append(lines, Summary(t.root, tails, width, t.Now(), t.Style)...)
	}
	t.put(lines, width, height)
	_, _ = io.WriteString(t.Out, showCursor)
}

// Whole draws the tree of a run that is over, without a limit of its height: with all steps if they are not too many, else with those of
// tasks that failed.
func Whole(root *runtree.Node, width int, now time.Time, style Style) []string {
	lines := Render(root, nil, width, 0, now, style)
	if len(lines) <= fullTree {
		return lines
	}
	if width <= 0 {
		width = noLimit
	}
	p := picture{now: now, detail: detail{steps: stepsActive}}
	return draw(layout(p.of(root, true), style), max(width, minWidth), now, style)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
