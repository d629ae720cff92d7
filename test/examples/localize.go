// Package examples runs every file of the examples folder, and the public Tekton examples where they are at hand, on a live
// cluster.
package examples

import (
	"fmt"
	"regexp"
	"strings"
)

// pinned matches an image that is named by its digest.
var pinned = regexp.MustCompile(`([a-z0-9][a-z0-9.-]*(?::[0-9]+)?(?:/[a-z0-9._-]+)+)(?::[\w.-]+)?@sha256:[0-9a-f]{64}`)

// Localize pins the images of an example that are given by digest to those that the cluster's own registry has under the
// same path. The digest function returns the digest of a repository of that registry. An image that it does not know is
// an error: such an example cannot run.
func Localize(text string, digest func(repository string) (string, error)) (string, error) {
	var failure error
	text = pinned.ReplaceAllStringFunc(text, func(image string) string {
		name := pinned.FindStringSubmatch(image)[1]
		_, repository, _ := strings.Cut(name, "/")
		local, err := digest(repository)
		if err != nil {
			failure = fmt.Errorf("finding a replacement of image %s: %w", image, err)
			return image
		}
		return name + "@" + local
	})
	return text, failure
}
