// Package oddserver is an HTTP server for tests of programs that fetch documents: it redirects, dawdles, goes on for ever, asks for a
// login, and remembers what it was asked. It is for tests only: everybody may read what it remembers.
//
//	/file/NAME       a document
//	/login           the document "login", for whoever sends the name and the password
//	/redirect?to=URL redirects there
//	/redirects/N     redirects N times, to itself, and then to /file/NAME of the parameter file
//	/status/N        answers with that status and some text
//	/big/N           N bytes
//	/endless         bytes until the client has enough
//	/slow            no answer until the client has enough
//	/gzip            a small compressed answer that is 64 MiB large
//	/seen            what it was asked, in JSON
package oddserver

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// bomb is the size of the answer of /gzip when it is decompressed, most the largest one of /big, both in bytes; remembered is
// the number of logins that are kept.
const (
	bomb       = 64 << 20
	most       = 64 << 20
	remembered = 1000
)

// Body is the text of answers of /status, for tests to look for.
const Body = "the body of an answer"

// Config says what a server has.
type Config struct {
	// Files are the documents by name.
	Files map[string][]byte
	// User and Password are what /login asks for.
	User, Password string
}

// Login is an Authorization header.
type Login struct {
	Path          string `json:"path"`
	Authorization string `json:"authorization"`
}

// Seen is what a server was asked.
type Seen struct {
	// Requests is the number of requests by path.
	Requests map[string]int `json:"requests"`
	// Logins are the Authorization headers of requests that had one, at most 1000.
	Logins []Login `json:"logins"`
	// Referers are the Referer headers, likewise.
	Referers []string `json:"referers"`
}

// Server is an http.Handler. It is safe for concurrent use.
type Server struct {
	config Config
	mux    *http.ServeMux

	mu   sync.Mutex
	seen Seen
}

// New returns a server.
func New(config Config) *Server {
	s := &Server{config: config, mux: http.NewServeMux(), seen: Seen{Requests: map[string]int{}}}
	s.mux.HandleFunc("/file/{name}", func(w http.ResponseWriter, r *http.Request) { s.file(w, r, r.PathValue("name")) })
	s.mux.HandleFunc("/login", s.login)
	s.mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.FormValue("to"))
		w.WriteHeader(http.StatusFound)
	})
	s.mux.HandleFunc("/redirects/{n}", redirects)
	s.mux.HandleFunc("/status/{n}", status)
	s.mux.HandleFunc("/big/{n}", big)
	s.mux.HandleFunc("/endless", endless)
	s.mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s.mux.HandleFunc("/gzip", compressed)
	s.mux.HandleFunc("/seen", s.tell)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/seen" {
		s.note(r)
	}
	s.mux.ServeHTTP(w, r)
}

// Seen returns what the server was asked so far.
func (s *Server) Seen() Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Seen{Requests: map[string]int{}, Logins: append([]Login{}, s.seen.Logins...), Referers: append([]string{}, s.seen.Referers...)}
	for path, n := range s.seen.Requests {
		out.Requests[path] = n
	}
	return out
}

func (s *Server) note(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen.Requests) < remembered || s.seen.Requests[r.URL.Path] > 0 {
		s.seen.Requests[r.URL.Path]++
	}
	if login := r.Header.Get("Authorization"); login != "" && len(s.seen.Logins) < remembered {
		s.seen.Logins = append(s.seen.Logins, Login{r.URL.Path, login})
	}
	if from := r.Referer(); from != "" && len(s.seen.Referers) < remembered {
		s.seen.Referers = append(s.seen.Referers, from)
	}
}

func (s *Server) tell(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.Seen())
}

func (s *Server) file(w http.ResponseWriter, r *http.Request, name string) {
	data, ok := s.config.Files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(data)
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if user != s.config.User || password != s.config.Password {
		w.Header().Set("WWW-Authenticate", `Basic realm="odd"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.file(w, r, "login")
}

// number returns the number in the path, or answers that there is none.
func number(w http.ResponseWriter, r *http.Request) (int, bool) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n > most {
		http.Error(w, "want a number in the path", http.StatusBadRequest)
		return 0, false
	}
	return n, true
}

func redirects(w http.ResponseWriter, r *http.Request) {
	n, ok := number(w, r)
	if !ok {
		return
	}
	file := url.PathEscape(r.FormValue("file"))
	to := fmt.Sprintf("/redirects/%d?file=%s", n-1, file)
	if n <= 1 {
		to = "/file/" + file
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

func status(w http.ResponseWriter, r *http.Request) {
	n, ok := number(w, r)
	if !ok {
		return
	}
	if n < 200 || n > 599 {
		http.Error(w, "want a status from 200 to 599", http.StatusBadRequest)
		return
	}
	w.WriteHeader(n)
	_, _ = io.WriteString(w, Body)
}

// repeat writes n bytes, or until the client has enough.
func repeat(w io.Writer, n int) {
	block := bytes.Repeat([]byte("# more\n"), 1024)
	for n > 0 {
		block = block[:min(n, len(block))]
		if _, err := w.Write(block); err != nil {
			return
		}
		n -= len(block)
	}
}

func big(w http.ResponseWriter, r *http.Request) {
	if n, ok := number(w, r); ok {
		repeat(w, n)
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		repeat(w, most)
	}
}

func compressed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	repeat(z, bomb)
	_ = z.Close()
}
