package scmserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
)

// gitLab answers projects/ID, projects/ID/repository/commits/REF and projects/ID/repository/files/PATH, where ID, REF and PATH are one
// component each.
func (s *Server) gitLab(w http.ResponseWriter, r *http.Request, parts []string) {
	if len(parts) < 2 || parts[0] != "projects" {
		reply(w, http.StatusNotFound, object{"error": "404 Not Found"})
		return
	}
	repo := s.repository(parts[1])
	if repo == nil {
		reply(w, http.StatusNotFound, object{"message": "404 Project Not Found"})
		return
	}
	token := r.Header.Get("Private-Token")
	if token == "" {
		token = authorization(r, "bearer")
	}
	switch repo.access(token) {
	case anonymous:
		reply(w, http.StatusNotFound, object{"message": "404 Project Not Found"})
		return
	case denied:
		reply(w, http.StatusUnauthorized, object{"message": "401 Unauthorized"})
		return
	}
	switch {
	case len(parts) == 2:
		reply(w, http.StatusOK, repo.gitLab(r))
	case len(parts) == 5 && parts[2] == "repository" && parts[3] == "commits":
		hash, ok := repo.commit(parts[4], "refs/heads/", "refs/tags/")
		if !ok {
			reply(w, http.StatusNotFound, object{"message": "404 Commit Not Found"})
			return
		}
		reply(w, http.StatusOK, gitLabCommit(hash))
	case len(parts) == 5 && parts[2] == "repository" && parts[3] == "files":
		repo.gitLabFile(w, r, parts[4])
	default:
		reply(w, http.StatusNotFound, object{"error": "404 Not Found"})
	}
}

func (r *Repository) gitLab(req *http.Request) object {
	return object{
		"id": 3, "name": r.Name, "path": r.Name, "path_with_namespace": r.Owner + "/" + r.Name, "default_branch": "main",
		"visibility": "private", "ssh_url_to_repo": "git@" + req.Host + ":" + r.Owner + "/" + r.Name + ".git",
		"http_url_to_repo": r.clone(req), "web_url": strings.TrimSuffix(r.clone(req), ".git"), "created_at": "2013-09-30T13:46:02Z",
		"namespace":   object{"id": 3, "name": base(r.Owner), "path": base(r.Owner), "kind": "group", "full_path": r.Owner},
		"permissions": object{"project_access": nil, "group_access": object{"access_level": 20, "notification_level": 3}},
	}
}

func gitLabCommit(hash string) object {
	return object{
		"id": hash, "short_id": hash[:8], "title": "m", "message": "m\n", "author_name": "A", "author_email": "a@example.com",
		"committer_name": "A", "committer_email": "a@example.com", "created_at": "2012-09-20T11:50:22.001+00:00",
		"authored_date": "2012-09-20T09:06:12.201+00:00", "committed_date": "2012-09-20T09:06:12.201+00:00", "parent_ids": []string{},
		"web_url": "https://gitlab.example/commit/" + hash, "stats": object{"additions": 1, "deletions": 0, "total": 1}, "status": nil,
	}
}

// gitLabFile sends a link as a file with the path that it leads to, as GitLab does.
func (r *Repository) gitLabFile(w http.ResponseWriter, req *http.Request, path string) {
	hash, ok := r.commit(req.URL.Query().Get("ref"), "refs/heads/", "refs/tags/")
	if !ok {
		reply(w, http.StatusNotFound, object{"message": "404 Commit Not Found"})
		return
	}
	entry, directory, ok := r.entry(hash, path)
	if !ok || directory || entry.Type == "submodule" {
		reply(w, http.StatusNotFound, object{"message": "404 File Not Found"})
		return
	}
	sum := sha256.Sum256([]byte(entry.Content))
	reply(w, http.StatusOK, object{
		"file_name": base(path), "file_path": path, "size": len(entry.Content), "encoding": "base64",
		"content": base64.StdEncoding.EncodeToString([]byte(entry.Content)), "content_sha256": hex.EncodeToString(sum[:]),
		"ref": req.URL.Query().Get("ref"), "blob_id": blob(entry.Content), "commit_id": hash, "last_commit_id": hash, "execute_filemode": false,
	})
}
