package git

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// memoryStore has objects by their hashes, which are numbers.
type memoryStore map[string]object

func (s memoryStore) get(name string, limit int64) (object, error) {
	o, ok := s[name]
	switch {
	case !ok:
		return object{}, errMissing
	case int64(len(o.data)) > limit:
		return object{}, &sizeError{int64(len(o.data)), limit}
	default:
		return o, nil
	}
}

func (s memoryStore) add(kind, data string) string {
	id := fmt.Sprintf("%0*x", sha1Digits, len(s)+1)
	s[id] = object{id: id, kind: kind, data: []byte(data)}
	return id
}

// tree adds a directory of files, and returns its hash. "->" begins the target of a link, "@" is a submodule.
func (s memoryStore) tree(files map[string]string) string {
	below, lines := map[string]map[string]string{}, []string{}
	line := func(mode, name, id string) {
		raw, _ := hex.DecodeString(id)
		lines = append(lines, mode+" "+name+"\x00"+string(raw))
	}
	for name, text := range files {
		dir, rest, nested := strings.Cut(name, "/")
		target, link := strings.CutPrefix(text, "->")
		switch {
		case nested && below[dir] == nil:
			below[dir] = map[string]string{rest: text}
		case nested:
			below[dir][rest] = text
		case link:
			line(modeLink, name, s.add(kindBlob, target))
		case text == "@":
			line(modeModule, name, fmt.Sprintf("%0*x", sha1Digits, 0xfff))
		default:
			line("100644", name, s.add(kindBlob, text))
		}
	}
	for name, inside := range below {
		line("0"+modeTree, name, s.tree(inside))
	}
	slices.Sort(lines)
	return s.add(kindTree, strings.Join(lines, ""))
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	s := memoryStore{}
	root := s.tree(map[string]string{
		"task.yaml": "top", "dir/deep/task.yaml": "deep", "dir/name with space": "space", "-dash": "dash", "link": "->dir/deep/task.yaml",
		"dir/up": "->../task.yaml", "dirlink": "->dir/deep", "chain": "->./link", "dir/back": "->../dirlink/../up", "absolute": "->/etc/passwd",
		"out": "->../../etc/passwd", "dir/out": "->../dirlink/../../../secret", "chainout": "->dir/out", "loop": "->loop2", "loop2": "->loop",
		"self": "->self/self/self", "dangling": "->nothing", "large": strings.Repeat("x", maxDocument+1), "full": strings.Repeat("x", maxDocument),
		"module": "@", "empty": "->", "long": "->" + strings.Repeat("a/", maxLink), "dir/linkout": "->..", "wide": "->" + strings.Repeat("./", maxLink/2-2) + "wide",
	})
	s[wantedRef+"^{commit}"] = object{id: "c", kind: kindCommit, data: []byte("tree " + root + "\nauthor a\n")}
	const traversal = " leads out of the repository by a symbolic link, possible path traversal attack"
	const links = " leads through too many symbolic links"
	for path, want := range map[string]string{
		"task.yaml": "top", "dir/deep/task.yaml": "deep", "dir/name with space": "space", "-dash": "dash", "dir/.//deep/task.yaml": "deep", "task.yaml/": "top",
		"link": "deep", "dir/up": "top", "dirlink/task.yaml": "deep", "chain": "deep", "dir/back": "top", "dir/linkout/task.yaml": "top",
		"full":     strings.Repeat("x", maxDocument),
		"absolute": "!absolute" + traversal, "out": "!out" + traversal, "dir/out": "!dir/out" + traversal, "chainout": "!chainout" + traversal,
		"loop": "!loop" + links, "self": "!self" + links, "wide": "!wide" + links,
		"long":     "!long leads through a symbolic link that is too long",
		"dangling": "!dangling: file does not exist", "nothing": "!nothing: file does not exist", "task.yaml/x": "!task.yaml/x: file does not exist",
		"empty": "!empty: file does not exist", "Task.yaml": "!Task.yaml: file does not exist",
		"dir/deep": "!dir/deep is a directory, not a file", ".": "!. is a directory, not a file",
		"large":    "!large is larger than 1048576 bytes, which is the limit of a definition",
		"module":   "!module is in a submodule, which is another repository: refer to that one",
		"module/x": "!module/x is in a submodule, which is another repository: refer to that one",
	} {
		out, err := readFile(s, path)
		got := string(out.data)
		if err != nil {
			got = "!" + err.Error()
		}
		if got != want {
			t.Errorf("%s: %.200q, want %.200q", path, got, want)
		}
	}
}

func TestBrokenCommit(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{"": "the commit cannot be read", "tree x\n": "the commit cannot be read", strings.Repeat("x", maxCommit+1): "reading the commit: an object has 4194305 bytes, more than 4194304"} {
		s := memoryStore{wantedRef + "^{commit}": {id: "c", kind: kindCommit, data: []byte(data)}}
		if _, err := readFile(s, "x"); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := readFile(memoryStore{}, "x"); err == nil || err.Error() != "the revision is no commit" {
		t.Errorf("error %v", err)
	}
}
