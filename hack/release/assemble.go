package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// nameAnnotation has the name of an image in a layout.
const nameAnnotation = "org.opencontainers.image.ref.name"

// assembly says what a release is put together from.
type assembly struct {
	config, refs, registry, out string
	repository, version         string
	platforms, windows          string
	build                       build
}

// runAssemble copies the images that ko has pushed into a layout, and writes manifests, image list and provenance. The files
// that are in the output folder already, such as programs, are subjects of the provenance too.
func runAssemble(ctx context.Context, args []string) error {
	var a assembly
	var packages string
	flags := flag.NewFlagSet("assemble", flag.ContinueOnError)
	flags.StringVar(&a.config, "config", "config", "`FOLDER` of the installation")
	flags.StringVar(&a.refs, "refs", "", "`FILE` with the references that ko has pushed, one a line")
	flags.StringVar(&a.registry, "registry", "", "`HOST:PORT` of the registry that ko has pushed to")
	flags.StringVar(&a.out, "out", "", "`FOLDER` of the release")
	flags.StringVar(&a.repository, "repository", "", "`REPOSITORY` that the manifests name")
	flags.StringVar(&a.version, "version", "", "version of the release")
	flags.StringVar(&a.platforms, "platforms", "linux/amd64", "platforms that every image must have")
	flags.StringVar(&a.windows, "windows", "", "`NAMES` of the images that must have windows/amd64 too")
	flags.StringVar(&a.build.commit, "commit", "", "commit the release is built from")
	flags.StringVar(&a.build.builder, "builder", "", "`URI` of who builds")
	flags.StringVar(&a.build.goVersion, "go", "", "version of Go")
	flags.StringVar(&a.build.koVersion, "ko", "", "module and version of ko")
	flags.StringVar(&packages, "packages", "", "`FILE` with the packages of the base images")
	flags.Func("base", "`IMAGE@DIGEST` of a base image; may be repeated", func(ref string) error {
		a.build.bases = append(a.build.bases, ref)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if a.refs == "" || a.registry == "" || a.out == "" || a.repository == "" || a.version == "" {
		return errors.New("-refs, -registry, -out, -repository and -version are needed")
	}
	var err error
	if a.build.packages, err = readPackages(packages); err != nil {
		return err
	}
	return a.run(ctx)
}

func (a assembly) run(ctx context.Context) error {
	digests, err := a.copyImages(ctx)
	if err != nil {
		return err
	}
	if err := a.writeManifests(digests); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.out, "images.txt"), []byte(imageList(a.repository, a.version, digests)), 0o644); err != nil {
		return err
	}
	return a.writeProvenance(digests)
}

// copyImages copies images from the registry into the layout and returns their digests by name.
func (a assembly) copyImages(ctx context.Context) (map[string]v1.Hash, error) {
	list, err := os.ReadFile(a.refs)
	if err != nil {
		return nil, err
	}
	path, err := layout.Write(filepath.Join(a.out, "images"), empty.Index)
	if err != nil {
		return nil, fmt.Errorf("making the layout: %w", err)
	}
	digests := map[string]v1.Hash{}
	refs := strings.Fields(string(list))
	slices.Sort(refs)
	for _, ref := range refs {
		imageName, digest, err := a.copyImage(ctx, path, ref)
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", ref, err)
		}
		digests[imageName] = digest
	}
	return digests, nil
}

func (a assembly) copyImage(ctx context.Context, path layout.Path, ref string) (string, v1.Hash, error) {
	pushed, err := name.NewDigest(ref)
	if err != nil {
		return "", v1.Hash{}, err
	}
	local, err := name.NewDigest(a.registry+"/"+pushed.RepositoryStr()+"@"+pushed.DigestStr(), name.Insecure)
	if err != nil {
		return "", v1.Hash{}, err
	}
	imageName := pushed.RepositoryStr()[strings.LastIndex(pushed.RepositoryStr(), "/")+1:]
	descriptor, err := remote.Get(local, remote.WithContext(ctx))
	if err != nil {
		return "", v1.Hash{}, err
	}
	thing, err := appendNamed(path, descriptor, imageName+":"+a.version)
	if err != nil {
		return "", v1.Hash{}, err
	}
	found, err := imagePlatforms(thing)
	if err != nil {
		return "", v1.Hash{}, err
	}
	if want := a.wantPlatforms(imageName); !slices.Equal(found, want) {
		return "", v1.Hash{}, fmt.Errorf("it is for %v; want %v", found, want)
	}
	return imageName, descriptor.Digest, nil
}

// appendNamed adds what a registry has to a layout, under a name.
func appendNamed(path layout.Path, descriptor *remote.Descriptor, imageName string) (any, error) {
	named := layout.WithAnnotations(map[string]string{nameAnnotation: imageName})
	if descriptor.MediaType.IsIndex() {
		index, err := descriptor.ImageIndex()
		if err != nil {
			return nil, err
		}
		return index, path.AppendIndex(index, named)
	}
	image, err := descriptor.Image()
	if err != nil {
		return nil, err
	}
	return image, path.AppendImage(image, named)
}

func (a assembly) wantPlatforms(imageName string) []string {
	want := strings.Split(a.platforms, ",")
	if slices.Contains(strings.Split(a.windows, ","), imageName) {
		want = append(want, "windows/amd64")
	}
	slices.Sort(want)
	return want
}

// writeManifests writes the installation with images by tag and digest, and by digest alone.
func (a assembly) writeManifests(digests map[string]v1.Hash) error {
	config, err := readConfig(a.config)
	if err != nil {
		return err
	}
	for file, tag := range map[string]string{"release.yaml": ":" + a.version, "release.notags.yaml": ""} {
		references := map[string]string{}
		for imageName, digest := range digests {
			references[imageName] = a.repository + "/" + imageName + tag + "@" + digest.String()
		}
		stamped, err := stamp(config, a.version, references)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(a.out, file), []byte(stamped), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// imageList has each image of a release on a line, as a registry has to have it.
func imageList(repository, version string, digests map[string]v1.Hash) string {
	var list strings.Builder
	for _, imageName := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintf(&list, "%s/%s:%s@%s\n", repository, imageName, version, digests[imageName])
	}
	return list.String()
}

func (a assembly) writeProvenance(digests map[string]v1.Hash) error {
	var subjects []subject
	for _, imageName := range slices.Sorted(maps.Keys(digests)) {
		subjects = append(subjects, subject{Name: a.repository + "/" + imageName, Digest: map[string]string{"sha256": digests[imageName].Hex}})
	}
	files, err := fileSubjects(a.out)
	if err != nil {
		return err
	}
	predicate := a.build.provenance(a.version, a.repository, a.platforms)
	statement := statement{Type: statementType, PredicateType: provenanceType, Subject: append(subjects, files...), Predicate: predicate}
	return writeJSON(filepath.Join(a.out, "provenance.json"), statement)
}

func writeJSON(file string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(content, '\n'), 0o644)
}
