package image

import (
	"archive/tar"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func unpackAll(t *testing.T, dir string, layers ...[]byte) error {
	t.Helper()
	tr, err := openTree(dir, ownership{mode: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		if err := tr.layer(bytes.NewReader(l)); err != nil {
			_ = tr.close(false)
			return err
		}
	}
	return tr.close(true)
}

func TestLayersOnEachOther(t *testing.T) {
	t.Parallel()
	base := []tarEntry{
		dir("./", 0o755), dir("etc/", 0o755), file("etc/a", "1"), file("etc/b", "1"), dir("usr/bin", 0o755),
		file("usr/bin/sh", "sh"), symlink("bin", "usr/bin"), symlink("abs", "/usr"), file("top", "1"),
	}
	tests := map[string]struct {
		upper []tarEntry
		// gone and changed are differences to the base.
		gone    []string
		changed map[string]string
	}{
		"file replaced":              {upper: []tarEntry{file("etc/a", "2")}, changed: map[string]string{"etc/a": "2"}},
		"whiteout of a file":         {upper: []tarEntry{file("etc/.wh.a", "")}, gone: []string{"etc/a"}},
		"whiteout of a folder":       {upper: []tarEntry{file(".wh.etc", "")}, gone: []string{"etc/a", "etc/b"}},
		"whiteout of what is not":    {upper: []tarEntry{file("etc/.wh.none", "")}},
		"whiteout of own file":       {upper: []tarEntry{file("etc/c", "2"), file("etc/.wh.c", "")}, changed: map[string]string{"etc/c": "2"}},
		"opaque first":               {upper: []tarEntry{file("etc/.wh..wh..opq", ""), file("etc/c", "2")}, gone: []string{"etc/a", "etc/b"}, changed: map[string]string{"etc/c": "2"}},
		"opaque last":                {upper: []tarEntry{file("etc/d/c", "2"), file("etc/.wh..wh..opq", "")}, gone: []string{"etc/a", "etc/b"}, changed: map[string]string{"etc/d/c": "2"}},
		"folder whiteout, own below": {upper: []tarEntry{file("etc/c", "2"), file(".wh.etc", "")}, gone: []string{"etc/a", "etc/b"}, changed: map[string]string{"etc/c": "2"}},
		"through a link":             {upper: []tarEntry{file("bin/x", "2")}, changed: map[string]string{"usr/bin/x": "2"}},
		"through an absolute link":   {upper: []tarEntry{file("abs/bin/x", "2")}, changed: map[string]string{"usr/bin/x": "2"}},
		"whiteout through a link":    {upper: []tarEntry{file("bin/.wh.sh", "")}, gone: []string{"usr/bin/sh"}},
		"folder in place of a link":  {upper: []tarEntry{dir("bin", 0o755), file("bin/x", "2")}, gone: []string{"bin"}, changed: map[string]string{"bin/x": "2"}},
		"file in place of a folder":  {upper: []tarEntry{file("etc", "2")}, gone: []string{"etc/a", "etc/b"}, changed: map[string]string{"etc": "2"}},
		"folder in place of a file":  {upper: []tarEntry{dir("top", 0o755), file("top/x", "2")}, gone: []string{"top"}, changed: map[string]string{"top/x": "2"}},
		"folder again":               {upper: []tarEntry{dir("etc", 0o700)}},
		"hard link to lower":         {upper: []tarEntry{hardlink("etc/h", "etc/a")}, changed: map[string]string{"etc/h": "1"}},
		"absolute hard link":         {upper: []tarEntry{hardlink("/etc/h", "/bin/sh")}, changed: map[string]string{"etc/h": "sh"}},
		"notes of old systems":       {upper: []tarEntry{dir(".wh..wh.plnk", 0o755), file(".wh..wh.aufs", "")}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			d := t.TempDir()
			if err := unpackAll(t, d, tarOf(t, base...)); err != nil {
				t.Fatal(err)
			}
			want := contents(t, d)
			for _, name := range tt.gone {
				delete(want, name)
			}
			maps.Copy(want, tt.changed)
			d = t.TempDir()
			if err := unpackAll(t, d, tarOf(t, base...), tarOf(t, tt.upper...)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, contents(t, d)); diff != "" {
				t.Errorf("root (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHostileLayersStayInside(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		entries []tarEntry
		want    map[string]string
		fails   bool
	}{
		"dots":                      {entries: []tarEntry{file("../../evil", "x")}, want: map[string]string{"evil": "x"}},
		"absolute":                  {entries: []tarEntry{file("/evil", "x")}, want: map[string]string{"evil": "x"}},
		"link up, file through it":  {entries: []tarEntry{symlink("l", "../.."), file("l/evil", "x")}, want: map[string]string{"l": "-> ../..", "evil": "x"}},
		"link out, file through it": {entries: []tarEntry{symlink("l", "/outside"), file("l/evil", "x")}, want: map[string]string{"l": "-> /outside", "outside/evil": "x"}},
		"file onto a link":          {entries: []tarEntry{symlink("l", "../secret"), file("l", "x")}, want: map[string]string{"l": "x"}},
		"hard link out":             {entries: []tarEntry{hardlink("h", "../secret")}, fails: true},
		"hard link through a link":  {entries: []tarEntry{symlink("l", ".."), hardlink("h", "l/secret")}, want: map[string]string{"l": "-> .."}, fails: true},
		"hard link to a link":       {entries: []tarEntry{symlink("l", "../secret"), hardlink("h", "l")}, want: map[string]string{"l": "-> ../secret", "h": "-> ../secret"}},
		"hard link to the root":     {entries: []tarEntry{hardlink("h", "/")}, fails: true},
		"links in a circle":         {entries: []tarEntry{symlink("a", "b"), symlink("b", "a"), file("a/x", "x")}, fails: true},
		"whiteout out":              {entries: []tarEntry{symlink("l", ".."), file("l/.wh.secret", "")}, want: map[string]string{"l": "-> .."}},
		"whiteout of dots":          {entries: []tarEntry{file("a/.wh...", "")}, want: map[string]string{}},
		"devices": {entries: []tarEntry{
			{Header: tar.Header{Name: "sda", Typeflag: tar.TypeBlock, Mode: 0o666, Devmajor: 8}},
			{Header: tar.Header{Name: "wh", Typeflag: tar.TypeChar, Mode: 0o666}},
		}, want: map[string]string{}},
		"below a file": {entries: []tarEntry{file("a", "x"), file("a/b", "x")}, fails: true},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			above := t.TempDir()
			write(t, filepath.Join(above, "secret"), []byte("s"))
			inside := filepath.Join(above, "root")
			if err := os.Mkdir(inside, 0o755); err != nil {
				t.Fatal(err)
			}
			// Twice, so that whiteouts are of a layer above another.
			err := unpackAll(t, inside, tarOf(t), tarOf(t, tt.entries...))
			if (err != nil) != tt.fails {
				t.Fatalf("error %v, want one: %v", err, tt.fails)
			}
			if diff := cmp.Diff(tt.want, contents(t, inside)); tt.want != nil && diff != "" {
				t.Errorf("root (-want +got):\n%s", diff)
			}
			outside := contents(t, above)
			for name := range outside {
				if name != "secret" && filepath.Dir(name) == "." {
					t.Errorf("%s is outside of the root", name)
				}
			}
			if outside["secret"] != "s" {
				t.Error("what is outside was changed")
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("owners are set by root only")
	}
	d := t.TempDir()
	owners, err := ownershipOf(OwnersKeep)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := openTree(d, owners)
	if err != nil {
		t.Fatal(err)
	}
	when := tar.Header{}.ModTime.AddDate(2000, 0, 0)
	setuid := file("su", "x")
	setuid.Mode, setuid.Uid, setuid.Gid, setuid.ModTime = 0o4755, 12, 34, when
	setuid.PAXRecords = map[string]string{
		xattrPrefix + "user.note":              "n",
		xattrPrefix + "trusted.overlay.opaque": "y",
		xattrPrefix + "user.overlay.opaque":    "y",
		xattrPrefix + "security.capability":    "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	}
	tmp := dir("tmp", 0o1777)
	tmp.ModTime = when
	fifo := tarEntry{Header: tar.Header{Name: "fifo", Typeflag: tar.TypeFifo, Mode: 0o622, Uid: 5}}
	if err := tr.layer(bytes.NewReader(tarOf(t, setuid, tmp, file("tmp/x", "x"), dir("closed", 0), file("closed/x", "x"), fifo))); err != nil {
		t.Fatal(err)
	}
	if err := tr.close(true); err != nil {
		t.Fatal(err)
	}
	type meta struct {
		Mode     uint32
		UID, GID uint32
	}
	want := map[string]meta{
		".": {0o40755, 0, 0}, "su": {0o104755, 12, 34}, "tmp": {0o41777, 0, 0}, "closed": {0o40000, 0, 0}, "fifo": {0o10622, 5, 0},
	}
	got := map[string]meta{}
	for name := range want {
		info, err := os.Lstat(filepath.Join(d, name))
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		got[name] = meta{st.Mode, st.Uid, st.Gid}
		if (name == "su" || name == "tmp") && !info.ModTime().Equal(when) {
			t.Errorf("%s is of %s, want %s", name, info.ModTime(), when)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	buf := make([]byte, 4096)
	for attr, want := range map[string]bool{"security.capability": true, "trusted.overlay.opaque": false, "user.overlay.opaque": false} {
		_, err := unix.Lgetxattr(filepath.Join(d, "su"), attr, buf)
		if (err == nil) != want {
			t.Errorf("attribute %s: %v, want it there: %v", attr, err, want)
		}
	}
}

func FuzzUntar(f *testing.F) {
	f.Add(tarOf(f, file("a/b", "x"), symlink("l", "../.."), file("l/evil", "x"), file("a/.wh.b", "")), tarOf(f, hardlink("h", "l/secret")))
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		above := t.TempDir()
		inside := filepath.Join(above, "a", "root")
		if err := os.MkdirAll(inside, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(above, "a", "secret"), []byte("s"))
		_ = unpackAll(t, inside, lower, upper)
		for dir, want := range map[string]int{above: 1, filepath.Join(above, "a"): 2} {
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != want {
				t.Errorf("%s has %v, %v", dir, entries, err)
			}
		}
		_ = removeTree(inside)
	})
}
