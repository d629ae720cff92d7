// Package runner has the programs of the step runner for the containers of pods that run on this machine. A release carries those of
// its own architecture, compressed, put there by hack/embed-runner.sh before the build; without them a Go program that contains the
// runner stands in for it.
package runner

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Names of the programs.
const (
	plainName = "entrypoint"
	celName   = "entrypoint-cel"
)

// executable lets everybody run a program, and only its owner change it.
const executable = 0o755

// Programs finds the programs of the runner. It is used by many goroutines.
type Programs struct {
	// files has programs/<arch>/<name>.gz, for Linux.
	files fs.FS
	dir   string
	arch  string
	self  func() (string, error)
	plain func() (string, error)
	cel   func() (string, error)
}

// Options say how to find the programs.
type Options struct {
	// Dir is the cache into which programs are unpacked, each below its digest, once.
	Dir string
	// Arch is the architecture of the containers in Go's words, such as amd64.
	Arch string
	// Self is a program that is the step runner, with CEL, if its base name is "entrypoint"; it is used where no program is embedded.
	// Nil means this program.
	Self func() (string, error)
}

// New returns the programs. Nothing is unpacked before it is asked for.
func New(o Options) *Programs { return newPrograms(embedded, o) }

func newPrograms(files fs.FS, o Options) *Programs {
	p := &Programs{files: files, dir: o.Dir, arch: o.Arch, self: o.Self}
	if p.self == nil {
		p.self = os.Executable
	}
	p.plain = sync.OnceValues(func() (string, error) { return p.find(plainName) })
	p.cel = sync.OnceValues(func() (string, error) { return p.find(celName) })
	return p
}

// Path returns the file of the runner, with CEL or without, for copying: it is shared, so nobody must be able to change it.
func (p *Programs) Path(cel bool) (string, error) {
	if cel {
		return p.cel()
	}
	return p.plain()
}

// find unpacks a program unless that was done before.
func (p *Programs) find(name string) (string, error) {
	file := "programs/" + p.arch + "/" + name + ".gz"
	packed, err := fs.ReadFile(p.files, file)
	if errors.Is(err, fs.ErrNotExist) {
		path, err := p.self()
		if err != nil {
			return "", fmt.Errorf("finding the step runner: %w", err)
		}
		return path, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the step runner: %w", err)
	}
	sum := sha256.Sum256(packed)
	dir := filepath.Join(p.dir, hex.EncodeToString(sum[:8]))
	path := filepath.Join(dir, name)
	if info, err := os.Lstat(path); err == nil && info.Mode() == executable {
		return path, nil
	}
	if err := os.MkdirAll(dir, executable); err != nil {
		return "", fmt.Errorf("unpacking the step runner: %w", err)
	}
	if err := p.unpack(file, path); err != nil {
		return "", fmt.Errorf("unpacking the step runner to %s: %w", path, err)
	}
	return path, nil
}

// unpack puts the program in place as a whole: others may do the same at the same time, or end in the middle of it.
func (p *Programs) unpack(file, path string) error {
	packed, err := p.files.Open(file)
	if err != nil {
		return err
	}
	defer packed.Close() //nolint:errcheck // nothing was written
	program, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, program) //nolint:gosec // a part of this program
	err = errors.Join(err, out.Chmod(executable), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		_ = os.Remove(out.Name())
	}
	return err
}
