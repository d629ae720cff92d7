package pack_test

import (
	"archive/tar"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenon-ci/tenon/hack/bundle/pack"
)

func document(kind, name string) []byte {
	return fmt.Appendf(nil, "kind: %s\napiVersion: tekton.dev/v1\nmetadata:\n  name: %s\n", kind, name)
}

func TestImage(t *testing.T) {
	t.Parallel()
	documents := [][]byte{document("Task", "a"), document("Pipeline", "a"), document("StepAction", "b")}
	image, err := pack.Image(documents)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, descriptor := range manifest.Layers {
		if i > 0 && descriptor.Digest.String() < manifest.Layers[i-1].Digest.String() {
			t.Error("the layers are not sorted")
		}
		l, err := image.LayerByDigest(descriptor.Digest)
		if err != nil {
			t.Fatal(err)
		}
		body, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		archive := tar.NewReader(body)
		if _, err := archive.Next(); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		a := descriptor.Annotations
		got[a["dev.tekton.image.apiVersion"]+" "+a["dev.tekton.image.kind"]+" "+a["dev.tekton.image.name"]] = string(data)
	}
	want := map[string]string{
		"tekton.dev/v1 task a": string(documents[0]), "tekton.dev/v1 pipeline a": string(documents[1]), "tekton.dev/v1 stepaction b": string(documents[2]),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	slices.Reverse(documents)
	again, err := pack.Image(documents)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := image.Digest()
	if second, err := again.Digest(); err != nil || first != second {
		t.Errorf("digests %s and %s, error %v", first, second, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for want, documents := range map[string][][]byte{
		"no document":    nil,
		"21 documents":   make([][]byte, 21),
		"document 2":     {document("Task", "a"), []byte("{")},
		"are needed":     {[]byte("kind: Task")},
		"another task a": {document("Task", "a"), append(document("Task", "a"), "spec: {}\n"...)},
	} {
		if _, err := pack.Image(documents); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", want, err)
		}
	}
}
