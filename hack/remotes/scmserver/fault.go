package scmserver

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is an answer that is not what was asked for.
type Fault struct {
	// Path is a part of the paths, escaped as they were sent, that are answered like this.
	Path string
	// Times is how often; 0 for always.
	Times int
	// Status is that of the answer; 0 for 200.
	Status int
	// Header is added to the answer.
	Header map[string]string
	// Redirect is where the request is sent, with the path and query that it has; empty for nowhere.
	Redirect string
	// Body is the answer's beginning.
	Body string
	// Size is the number of bytes of the answer; those after Body are spaces.
	Size int64
	// Endless is an answer that goes on slowly for as long as somebody reads it.
	Endless bool
	// Silent is no answer for as long as somebody waits for it.
	Silent bool
}

// Break makes the server answer wrongly. Of several faults for a path the first that is left is used.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	s.faults = append(s.faults, &f)
}

func (s *Server) faultOf(path string) *Fault {
	for _, f := range s.faults {
		if strings.Contains(path, f.Path) && f.Times != 0 {
			f.Times--
			return f
		}
	}
	return nil
}

// drip is the time between two bytes of an endless answer.
const drip = 10 * time.Millisecond

func (f *Fault) answer(w http.ResponseWriter, r *http.Request) {
	if f.Silent {
		<-r.Context().Done()
		return
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	status := f.Status
	if f.Redirect != "" {
		w.Header().Set("Location", strings.TrimSuffix(f.Redirect, "/")+r.URL.RequestURI())
		if status == 0 {
			status = http.StatusTemporaryRedirect
		}
	}
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, f.Body)
	if left := f.Size - int64(len(f.Body)); left > 0 {
		_, _ = io.CopyN(w, spaces{}, left)
	}
	for f.Endless && r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(drip)
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
