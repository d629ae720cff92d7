// Package folders has the folders of this machine that runs get as volumes: views of the user's folders that a run can't damage, and the
// contents of claims.
package folders

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

const dirMode = 0o755

// Options say where folders are.
type Options struct {
	// Claims is where the claims of users are kept: what is in them stays from run to run.
	Claims string
	// Run is a folder of this run alone, for claims that a run makes and for views of folders. Who makes it removes it.
	Run string
	// Warn, which may be nil, hears what was left out of a view.
	Warn func(string)
}

// Folders finds the folder of a claim. It is used by many goroutines.
type Folders struct {
	o     Options
	mu    sync.Mutex
	bound map[string]*view
	// copies ends with cancel; copying is what goes on beside the callers.
	copies  context.Context
	cancel  context.CancelFunc
	copying sync.WaitGroup
}

// view is a folder of the user's that stands for a claim.
type view struct {
	dir, copy  string
	isWritable bool
	once       sync.Once
	err        error
}

// New returns Folders; nothing is made before it is asked for.
func New(o Options) *Folders {
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	f := &Folders{o: o, bound: make(map[string]*view)}
	f.copies, f.cancel = context.WithCancel(context.Background())
	return f
}

// Bind lets a claim of any namespace stand for a folder that exists: itself if isWritable, else a copy of it that is made when the claim
// is used for the first time.
func (f *Folders) Bind(claim, dir string, isWritable bool) error {
	if !isName(claim) {
		return fmt.Errorf("binding folder %s: %q is no name of a claim", dir, claim)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding folder %s: %w", dir, err)
	}
	// What is mounted must have no link in it.
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return fmt.Errorf("finding folder %s: %w", dir, err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return fmt.Errorf("looking at folder %s: %w", dir, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bound[claim] = &view{dir: real, isWritable: isWritable, copy: filepath.Join(f.o.Run, "views", claim)}
	return nil
}

// Prepare begins to copy, so that the copies are there when they are needed. It does not wait; Close does.
func (f *Folders) Prepare() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range f.bound {
		f.copying.Go(func() { _, _ = v.path(f.copies, f.o.Warn) })
	}
}

// Close ends what Prepare has begun. Nothing is written into the folder of the run after that.
func (f *Folders) Close() {
	f.cancel()
	f.copying.Wait()
}

// Claim returns the folder of a claim, and makes it if there is none. owned says that the run made the claim, so that it goes with the
// run.
func (f *Folders) Claim(claim *corev1.PersistentVolumeClaim, owned bool) (string, error) {
	if !isName(claim.Name) || claim.Namespace != "" && !isName(claim.Namespace) {
		return "", fmt.Errorf("making the folder of claim %q: its name is not valid", claim.Name)
	}
	f.mu.Lock()
	v := f.bound[claim.Name]
	f.mu.Unlock()
	if v != nil && !owned {
		return v.path(f.copies, f.o.Warn)
	}
	base := f.o.Claims
	if owned {
		base = filepath.Join(f.o.Run, "claims")
	}
	dir := filepath.Join(base, namespace(claim.Namespace), claim.Name)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return "", fmt.Errorf("making the folder of claim %s: %w", claim.Name, err)
	}
	if owned {
		// Any user of any image may write to a fresh volume, as with most kinds of storage of a cluster.
		if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // see above
			return "", fmt.Errorf("opening the folder of claim %s: %w", claim.Name, err)
		}
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("finding the folder of claim %s: %w", claim.Name, err)
	}
	return filepath.Abs(real)
}

// Remove removes the folder of a claim that a run made. It is no error if there is none.
func (f *Folders) Remove(ns, name string) error {
	if !isName(name) || ns != "" && !isName(ns) {
		return fmt.Errorf("removing the folder of claim %q: its name is not valid", name)
	}
	if err := RemoveAll(filepath.Join(f.o.Run, "claims", namespace(ns), name)); err != nil {
		return fmt.Errorf("removing the folder of claim %s: %w", name, err)
	}
	return nil
}

func (v *view) path(ctx context.Context, warn func(string)) (string, error) {
	if v.isWritable {
		return v.dir, nil
	}
	v.once.Do(func() {
		v.err = os.MkdirAll(filepath.Dir(v.copy), dirMode)
		if v.err == nil {
			v.err = Copy(ctx, v.copy, v.dir, warn)
		}
	})
	if v.err != nil {
		return "", fmt.Errorf("copying folder %s: %w", v.dir, v.err)
	}
	real, err := filepath.EvalSymlinks(v.copy)
	if err != nil {
		return "", fmt.Errorf("finding the copy of folder %s: %w", v.dir, err)
	}
	return real, nil
}

// isName tells whether a name is fit to be that of a folder.
func isName(name string) bool {
	return name != "" && name != "." && filepath.IsLocal(name) && filepath.Base(name) == name
}

func namespace(ns string) string {
	if ns == "" {
		return "default"
	}
	return ns
}

// RemoveAll is os.RemoveAll that also removes folders whose owner took the right to change them away from itself.
func RemoveAll(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // it is removed at once
		}
		return nil
	})
	err := os.RemoveAll(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
