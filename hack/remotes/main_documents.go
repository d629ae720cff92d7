package main

import (
	"crypto/sha1" //nolint:gosec // the form of Git's names of commits
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/hack/remotes/hubserver"
	"github.com/tenon-ci/tenon/hack/remotes/scmserver"
)

// document is a file with one definition.
type document struct {
	file, kind, name string
	text             []byte
}

// readDocuments reads the files of a folder in the order of their names, but for hidden ones.
func readDocuments(folder string) ([]document, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("reading the documents: %w", err)
	}
	var documents []document
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue // of a mounted ConfigMap
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the documents: %w", err)
		}
		var definition metav1.PartialObjectMetadata
		if err := yaml.Unmarshal(text, &definition); err != nil {
			return nil, fmt.Errorf("parsing %s: %w", entry.Name(), err)
		}
		if definition.Kind == "" || definition.Name == "" {
			return nil, fmt.Errorf("%s has no kind or no metadata.name", entry.Name())
		}
		documents = append(documents, document{entry.Name(), strings.ToLower(definition.Kind), definition.Name, text})
	}
	if len(documents) == 0 {
		return nil, errors.New("there are no documents in " + folder)
	}
	return documents, nil
}

// owner is the organization of the repositories.
const owner = "acme"

// repositories are acme/open, and acme/private for those who have the token.
func repositories(documents []document, token string) []scmserver.Repository {
	files := map[string]scmserver.Entry{}
	sum := sha1.New() //nolint:gosec // nobody is kept from making another of that name
	for _, d := range documents {
		files[d.file] = scmserver.Entry{Content: string(d.text)}
		_, _ = sum.Write(d.text) // it never fails
	}
	commit := hex.EncodeToString(sum.Sum(nil))
	open := scmserver.Repository{
		Owner: owner, Name: "open",
		Commits:  map[string]map[string]scmserver.Entry{commit: files},
		Branches: map[string]string{"main": commit},
	}
	private := open
	private.Name, private.Token = "private", token
	return []scmserver.Repository{open, private}
}

// resources are two versions of each definition, in the catalogs that a resolver asks for by default.
func resources(documents []document) []hubserver.Resource {
	var out []hubserver.Resource
	for _, d := range documents {
		for _, catalog := range []string{"tekton-catalog-" + d.kind + "s", "Tekton"} {
			for _, version := range []string{"0.1.0", "0.2.0"} {
				out = append(out, hubserver.Resource{Kind: d.kind, Catalog: catalog, Name: d.name, Version: version, Document: string(d.text)})
			}
		}
	}
	return out
}
