package oci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Runtime carries out containers with an OCI runtime.
type Runtime struct {
	options      Options
	program      *program
	folder       *folder
	place        *place
	pids         *pidFiles
	groups       *groups
	ids          idMap
	capabilities uint64
	noOverlay    atomic.Bool

	mu        sync.Mutex
	closed    bool
	sandboxes map[*sandbox]bool
	warned    map[string]bool
}

var _ container.Runtime = (*Runtime)(nil)

// New prepares to carry out containers. The error says why they can't be carried out on this machine. An ordinary user's program has to
// be in a user namespace, see [EnterUserNamespace].
func New(o Options) (_ *Runtime, err error) {
	if o.Images == nil || o.Dir == "" {
		return nil, errors.New("the oci backend needs images and a folder for its state")
	}
	if o.Network == "" {
		o.Network = NetworkHost
	}
	if o.Network != NetworkHost && o.Network != NetworkPrivate && o.Network != NetworkNone {
		return nil, fmt.Errorf("unknown network %q: it is %s, %s or %s", o.Network, NetworkHost, NetworkPrivate, NetworkNone)
	}
	r := &Runtime{options: o, sandboxes: map[*sandbox]bool{}, warned: map[string]bool{}}
	defer func() {
		if err != nil {
			r.release()
		}
	}()
	if r.ids, err = readIDMap(); err != nil {
		return nil, err
	}
	if r.capabilities, err = boundingSet(); err != nil {
		return nil, err
	}
	if r.capabilities&(1<<unix.CAP_SYS_ADMIN) == 0 {
		return nil, errNotAllowed()
	}
	if r.folder, err = newFolder(o.Dir); err != nil {
		return nil, fmt.Errorf("making a folder for the state of containers: %w", err)
	}
	if r.program, err = newProgram(o.Program, r.folder.path+"/state"); err != nil {
		return nil, err
	}
	if r.pids, err = watchPIDFiles(r.folder.path + "/pids"); err != nil {
		return nil, err
	}
	r.groups = newGroups(r.folder)
	if r.place, err = newPlace(r.program.crun && !unifiedCgroups()); err != nil {
		return nil, err
	}
	return r, nil
}

// Available returns an error that says why OCI runtimes can't be used on this machine, and the way out. It is nil for ordinary users if
// [EnterUserNamespace] is likely to work.
func Available() error {
	if _, err := findProgram(""); err != nil {
		return err
	}
	own, err := boundingSet()
	if err != nil {
		return err
	}
	if own&(1<<unix.CAP_SYS_ADMIN) != 0 {
		return nil
	}
	if os.Geteuid() == 0 {
		return errNotAllowed()
	}
	return userNamespacesForbidden()
}

func errNotAllowed() error {
	if os.Geteuid() != 0 {
		return errors.New("the oci backend of an ordinary user has to run in a user namespace")
	}
	return errors.New("root may not mount here, as in a container without rights: start that container with --privileged, " +
		"or use --backend host")
}

// warn tells the user something, once for each kind.
func (r *Runtime) warn(kind, text string) {
	r.mu.Lock()
	known := r.warned[kind]
	r.warned[kind] = true
	r.mu.Unlock()
	if !known && r.options.Warn != nil {
		r.options.Warn(text)
	}
}

// Name implements [container.Runtime].
func (r *Runtime) Name() string { return "oci" }

// Image implements [container.Runtime].
func (r *Runtime) Image(ctx context.Context, req container.ImageRequest) (*container.Image, error) {
	return r.options.Images.Get(ctx, req)
}

// Close implements [container.Runtime].
func (r *Runtime) Close() error {
	r.mu.Lock()
	r.closed = true
	var left []*sandbox
	for s := range r.sandboxes {
		left = append(left, s)
	}
	r.mu.Unlock()
	var wg sync.WaitGroup
	errs := make([]error, len(left))
	for i, s := range left {
		wg.Go(func() { errs[i] = s.Remove(context.Background()) })
	}
	wg.Wait()
	r.release()
	return errors.Join(errs...)
}

func (r *Runtime) release() {
	if r.place != nil {
		r.place.close()
	}
	if r.pids != nil {
		r.pids.close()
	}
	if r.groups != nil {
		r.groups.remove()
	}
	if r.program != nil {
		r.program.close()
	}
	if r.folder != nil {
		if r.program != nil && !r.program.crun {
			removeEmptyGroups(r.folder.id)
		}
		r.folder.remove()
	}
}
