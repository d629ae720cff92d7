package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// unfinished is how old a file is that was being written and is not any more.
const unfinished = time.Hour

// Usage is how much there is in the cache.
type Usage struct {
	// Images is the number of references, Roots that of unpacked images.
	Images, Roots int
	// Bytes is the size of all files.
	Bytes int64
}

// Usage counts what is in the cache.
func (s *Store) Usage() (Usage, error) {
	u := Usage{
		Images: len(s.cache.list("refs")),
		Roots:  len(s.cache.list("roots")),
	}
	var err error
	u.Bytes, err = treeSize(s.cache.dir)
	if err != nil {
		return u, fmt.Errorf("measuring the image cache: %w", err)
	}
	return u, nil
}

func treeSize(dir string) (int64, error) {
	var bytes int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes, err
}

// Prune removes what nobody used for so long, and what nothing needs any more. Roots that a Store which is not closed has returned stay, in
// this process and others. It returns how much it removed.
func (s *Store) Prune(ctx context.Context, unused time.Duration) (Usage, error) {
	p := &pruning{cache: s.cache, before: time.Now().Add(-unused), blobs: map[string]bool{}, chains: map[string]bool{}}
	if unused <= 0 {
		p.before = time.Now().Add(time.Hour)
	}
	p.refs(ctx)
	p.roots()
	for _, name := range s.cache.list("blobs", "sha256") {
		if !p.blobs[name] {
			p.file("blobs", "sha256", name)
		}
	}
	for _, folder := range []string{"info", "archives"} {
		for _, name := range s.cache.list(folder) {
			p.file(folder, name)
		}
	}
	p.before = minTime(p.before, time.Now().Add(-unfinished))
	for _, name := range s.cache.list("tmp") {
		p.file("tmp", name)
	}
	if err := errors.Join(p.errs...); err != nil {
		return p.freed, fmt.Errorf("pruning the image cache: %w", err)
	}
	return p.freed, nil
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// list returns the names in a folder; none if it is not there.
func (c *cache) list(elem ...string) []string {
	entries, _ := os.ReadDir(c.path(elem...))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// pruning is one call of Prune.
type pruning struct {
	cache  *cache
	before time.Time
	// blobs and chains are those that references still need.
	blobs, chains map[string]bool
	freed         Usage
	errs          []error
}

// old reports whether a file was not used since the time in question.
func (p *pruning) old(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.ModTime().Before(p.before)
}

func (p *pruning) file(elem ...string) {
	path := p.cache.path(elem...)
	info, err := os.Lstat(path)
	if err != nil || info.IsDir() && elem[0] != "tmp" || !info.ModTime().Before(p.before) {
		return
	}
	if err := removeTree(path); err != nil {
		p.errs = append(p.errs, err)
		return
	}
	p.freed.Bytes += info.Size()
}

func (p *pruning) refs(ctx context.Context) {
	for _, name := range p.cache.list("refs") {
		path := p.cache.path("refs", name)
		if p.old(path) {
			p.file("refs", name)
			p.freed.Images++
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if e, ok := decodeEntry(raw); ok {
			p.mark(ctx, e.Digest, maxDepth)
		}
	}
}

// mark notes what an image needs.
func (p *pruning) mark(ctx context.Context, h v1.Hash, depth int) {
	doc, err := readManifest(ctx, p.cache, h)
	if err != nil || depth == 0 {
		return
	}
	p.blobs[h.Hex] = true
	for _, m := range doc.Manifests {
		p.mark(ctx, m.Digest, depth-1)
	}
	if doc.Manifests != nil {
		return
	}
	p.blobs[doc.Config.Digest.Hex] = true
	for _, l := range doc.Layers {
		p.blobs[l.Digest.Hex] = true
	}
	raw, err := p.cache.document(ctx, doc.Config.Digest, false)
	if err != nil {
		return
	}
	if config, err := v1.ParseConfigFile(bytes.NewReader(raw)); err == nil {
		p.chains[chainOf(config)] = true
	}
}

// roots removes unpacked images that nothing needs, and what is left of unpacking that did not end.
func (p *pruning) roots() {
	for _, name := range p.cache.list("roots") {
		key := strings.TrimSuffix(name, ".part")
		chain, _, _ := strings.Cut(key, "-")
		locked := p.cache.path("locks", key)
		if p.chains[chain] && key == name || exists(locked) && !p.old(locked) {
			continue
		}
		if err := p.root(name, locked); err != nil {
			p.errs = append(p.errs, err)
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// root removes one, unless somebody uses it. It loses its name first, so that nobody takes half of it for the whole.
func (p *pruning) root(name, locked string) error {
	l, err := openLock(locked)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // nothing was written
	making, err := openLock(locked + ".make")
	if err != nil {
		return err
	}
	defer making.Close() //nolint:errcheck // nothing was written
	if !l.try(true) || !making.try(true) {
		return nil
	}
	if err := os.MkdirAll(p.cache.path("tmp"), 0o700); err != nil {
		return err
	}
	path, gone := p.cache.path("roots", name), p.cache.path("tmp", fmt.Sprintf("gone-%d-%s", os.Getpid(), name))
	bytes, _ := treeSize(path)
	if err := os.Rename(path, gone); err != nil {
		return err
	}
	p.freed.Roots++
	p.freed.Bytes += bytes
	return removeTree(gone)
}
