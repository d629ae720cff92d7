// Command sign puts a signature on a Task or Pipeline, so that VerificationPolicies can tell who wrote it (contract 4 §4.4):
//
//	go run ./hack/sign -key key.pem task.yaml > signed.yaml
//
// The key is a private one for ECDSA, RSA or Ed25519, in PEM form and not encrypted. Comments stay. What a reader of the document would
// fill in as defaults is signed too, but not written.
package main

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"knative.dev/pkg/apis"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/client/clientset/versioned/scheme"
	"github.com/tenon-ci/tenon/pkg/document"
	"github.com/tenon-ci/tenon/pkg/trust"
)

func main() {
	keyFile := flag.String("key", "", "file with the private key in PEM form")
	hash := flag.String("hash", "sha256", "hashAlgorithm of the policy: sha224, sha256, sha384 or sha512")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "usage: sign -key key.pem [-hash sha256] file.yaml")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *keyFile == "" || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, *keyFile, *hash, flag.Arg(0)); err != nil {
		fmt.Fprintf(os.Stderr, "signing %s: %v\n", flag.Arg(0), err)
		os.Exit(1)
	}
}

func run(out io.Writer, keyFile, hash, file string) error {
	algorithm, err := trust.Hash(v1alpha1.HashAlgorithm(hash))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return fmt.Errorf("reading the key: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	signed, err := sign(text, key, algorithm)
	if err != nil {
		return err
	}
	_, err = out.Write(signed)
	return err
}

// sign returns a document with the signature by a private key in its annotations.
func sign(text, key []byte, hash crypto.Hash) ([]byte, error) {
	private, err := cryptoutils.UnmarshalPEMToPrivateKey(key, cryptoutils.SkipPassword)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	resource, err := read(text)
	if err != nil {
		return nil, err
	}
	signed, err := trust.Sign(resource, private, hash)
	if err != nil {
		return nil, err
	}
	return annotate(text, signed)
}

// read returns what is in a document as the engine does, with defaults.
func read(text []byte) (*trust.Resource, error) {
	if err := document.Check(text); err != nil {
		return nil, err
	}
	decoded, _, err := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		return nil, err
	}
	o, ok := decoded.(trust.Object)
	if !ok {
		return nil, errors.New("it has no metadata")
	}
	if d, ok := o.(apis.Defaultable); ok {
		d.SetDefaults(context.Background())
	}
	return trust.NewResource(o), nil
}

// annotate sets the annotation in the text, the rest of which stays as it is.
func annotate(text []byte, value string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	if len(root.Content) != 1 {
		return nil, errors.New("it is empty")
	}
	metadata, err := member(root.Content[0], "metadata")
	if err != nil {
		return nil, err
	}
	annotations, err := member(metadata, "annotations")
	if err != nil {
		return nil, err
	}
	set(annotations, pipeline.SignatureAnnotationKey, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value})
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&root); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// member returns the map of that name in a map, and makes it if there is none.
func member(in *yaml.Node, name string) (*yaml.Node, error) {
	if in.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("it has no map where %s is looked for", name)
	}
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value != name {
			continue
		}
		if value := in.Content[i+1]; value.Kind == yaml.MappingNode {
			return value, nil
		}
		in.Content[i+1] = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		return in.Content[i+1], nil
	}
	made := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	set(in, name, made)
	return made, nil
}

func set(in *yaml.Node, name string, value *yaml.Node) {
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value == name {
			in.Content[i+1] = value
			return
		}
	}
	in.Content = append(in.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, value)
}
