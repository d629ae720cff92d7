package image

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// tarArchive is an archive whose files are read where they are.
type tarArchive struct {
	f     *os.File
	spans map[string]span
	links map[string]string
}

type span struct{ at, size int64 }

// maxSpans is how many files an archive of images may have.
const maxSpans = 1 << 16

// openArchive opens a tarball. A compressed one is unpacked into the cache, since it can't be read from the middle.
func openArchive(path string, c *cache) (*layout, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 4)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.Join(err, f.Close())
	}
	if n == len(head) && (head[0] == 0x1f && head[1] == 0x8b || string(head) == "\x28\xb5\x2f\xfd") {
		f, err = c.expand(f)
		if err != nil {
			return nil, err
		}
	}
	t, err := scan(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l, err := newLayout(path, t)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("it is no archive of images: it has neither %s nor %s, or not all files that they name: %w", indexFile, dockerFile, err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// expand decompresses an archive into the cache, once for each state of it.
func (c *cache) expand(f *os.File) (*os.File, error) {
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	full, err := filepath.Abs(f.Name())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%d", full, info.Size(), info.ModTime().UnixNano()))
	name := c.path("archives", fmt.Sprintf("%x.tar", sum[:16]))
	if plain, err := os.Open(name); err == nil {
		c.touch(filepath.Join("archives", filepath.Base(name)))
		return plain, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	plain, err := decompress(f)
	if err != nil {
		return nil, err
	}
	defer plain.Close() //nolint:errcheck // nothing was written
	to, err := c.create()
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(to, plain)
	if err := c.place(to, name, err); err != nil {
		return nil, err
	}
	return os.Open(name)
}

func scan(f *os.File) (*tarArchive, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	t := &tarArchive{f: f, spans: map[string]span{}, links: map[string]string{}}
	archive := tar.NewReader(f)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the archive: %w", err)
		}
		name := path.Clean(strings.TrimPrefix(h.Name, "/"))
		switch h.Typeflag {
		case tar.TypeReg:
			// The reader of archives skips by seeking: it stands where the content begins.
			at, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, err
			}
			t.spans[name] = span{at: at, size: h.Size}
		case tar.TypeSymlink:
			t.links[name] = path.Join(path.Dir(name), h.Linkname)
		case tar.TypeLink:
			t.links[name] = path.Clean(h.Linkname)
		}
		if len(t.spans)+len(t.links) > maxSpans {
			return nil, fmt.Errorf("it has more than %d files", maxSpans)
		}
	}
}

func (t *tarArchive) open(name string) (io.ReadCloser, int64, error) {
	name = path.Clean(name)
	if to, ok := t.links[name]; ok {
		name = to
	}
	s, ok := t.spans[name]
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return io.NopCloser(io.NewSectionReader(t.f, s.at, s.size)), s.size, nil
}

// Close implements files.
func (t *tarArchive) Close() error { return t.f.Close() }
