// Package hubserver answers like Artifact Hub and like Tekton Hub, for tests of programs that ask them: the parts of both APIs that
// get a resource and its versions, in the shape that their public documentation describes.
//
//	/api/v1/packages/tekton-KIND/CATALOG/NAME             Artifact Hub: the newest version, and which versions there are
//	/api/v1/packages/tekton-KIND/CATALOG/NAME/VERSION     Artifact Hub: one version
//	/v1/resource/CATALOG/KIND/NAME                        Tekton Hub: which versions there are
//	/v1/resource/CATALOG/KIND/NAME/VERSION/yaml           Tekton Hub: one version
//	/seen                                                 the number of requests by path, in JSON
package hubserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
)

// remembered is the number of paths whose requests are counted.
const remembered = 1000

// Resource is one version of a definition.
type Resource struct {
	// Kind is task, pipeline or stepaction.
	Kind, Catalog, Name string
	// Version has three numbers. Tekton Hub, whose versions have two, leaves the last one away.
	Version string
	// Prerelease marks the version at Artifact Hub.
	Prerelease bool
	// Document is the definition.
	Document string
}

// Server is an http.Handler. It is safe for concurrent use.
type Server struct {
	resources []Resource
	mux       *http.ServeMux

	mu   sync.Mutex
	seen map[string]int
}

// New returns a server that has the resources; those of one name have to be in the order of their versions.
func New(resources []Resource) *Server {
	s := &Server{resources: resources, mux: http.NewServeMux(), seen: map[string]int{}}
	s.mux.HandleFunc("GET /api/v1/packages/{kind}/{catalog}/{name}", s.artifact)
	s.mux.HandleFunc("GET /api/v1/packages/{kind}/{catalog}/{name}/{version}", s.artifact)
	s.mux.HandleFunc("GET /v1/resource/{catalog}/{kind}/{name}", s.tektonVersions)
	s.mux.HandleFunc("GET /v1/resource/{catalog}/{kind}/{name}/{version}/yaml", s.tektonYAML)
	s.mux.HandleFunc("GET /seen", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, s.Seen()) })
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/seen" {
		s.mu.Lock()
		if path := r.URL.EscapedPath(); len(s.seen) < remembered || s.seen[path] > 0 {
			s.seen[path]++
		}
		s.mu.Unlock()
	}
	s.mux.ServeHTTP(w, r)
}

// Seen returns the number of requests by path.
func (s *Server) Seen() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.seen)
}

// find returns all versions of what a request is about.
func (s *Server) find(r *http.Request, kind string) []Resource {
	var out []Resource
	for _, res := range s.resources {
		if res.Kind == kind && res.Catalog == r.PathValue("catalog") && res.Name == r.PathValue("name") {
			out = append(out, res)
		}
	}
	return out
}

type object map[string]any

// artifact answers for one version, the newest that is no pre-release if none is asked for.
func (s *Server) artifact(w http.ResponseWriter, r *http.Request) {
	kind, ok := strings.CutPrefix(r.PathValue("kind"), "tekton-")
	all := s.find(r, kind)
	var found *Resource
	available := []object{}
	for i, res := range all {
		available = append(available, object{"version": res.Version, "contains_security_updates": false, "prerelease": res.Prerelease, "ts": 1700000000 + i})
		if v := r.PathValue("version"); v == res.Version || v == "" && !res.Prerelease {
			found = &all[i]
		}
	}
	if !ok || found == nil {
		reply(w, http.StatusNotFound, object{"message": "not found"})
		return
	}
	reply(w, http.StatusOK, object{
		"package_id": "00000000-0000-0000-0000-000000000000", "name": found.Name, "normalized_name": found.Name,
		"version": found.Version, "prerelease": found.Prerelease, "available_versions": available,
		"data":       object{"manifestRaw": found.Document, "pipelines.minVersion": "0.17.0"},
		"repository": object{"name": found.Catalog, "kind": 7, "url": "https://example.com/catalog"},
	})
}

// short is a version of Tekton Hub.
func short(version string) string {
	if strings.Count(version, ".") == 2 {
		return version[:strings.LastIndex(version, ".")]
	}
	return version
}

func (s *Server) tektonVersions(w http.ResponseWriter, r *http.Request) {
	all := s.find(r, r.PathValue("kind"))
	if len(all) == 0 {
		notFound(w)
		return
	}
	versions := []object{}
	for i, res := range all {
		versions = append(versions, object{"id": i + 1, "version": short(res.Version)})
	}
	latest := all[len(all)-1]
	reply(w, http.StatusOK, object{"data": object{
		"id": 1, "name": latest.Name, "kind": latest.Kind, "catalog": object{"id": 1, "name": latest.Catalog, "type": "community"},
		"latestVersion": versions[len(versions)-1], "versions": versions,
	}})
}

func (s *Server) tektonYAML(w http.ResponseWriter, r *http.Request) {
	for _, res := range s.find(r, r.PathValue("kind")) {
		if short(res.Version) == r.PathValue("version") {
			reply(w, http.StatusOK, object{"data": object{"yaml": res.Document}})
			return
		}
	}
	notFound(w)
}

func notFound(w http.ResponseWriter) {
	reply(w, http.StatusNotFound, object{"name": "not-found", "id": "1", "message": "resource not found"})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
