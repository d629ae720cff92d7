// Command layout puts images into an OCI layout, a folder that "tenon run --images" takes images from:
//
//	layout append -layout DIR -tar ROOT.tar -cmd sh library/busybox:latest busybox:latest
//	layout derive -layout DIR -from tools:latest -entrypoint git alpine/git:latest
//
// The first makes an image of one layer, the second one that differs from another in its settings only. Names without a registry stand
// for those of all registries. An image of the same name is replaced.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nameAnnotation has the name of an image in a layout.
const nameAnnotation = "org.opencontainers.image.ref.name"

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal("layout: ", err)
	}
}

// settings are what the configuration of an image says.
type settings struct {
	env, entrypoint, cmd, user, workdir string
}

func run(args []string) error {
	if len(args) == 0 || args[0] != "append" && args[0] != "derive" {
		return errors.New("the first argument must be append or derive")
	}
	var s settings
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	dir := flags.String("layout", "", "Folder of the layout; it is made if it is not there.")
	tar := flags.String("tar", "", "Root of the image, for append.")
	from := flags.String("from", "", "Name of the image to derive from.")
	flags.StringVar(&s.env, "env", "", "NAME=VALUE to add to the environment.")
	flags.StringVar(&s.entrypoint, "entrypoint", "", "Words of the entrypoint, separated by commas.")
	flags.StringVar(&s.cmd, "cmd", "", "Words of the command, separated by commas.")
	flags.StringVar(&s.user, "user", "", "User of the image.")
	flags.StringVar(&s.workdir, "workdir", "", "Working directory of the image.")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *dir == "" || flags.NArg() == 0 {
		return errors.New("-layout and the names of the image are needed")
	}
	path, err := open(*dir)
	if err != nil {
		return err
	}
	base, err := source(path, args[0], *tar, *from)
	if err != nil {
		return err
	}
	image, err := s.apply(base)
	if err != nil {
		return fmt.Errorf("configuring %s: %w", flags.Arg(0), err)
	}
	return put(path, image, flags.Args())
}

func open(dir string) (layout.Path, error) {
	if path, err := layout.FromPath(dir); err == nil {
		return path, nil
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return "", fmt.Errorf("making layout %s: %w", dir, err)
	}
	return path, nil
}

func source(path layout.Path, command, tar, from string) (v1.Image, error) {
	if command == "derive" {
		return find(path, from)
	}
	layer, err := tarball.LayerFromFile(tar, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", tar, err)
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	return mutate.Append(base, mutate.Addendum{Layer: layer, MediaType: types.OCILayer})
}

func find(path layout.Path, name string) (v1.Image, error) {
	index, err := path.ImageIndex()
	if err != nil {
		return nil, fmt.Errorf("reading layout %s: %w", path, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading layout %s: %w", path, err)
	}
	for _, m := range manifest.Manifests {
		if m.Annotations[nameAnnotation] == name {
			return path.Image(m.Digest)
		}
	}
	return nil, fmt.Errorf("layout %s has no image %q", path, name)
}

// apply returns the image with the settings; those that are empty stay as they are.
func (s settings) apply(image v1.Image) (v1.Image, error) {
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", runtime.GOARCH
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	if s.env != "" {
		file.Config.Env = append(file.Config.Env, s.env)
	}
	if s.entrypoint != "" {
		file.Config.Entrypoint, file.Config.Cmd = strings.Split(s.entrypoint, ","), nil
	}
	if s.cmd != "" {
		file.Config.Cmd = strings.Split(s.cmd, ",")
	}
	if s.user != "" {
		file.Config.User = s.user
	}
	if s.workdir != "" {
		file.Config.WorkingDir = s.workdir
	}
	return mutate.ConfigFile(image, file)
}

func put(path layout.Path, image v1.Image, names []string) error {
	for _, name := range names {
		err := path.ReplaceImage(image, match.Name(name), layout.WithAnnotations(map[string]string{nameAnnotation: name}))
		if err != nil {
			return fmt.Errorf("adding %s to layout %s: %w", name, filepath.Base(string(path)), err)
		}
	}
	return nil
}
