package main

import (
	"context"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

const unknown = "NOASSERTION"

// spdxDocument is an SPDX 2.3 document, as far as a release uses it. ko writes those of the images' programs; these are of what
// ko does not know: the command line, and the packages in base images.
type spdxDocument struct {
	ID            string             `json:"SPDXID"`
	Version       string             `json:"spdxVersion"`
	DataLicense   string             `json:"dataLicense"`
	Name          string             `json:"name"`
	Namespace     string             `json:"documentNamespace"`
	CreationInfo  spdxCreation       `json:"creationInfo"`
	Packages      []spdxPackage      `json:"packages"`
	Relationships []spdxRelationship `json:"relationships"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID               string         `json:"SPDXID"`
	Name             string         `json:"name"`
	Version          string         `json:"versionInfo,omitempty"`
	DownloadLocation string         `json:"downloadLocation"`
	FilesAnalyzed    bool           `json:"filesAnalyzed"`
	LicenseConcluded string         `json:"licenseConcluded"`
	LicenseDeclared  string         `json:"licenseDeclared"`
	CopyrightText    string         `json:"copyrightText"`
	PrimaryPurpose   string         `json:"primaryPackagePurpose,omitempty"`
	Checksums        []spdxChecksum `json:"checksums,omitempty"`
	ExternalRefs     []spdxRef      `json:"externalRefs,omitempty"`
}

type spdxChecksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type spdxRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// runSPDX writes the document of a Go program, or of a base image's packages.
func runSPDX(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("spdx", flag.ContinueOnError)
	binary := flags.String("binary", "", "Go `PROGRAM` to describe")
	packages := flags.String("packages", "", "`FILE` with the packages of base images")
	image := flags.String("image", "", "`NAME` of the base image whose packages are described")
	version := flags.String("version", "", "version of the release")
	epoch := flags.Int64("created", 0, "when it was created, in seconds since 1970")
	out := flags.String("out", "", "`FILE` to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	created := time.Unix(*epoch, 0).UTC()
	if *binary != "" {
		return writeBinarySPDX(*binary, *version, created, *out)
	}
	if *packages == "" || *image == "" {
		return errors.New("-binary, or -packages and -image, are needed")
	}
	all, err := readPackages(*packages)
	if err != nil {
		return err
	}
	return writeJSON(*out, imageDocument(*image, *version, all, created))
}

func writeBinarySPDX(binary, version string, created time.Time, out string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("reading what %s was built from: %w", binary, err)
	}
	sum, err := fileDigest(binary)
	if err != nil {
		return err
	}
	return writeJSON(out, binaryDocument(filepath.Base(binary), sum, version, info, created))
}

// binaryDocument describes a Go program by the modules in it.
func binaryDocument(name, sum, version string, info *debug.BuildInfo, created time.Time) spdxDocument {
	root := newPackage(name, version, source)
	root.PrimaryPurpose = "APPLICATION"
	root.Checksums = []spdxChecksum{{"SHA256", sum}}
	doc := newDocument(name, sum, root, created)
	doc.contain(root, newPackage("stdlib", strings.TrimPrefix(info.GoVersion, "go"), "https://go.dev/dl/", purl("golang", "stdlib", strings.TrimPrefix(info.GoVersion, "go"))))
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		p := newPackage(module.Path, module.Version, "https://proxy.golang.org/"+module.Path+"/@v/"+module.Version+".zip", purl("golang", module.Path, module.Version))
		if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(module.Sum, "h1:")); err == nil && len(sum) > 0 {
			p.Checksums = []spdxChecksum{{"SHA256", hex.EncodeToString(sum)}}
		}
		doc.contain(root, p)
	}
	return doc
}

// imageDocument describes a base image by the Debian packages in it.
func imageDocument(image, version string, all []debianPackage, created time.Time) spdxDocument {
	root := newPackage("base/"+image, version, unknown)
	root.PrimaryPurpose = "CONTAINER"
	doc := newDocument("base-"+image, version, root, created)
	for _, d := range all {
		if d.Image != image {
			continue
		}
		p := newPackage(d.Name, d.Version, d.URI, "pkg:deb/debian/"+d.Name+"@"+url.QueryEscape(d.Version)+"?arch="+d.Architecture)
		p.ID += "-" + d.Architecture
		p.Checksums = []spdxChecksum{{"SHA256", d.SHA256}}
		doc.contain(root, p)
	}
	return doc
}

func newDocument(name, id string, root spdxPackage, created time.Time) spdxDocument {
	return spdxDocument{
		ID: "SPDXRef-DOCUMENT", Version: "SPDX-2.3", DataLicense: "CC0-1.0", Name: name,
		Namespace:     source + "/spdx/" + name + "/" + id,
		CreationInfo:  spdxCreation{Created: created.Format(time.RFC3339), Creators: []string{"Organization: Tenon", "Tool: hack/release.sh"}},
		Packages:      []spdxPackage{root},
		Relationships: []spdxRelationship{{"SPDXRef-DOCUMENT", "DESCRIBES", root.ID}},
	}
}

// contain adds a package that is in another, once.
func (d *spdxDocument) contain(root, p spdxPackage) {
	for _, there := range d.Packages {
		if there.ID == p.ID {
			return
		}
	}
	d.Packages = append(d.Packages, p)
	d.Relationships = append(d.Relationships, spdxRelationship{root.ID, "CONTAINS", p.ID})
}

func newPackage(name, version, location string, refs ...string) spdxPackage {
	p := spdxPackage{
		ID: "SPDXRef-Package-" + notInID.ReplaceAllString(name+"-"+version, "-"), Name: name, Version: version,
		DownloadLocation: location, LicenseConcluded: unknown, LicenseDeclared: unknown, CopyrightText: unknown,
	}
	for _, ref := range refs {
		p.ExternalRefs = append(p.ExternalRefs, spdxRef{"PACKAGE-MANAGER", "purl", ref})
	}
	return p
}

func purl(kind, name, version string) string {
	return "pkg:" + kind + "/" + name + "@" + url.QueryEscape(version)
}
