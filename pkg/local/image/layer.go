package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// tries is how often a layer is asked for whose download breaks off.
const tries = 3

// spool is a file that is being written while others read it.
type spool struct {
	f    *os.File
	mu   sync.Mutex
	more *sync.Cond
	size int64
	done bool
	err  error
}

func newSpool(f *os.File) *spool {
	s := &spool{f: f}
	s.more = sync.NewCond(&s.mu)
	return s
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	n, err := s.f.Write(p)
	s.mu.Lock()
	s.size += int64(n)
	s.mu.Unlock()
	s.more.Broadcast()
	return n, err
}

func (s *spool) finish(err error) {
	s.mu.Lock()
	s.done, s.err = true, err
	s.mu.Unlock()
	s.more.Broadcast()
}

// follower reads a spool from its beginning, and waits for what is not there yet.
type follower struct {
	*spool
	at int64
	r  *os.File
}

// Read implements io.Reader.
func (f *follower) Read(p []byte) (int, error) {
	f.mu.Lock()
	for f.at >= f.size && !f.done {
		f.more.Wait()
	}
	left, err := f.size-f.at, f.err
	f.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if left == 0 {
		return 0, io.EOF
	}
	n, err := f.r.ReadAt(p[:min(int64(len(p)), left)], f.at)
	f.at += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Close ends reading; writing goes on.
func (f *follower) Close() error { return f.r.Close() }

// fetch makes a layer available for reading: from where it is, or while it is being downloaded, which goes on in the background. finished
// ends when the layer is whole in the cache.
func (s *Store) fetch(ctx context.Context, f *found, i int, pulled *meter) (body io.ReadCloser, finished func() error, err error) {
	layer := f.manifest.Layers[i]
	none := func() error { return nil }
	fall, remote := f.src.(*fallback)
	if !remote {
		body, _, err = f.src.open(ctx, layer.Digest)
		return body, none, err
	}
	path, err := s.cache.blob(layer.Digest)
	if err != nil {
		return nil, nil, err
	}
	l, err := openLock(s.cache.path("locks", "blob-"+layer.Digest.Hex))
	if err != nil {
		return nil, nil, err
	}
	for {
		if body, _, err = s.cache.open(ctx, layer.Digest); err == nil {
			pulled.add(layer.Size)
			return body, none, l.Close()
		}
		if l.try(true) {
			break
		}
		if err := wait(ctx); err != nil {
			return nil, nil, errors.Join(err, l.Close())
		}
	}
	if body, _, err = s.cache.open(ctx, layer.Digest); err == nil {
		return body, none, l.Close()
	}
	file, err := s.cache.create()
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	reader, err := os.Open(file.Name())
	if err != nil {
		return nil, nil, errors.Join(err, file.Close(), os.Remove(file.Name()), l.Close())
	}
	sp := newSpool(file)
	ended := make(chan error, 1)
	go func() {
		err := download(ctx, fall.next, layer, io.MultiWriter(sp, pulled))
		err = s.cache.place(file, path, err)
		sp.finish(err)
		_ = l.Close()
		ended <- err
	}()
	return &follower{spool: sp, r: reader}, sync.OnceValue(func() error { return <-ended }), nil
}

// download writes a layer and checks it. If the connection breaks, it asks again and skips what it has.
func download(ctx context.Context, src source, layer v1.Descriptor, w io.Writer) error {
	var written int64
	var err error
	for range tries {
		var n int64
		n, err = downloadOnce(ctx, src, layer, written, w)
		written += n
		if err == nil || ctx.Err() != nil {
			break
		}
		var refused *pullError
		var wrong *digestError
		if errors.As(err, &refused) || errors.As(err, &wrong) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("downloading layer %s: %w", layer.Digest, err)
	}
	return nil
}

// digestError says that content is not what its name says.
type digestError struct{ want, got string }

func (e *digestError) Error() string {
	return fmt.Sprintf("its content does not fit its digest: it is %s, not %s", e.got, e.want)
}

func downloadOnce(ctx context.Context, src source, layer v1.Descriptor, skip int64, w io.Writer) (int64, error) {
	body, _, err := src.open(ctx, layer.Digest)
	if err != nil {
		return 0, err
	}
	defer body.Close() //nolint:errcheck // nothing was written
	sum := sha256.New()
	limited := io.TeeReader(io.LimitReader(body, layer.Size+1), sum)
	if _, err := io.CopyN(io.Discard, limited, skip); err != nil {
		return 0, err
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, limited, make([]byte, chunk))
	if err != nil {
		return n, err
	}
	if skip+n != layer.Size {
		return n, &digestError{want: fmt.Sprintf("%d bytes", layer.Size), got: fmt.Sprintf("%d bytes or more", skip+n)}
	}
	return n, check(sum, layer.Digest)
}

func check(sum hash.Hash, want v1.Hash) error {
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.Hex {
		return &digestError{want: want.String(), got: "sha256:" + got}
	}
	return nil
}

// meter counts bytes and tells how far a download is.
type meter struct {
	total    int64
	progress func(string)
	done     atomic.Int64
	last     atomic.Int64 // when it was told, in milliseconds
}

// Write implements io.Writer.
func (m *meter) Write(p []byte) (int, error) {
	m.add(int64(len(p)))
	return len(p), nil
}

func (m *meter) add(n int64) {
	done := m.done.Add(n)
	now, last := time.Now().UnixMilli(), m.last.Load()
	if m.progress != nil && (now-last >= 100 || done == m.total) && m.last.CompareAndSwap(last, now) {
		report(m.progress, "pulling, %s of %s", size(done), size(m.total))
	}
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", n/1000)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%d MB", n/1000/1000)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
