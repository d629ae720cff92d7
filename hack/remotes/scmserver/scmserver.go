// Package scmserver is a source code host for tests: it answers for repositories in memory as GitHub (below /api/v3), GitLab (below
// /api/v4) and Gitea (below /api/v1) do, as far as reading one file takes, each in the shape of its public documentation.
package scmserver

import (
	"crypto/sha1" //nolint:gosec // git's name for a file
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Repository is one that the server has.
type Repository struct {
	// Owner is a user, an organization, or a group with its parents ("a/b"), which only GitLab has.
	Owner, Name string
	// Commits are the files of each commit, by its full hash and their path.
	Commits map[string]map[string]Entry
	// Branches and Tags are names of commits.
	Branches, Tags map[string]string
	// Token is needed to read; empty for none.
	Token string
	// CloneURL is told as the address to clone from; empty stands for a path of this server.
	CloneURL string
}

// Entry is something that has a path. Directories are those in the paths of others.
type Entry struct {
	// Content is that of a file, or where a link leads.
	Content string
	// Type is "symlink" or "submodule"; empty for a file.
	Type string
}

// Server is the handler. It can be used by several requests at the same time.
type Server struct {
	repositories []Repository

	mu       sync.Mutex
	requests map[string]int
	faults   []*Fault
}

// New returns a server with repositories.
func New(repositories ...Repository) *Server {
	return &Server{repositories: repositories, requests: map[string]int{}}
}

// Requests returns how often a path, escaped as it was sent and without query, has been asked for.
func (s *Server) Requests(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

// Total returns the number of all requests.
func (s *Server) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, n := range s.requests {
		total += n
	}
	return total
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	s.mu.Lock()
	s.requests[path]++
	fault := s.faultOf(path)
	s.mu.Unlock()
	if fault != nil {
		fault.answer(w, r)
		return
	}
	parts, ok := split(path)
	if r.Method != http.MethodGet || !ok || len(parts) < 3 || parts[0] != "api" {
		http.NotFound(w, r)
		return
	}
	switch api := parts[1]; api {
	case "v3":
		s.gitHub(w, r, parts[2:])
	case "v4":
		s.gitLab(w, r, parts[2:])
	case "v1":
		s.gitea(w, r, parts[2:])
	default:
		http.NotFound(w, r)
	}
}

// split returns the components of a path, each without escapes.
func split(path string) ([]string, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		parts[i] = plain
	}
	return parts, true
}

// repository returns the one with an owner and a name.
func (s *Server) repository(fullName string) *Repository {
	for i := range s.repositories {
		if r := &s.repositories[i]; r.Owner+"/"+r.Name == fullName {
			return r
		}
	}
	return nil
}

// commit returns the hash that a revision stands for: a branch, a tag, a hash, or the beginning of one. Names can have one of prefixes.
func (r *Repository) commit(revision string, branchPrefix, tagPrefix string) (string, bool) {
	if hash, ok := r.Branches[strings.TrimPrefix(revision, branchPrefix)]; ok {
		return hash, true
	}
	if hash, ok := r.Tags[strings.TrimPrefix(revision, tagPrefix)]; ok {
		return hash, true
	}
	for hash := range r.Commits {
		if len(revision) >= 7 && strings.HasPrefix(hash, revision) {
			return hash, true
		}
	}
	return "", false
}

// entry returns what is at a path, and whether it is a directory.
func (r *Repository) entry(hash, path string) (entry Entry, directory, ok bool) {
	files := r.Commits[hash]
	if entry, ok = files[path]; ok {
		return entry, false, true
	}
	for name := range files {
		if strings.HasPrefix(name, path+"/") {
			return Entry{}, true, true
		}
	}
	return Entry{}, false, false
}

func (r *Repository) clone(req *http.Request) string {
	if r.CloneURL != "" {
		return r.CloneURL
	}
	return fmt.Sprintf("http://%s/%s/%s.git", req.Host, r.Owner, r.Name)
}

// access is what a request's token allows.
type access int

const (
	granted   access = iota
	anonymous        // no token where one is needed; hosts hide the repository then
	denied           // another token
)

func (r *Repository) access(token string) access {
	switch {
	case r.Token == "", token == r.Token:
		return granted
	case token == "":
		return anonymous
	default:
		return denied
	}
}

// authorization returns the token of the header, if it has one of the schemes.
func authorization(r *http.Request, schemes ...string) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for _, s := range schemes {
		if strings.EqualFold(s, scheme) {
			return token
		}
	}
	// A scheme that the host does not know is no login; what it answers is that of a wrong one.
	return scheme + token
}

// object is what becomes JSON.
type object map[string]any

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// blob is git's name for a file.
func blob(content string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content)) //nolint:gosec // not for security
	return hex.EncodeToString(sum[:])
}

// lines is content in base64 as GitHub sends it, in lines of 60 characters that end with a line break.
func lines(content string) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(content))
	var out strings.Builder
	for len(encoded) > 60 {
		out.WriteString(encoded[:60] + "\n")
		encoded = encoded[60:]
	}
	if encoded != "" {
		out.WriteString(encoded + "\n")
	}
	return out.String()
}

// base is the last component of a path.
func base(path string) string { return path[strings.LastIndex(path, "/")+1:] }
