//go:build e2e

package release

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"sigs.k8s.io/yaml"
)

const (
	version = "v0.0.0-test"
	// patience is for a machine that compiles everything anew, several architectures of it in the full form.
	patience = 90 * time.Minute
)

var imageNames = []string{"controller", "entrypoint", "entrypoint-cel", "events", "nop", "resolvers", "sidecarlogresults", "webhook"}

// TestRelease makes a release twice, from two checkouts in different folders, and verifies it with nothing but public tools. It
// needs no cluster. TENON_RELEASE_CHECK=full makes it for all platforms, and the second time with an empty cache of the compiler.
func TestRelease(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not there")
	}
	needRepository(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r := &release{t: t, ctx: ctx, dir: t.TempDir(), full: os.Getenv("TENON_RELEASE_CHECK") == "full"}
	r.makeKey()
	r.head = strings.TrimSpace(string(r.run(nil, "git", "rev-parse", "HEAD")))
	first, second := r.build("one", nil), r.build("another/place", r.freshCache())
	r.out = first
	t.Run("reproducible", func(t *testing.T) { r.with(t).sameFiles(first, second) })
	t.Run("checksums", func(t *testing.T) { r.with(t).checksums() })
	t.Run("signatures", func(t *testing.T) { r.with(t).signatures() })
	t.Run("provenance", func(t *testing.T) { r.with(t).provenance() })
	t.Run("documents", func(t *testing.T) { r.with(t).documents() })
	t.Run("manifests", func(t *testing.T) { r.with(t).manifests() })
	t.Run("mirror", func(t *testing.T) { r.with(t).mirror() })
}

// needRepository skips tests that make releases where there is no commit to make them of.
func needRepository(t *testing.T) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "git", "rev-parse", "--verify", "HEAD").Run(); err != nil {
		t.Skip("this checkout is no Git repository")
	}
}

func TestReleaseRefuses(t *testing.T) {
	needRepository(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	r := &release{t: t, ctx: ctx, dir: t.TempDir()}
	r.head = strings.TrimSpace(string(r.run(nil, "git", "rev-parse", "HEAD")))
	r.clone("checkout")
	script := filepath.Join(r.dir, "checkout/hack/release.sh")
	full := filepath.Join(r.dir, "full")
	r.write(filepath.Join(full, "file"), "x")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no v":            {[]string{"1.2.3"}, "write vMAJOR.MINOR.PATCH"},
		"two numbers":     {[]string{"v1.2"}, "write vMAJOR.MINOR.PATCH"},
		"zero in front":   {[]string{"v1.02.3"}, "write vMAJOR.MINOR.PATCH"},
		"no platform":     {[]string{"--platforms", "windows/amd64", "v1.2.3"}, "images are for linux"},
		"full folder":     {[]string{"--output", full, "v1.2.3"}, "is not empty"},
		"key not there":   {[]string{"--key", "/nowhere", "v1.2.3"}, "cannot be read"},
		"unknown option":  {[]string{"--fast", "v1.2.3"}, "--allow-dirty"},
		"without version": {nil, "--allow-dirty"},
	} {
		out, err := exec.CommandContext(ctx, script, c.args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: error %v, output %s; want %q", name, err, out, c.want)
		}
	}
	r.write(filepath.Join(r.dir, "checkout/new"), "x")
	if out, err := exec.CommandContext(ctx, script, "v1.2.3").CombinedOutput(); err == nil || !strings.Contains(string(out), "not committed") {
		t.Errorf("a checkout with changes: error %v, output %s", err, out)
	}
}

// release is one that is made and verified.
type release struct {
	t    *testing.T
	ctx  context.Context
	dir  string // of this test
	out  string // of the release
	head string // the commit that is built
	full bool
}

func (r *release) with(t *testing.T) *release {
	inner := *r
	inner.t = t
	return &inner
}

func (r *release) makeKey() {
	r.run(nil, "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", filepath.Join(r.dir, "key.pem"))
	r.run(nil, "openssl", "pkey", "-in", filepath.Join(r.dir, "key.pem"), "-pubout", "-out", filepath.Join(r.dir, "pub.pem"))
}

// clone checks what is committed out into a folder.
func (r *release) clone(name string) string {
	to := filepath.Join(r.dir, name)
	root := strings.TrimSpace(string(r.run(nil, "git", "rev-parse", "--show-toplevel")))
	r.run(nil, "git", "-c", "advice.detachedHead=false", "clone", "-q", "file://"+root, to)
	r.run(nil, "git", "-C", to, "-c", "advice.detachedHead=false", "checkout", "-q", r.head)
	return to
}

func (r *release) freshCache() []string {
	if !r.full {
		return nil
	}
	return []string{"GOCACHE=" + filepath.Join(r.dir, "gocache")}
}

func (r *release) build(name string, environment []string) string {
	checkout := r.clone(name)
	out := filepath.Join(r.dir, strings.ReplaceAll(name, "/", "-")+".out")
	args := []string{"--key", filepath.Join(r.dir, "key.pem"), "--output", out}
	if !r.full {
		args = append(args, "--platforms", "linux/amd64")
	}
	began := time.Now()
	r.run(environment, filepath.Join(checkout, "hack/release.sh"), append(args, version)...)
	r.t.Logf("made a release in %s in %.0f s", name, time.Since(began).Seconds())
	return out
}

// sameFiles: everything but signatures, and what has them in it, is the same.
func (r *release) sameFiles(first, second string) {
	one, another := r.digests(first), r.digests(second)
	if d := cmp.Diff(one, another); d != "" {
		r.t.Errorf("two releases of one commit differ (-one +another):\n%s", d)
	}
	for _, file := range []string{"release.yaml", "release.notags.yaml", "images.txt", "images/index.json", "checksums.txt", "provenance.json",
		"mirror.sh", "cli/tenon-linux-amd64", "sbom/tenon-linux-amd64.spdx.json", "sbom/base-git.spdx.json"} {
		if one[file] == "" {
			r.t.Errorf("the release has no %s", file)
		}
	}
}

func (r *release) digests(dir string) map[string]string {
	sums := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(r.run(nil, "sh", "-c", `cd "$1" && find . -type f -exec sha256sum {} +`, "sh", dir))), "\n") {
		sum, file, _ := strings.Cut(line, "  ")
		file = strings.TrimPrefix(file, "./")
		if !strings.HasPrefix(file, "signatures") && !strings.HasSuffix(file, ".sig") && !strings.HasSuffix(file, ".jsonl") && filepath.Ext(file) != ".tar" {
			sums[file] = sum
		}
	}
	return sums
}

// checksums: they are right, and of all files.
func (r *release) checksums() {
	r.run(nil, "sh", "-c", `cd "$1" && sha256sum --quiet -c checksums.txt`, "sh", r.out)
	listed := map[string]bool{"checksums.txt": true}
	for _, line := range strings.Split(r.read("checksums.txt"), "\n") {
		if _, file, found := strings.Cut(line, "  "); found {
			listed[file] = true
		}
	}
	for file := range r.digests(r.out) {
		if !listed[file] {
			r.t.Errorf("%s has no checksum", file)
		}
	}
}

// signatures are verified by openssl, and seen to fail for something else.
func (r *release) signatures() {
	for _, file := range []string{"checksums.txt", "images.txt", "release.yaml", "release.notags.yaml"} {
		content := []byte(r.read(file))
		if err := r.verify(content, r.read(file+".sig")); err != nil {
			r.t.Errorf("signature of %s: %v", file, err)
		}
		if r.verify(append(content, '\n'), r.read(file+".sig")) == nil {
			r.t.Errorf("the signature of %s holds for another file", file)
		}
	}
	kinds := map[string]int{}
	for _, m := range r.layout("signatures") {
		image, err := layout.Path(filepath.Join(r.out, "signatures")).Image(m.Digest)
		if err != nil {
			r.t.Fatal(err)
		}
		manifest, err := image.Manifest()
		if err != nil {
			r.t.Fatal(err)
		}
		layer := manifest.Layers[0]
		payload := r.read("signatures/blobs/sha256/" + layer.Digest.Hex)
		name, about := splitTag(m.Annotations["org.opencontainers.image.ref.name"])
		kind := filepath.Ext(about)
		kinds[kind]++
		digest := strings.TrimSuffix(strings.Replace(about, "-", ":", 1), kind)
		if !strings.Contains(r.read("images.txt"), "/"+name+":"+version+"@"+digest) {
			r.t.Errorf("signature of %s, which is no image of the release", digest)
		}
		if !strings.Contains(r.claims(kind, payload, layer.Annotations), strings.TrimPrefix(digest, "sha256:")) {
			r.t.Errorf("the signed text of %s does not name %s: %s", name, digest, payload)
		}
	}
	if d := cmp.Diff(map[string]int{".sig": len(imageNames), ".att": len(imageNames)}, kinds); d != "" {
		r.t.Errorf("signatures of images (-want +got):\n%s", d)
	}
}

// claims verifies what is signed about an image and returns it.
func (r *release) claims(kind, payload string, annotations map[string]string) string {
	if kind == ".att" {
		return string(r.open(payload))
	}
	if err := r.verify([]byte(payload), annotations["dev.cosignproject.cosign/signature"]); err != nil {
		r.t.Errorf("signature of an image: %v", err)
	}
	return payload
}

// open verifies a DSSE envelope and returns what is in it.
func (r *release) open(text string) []byte {
	var envelope struct {
		PayloadType, Payload string
		Signatures           []struct{ Sig string }
	}
	r.parse([]byte(text), &envelope)
	payload, err := base64.StdEncoding.DecodeString(envelope.Payload)
	if err != nil || len(envelope.Signatures) != 1 {
		r.t.Fatalf("envelope %s: %v", text, err)
	}
	signed := fmt.Sprintf("DSSEv1 %d %s %d %s", len(envelope.PayloadType), envelope.PayloadType, len(payload), payload)
	if err := r.verify([]byte(signed), envelope.Signatures[0].Sig); err != nil {
		r.t.Errorf("signature of an envelope: %v", err)
	}
	return payload
}

func (r *release) verify(content []byte, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signature))
	if err != nil {
		return err
	}
	file := filepath.Join(r.t.TempDir(), "sig")
	r.write(file, string(sig))
	command := exec.CommandContext(r.ctx, "openssl", "dgst", "-sha256", "-verify", filepath.Join(r.dir, "pub.pem"), "-signature", file)
	command.Stdin = bytes.NewReader(content)
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w", bytes.TrimSpace(out), err)
	}
	return nil
}

// provenance: the signed statement is the one beside it, its subjects are the files and images, and it names the commit.
func (r *release) provenance() {
	content := r.open(r.read("provenance.intoto.jsonl"))
	if string(content) != r.read("provenance.json") {
		r.t.Error("provenance.intoto.jsonl has another statement than provenance.json")
	}
	var made struct {
		Type          string `json:"_type"`
		PredicateType string
		Subject       []struct {
			Name   string
			Digest map[string]string
		}
		Predicate struct {
			BuildDefinition struct {
				BuildType            string
				ExternalParameters   map[string]string
				ResolvedDependencies []struct {
					URI    string
					Digest map[string]string
				}
			}
			RunDetails struct{ Builder struct{ ID string } }
		}
	}
	r.parse(content, &made)
	if made.Type != "https://in-toto.io/Statement/v1" || made.PredicateType != "https://slsa.dev/provenance/v1" {
		r.t.Errorf("the statement is %s about %s", made.Type, made.PredicateType)
	}
	definition := made.Predicate.BuildDefinition
	if definition.ExternalParameters["version"] != version || definition.BuildType == "" || made.Predicate.RunDetails.Builder.ID == "" {
		r.t.Errorf("the build is described as %+v by %+v", definition, made.Predicate.RunDetails)
	}
	if len(definition.ResolvedDependencies) < 3 || definition.ResolvedDependencies[0].Digest["gitCommit"] != r.head {
		r.t.Errorf("what was built from is %+v; want commit %s first", definition.ResolvedDependencies, r.head)
	}
	subjects := map[string]string{}
	for _, s := range made.Subject {
		subjects[s.Name] = s.Digest["sha256"]
	}
	sums := r.digests(r.out)
	for _, file := range []string{"release.yaml", "release.notags.yaml", "images.txt", "cli/tenon-linux-amd64"} {
		if subjects[file] != sums[file] {
			r.t.Errorf("provenance of %s is of digest %q; want %s", file, subjects[file], sums[file])
		}
	}
	for _, line := range strings.Fields(r.read("images.txt")) {
		named, digest, _ := strings.Cut(line, "@sha256:")
		if name, _ := splitTag(named); subjects[name] != digest {
			r.t.Errorf("provenance of %s is of digest %q; want %s", name, subjects[name], digest)
		}
	}
}

// documents: SPDX documents of all images, the command line and base images, with packages in each.
func (r *release) documents() {
	var missing []string
	for _, name := range append(slices.Clone(imageNames), "tenon", "base") {
		if files, err := filepath.Glob(filepath.Join(r.out, "sbom", name+"-*.spdx.json")); err != nil || len(files) == 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		r.t.Errorf("no SPDX document of %v", missing)
	}
	files, err := filepath.Glob(filepath.Join(r.out, "sbom/*"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, file := range files {
		var doc struct {
			SPDXID, SPDXVersion, DataLicense, DocumentNamespace string
			Packages                                            []struct{ SPDXID, Name string }
			Relationships                                       []struct{ SPDXElementID, RelatedSPDXElement string }
		}
		content, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		r.parse(content, &doc)
		if doc.SPDXID != "SPDXRef-DOCUMENT" || doc.SPDXVersion != "SPDX-2.3" || doc.DataLicense != "CC0-1.0" || doc.DocumentNamespace == "" {
			r.t.Errorf("%s is no document of SPDX 2.3", file)
		}
		if len(doc.Packages) < 2 || len(doc.Relationships) == 0 {
			r.t.Errorf("%s has %d packages", file, len(doc.Packages))
		}
	}
}

var (
	imageByDigest = regexp.MustCompile(`^ghcr\.io/tenon-ci/tenon/[a-z-]+@sha256:[0-9a-f]{64}$`)
	imageByBoth   = regexp.MustCompile(`^ghcr\.io/tenon-ci/tenon/[a-z-]+:` + regexp.QuoteMeta(version) + `@sha256:[0-9a-f]{64}$`)
)

// manifests: images by digest, and the version wherever something looks for it.
func (r *release) manifests() {
	for file, want := range map[string]*regexp.Regexp{"release.yaml": imageByBoth, "release.notags.yaml": imageByDigest} {
		var images []string
		kinds := map[string]int{}
		for _, document := range strings.Split(r.read(file), "\n---\n") {
			var object map[string]any
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				r.t.Fatalf("%s: %v in\n%s", file, err, document)
			}
			kind, _ := object["kind"].(string)
			kinds[kind]++
			images = append(images, imagesIn(object)...)
			r.versions(file, kind, object)
		}
		if len(images) != len(imageNames) || slices.ContainsFunc(images, func(image string) bool { return !want.MatchString(image) }) {
			r.t.Errorf("%s has the images %v; want %d of the form %s", file, images, len(imageNames), want)
		}
		if kinds["Deployment"] != 4 || kinds["CustomResourceDefinition"] != 8 {
			r.t.Errorf("%s has %v", file, kinds)
		}
	}
}

func imagesIn(value any) []string {
	var images []string
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			images = append(images, imagesIn(value[key])...)
		}
	case []any:
		for _, item := range value {
			images = append(images, imagesIn(item)...)
		}
	case string:
		if strings.Contains(value, "@sha256:") || strings.Contains(value, "ko://") {
			images = append(images, value)
		}
	}
	return images
}

func (r *release) versions(file, kind string, object map[string]any) {
	metadata, _ := object["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	if kind == "Deployment" {
		spec, _ := object["spec"].(map[string]any)
		template, _ := spec["template"].(map[string]any)
		inner, _ := template["metadata"].(map[string]any)
		podLabels, _ := inner["labels"].(map[string]any)
		for _, key := range []string{"app.kubernetes.io/version", "version", "pipeline.tekton.dev/release"} {
			if labels[key] != version || podLabels[key] != version {
				r.t.Errorf("%s: label %s of Deployment %v is %v, and %v of its pods", file, key, metadata["name"], labels[key], podLabels[key])
			}
		}
	}
	if metadata["name"] == "pipelines-info" {
		if d := cmp.Diff(any(map[string]any{"version": version}), object["data"]); d != "" {
			r.t.Errorf("%s: pipelines-info (-want +got):\n%s", file, d)
		}
	}
}

// mirror: the archive alone is enough to fill a registry that has nothing, and the manifest names it then.
func (r *release) mirror() {
	root := strings.TrimSpace(string(r.run(nil, "git", "rev-parse", "--show-toplevel")))
	r.run(nil, filepath.Join(root, "hack/tools.sh"), "crane")
	server := httptest.NewServer(registry.New(registry.WithReferrersSupport(false)))
	defer server.Close()
	to := strings.TrimPrefix(server.URL, "http://") + "/mirror/tenon"
	site := r.t.TempDir()
	r.run(nil, "tar", "-C", site, "-xf", filepath.Join(r.out, "tenon-"+version+".tar"))
	inside := filepath.Join(site, "tenon-"+version)
	environment := []string{"PATH=" + r.cache() + "/bin:" + os.Getenv("PATH")}
	r.run(environment, filepath.Join(inside, "mirror.sh"), to)
	crane := filepath.Join(r.cache(), "bin/crane")
	for _, list := range []string{"images.txt", "signatures.txt"} {
		for _, line := range strings.Fields(r.read(list)) {
			named, digest, _ := strings.Cut(line, "@")
			got := strings.TrimSpace(string(r.run(nil, crane, "digest", to+"/"+named[strings.LastIndex(named, "/")+1:])))
			if got != digest {
				r.t.Errorf("the mirror has %s under %s; want %s", got, named, digest)
			}
		}
	}
	want := strings.ReplaceAll(r.read("release.yaml"), "ghcr.io/tenon-ci/tenon/", to+"/")
	got, err := os.ReadFile(filepath.Join(inside, "release.mirror.yaml"))
	if err != nil {
		r.t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		r.t.Errorf("manifest for the mirror (-want +got):\n%s", d)
	}
	r.refusesDamage(inside, to, environment)
}

// refusesDamage: a bundle that was changed on its way is not loaded.
func (r *release) refusesDamage(inside, to string, environment []string) {
	_, digest, _ := strings.Cut(strings.Fields(r.read("images.txt"))[0], "@sha256:")
	r.write(filepath.Join(inside, "images/blobs/sha256", digest), "{}")
	command := exec.CommandContext(r.ctx, filepath.Join(inside, "mirror.sh"), to)
	command.Env = append(os.Environ(), environment...)
	if out, err := command.CombinedOutput(); err == nil || !strings.Contains(string(out), "damaged") {
		r.t.Errorf("a damaged image is loaded: error %v, output %s", err, out)
	}
}

func (r *release) cache() string {
	if dir := os.Getenv("TENON_CACHE"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		r.t.Fatal(err)
	}
	return filepath.Join(home, ".cache/tenon")
}

func splitTag(reference string) (string, string) {
	i := strings.LastIndex(reference, ":")
	return reference[:i], reference[i+1:]
}
