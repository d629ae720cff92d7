package image

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"
)

const (
	// chunk is how much is read at once, and chunks how many of them may wait between decompressing and writing.
	chunk  = 256 << 10
	chunks = 8
)

// rootKey names the root of an image: the same layers unpacked in the same way are the same.
func (s *Store) rootKey(f *found) string { return chainOf(f.config) + "-" + s.owners.mode }

// chainOf stands for a list of layers.
func chainOf(config *v1.ConfigFile) string {
	sum := sha256.New()
	for _, id := range config.RootFS.DiffIDs {
		_, _ = io.WriteString(sum, id.String()+"\n")
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// present reports whether nothing has to be fetched for an image: its root is there if that is wanted, or all its layers are.
func (s *Store) present(f *found, unpacked bool) bool {
	if unpacked && exists(s.cache.path("roots", s.rootKey(f))) {
		return true
	}
	for _, l := range f.manifest.Layers {
		if !s.cache.has(l.Digest) {
			return false
		}
	}
	return true
}

// root returns the folder with the unpacked image, and holds a lock on it, so that nobody prunes it.
func (s *Store) root(ctx context.Context, f *found, progress func(string)) (string, error) {
	key := s.rootKey(f)
	dir := s.cache.path("roots", key)
	s.mu.Lock()
	_, held := s.held[key]
	s.mu.Unlock()
	if held && exists(dir) {
		return dir, nil
	}
	l, err := openLock(s.cache.path("locks", key))
	if err != nil {
		return "", err
	}
	if err := s.lockRoot(ctx, l, dir, func() error { return s.unpack(ctx, f, dir, progress) }); err != nil {
		return "", errors.Join(err, l.Close())
	}
	s.cache.touch(filepath.Join("locks", key))
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, held := s.held[key]; held {
		return dir, l.Close()
	}
	s.held[key] = l
	return dir, nil
}

// lockRoot marks a root as used, and has it made if it is not there, by one process at a time. These are two locks, so that users of a
// root that somebody has deleted by hand do not keep others from making it again.
func (s *Store) lockRoot(ctx context.Context, used *lock, dir string, unpack func() error) error {
	if err := used.take(ctx, false); err != nil {
		return err
	}
	if exists(dir) {
		return nil
	}
	making, err := openLock(s.cache.path("locks", filepath.Base(dir)+".make"))
	if err != nil {
		return err
	}
	defer making.Close() //nolint:errcheck // nothing was written
	if err := making.take(ctx, true); err != nil {
		return err
	}
	if exists(dir) {
		return nil
	}
	return unpack()
}

// take waits for the lock.
func (l *lock) take(ctx context.Context, exclusive bool) error {
	for !l.try(exclusive) {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// unpack makes a root: in a folder beside it, which then gets its name. What a killed process left there goes first.
func (s *Store) unpack(ctx context.Context, f *found, dir string, progress func(string)) error {
	err := s.unpackOnce(ctx, f, dir, progress)
	if _, remote := f.src.(*fallback); remote && err != nil && ctx.Err() == nil && s.cache.dropSpoiled(f.manifest.Layers) {
		return s.unpackOnce(ctx, f, dir, progress)
	}
	return err
}

// dropSpoiled removes layers whose content is not what their name says any more, and reports whether there were any.
func (c *cache) dropSpoiled(layers []v1.Descriptor) bool {
	spoiled := false
	for _, l := range layers {
		path, err := c.blob(l.Digest)
		if err != nil {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		_ = f.Close()
		if err == nil && check(sum, l.Digest) != nil {
			spoiled = os.Remove(path) == nil || spoiled
		}
	}
	return spoiled
}

func (s *Store) unpackOnce(ctx context.Context, f *found, dir string, progress func(string)) error {
	part := dir + ".part"
	if err := removeTree(part); err != nil {
		return fmt.Errorf("removing what was left in the image cache: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(part), 0o700); err != nil {
		return fmt.Errorf("making the image cache: %w", err)
	}
	if err := os.Mkdir(part, 0o755); err != nil { //nolint:gosec // it is the root folder of containers, inside a closed one
		return fmt.Errorf("making the image cache: %w", err)
	}
	err := s.unpackInto(ctx, f, part, progress)
	if err == nil {
		err = os.Rename(part, dir)
	}
	if err != nil {
		return errors.Join(err, removeTree(part))
	}
	return nil
}

// stream is a layer that is being fetched.
type stream struct {
	body     io.ReadCloser
	finished func() error
	err      error
}

func (s *Store) unpackInto(ctx context.Context, f *found, dir string, progress func(string)) error {
	ctx, cancel := context.WithCancel(ctx)
	pulled := &meter{progress: progress}
	for _, l := range f.manifest.Layers {
		pulled.total += l.Size
	}
	streams := make([]chan stream, len(f.manifest.Layers))
	for i := range streams {
		streams[i] = make(chan stream, 1)
	}
	var fetching errgroup.Group
	fetching.SetLimit(jobs)
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		for i := range streams {
			fetching.Go(func() error {
				var st stream
				st.body, st.finished, st.err = s.fetch(ctx, f, i, pulled)
				streams[i] <- st
				if st.err != nil {
					return st.err
				}
				return st.finished()
			})
		}
	}()
	err := s.applyAll(ctx, f, dir, streams, progress)
	if err != nil {
		cancel()
	}
	<-begun
	failed := fetching.Wait()
	cancel()
	if err != nil {
		closeAll(streams)
		return err
	}
	return failed
}

// closeAll closes the layers that nobody took.
func closeAll(streams []chan stream) {
	for _, c := range streams {
		select {
		case st := <-c:
			if st.body != nil {
				_ = st.body.Close()
			}
		default:
		}
	}
}

func (s *Store) applyAll(ctx context.Context, f *found, dir string, streams []chan stream, progress func(string)) error {
	tree, err := openTree(dir, s.owners)
	if err != nil {
		return err
	}
	for i, id := range f.config.RootFS.DiffIDs {
		st := <-streams[i]
		if st.err != nil {
			return errors.Join(st.err, tree.close(false))
		}
		report(progress, "unpacking layer %d of %d", i+1, len(streams))
		err := apply(ctx, tree, st.body, id)
		_ = st.body.Close()
		if err != nil {
			err = fmt.Errorf("unpacking layer %s: %w", f.manifest.Layers[i].Digest, err)
			return errors.Join(err, tree.close(false))
		}
	}
	return tree.close(true)
}

// apply puts a layer onto what is there, and checks the digest of what is in it.
func apply(ctx context.Context, tree *tree, body io.Reader, id v1.Hash) error {
	plain, err := decompress(body)
	if err != nil {
		return err
	}
	defer plain.Close() //nolint:errcheck // nothing was written
	sum := sha256.New()
	ahead := readAhead(ctx, io.TeeReader(plain, sum))
	err = tree.layer(ahead)
	if err == nil {
		// The checksum is over what stands behind the last entry as well.
		_, err = io.Copy(io.Discard, ahead)
	}
	ahead.close()
	if err != nil {
		return err
	}
	return check(sum, id)
}

// decompress goes by what content begins with, because the names of media types are often wrong.
func decompress(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, chunk)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(b)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(b), nil
}

// aheadReader reads in the background, so that decompressing and writing go on at the same time.
type aheadReader struct {
	full, free chan []byte
	err        error // of the reader, set before full is closed
	now, rest  []byte
	cancel     context.CancelFunc
}

func readAhead(ctx context.Context, r io.Reader) *aheadReader {
	ctx, cancel := context.WithCancel(ctx)
	a := &aheadReader{full: make(chan []byte, chunks), free: make(chan []byte, chunks), cancel: cancel}
	for range chunks {
		a.free <- make([]byte, chunk)
	}
	go func() {
		defer close(a.full)
		for {
			select {
			case <-ctx.Done():
				a.err = ctx.Err()
				return
			case buf := <-a.free:
				n, err := io.ReadFull(r, buf)
				a.full <- buf[:n]
				if err != nil {
					a.err = err
					return
				}
			}
		}
	}()
	return a
}

// Read implements io.Reader.
func (a *aheadReader) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now != nil {
			a.free <- a.now[:chunk]
			a.now = nil
		}
		buf, ok := <-a.full
		if !ok {
			if errors.Is(a.err, io.ErrUnexpectedEOF) || errors.Is(a.err, io.EOF) {
				return 0, io.EOF
			}
			return 0, a.err
		}
		a.now, a.rest = buf, buf
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// close ends reading and waits until nobody touches the source any more.
func (a *aheadReader) close() {
	a.cancel()
	for range a.full {
	}
}

// removeTree removes a folder even if folders in it may not be written to.
func removeTree(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	_ = openUp(root)
	return os.RemoveAll(dir)
}

// openUp lets this user write to all folders.
func openUp(root *os.Root) error {
	if err := root.Chmod(".", 0o700); err != nil {
		return err
	}
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if d == nil || !d.IsDir() {
			return nil
		}
		if err != nil || path == "." {
			return nil
		}
		return root.Chmod(filepath.FromSlash(path), 0o700)
	})
}
