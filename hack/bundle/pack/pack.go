// Package pack makes Tekton bundles, images whose layers are definitions (contract 4 §3), for tests and for the command bundle. What
// it makes depends on the definitions alone, not on their order.
package pack

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// MaxObjects is the number of definitions that a bundle may have.
const MaxObjects = 20

// Image makes a bundle of documents in YAML or JSON, each with one definition.
func Image(documents [][]byte) (v1.Image, error) {
	switch {
	case len(documents) == 0:
		return nil, errors.New("there is no document")
	case len(documents) > MaxObjects:
		return nil, fmt.Errorf("there are %d documents, a bundle may have %d", len(documents), MaxObjects)
	}
	type part struct {
		digest string
		mutate.Addendum
	}
	var parts []part
	known := map[string]bool{}
	for i, document := range documents {
		add, err := layer(document)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		key := fmt.Sprint(add.Annotations)
		if known[key] {
			return nil, fmt.Errorf("document %d: there is another %s %s", i+1, add.Annotations[annotationKind], add.Annotations[annotationName])
		}
		known[key] = true
		digest, err := add.Layer.Digest()
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		parts = append(parts, part{digest.String(), add})
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.digest, b.digest) })
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	adds := make([]mutate.Addendum, len(parts))
	for i, p := range parts {
		adds[i] = p.Addendum
	}
	return mutate.Append(base, adds...)
}

// Annotations of layers.
const (
	annotationName       = "dev.tekton.image.name"
	annotationKind       = "dev.tekton.image.kind"
	annotationAPIVersion = "dev.tekton.image.apiVersion"
)

// layer makes a layer: an archive with one file.
func layer(document []byte) (mutate.Addendum, error) {
	var object struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	if err := yaml.Unmarshal(document, &object); err != nil {
		return mutate.Addendum{}, err
	}
	if object.APIVersion == "" || object.Kind == "" || object.Metadata.Name == "" {
		return mutate.Addendum{}, errors.New("apiVersion, kind and metadata.name are needed")
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	header := tar.Header{Typeflag: tar.TypeReg, Name: object.Metadata.Name, Mode: 0o600, Size: int64(len(document)), Format: tar.FormatPAX}
	if err := errors.Join(w.WriteHeader(&header), write(w, document), w.Close()); err != nil {
		return mutate.Addendum{}, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return mutate.Addendum{}, err
	}
	return mutate.Addendum{Layer: l, MediaType: types.OCILayer, Annotations: map[string]string{
		annotationName: object.Metadata.Name, annotationKind: strings.ToLower(object.Kind), annotationAPIVersion: object.APIVersion,
	}}, nil
}

func write(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}
