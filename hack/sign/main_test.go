package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"sigs.k8s.io/yaml"
)

const task = `# A task
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: t # its name
spec:
  params:
    - name: p
  steps:
    - name: a
      image: b
`

func TestSign(t *testing.T) {
	t.Parallel()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{p256, long, edwards} {
		pem, err := cryptoutils.MarshalPrivateKeyToPEM(key)
		if err != nil {
			t.Fatal(err)
		}
		// Whoever signs again signs the same.
		text := task
		for range 2 {
			out, err := sign([]byte(text), pem, crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			text = string(out)
		}
		checkSigned(t, text, key.Public())
	}
}

// checkSigned verifies what a reader finds in a signed text.
func checkSigned(t *testing.T, text string, public crypto.PublicKey) {
	t.Helper()
	var shown struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if err := yaml.Unmarshal([]byte(text), &shown); err != nil {
		t.Fatal(err)
	}
	signed, err := base64.StdEncoding.DecodeString(shown.Metadata.Annotations["tekton.dev/signature"])
	if err != nil {
		t.Fatal(err)
	}
	resource, err := read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := resource.Sum()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := signature.LoadVerifier(public, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifySignature(bytes.NewReader(signed), bytes.NewReader(sum[:])); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
	if !strings.HasPrefix(text, "# A task\n") || !strings.Contains(text, "name: t # its name\n") || strings.Count(text, "tekton.dev/signature") != 1 {
		t.Errorf("the text became\n%s", text)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := cryptoutils.MarshalPrivateKeyToPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct{ key, hash, text, want string }{
		"good":          {key: string(pem), text: task},
		"public key":    {key: string(public), text: task, want: "reading the key: "},
		"unknown hash":  {key: string(pem), hash: "md5", text: task, want: `hashAlgorithm "md5" is not known`},
		"two documents": {key: string(pem), text: task + "---\n" + task, want: "it has more than one YAML document"},
		"unknown field": {key: string(pem), text: task + "more: x\n", want: "strict decoding error"},
		"no definition": {key: string(pem), text: "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: r}\n", want: "a TaskRun of tekton.dev/v1 has no checksum"},
	} {
		var out bytes.Buffer
		err := run(&out, write("key "+name, tc.key), tc.hash, write("file "+name, tc.text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if tc.want == "" && (got != "" || out.Len() == 0) || !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
