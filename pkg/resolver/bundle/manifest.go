package bundle

import (
	"fmt"
	"strings"

	containers "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// Annotations of layers (contract 4 §3).
const (
	annotationName       = "dev.tekton.image.name"
	annotationKind       = "dev.tekton.image.kind"
	annotationAPIVersion = "dev.tekton.image.apiVersion"
)

var layerAnnotations = []string{annotationAPIVersion, annotationKind, annotationName}

const (
	// maxObjects is the number of layers that a bundle may have.
	maxObjects = 20
	// maxAnnotation bounds the annotations of layers, which go into statuses and errors, in bytes. Names have at most so many.
	maxAnnotation = 253
)

// comply checks all layers, whichever is wanted.
func comply(manifest *containers.Manifest) error {
	if len(manifest.Layers) > maxObjects {
		return fmt.Errorf("bundle %q contained more than the maximum %d allow objects", manifest.Config.Digest.String(), maxObjects)
	}
	for i, layer := range manifest.Layers {
		for _, key := range layerAnnotations {
			value, ok := layer.Annotations[key]
			if !ok || value == "" {
				return fmt.Errorf("the layer %d does not contain a %s annotation", i, key)
			}
			if len(value) > maxAnnotation {
				return fmt.Errorf("the layer %d has a %s annotation of more than %d characters", i, key, maxAnnotation)
			}
		}
		if kind := layer.Annotations[annotationKind]; kind != strings.TrimSuffix(strings.ToLower(kind), "s") {
			return fmt.Errorf("the layer %d the annotation %s must be lowercased and singular, found %s", i, annotationKind, kind)
		}
	}
	return nil
}

// find returns the first layer with an object.
func find(manifest *containers.Manifest, kind, name string) (containers.Descriptor, bool) {
	for _, layer := range manifest.Layers {
		if strings.EqualFold(layer.Annotations[annotationKind], kind) && layer.Annotations[annotationName] == name {
			return layer, true
		}
	}
	return containers.Descriptor{}, false
}

// checkLayer refuses layers that need not be fetched.
func checkLayer(layer containers.Descriptor) error {
	switch layer.MediaType {
	case types.DockerLayer, types.DockerUncompressedLayer, types.OCILayer, types.OCIUncompressedLayer:
	case types.OCILayerZStd:
		return failure.Invalidf("", "its layer is compressed with zstd, which is not supported: use gzip")
	default:
		return failure.Invalidf("", "its layer is of no media type that image layers have")
	}
	if layer.Size > maxAnswer {
		return failure.Invalidf("", "its layer is larger than %d MiB", maxAnswer>>20)
	}
	return nil
}
