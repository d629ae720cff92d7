package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

const importPrefix = "ko://github.com/tenon-ci/tenon/cmd/"

var (
	koReference = regexp.MustCompile(regexp.QuoteMeta(importPrefix) + `([a-z0-9-]+)`)
	develLine   = regexp.MustCompile(`(?m)^( +(?:(?:app\.kubernetes\.io/)?version|(?:pipeline|resolution)\.tekton\.dev/release): )devel$`)
	develLeft   = regexp.MustCompile(`(?m)^[^#\n]*\bdevel\b.*$`)
)

// readConfig joins the files of an installation into one stream of documents, in the order in which they have to be applied.
func readConfig(dir string) (string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if !entry.IsDir() && path.Ext(base) == ".yaml" && !strings.HasPrefix(base, "kustomization") {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("listing %s: %w", dir, err)
	}
	slices.Sort(names)
	var documents []string
	for _, name := range names {
		content, err := os.ReadFile(path.Join(dir, name))
		if err != nil {
			return "", err
		}
		documents = append(documents, strings.TrimPrefix(strings.TrimSpace(string(content)), "---\n"))
	}
	return strings.Join(documents, "\n---\n") + "\n", nil
}

// stamp puts a version and the references of images into a stream of documents. It fails if a place for either is left.
func stamp(config, version string, references map[string]string) (string, error) {
	var missing []error
	stamped := koReference.ReplaceAllStringFunc(config, func(found string) string {
		name := strings.TrimPrefix(found, importPrefix)
		if references[name] == "" {
			missing = append(missing, fmt.Errorf("%s has no image: add cmd/%s to the images of hack/release.sh", found, name))
		}
		return references[name]
	})
	if len(missing) > 0 {
		return "", errors.Join(missing...)
	}
	stamped = develLine.ReplaceAllString(stamped, "${1}"+version)
	if left := develLeft.FindString(stamped); left != "" {
		return "", fmt.Errorf("config has a version that a release does not replace: %q", strings.TrimSpace(left))
	}
	return stamped, nil
}
