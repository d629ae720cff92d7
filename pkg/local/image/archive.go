package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// archiveRepository is what engines call images that were loaded into them.
const archiveRepository = "tenon.local/image"

// Archive is an image in the form that "docker load" reads.
type Archive struct {
	// Image is what the image says; it has no Root.
	Image *container.Image
	// Tag is the name that the image has after it was loaded. It is the same for the same image, so an engine that has it needs no
	// loading.
	Tag string
	// ConfigDigest is the digest of the image's configuration, which older engines use as the ID of the image.
	ConfigDigest string

	store    *Store
	found    *found
	progress func(string)
}

// Archive finds an image as Get does, and unpacks nothing. Layers that are missing are pulled by WriteTo. Errors are
// [*container.ImageError], except that of ctx.
func (s *Store) Archive(ctx context.Context, req container.ImageRequest) (*Archive, error) {
	got, err := s.flights.Do(ctx, flightOf("archive", req), req.Progress, func(ctx context.Context, progress func(string)) (any, error) {
		req := req
		req.Progress = progress
		return s.find(ctx, req, false)
	})
	if err != nil {
		return nil, s.explain(ctx, "pulling image", req, err)
	}
	f := got.(*found)
	config := f.manifest.Config.Digest
	return &Archive{
		Image:        f.image(req.Ref),
		Tag:          archiveRepository + ":" + config.Hex,
		ConfigDigest: config.String(),
		store:        s,
		found:        f,
		progress:     req.Progress,
	}, nil
}

// WriteTo writes the archive: a tarball that is not compressed, with layers as they were pulled.
func (a *Archive) WriteTo(ctx context.Context, w io.Writer) error {
	if err := a.write(ctx, w); err != nil {
		return fmt.Errorf("handing over image %q: %w", a.Image.Ref, err)
	}
	return nil
}

func (a *Archive) write(ctx context.Context, w io.Writer) error {
	if err := a.pull(ctx); err != nil {
		return err
	}
	config := a.found.manifest.Config.Digest
	raw, err := a.found.src.document(ctx, config, false)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	if err := addFile(archive, config.Hex+".json", raw); err != nil {
		return err
	}
	image := dockerImage{Config: config.Hex + ".json", RepoTags: []string{a.Tag}, Layers: []string{}}
	written := map[v1.Hash]bool{}
	for i, l := range a.found.manifest.Layers {
		name := l.Digest.Hex + ".tar"
		image.Layers = append(image.Layers, name)
		if written[l.Digest] {
			continue
		}
		written[l.Digest] = true
		report(a.progress, "handing over layer %d of %d", i+1, len(a.found.manifest.Layers))
		if err := a.addLayer(ctx, archive, name, l.Digest); err != nil {
			return fmt.Errorf("layer %s: %w", l.Digest, err)
		}
	}
	raw, err = json.Marshal([]dockerImage{image})
	if err != nil {
		return err
	}
	if err := addFile(archive, dockerFile, raw); err != nil {
		return err
	}
	return archive.Close()
}

// pull fetches what is missing into the cache.
func (a *Archive) pull(ctx context.Context) error {
	if _, remote := a.found.src.(*fallback); !remote {
		return nil
	}
	pulled := &meter{progress: a.progress}
	for _, l := range a.found.manifest.Layers {
		pulled.total += l.Size
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for i := range a.found.manifest.Layers {
		group.Go(func() error {
			body, finished, err := a.store.fetch(ctx, a.found, i, pulled)
			if err != nil {
				return err
			}
			_ = body.Close()
			return finished()
		})
	}
	return group.Wait()
}

func (a *Archive) addLayer(ctx context.Context, archive *tar.Writer, name string, h v1.Hash) error {
	body, size, err := a.found.src.open(ctx, h)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // nothing was written
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size}); err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{archive}, struct{ io.Reader }{body}, make([]byte, chunk))
	return err
}

func addFile(archive *tar.Writer, name string, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}
