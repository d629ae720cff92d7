package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sync"

	cerrdefs "github.com/containerd/errdefs"
	api "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/tenon-ci/tenon/pkg/local/container"
)

// volume is an image, or a part of one, that is copied into a folder once for all containers of a pod.
type volume struct {
	once   sync.Once
	source string
	err    error
}

// withVolumes replaces images by folders with what is in them. Other sources have to be there: some engines make those that are not.
func (s *sandbox) withVolumes(ctx context.Context, mounts []container.Mount) ([]container.Mount, error) {
	replaced := make([]container.Mount, len(mounts))
	for i, m := range mounts {
		replaced[i] = m
		if m.Image == nil {
			if _, err := os.Lstat(m.Source); err != nil {
				return nil, fmt.Errorf("mounting on %s: %w", m.Target, err)
			}
			continue
		}
		source, err := s.volume(ctx, m.Image, path.Clean("/"+m.Source))
		if err != nil {
			return nil, fmt.Errorf("mounting image %q on %s: %w", m.Image.Ref, m.Target, err)
		}
		replaced[i] = container.Mount{Source: source, Target: m.Target, ReadOnly: true}
	}
	return replaced, nil
}

func (s *sandbox) volume(ctx context.Context, image *container.Image, from string) (string, error) {
	key := imageKey(image) + "\x00" + from
	s.mu.Lock()
	v, ok := s.volumes[key]
	if !ok {
		v = &volume{}
		s.volumes[key] = v
	}
	s.mu.Unlock()
	v.once.Do(func() {
		sum := sha256.Sum256([]byte(key))
		v.source, v.err = s.copyOut(ctx, image, from, filepath.Join(s.request.Dir, "images", hex.EncodeToString(sum[:8])))
	})
	return v.source, v.err
}

// copyOut copies what is at the path from in an image to the folder dir and returns where the copy is. The engine hands out files of
// containers only, so that one is made that never starts.
func (s *sandbox) copyOut(ctx context.Context, image *container.Image, from, dir string) (source string, err error) {
	engine := s.runtime.api
	created, err := engine.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &api.Config{
			Image: s.runtime.engineImage(image), Entrypoint: []string{"/none"}, Cmd: []string{},
			Labels: s.runtime.labelled(s.request.ID, "", roleCopy),
		},
		HostConfig: &api.HostConfig{NetworkMode: "none"},
	})
	if err != nil {
		return "", err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
		defer cancel()
		err = errors.Join(err, remove(ctx, engine, created.ID))
	}()
	copied, err := engine.CopyFromContainer(ctx, created.ID, client.CopyFromContainerOptions{SourcePath: from})
	if cerrdefs.IsNotFound(err) {
		return "", fmt.Errorf("there is no %s in the image", from)
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = copied.Content.Close() }()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := unpack(dir, copied.Content); err != nil {
		return "", fmt.Errorf("copying %s of the image: %w", from, err)
	}
	// The archive has the folder, or the file, by its own name; of the whole image it is the root.
	if from == "/" {
		return dir, nil
	}
	return filepath.Join(dir, path.Base(from)), nil
}
