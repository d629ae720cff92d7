package scmserver

import (
	"net/http"
	"strings"
)

// freeSize is that of the largest file whose content GitHub sends as JSON.
const freeSize = 1 << 20

// gitHub answers repos/OWNER/NAME, repos/OWNER/NAME/commits/REF and repos/OWNER/NAME/contents/PATH.
func (s *Server) gitHub(w http.ResponseWriter, r *http.Request, parts []string) {
	notFound := func() {
		reply(w, http.StatusNotFound, object{"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"})
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
	switch repo.access(authorization(r, "bearer", "token")) {
	case anonymous:
		notFound()
		return
	case denied:
		reply(w, http.StatusUnauthorized, object{"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"})
		return
	}
	rest := strings.Join(parts[min(4, len(parts)):], "/")
	switch {
	case len(parts) == 3:
		reply(w, http.StatusOK, repo.gitHub(r))
	case parts[3] == "commits" && rest != "":
		hash, ok := repo.commit(rest, "heads/", "tags/")
		if !ok {
			reply(w, http.StatusUnprocessableEntity, object{"message": "No commit found for SHA: " + rest, "status": "422"})
			return
		}
		reply(w, http.StatusOK, gitHubCommit(hash))
	case parts[3] == "contents":
		hash, found := repo.commit(r.URL.Query().Get("ref"), "heads/", "tags/")
		entry, directory, ok := repo.entry(hash, rest)
		switch {
		case !found, !ok:
			notFound()
		case directory:
			reply(w, http.StatusOK, repo.gitHubDirectory(hash, rest))
		default:
			reply(w, http.StatusOK, repo.gitHubEntry(hash, rest, entry))
		}
	default:
		notFound()
	}
}

func (r *Repository) gitHub(req *http.Request) object {
	return object{
		"id": 1296269, "node_id": "MDEwOlJlcG9zaXRvcnkxMjk2MjY5", "name": r.Name, "full_name": r.Owner + "/" + r.Name,
		"owner":   object{"login": r.Owner, "id": 1, "type": "Organization"},
		"private": r.Token != "", "fork": false, "default_branch": "main", "archived": false,
		"html_url": strings.TrimSuffix(r.clone(req), ".git"), "clone_url": r.clone(req),
		"ssh_url": "git@" + req.Host + ":" + r.Owner + "/" + r.Name + ".git", "created_at": "2011-01-26T19:01:12Z",
		"updated_at": "2011-01-26T19:14:43Z", "permissions": object{"admin": false, "push": false, "pull": true},
	}
}

func gitHubCommit(hash string) object {
	person := object{"name": "A", "email": "a@example.com", "date": "2011-04-14T16:00:49Z"}
	return object{
		"sha": hash, "node_id": "MDY6Q29tbWl0", "html_url": "https://github.example/commit/" + hash,
		"commit":  object{"author": person, "committer": person, "message": "m", "tree": object{"sha": hash, "url": "u"}, "comment_count": 0},
		"author":  object{"login": "a", "avatar_url": ""}, // of the account
		"parents": []object{}, "stats": object{"additions": 1, "deletions": 0, "total": 1},
		"files": []object{{"filename": "f", "additions": 1, "deletions": 0, "changes": 1, "status": "added", "patch": "@@"}},
	}
}

func (r *Repository) gitHubDirectory(hash, path string) []object {
	var list []object
	for name, entry := range r.Commits[hash] {
		if strings.HasPrefix(name, path+"/") {
			list = append(list, object{"type": "file", "size": len(entry.Content), "name": base(name), "path": name, "sha": blob(entry.Content)})
		}
	}
	return list
}

// gitHubEntry follows a link to a file of the repository, as GitHub does.
func (r *Repository) gitHubEntry(hash, path string, entry Entry) object {
	if target, ok := r.Commits[hash][entry.Content]; ok && entry.Type == "symlink" && target.Type == "" {
		entry = target
	}
	out := object{
		"type": "file", "size": len(entry.Content), "name": base(path), "path": path, "sha": blob(entry.Content),
		"url": "u", "git_url": "u", "html_url": "u", "download_url": "u", "_links": object{"self": "u", "git": "u", "html": "u"},
	}
	switch {
	case entry.Type == "symlink":
		out["type"], out["target"] = "symlink", entry.Content
	case entry.Type == "submodule":
		out["type"], out["submodule_git_url"], out["size"] = "submodule", entry.Content, 0
	case len(entry.Content) > freeSize:
		out["encoding"], out["content"] = "none", ""
	default:
		out["encoding"], out["content"] = "base64", lines(entry.Content)
	}
	return out
}
