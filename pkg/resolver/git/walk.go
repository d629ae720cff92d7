package git

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// Limits of what a path may take to follow.
const (
	// maxTree is the size of the largest directory, in bytes: some hundred thousand files.
	maxTree = 16 << 20
	// maxCommit is the size of the largest commit with its message, in bytes.
	maxCommit = 4 << 20
	// maxLinks is how many symbolic links are followed, as in a kernel.
	maxLinks = 40
	// maxLink is the length of the longest target of a link, in bytes.
	maxLink = 4096
	// maxSteps is how many components a path has, with all links replaced by their targets.
	maxSteps = 4096
)

// Modes of entries.
const (
	modeTree   = "40000"
	modeLink   = "120000"
	modeModule = "160000"
)

// readFile reads a file of the wanted revision from the objects, so that no file of the repository ever is one of this machine.
func readFile(s store, path string) (found, error) {
	commit, err := s.get(wantedRef+"^{commit}", maxCommit)
	switch {
	case errors.Is(err, errMissing):
		return found{}, failure.NotFoundf("", "the revision is no commit")
	case err != nil:
		return found{}, fmt.Errorf("reading the commit: %w", err)
	}
	tree, ok := treeOf(commit.data)
	if !ok {
		return found{}, failure.Invalidf("", "the commit cannot be read")
	}
	w := walk{store: s, path: path, dirs: []string{tree}, left: strings.Split(path, "/")}
	id, err := w.follow()
	if err != nil {
		return found{}, err
	}
	file, err := s.get(id, maxDocument)
	var large *sizeError
	switch {
	case errors.As(err, &large):
		return found{}, tooLarge(path)
	case err != nil:
		return found{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return found{data: file.data, commit: commit.id}, nil
}

// treeOf reads the directory that a commit has.
func treeOf(commit []byte) (string, bool) {
	line, _, _ := bytes.Cut(commit, []byte("\n"))
	id, ok := bytes.CutPrefix(line, []byte(kindTree+" "))
	return string(id), ok && isHash(string(id))
}

// walk follows a path.
type walk struct {
	store store
	// path is the one that was asked for.
	path string
	// dirs are the trees from the root to where the walk has come.
	dirs []string
	// left are the components to go.
	left         []string
	links, steps int
}

// follow returns the id of the file at the end of the path.
func (w *walk) follow() (string, error) {
	for len(w.left) > 0 {
		name := w.left[0]
		w.left = w.left[1:]
		if w.steps++; w.steps > maxSteps {
			return "", failure.Invalidf("", "%s leads through too many symbolic links", w.path)
		}
		switch name {
		case "", ".":
			continue
		case "..":
			if len(w.dirs) == 1 {
				return "", w.outside()
			}
			w.dirs = w.dirs[:len(w.dirs)-1]
			continue
		}
		file, err := w.enter(name)
		if err != nil || file != "" {
			return file, err
		}
	}
	return "", failure.Invalidf("", "%s is a directory, not a file", w.path)
}

// enter goes to an entry of the current directory. It returns the id if it is the file.
func (w *walk) enter(name string) (string, error) {
	tree, err := w.store.get(w.dirs[len(w.dirs)-1], maxTree)
	if err != nil {
		return "", fmt.Errorf("reading a directory of %s: %w", w.path, err)
	}
	at, ok := lookup(tree.data, name, len(tree.id)/2)
	if !ok {
		return "", w.missing()
	}
	switch at.mode {
	case modeTree:
		w.dirs = append(w.dirs, at.id)
		return "", nil
	case modeLink:
		return "", w.jump(at.id)
	case modeModule:
		return "", failure.Invalidf("", "%s is in a submodule, which is another repository: refer to that one", w.path)
	}
	// A path may end in slashes, but a file has nothing below it.
	if slices.ContainsFunc(w.left, func(rest string) bool { return rest != "" }) {
		return "", w.missing()
	}
	return at.id, nil
}

// jump goes on at the target of a link.
func (w *walk) jump(id string) error {
	if w.links++; w.links > maxLinks {
		return failure.Invalidf("", "%s leads through too many symbolic links", w.path)
	}
	link, err := w.store.get(id, maxLink)
	var large *sizeError
	switch {
	case errors.As(err, &large):
		return failure.Invalidf("", "%s leads through a symbolic link that is too long", w.path)
	case err != nil:
		return fmt.Errorf("reading a symbolic link of %s: %w", w.path, err)
	case bytes.HasPrefix(link.data, []byte("/")):
		return w.outside()
	case len(link.data) == 0:
		return w.missing()
	}
	w.left = append(strings.Split(string(link.data), "/"), w.left...)
	return nil
}

func (w *walk) outside() error {
	return failure.Invalidf("", "%s leads out of the repository by a symbolic link, possible path traversal attack", w.path)
}

func (w *walk) missing() error { return failure.NotFoundf("", "%s: file does not exist", w.path) }

// entry is a line of a directory.
type entry struct{ mode, id string }

// lookup finds an entry in the data of a tree, whose hashes have the given number of bytes.
func lookup(tree []byte, name string, hash int) (entry, bool) {
	for len(tree) > 0 {
		mode, rest, ok := bytes.Cut(tree, []byte(" "))
		if !ok {
			break
		}
		found, rest, ok := bytes.Cut(rest, []byte{0})
		if !ok || len(rest) < hash {
			break
		}
		if string(found) == name {
			return entry{mode: strings.TrimLeft(string(mode), "0"), id: hex.EncodeToString(rest[:hash])}, true
		}
		tree = rest[hash:]
	}
	return entry{}, false
}
