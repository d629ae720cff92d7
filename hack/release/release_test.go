package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestStamp(t *testing.T) {
	const config = `metadata:
  labels:
    app.kubernetes.io/version: devel
    version: devel
    pipeline.tekton.dev/release: devel
spec:
  image: ko://github.com/tenon-ci/tenon/cmd/controller
  args: [-x, ko://github.com/tenon-ci/tenon/cmd/entrypoint-cel, ko://github.com/tenon-ci/tenon/cmd/entrypoint]
  development: false # devel in a comment stays
`
	references := map[string]string{"controller": "r/c@1", "entrypoint": "r/e@2", "entrypoint-cel": "r/f@3"}
	want := `metadata:
  labels:
    app.kubernetes.io/version: v1.2.3
    version: v1.2.3
    pipeline.tekton.dev/release: v1.2.3
spec:
  image: r/c@1
  args: [-x, r/f@3, r/e@2]
  development: false # devel in a comment stays
`
	got, err := stamp(config, "v1.2.3", references)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("stamped (-want +got):\n%s", d)
	}
	for name, broken := range map[string]string{
		"an image that is not built": "image: ko://github.com/tenon-ci/tenon/cmd/other\n",
		"a version in another place": "  env: {VERSION: devel}\n",
	} {
		if got, err := stamp(broken, "v1.2.3", references); err == nil {
			t.Errorf("%s is not noticed: %s", name, got)
		}
	}
}

// TestReadConfig reads the real installation: nothing of it may be left out, and all of it must be stamped.
func TestReadConfig(t *testing.T) {
	config, err := readConfig("../../config")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, line := range strings.Split(config, "\n") {
		if kind, found := strings.CutPrefix(line, "kind: "); found {
			kinds[kind]++
		}
	}
	if kinds["Deployment"] != 4 || kinds["CustomResourceDefinition"] != 8 || kinds["Kustomization"] != 0 {
		t.Errorf("kinds of the installation are %v; want 4 Deployments and 8 CustomResourceDefinitions", kinds)
	}
	references := map[string]string{}
	for _, name := range []string{"controller", "entrypoint", "entrypoint-cel", "events", "nop", "resolvers", "sidecarlogresults", "webhook"} {
		references[name] = "example.com/" + name
	}
	stamped, err := stamp(config, "v1.2.3", references)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stamped, "ko://") {
		t.Error("an image is left that only ko knows")
	}
}

func TestImageList(t *testing.T) {
	digests := map[string]v1.Hash{"webhook": {Algorithm: "sha256", Hex: "bb"}, "controller": {Algorithm: "sha256", Hex: "aa"}}
	want := "example.com/t/controller:v1.0.0@sha256:aa\nexample.com/t/webhook:v1.0.0@sha256:bb\n"
	if d := cmp.Diff(want, imageList("example.com/t", "v1.0.0", digests)); d != "" {
		t.Errorf("image list (-want +got):\n%s", d)
	}
}

func TestParsePlatforms(t *testing.T) {
	got, err := parsePlatforms("linux/amd64,linux/ppc64le")
	want := []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "ppc64le"}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("platforms: %v (-want +got):\n%s", err, d)
	}
	for _, list := range []string{"", "linux", "linux/amd64,", "a/b/c/d"} {
		if _, err := parsePlatforms(list); err == nil {
			t.Errorf("platforms %q are accepted", list)
		}
	}
}

func TestProvenance(t *testing.T) {
	b := build{commit: "c0ffee-dirty", builder: "https://example.com/ci", goVersion: "go1", koVersion: "ko@v1",
		bases:    []string{"cgr.dev/static@sha256:aa"},
		packages: []debianPackage{{"static", "ca", "1", "amd64", "http://d/ca.deb", "bb"}, {"git", "ca", "1", "amd64", "http://d/ca.deb", "bb"}}}
	got := b.provenance("v1.0.0", "example.com/t", "linux/amd64")
	want := provenance{BuildDefinition: buildDefinition{
		BuildType:          buildType,
		ExternalParameters: map[string]string{"version": "v1.0.0", "repository": "example.com/t", "platforms": "linux/amd64"},
		InternalParameters: map[string]string{"go": "go1", "ko": "ko@v1", "uncommittedChanges": "true"},
		ResolvedDependencies: []resource{
			{URI: "git+https://github.com/tenon-ci/tenon", Digest: map[string]string{"gitCommit": "c0ffee"}},
			{URI: "oci:cgr.dev/static", Digest: map[string]string{"sha256": "aa"}},
			{URI: "http://d/ca.deb", Digest: map[string]string{"sha256": "bb"}},
		},
	}}
	want.RunDetails.Builder.ID = "https://example.com/ci"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("provenance (-want +got):\n%s", d)
	}
}

func TestFileSubjects(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"release.yaml", "cli/tenon", "images/index.json", "signatures/index.json"} {
		write(t, filepath.Join(dir, name), "x")
	}
	got, err := fileSubjects(dir)
	if err != nil {
		t.Fatal(err)
	}
	digest := map[string]string{"sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}
	if d := cmp.Diff([]subject{{"cli/tenon", digest}, {"release.yaml", digest}}, got); d != "" {
		t.Errorf("subjects (-want +got):\n%s", d)
	}
}

func TestReadPackages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "packages.tsv")
	write(t, file, "git\tzlib1g\t1:1.2\tamd64\thttp://d/z.deb\taa\n")
	got, err := readPackages(file)
	if d := cmp.Diff([]debianPackage{{"git", "zlib1g", "1:1.2", "amd64", "http://d/z.deb", "aa"}}, got); err != nil || d != "" {
		t.Errorf("packages: %v (-want +got):\n%s", err, d)
	}
	write(t, file, "git zlib1g\n")
	if _, err := readPackages(file); err == nil {
		t.Error("a line without fields is accepted")
	}
}

func TestDocuments(t *testing.T) {
	created := time.Unix(0, 0).UTC()
	info := &debug.BuildInfo{GoVersion: "go1.2", Deps: []*debug.Module{
		{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:AAEC"},
		{Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/c", Version: "v2.0.0"}},
	}}
	packages := []debianPackage{{"git", "zlib1g", "1:1.2", "amd64", "http://d/z.deb", "aa"}, {"git", "zlib1g", "1:1.2", "arm64", "http://d/z2.deb", "bb"},
		{"static", "ca", "1", "all", "http://d/ca.deb", "cc"}}
	for name, c := range map[string]struct {
		doc  spdxDocument
		want []string
	}{
		"a program": {binaryDocument("tenon", "aa", "v1", info, created), []string{
			"tenon v1 ", "stdlib 1.2 ", "example.com/a v1.0.0 000102", "example.com/c v2.0.0 "}},
		"a base image": {imageDocument("git", "v1", packages, created), []string{"base/git v1 ", "zlib1g 1:1.2 aa", "zlib1g 1:1.2 bb"}},
	} {
		var got []string
		ids := map[string]bool{"SPDXRef-DOCUMENT": true}
		for i, p := range c.doc.Packages {
			if ids[p.ID] {
				t.Errorf("%s: id %s is there twice", name, p.ID)
			}
			ids[p.ID] = true
			sum := ""
			if i > 0 && len(p.Checksums) > 0 {
				sum = p.Checksums[0].Value
			}
			got = append(got, p.Name+" "+p.Version+" "+sum)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("packages of %s (-want +got):\n%s", name, d)
		}
		for _, r := range c.doc.Relationships {
			if !ids[r.Element] || !ids[r.Related] {
				t.Errorf("%s: relationship of what is not there: %v", name, r)
			}
		}
	}
}

func TestSeal(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal(key, []byte("hello world"))
	if err != nil {
		t.Fatal(err)
	}
	var got envelope
	if err := json.Unmarshal(sealed, &got); err != nil {
		t.Fatal(err)
	}
	sig, err := base64.StdEncoding.DecodeString(got.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("DSSEv1 28 application/vnd.in-toto+json 11 hello world"))
	if !ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig) {
		t.Error("the signature is not that of the encoding that DSSE prescribes")
	}
}

func TestReadKey(t *testing.T) {
	for name, c := range map[string]struct {
		curve elliptic.Curve
		fails string
	}{
		"P-256":       {elliptic.P256(), ""},
		"P-384":       {elliptic.P384(), "P-256"},
		"no key file": {nil, "PEM"},
	} {
		file := filepath.Join(t.TempDir(), "key")
		content := "nothing"
		if c.curve != nil {
			key, err := ecdsa.GenerateKey(c.curve, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			der, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			content = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		}
		write(t, file, content)
		_, err := readKey(file)
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: error is %v; want one with %q", name, err, c.fails)
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
