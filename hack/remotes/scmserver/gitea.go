package scmserver

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// gitea answers version, repos/OWNER/NAME, repos/OWNER/NAME/git/commits/REF, where REF is one component, and
// repos/OWNER/NAME/contents/PATH.
func (s *Server) gitea(w http.ResponseWriter, r *http.Request, parts []string) {
	if len(parts) == 1 && parts[0] == "version" {
		reply(w, http.StatusOK, object{"version": "1.24.6"})
		return
	}
	notFound := func() {
		reply(w, http.StatusNotFound, object{"message": "GetUserByName", "url": "http://" + r.Host + "/api/swagger", "errors": []string{}})
	}
	if len(parts) < 3 || parts[0] != "repos" {
		notFound()
		return
	}
	repo := s.repository(parts[1] + "/" + parts[2])
	if repo == nil {
		notFound()
		return
	}
	switch repo.access(authorization(r, "token", "bearer")) {
	case anonymous:
		notFound()
		return
	case denied:
		reply(w, http.StatusUnauthorized, object{"message": "invalid username, password or token", "url": "http://" + r.Host + "/api/swagger"})
		return
	}
	switch {
	case len(parts) == 3:
		reply(w, http.StatusOK, repo.gitea(r))
	case len(parts) == 6 && parts[3] == "git" && parts[4] == "commits":
		hash, ok := repo.commit(parts[5], "refs/heads/", "refs/tags/")
		if !ok {
			notFound()
			return
		}
		reply(w, http.StatusOK, giteaCommit(hash))
	case parts[3] == "contents":
		path := strings.Join(parts[4:], "/")
		hash, found := repo.commit(r.URL.Query().Get("ref"), "refs/heads/", "refs/tags/")
		entry, directory, ok := repo.entry(hash, path)
		switch {
		case !found, !ok:
			notFound()
		case directory:
			reply(w, http.StatusOK, []object{giteaEntry(path+"/f", Entry{})})
		default:
			reply(w, http.StatusOK, giteaEntry(path, entry))
		}
	default:
		notFound()
	}
}

func (r *Repository) gitea(req *http.Request) object {
	return object{
		"id": 1, "owner": object{"id": 1, "login": r.Owner, "username": r.Owner}, "name": r.Name, "full_name": r.Owner + "/" + r.Name,
		"private": r.Token != "", "html_url": strings.TrimSuffix(r.clone(req), ".git"), "clone_url": r.clone(req),
		"ssh_url": "git@" + req.Host + ":" + r.Owner + "/" + r.Name + ".git", "default_branch": "main",
		"created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z",
		"permissions": object{"admin": false, "push": false, "pull": true},
	}
}

func giteaCommit(hash string) object {
	person := object{"name": "A", "email": "a@example.com", "date": "2024-01-01T00:00:00Z"}
	return object{
		"url": "u", "sha": hash, "created": "2024-01-01T00:00:00Z", "html_url": "https://gitea.example/commit/" + hash,
		"commit": object{"url": "u", "author": person, "committer": person, "message": "m", "tree": object{"url": "u", "sha": hash}},
		"author": nil, "committer": nil, "parents": []object{}, "files": []object{{"filename": "f", "status": "added"}},
		"stats": object{"total": 1, "additions": 1, "deletions": 0},
	}
}

func giteaEntry(path string, entry Entry) object {
	out := object{
		"name": base(path), "path": path, "sha": blob(entry.Content), "last_commit_sha": "", "type": "file", "size": len(entry.Content),
		"encoding": nil, "content": nil, "target": nil, "url": "u", "html_url": "u", "git_url": "u", "download_url": "u",
		"submodule_git_url": nil, "_links": object{"self": "u", "git": "u", "html": "u"},
	}
	switch entry.Type {
	case "symlink":
		out["type"], out["target"] = "symlink", entry.Content
	case "submodule":
		out["type"], out["submodule_git_url"] = "submodule", entry.Content
	default:
		out["encoding"], out["content"] = "base64", base64.StdEncoding.EncodeToString([]byte(entry.Content))
	}
	return out
}
