package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// Image implements [container.Runtime].
func (r *Runtime) Image(ctx context.Context, req container.ImageRequest) (*container.Image, error) {
	named, err := reference.ParseDockerRef(req.Ref)
	if err != nil {
		return nil, &container.ImageError{Reason: "InvalidImageName", Err: fmt.Errorf("image %q: %w", req.Ref, err)}
	}
	return r.flights.Do(ctx, string(req.Policy)+" "+named.String(), nil, func(ctx context.Context, _ func(string)) (*container.Image, error) {
		return r.image(ctx, req, named)
	})
}

// image makes an image present: from the loader, from what the engine has, or from the registry.
func (r *Runtime) image(ctx context.Context, req container.ImageRequest, named reference.Named) (*container.Image, error) {
	if r.options.Loader != nil {
		loaded, err := r.load(ctx, req)
		if err != nil || loaded != nil {
			return loaded, err
		}
	}
	if req.Policy != corev1.PullAlways {
		image, err := r.inspect(ctx, req.Ref, named.String(), "")
		if err == nil {
			return image, nil
		}
		if !cerrdefs.IsNotFound(err) {
			return nil, pullError(req.Ref, err)
		}
		if req.Policy == corev1.PullNever {
			return nil, &container.ImageError{
				Reason: "ErrImageNeverPull",
				Err:    fmt.Errorf("container image %q is not present with pull policy of Never", req.Ref),
			}
		}
	}
	if err := r.pull(ctx, req, named); err != nil {
		return nil, pullError(req.Ref, err)
	}
	image, err := r.inspect(ctx, req.Ref, named.String(), "")
	if err != nil {
		return nil, pullError(req.Ref, err)
	}
	return image, nil
}

func pullError(ref string, err error) error {
	return &container.ImageError{Reason: "ErrImagePull", Err: fmt.Errorf("failed to pull image %q: %w", ref, err)}
}

// inspect asks the engine for the image that it knows as name. id replaces what the engine says of its digest, unless it is empty.
func (r *Runtime) inspect(ctx context.Context, ref, name, id string) (*container.Image, error) {
	found, err := r.api.ImageInspect(ctx, name)
	if err != nil {
		return nil, err
	}
	if id == "" {
		id = repoDigest(name, found.RepoDigests)
	}
	if id == "" {
		id = withAlgorithm(found.ID)
	}
	image := &container.Image{Ref: ref, ID: id}
	if c := found.Config; c != nil {
		image.Entrypoint, image.Cmd, image.Env = c.Entrypoint, c.Cmd, c.Env
		image.WorkingDir, image.User = c.WorkingDir, c.User
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.images[imageKey(image)] = withAlgorithm(found.ID)
	return image, nil
}

// imageKey tells images apart that the caller may have copied.
func imageKey(image *container.Image) string { return image.Ref + "\x00" + image.ID }

// engineImage is what the engine calls an image for certain: its digest, since tags move.
func (r *Runtime) engineImage(image *container.Image) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id, ok := r.images[imageKey(image)]; ok {
		return id
	}
	return image.Ref
}

// withAlgorithm completes the digests of old versions of Podman.
func withAlgorithm(id string) string {
	if len(id) == 64 && !strings.Contains(id, ":") {
		return "sha256:" + id
	}
	return id
}

// repoDigest is the digest under which the image was pulled from the repository that name is in.
func repoDigest(name string, digests []string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return ""
	}
	other := ""
	for _, digest := range digests {
		candidate, err := reference.ParseNormalizedNamed(digest)
		if err != nil {
			continue
		}
		if candidate.Name() == named.Name() {
			return candidate.String()
		}
		if other == "" {
			other = candidate.String()
		}
	}
	return other
}

// load gives the loader's image to the engine, unless the engine has it.
func (r *Runtime) load(ctx context.Context, req container.ImageRequest) (*container.Image, error) {
	tar, ref, id, err := r.options.Loader.Load(ctx, req)
	if err != nil {
		var known *container.ImageError
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, pullError(req.Ref, err)
	}
	if tar == nil {
		return nil, nil
	}
	defer func() { _ = tar.Close() }()
	image, err := r.inspect(ctx, req.Ref, ref, id)
	if err == nil {
		return image, nil
	}
	if !cerrdefs.IsNotFound(err) {
		return nil, pullError(req.Ref, err)
	}
	if req.Progress != nil {
		req.Progress("loading into the engine")
	}
	if err := loadArchive(ctx, r.api, tar); err != nil {
		return nil, pullError(req.Ref, fmt.Errorf("loading it into the engine: %w", err))
	}
	if image, err = r.inspect(ctx, req.Ref, ref, id); err != nil {
		return nil, pullError(req.Ref, err)
	}
	return image, nil
}
