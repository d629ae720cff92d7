package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
	"github.com/tenon-ci/tenon/pkg/local/docker"
	"github.com/tenon-ci/tenon/pkg/local/folders"
	"github.com/tenon-ci/tenon/pkg/local/image"
	"github.com/tenon-ci/tenon/pkg/local/kubelet"
	"github.com/tenon-ci/tenon/pkg/local/oci"
	"github.com/tenon-ci/tenon/pkg/local/process"
)

// newRuntime makes what carries out containers.
func newRuntime(ctx context.Context, s Setup, images *image.Store) (container.Runtime, error) {
	backend := s.Backend
	if backend == "auto" {
		var err error
		if backend, err = firstAvailable(ctx); err != nil {
			return nil, err
		}
	}
	switch backend {
	case "oci":
		go cleanRuns(s.Places)
		return oci.New(oci.Options{Images: images, Dir: s.Places.Containers(), Network: oci.Network(s.Network), Warn: s.Warn})
	case "docker":
		if s.Network == "none" {
			s.Warn("the backend docker has no network none; pods have one of their own")
		}
		o := docker.Options{HostNetwork: s.Network == "host"}
		if len(s.Images)+len(s.Mirrors) > 0 {
			o.Loader = loader{images: images, pulls: len(s.Mirrors) > 0}
		}
		return docker.New(ctx, o)
	case "host":
		rt, err := process.New(process.Options{})
		if err != nil {
			return nil, err
		}
		s.Warn(rt.Warning())
		return rt, nil
	}
	return nil, refused(fmt.Errorf("there is no backend %q", backend))
}

// firstAvailable chooses between those that isolate steps.
func firstAvailable(ctx context.Context) (string, error) {
	inOCI := oci.Available()
	if inOCI == nil {
		return "oci", nil
	}
	inDocker := docker.Available(ctx)
	if inDocker == nil {
		return "docker", nil
	}
	return "", fmt.Errorf("steps can't run in containers here:\n  oci: %w\n  docker: %w\nWith --backend host they run as plain processes, which isolates nothing", inOCI, inDocker)
}

// loader hands images of layouts to an engine, and those of mirrors, which engines know nothing of.
type loader struct {
	images *image.Store
	pulls  bool
}

// Load implements docker.Loader.
func (l loader) Load(ctx context.Context, req container.ImageRequest) (tar io.ReadCloser, ref, id string, err error) {
	if !l.pulls {
		req.Policy = corev1.PullNever
	}
	archive, err := l.images.Archive(ctx, req)
	var missing *container.ImageError
	if errors.As(err, &missing) {
		return nil, "", "", nil
	}
	if err != nil {
		return nil, "", "", err
	}
	return &lazy{begin: func() io.ReadCloser {
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(archive.WriteTo(ctx, w)) }()
		return r
	}}, archive.Tag, archive.Image.ID, nil
}

// lazy opens what it reads from when it is read for the first time.
type lazy struct {
	begin func() io.ReadCloser
	from  io.ReadCloser
}

// Read implements io.Reader.
func (l *lazy) Read(p []byte) (int, error) {
	if l.from == nil {
		l.from = l.begin()
	}
	return l.from.Read(p)
}

// Close implements io.Closer.
func (l *lazy) Close() error {
	if l.from == nil {
		return nil
	}
	return l.from.Close()
}

// mirrorOf lets a mirror without a registry be one of all.
func mirrorOf(text string) string {
	if strings.Contains(text, "=") {
		return text
	}
	return "*=" + text
}

// cleanRuns removes what killed programs have left of their runs. What can't be removed stays for tenon clean to tell of.
func cleanRuns(places Places) {
	_ = oci.Clean(places.Containers())
	for _, place := range []string{places.Runs(), kubelet.MemoryPlace()} {
		abandoned, _ := folders.Abandoned(place, false)
		for _, dir := range abandoned {
			_ = folders.RemoveAll(dir)
		}
	}
}

// clean implements Program.Clean.
func clean(ctx context.Context, c Cleaning) (removed []string, err error) {
	errs := []error{oci.Clean(c.Places.Containers())}
	containers, err := docker.Clean(ctx, "", false)
	errs = append(errs, err)
	if containers > 0 {
		removed = append(removed, fmt.Sprintf("Removed %d containers of Docker or Podman.", containers))
	}
	abandoned, err := folders.Abandoned(c.Places.Runs(), c.Runs)
	errs = append(errs, err)
	if place := kubelet.MemoryPlace(); place != "" {
		more, err := folders.Abandoned(place, false)
		errs = append(errs, err)
		abandoned = append(abandoned, more...)
	}
	for _, dir := range abandoned {
		err := folders.RemoveAll(dir)
		errs = append(errs, err)
		if err == nil {
			removed = append(removed, "Removed the folder of a run: "+dir)
		}
	}
	if c.Images {
		line, err := pruneImages(ctx, c.Places)
		errs = append(errs, err)
		removed = append(removed, line...)
	}
	if c.Claims {
		if _, err := os.Stat(c.Places.Claims()); err == nil {
			errs = append(errs, folders.RemoveAll(c.Places.Claims()))
			removed = append(removed, "Removed the folders of claims: "+c.Places.Claims())
		}
	}
	return removed, errors.Join(errs...)
}

func pruneImages(ctx context.Context, places Places) ([]string, error) {
	if _, err := os.Stat(places.Images()); os.IsNotExist(err) {
		return nil, nil
	}
	store, err := image.Open(image.Options{Dir: places.Images()})
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	usage, err := store.Prune(ctx, time.Duration(0))
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("Removed %d images, %d MB.", usage.Images, usage.Bytes>>20)}, nil
}
