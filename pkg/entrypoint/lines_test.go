package entrypoint

import (
	"bufio"
	"os"
	"strings"
	"sync"
)

// lines collects what is written to a pipe and lets tests wait for a line.
type lines struct {
	mu   sync.Mutex
	cond *sync.Cond
	text []string
	end  bool
}

func collectLines(read *os.File) *lines {
	l := &lines{}
	l.cond = sync.NewCond(&l.mu)
	go func() {
		s := bufio.NewScanner(read)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			l.mu.Lock()
			l.text = append(l.text, s.Text())
			l.mu.Unlock()
			l.cond.Broadcast()
		}
		_ = read.Close()
		l.mu.Lock()
		l.end = true
		l.mu.Unlock()
		l.cond.Broadcast()
	}()
	return l
}

// waitFor waits until a line contains text. It returns false if there is none up to the end.
func (l *lines) waitFor(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for _, line := range l.text {
			if strings.Contains(line, text) {
				return true
			}
		}
		if l.end {
			return false
		}
		l.cond.Wait()
	}
}

// all waits for the end and returns everything.
func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.end {
		l.cond.Wait()
	}
	return strings.Join(l.text, "\n")
}
