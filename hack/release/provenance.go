package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	statementType  = "https://in-toto.io/Statement/v1"
	provenanceType = "https://slsa.dev/provenance/v1"
	source         = "https://github.com/tenon-ci/tenon"
	buildType      = source + "/blob/main/docs/releases.md#build-type-1"
)

// statement is an in-toto statement about the files and images of a release.
type statement struct {
	Type          string     `json:"_type"`
	Subject       []subject  `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     provenance `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// provenance is the predicate https://slsa.dev/provenance/v1, as far as a release uses it. It has no times, so that two builds
// of one commit have the same.
type provenance struct {
	BuildDefinition buildDefinition `json:"buildDefinition"`
	RunDetails      runDetails      `json:"runDetails"`
}

type buildDefinition struct {
	BuildType            string            `json:"buildType"`
	ExternalParameters   map[string]string `json:"externalParameters"`
	InternalParameters   map[string]string `json:"internalParameters"`
	ResolvedDependencies []resource        `json:"resolvedDependencies"`
}

type resource struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

type runDetails struct {
	Builder struct {
		ID string `json:"id"`
	} `json:"builder"`
}

// build says who builds a release from what.
type build struct {
	commit, builder, goVersion, koVersion string
	bases                                 []string // IMAGE@DIGEST
	packages                              []debianPackage
}

// debianPackage is a package that a base image is made of.
type debianPackage struct {
	Image, Name, Version, Architecture, URI, SHA256 string
}

func (b build) provenance(version, repository, platforms string) provenance {
	p := provenance{BuildDefinition: buildDefinition{
		BuildType:          buildType,
		ExternalParameters: map[string]string{"version": version, "repository": repository, "platforms": platforms},
		InternalParameters: map[string]string{"go": b.goVersion, "ko": b.koVersion},
		ResolvedDependencies: []resource{{
			URI: "git+" + source, Digest: map[string]string{"gitCommit": strings.TrimSuffix(b.commit, "-dirty")},
		}},
	}}
	if strings.HasSuffix(b.commit, "-dirty") {
		p.BuildDefinition.InternalParameters["uncommittedChanges"] = "true"
	}
	for _, base := range b.bases {
		name, digest, _ := strings.Cut(base, "@sha256:")
		p.BuildDefinition.ResolvedDependencies = append(p.BuildDefinition.ResolvedDependencies,
			resource{URI: "oci:" + name, Digest: map[string]string{"sha256": digest}})
	}
	seen := map[string]bool{}
	for _, d := range b.packages {
		if seen[d.URI] {
			continue
		}
		seen[d.URI] = true
		p.BuildDefinition.ResolvedDependencies = append(p.BuildDefinition.ResolvedDependencies,
			resource{URI: d.URI, Digest: map[string]string{"sha256": d.SHA256}})
	}
	p.RunDetails.Builder.ID = b.builder
	return p
}

// readPackages reads lines of image, name, version, architecture, address and digest, separated by tabs. Without a file there
// are none.
func readPackages(file string) ([]debianPackage, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	var packages []debianPackage
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 6 {
			return nil, fmt.Errorf("%s: line %q has %d fields; want image, name, version, architecture, address, digest", file, lines.Text(), len(fields))
		}
		packages = append(packages, debianPackage{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]})
	}
	return packages, lines.Err()
}

// fileSubjects lists the files of a release with their digests, but for the layouts, whose images are listed by themselves.
func fileSubjects(dir string) ([]subject, error) {
	var subjects []subject
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name == "images" || name == "signatures") {
			return fs.SkipDir
		}
		if entry.IsDir() {
			return nil
		}
		sum, err := fileDigest(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		subjects = append(subjects, subject{Name: name, Digest: map[string]string{"sha256": sum}})
		return nil
	})
	return subjects, err
}

func fileDigest(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", file, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
