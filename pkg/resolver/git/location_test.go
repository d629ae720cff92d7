package git

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLocation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://example.com/org/repo.git":   "https example.com:443 https://example.com/org/repo.git",
		"https://u:p@example.com:8443/r?x=1": "https example.com:8443 https://example.com:8443/r?x=1",
		"http://[::1]:80/r":                  "http [::1]:80 http://[::1]:80/r",
		"git@example.com:org/repo.git":       "ssh example.com:22 git@example.com:org/repo.git",
		"ssh://me@example.com:2222/r":        "ssh example.com:2222 ssh://me@example.com:2222/r",
		"git://example.com/r":                "git example.com:9418 git://example.com/r",
		"ftp://example.com/r":                "ftp example.com:21 ftp://example.com/r",
		"ftps://example.com/r":               "ftps example.com:990 ftps://example.com/r",
		"":                                   "",
		"/etc":                               "",
		"../x":                               "",
		"file:///etc":                        "",
		"ext::sh -c x":                       "",
		"ext::sh@h:x":                        "",
		"-u@h:x":                             "",
		"u@-oProxyCommand=x:y":               "",
		"u@h":                                "",
		"u@h/x":                              "",
		"u@h::x":                             "",
		"ssh://-oProxyCommand=x/y":           "",
		"ssh://-u@h/y":                       "",
		"ssh://u@-h/y":                       "",
		"ssh://u:p@h/y":                      "",
		"ssh://u%0a@h/y":                     "",
		"https://h":                          "",
		"https:///r":                         "",
		"https:h/r":                          "",
		"HTTPS://h/r":                        "",
		"https://h/r\n":                      "",
		"https://h/%0ar":                     "",
		"https://h/%00r":                     "",
		"https://h%2fx/r":                    "",
		"https://h\\@evil/r":                 "",
		"https://h/r#x":                      "",
		"https://h/r x":                      "",
		"https://h:x/r":                      "",
		"https://u%0d:p@h/r":                 "",
		"git://u@h/r":                        "",
		"http://[fe80::1%25eth0]/r":          "",
		"--upload-pack=x@h:/r":               "",
		"https://b\u00fccher.example/r":      "",
		"https://\u202ehost/r":               "",
	} {
		got := ""
		if l, err := parseLocation(text); err == nil {
			got = l.scheme + " " + l.address() + " " + l.text
		} else if !strings.HasPrefix(err.Error(), "invalid git repository url: ") {
			t.Errorf("%q: error %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestNoPassword has URLs that are wrong in all places, with a password that no error may have.
func TestNoPassword(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"https://u:s3cret@", "https://u:s3cret@-h/r", "ftp://u:s3cret@h/r", "u:s3cret@h:r", "https://u:s3cret@h/r#", "x://u:s3cret@h/r", "https://u:s3cret @h/r",
		"ssh://u:s3cret@h/r", "https://u:s3cret@h%/r", "https://u:s3cret@x@h/\x00",
	} {
		if _, err := parseLocation(text); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func FuzzLocation(f *testing.F) {
	for _, text := range []string{"https://u:p@h:1/r?x", "git@h:r", "ssh://-o/x", "u@h:-x", "http://[::1]/r", "ext::x", "https://h\\@i/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseLocation(text)
		if err != nil {
			return
		}
		again, err := parseLocation(l.text)
		if err != nil || again.host != l.host || again.scheme != l.scheme || again.text != l.text {
			t.Errorf("%q becomes %q, which is %+v, %v", text, l.text, again, err)
		}
		if l.host == "" || l.host[0] == '-' || l.text[0] == '-' || ports[l.scheme] == "" || l.scheme == schemeSSH && strings.HasPrefix(l.user, "-") {
			t.Errorf("%q has location %+v", text, l)
		}
		if strings.ContainsAny(l.text, "\x00\r\n ") || l.overHTTP() && strings.Contains(strings.SplitN(l.text, "/", 4)[2], "@") {
			t.Errorf("%q has location %+v", text, l)
		}
	})
}

func FuzzRevision(f *testing.F) {
	for _, text := range []string{"main", "-x", "a:b", "^a", "v1^{}", "a..b", "@{-1}", "a\nb", "refs/heads/*"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkRevision(text) == nil && (strings.HasPrefix(text, "-") || strings.ContainsAny(text, ":^*\x00\n ~?[\\")) {
			t.Errorf("%q is taken", text)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, text := range []string{"a/b", "../a", "a/..", "a\x00", "..a", "a/../b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkPath(text) == nil && (text == "" || strings.Contains("/"+text+"/", "/../") || strings.ContainsAny(text, "\x00\n")) {
			t.Errorf("%q is taken", text)
		}
	})
}

// FuzzWalk has trees of foreign making: whatever is in them, the walk ends, and only at something that the store has.
func FuzzWalk(f *testing.F) {
	id := strings.Repeat("a", 20)
	f.Add([]byte("100644 f\x00"+id), []byte("f"), "f")
	f.Add([]byte("120000 l\x00"+id+"40000 d\x00"+id), []byte("../l"), "l")
	f.Add([]byte("40000 d\x00"+id), []byte("/"), "d/d/d")
	f.Add([]byte("1 \x00"), []byte(""), "x")
	f.Fuzz(func(t *testing.T, tree, file []byte, path string) {
		if checkPath(path) != nil {
			return
		}
		s := fakeStore{tree: tree, file: file}
		got, err := readFile(s, path)
		if err == nil && string(got.data) != string(file) {
			t.Errorf("answer %q", got.data)
		}
	})
}

// fakeStore has one tree, and one content for everything else.
type fakeStore struct{ tree, file []byte }

var rootID = strings.Repeat("0", sha1Digits)

func (s fakeStore) get(name string, limit int64) (object, error) {
	data, kind := s.file, kindBlob
	switch {
	case strings.HasPrefix(name, wantedRef):
		data, kind = []byte("tree "+rootID+"\n"), kindCommit
	case name == rootID:
		data, kind = s.tree, kindTree
	}
	if int64(len(data)) > limit {
		return object{}, &sizeError{int64(len(data)), limit}
	}
	return object{id: rootID, kind: kind, data: data}, nil
}

func TestRedact(t *testing.T) {
	t.Parallel()
	got := redact("fatal: unable to access 'https://u:pw@h/r': token is here\nhttps://a@b/c@d", []string{"token"})
	if want := "fatal: unable to access 'https://h/r': *** is here\nhttps://b/c@d"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}
