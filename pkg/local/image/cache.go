package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// cache is the folder:
//
//	refs/<hash of the reference>     what a reference stood for, and since when
//	info/<digest>                    command lines of all platforms of an image
//	blobs/<algorithm>/<hex>          manifests, configurations and layers; always whole, for they are renamed into place
//	roots/<chain of layers>-<mode>   unpacked images, renamed into place as well; *.part are being unpacked
//	locks/                           files for flock
//	tmp/                             what is being written
type cache struct{ dir string }

// entry is what a reference stood for.
type entry struct {
	Ref    string    `json:"ref"`
	Digest v1.Hash   `json:"digest"`
	Time   time.Time `json:"time"`
}

func (c *cache) String() string { return "the cache in " + c.dir }

func (c *cache) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

func (c *cache) blob(h v1.Hash) (string, error) {
	if h.Algorithm != "sha256" || len(h.Hex) != hex.EncodedLen(sha256.Size) {
		return "", fmt.Errorf("%s is not a digest that is supported; only sha256 is", h)
	}
	return c.path("blobs", h.Algorithm, h.Hex), nil
}

func (c *cache) refPath(ref reference) string {
	sum := sha256.Sum256([]byte(ref.String()))
	return c.path("refs", hex.EncodeToString(sum[:16]))
}

// resolve returns what a reference stands for, as far as it is known here.
func (c *cache) resolve(ref reference) (v1.Hash, error) {
	if h, ok := ref.digest(); ok {
		return h, nil
	}
	e, err := c.entry(ref)
	return e.Digest, err
}

func (c *cache) entry(ref reference) (entry, error) {
	raw, err := os.ReadFile(c.refPath(ref))
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, errNotHere
	}
	if err != nil {
		return entry{}, fmt.Errorf("reading the image cache: %w", err)
	}
	e, ok := decodeEntry(raw)
	if !ok || e.Ref != ref.String() {
		return entry{}, errNotHere
	}
	return e, nil
}

func decodeEntry(raw []byte) (entry, bool) {
	var e entry
	err := json.Unmarshal(raw, &e)
	return e, err == nil
}

func (c *cache) remember(ref reference, digest v1.Hash) error {
	raw, err := json.Marshal(entry{Ref: ref.String(), Digest: digest, Time: time.Now().UTC()})
	if err != nil {
		return fmt.Errorf("writing the image cache: %w", err)
	}
	return c.write(c.refPath(ref), raw)
}

// write puts a file into place whole.
func (c *cache) write(path string, content []byte) error {
	f, err := c.create()
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return c.place(f, path, err)
}

// create makes a file that place puts where it belongs.
func (c *cache) create() (*os.File, error) {
	if err := os.MkdirAll(c.path("tmp"), 0o700); err != nil {
		return nil, fmt.Errorf("making the image cache: %w", err)
	}
	f, err := os.CreateTemp(c.path("tmp"), "new-")
	if err != nil {
		return nil, fmt.Errorf("writing the image cache: %w", err)
	}
	return f, nil
}

// place closes f and gives it its name, unless writing it failed.
func (c *cache) place(f *os.File, path string, failed error) error {
	err := errors.Join(failed, f.Close())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing the image cache: %w", err)
	}
	return nil
}

func (c *cache) document(ctx context.Context, h v1.Hash, _ bool) ([]byte, error) {
	body, _, err := c.open(ctx, h)
	if err != nil {
		return nil, err
	}
	defer body.Close() //nolint:errcheck // nothing was written
	raw, err := readDocument(body, h)
	if err != nil {
		// Somebody changed it, or the disk did; the next one gets it anew.
		path, _ := c.blob(h)
		_ = os.Remove(path)
		return nil, errNotHere
	}
	return raw, nil
}

func (c *cache) open(_ context.Context, h v1.Hash) (io.ReadCloser, int64, error) {
	path, err := c.blob(h)
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, errNotHere
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading the image cache: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("reading the image cache: %w", err)
	}
	return f, info.Size(), nil
}

func (c *cache) has(h v1.Hash) bool {
	path, err := c.blob(h)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// keep puts a document into the cache.
func (c *cache) keep(h v1.Hash, raw []byte) error {
	path, err := c.blob(h)
	if err != nil {
		return err
	}
	return c.write(path, raw)
}

// touch says that something was used just now.
func (c *cache) touch(elem ...string) {
	now := time.Now()
	_ = os.Chtimes(c.path(elem...), now, now)
}

func (c *cache) touchRef(ref reference) {
	now := time.Now()
	_ = os.Chtimes(c.refPath(ref), now, now)
}
