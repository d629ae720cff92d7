package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	signedPayload       types.MediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
	signedEnvelope      types.MediaType = "application/vnd.dsse.envelope.v1+json"
	signatureAnnotation                 = "dev.cosignproject.cosign/signature"
	statementPayload                    = "application/vnd.in-toto+json"
)

// signedFiles get a signature each, beside them.
var signedFiles = []string{"checksums.txt", "images.txt", "release.yaml", "release.notags.yaml"}

// envelope is a DSSE envelope.
type envelope struct {
	PayloadType string              `json:"payloadType"`
	Payload     string              `json:"payload"`
	Signatures  []envelopeSignature `json:"signatures"`
}

type envelopeSignature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

// imageClaim is what the signature of an image signs, in the form of "simple signing".
type imageClaim struct {
	Critical struct {
		Identity struct {
			DockerReference string `json:"docker-reference"`
		} `json:"identity"`
		Image struct {
			DockerManifestDigest string `json:"docker-manifest-digest"`
		} `json:"image"`
		Type string `json:"type"`
	} `json:"critical"`
	Optional map[string]string `json:"optional"`
}

// runSign signs files, provenance and images. Those of images go to a layout of their own: they differ from build to build.
func runSign(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("sign", flag.ContinueOnError)
	keyFile := flags.String("key", "", "`FILE` with the private key")
	out := flags.String("out", "", "`FOLDER` of the release")
	if err := flags.Parse(args); err != nil {
		return err
	}
	key, err := readKey(*keyFile)
	if err != nil {
		return fmt.Errorf("key %s: %w", *keyFile, err)
	}
	for _, file := range signedFiles {
		if err := signFile(key, filepath.Join(*out, file)); err != nil {
			return fmt.Errorf("signing %s: %w", file, err)
		}
	}
	content, err := os.ReadFile(filepath.Join(*out, "provenance.json"))
	if err != nil {
		return err
	}
	signed, err := seal(key, content)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(*out, "provenance.intoto.jsonl"), append(signed, '\n'), 0o644); err != nil {
		return err
	}
	var made statement
	if err := json.Unmarshal(content, &made); err != nil {
		return fmt.Errorf("reading provenance.json: %w", err)
	}
	return signImages(key, *out, made)
}

func readKey(file string) (*ecdsa.PrivateKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, errors.New("it is not in PEM form")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("make it with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("it is not an ECDSA key on P-256")
	}
	return key, nil
}

// signature signs content the way "openssl dgst -sha256 -sign" does, in base64.
func signature(key *ecdsa.PrivateKey, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

func signFile(key *ecdsa.PrivateKey, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	sig, err := signature(key, content)
	if err != nil {
		return err
	}
	return os.WriteFile(file+".sig", []byte(sig+"\n"), 0o644)
}

// seal puts an in-toto statement into a signed envelope.
func seal(key *ecdsa.PrivateKey, payload []byte) ([]byte, error) {
	sig, err := signature(key, preAuthentication(statementPayload, payload))
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{
		PayloadType: statementPayload, Payload: base64.StdEncoding.EncodeToString(payload), Signatures: []envelopeSignature{{Sig: sig}},
	})
}

// preAuthentication is what a DSSE signature signs.
func preAuthentication(payloadType string, payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload)), payload...)
}

// signImages signs each image and attests to its provenance, in the form in which cosign stores both: as images under tags
// made of the digest that they are about.
func signImages(key *ecdsa.PrivateKey, out string, made statement) error {
	images, err := layoutManifests(filepath.Join(out, "images"))
	if err != nil {
		return err
	}
	path, err := layout.Write(filepath.Join(out, "signatures"), empty.Index)
	if err != nil {
		return fmt.Errorf("making the layout of signatures: %w", err)
	}
	var list strings.Builder
	for _, image := range images {
		imageName, _, _ := strings.Cut(image.Annotations[nameAnnotation], ":")
		about, err := subjectOf(made, image.Digest)
		if err != nil {
			return fmt.Errorf("image %s: %w", imageName, err)
		}
		signed, err := signImage(key, about)
		if err != nil {
			return fmt.Errorf("signing %s: %w", imageName, err)
		}
		attested, err := attest(key, about, made)
		if err != nil {
			return fmt.Errorf("attesting to %s: %w", imageName, err)
		}
		tag := imageName + ":" + image.Digest.Algorithm + "-" + image.Digest.Hex
		for suffix, about := range map[string]v1.Image{".sig": signed, ".att": attested} {
			if err := path.AppendImage(about, layout.WithAnnotations(map[string]string{nameAnnotation: tag + suffix})); err != nil {
				return err
			}
			digest, err := about.Digest()
			if err != nil {
				return err
			}
			fmt.Fprintf(&list, "%s@%s\n", tag+suffix, digest)
		}
	}
	return os.WriteFile(filepath.Join(out, "signatures.txt"), []byte(list.String()), 0o644)
}

func subjectOf(made statement, digest v1.Hash) (subject, error) {
	for _, s := range made.Subject {
		if s.Digest["sha256"] == digest.Hex {
			return s, nil
		}
	}
	return subject{}, fmt.Errorf("the provenance does not know %s", digest)
}

func signImage(key *ecdsa.PrivateKey, about subject) (v1.Image, error) {
	var claim imageClaim
	claim.Critical.Identity.DockerReference = about.Name
	claim.Critical.Image.DockerManifestDigest = "sha256:" + about.Digest["sha256"]
	claim.Critical.Type = "cosign container image signature"
	payload, err := json.Marshal(claim)
	if err != nil {
		return nil, err
	}
	sig, err := signature(key, payload)
	if err != nil {
		return nil, err
	}
	return imageOf(payload, signedPayload, map[string]string{signatureAnnotation: sig})
}

func attest(key *ecdsa.PrivateKey, about subject, made statement) (v1.Image, error) {
	made.Subject = []subject{about}
	payload, err := json.Marshal(made)
	if err != nil {
		return nil, err
	}
	sealed, err := seal(key, payload)
	if err != nil {
		return nil, err
	}
	return imageOf(sealed, signedEnvelope, map[string]string{signatureAnnotation: "", "predicateType": made.PredicateType})
}

func imageOf(content []byte, mediaType types.MediaType, annotations map[string]string) (v1.Image, error) {
	return mutate.Append(ociImage(), mutate.Addendum{Layer: document{content, mediaType}, MediaType: mediaType, Annotations: annotations})
}

// document is a layer that is no archive.
type document struct {
	content   []byte
	mediaType types.MediaType
}

func (d document) Digest() (v1.Hash, error) {
	digest, _, err := v1.SHA256(bytes.NewReader(d.content))
	return digest, err
}
func (d document) DiffID() (v1.Hash, error) { return d.Digest() }
func (d document) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(d.content)), nil
}
func (d document) Uncompressed() (io.ReadCloser, error) { return d.Compressed() }
func (d document) Size() (int64, error)                 { return int64(len(d.content)), nil }
func (d document) MediaType() (types.MediaType, error)  { return d.mediaType, nil }
