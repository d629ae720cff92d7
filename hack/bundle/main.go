// Command bundle makes a Tekton bundle of files in YAML, which may have several documents each, pushes it, and prints the reference
// to what it pushed:
//
//	go run ./hack/bundle -t registry.example/my/bundle:v1 task.yaml pipeline.yaml
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/tenon-ci/tenon/hack/bundle/pack"
)

// options are what the command line says.
type options struct {
	ref, user, passwordFile string
	insecure                bool
	files                   []string
}

func main() {
	var o options
	flag.StringVar(&o.ref, "t", "", "`REFERENCE` to push to")
	flag.BoolVar(&o.insecure, "insecure", false, "talk to the registry without encryption")
	flag.StringVar(&o.user, "user", "", "`NAME` to log in with; without it, the Docker configuration says how to")
	flag.StringVar(&o.passwordFile, "password-file", "", "`FILE` with the password of -user")
	flag.Parse()
	o.files = flag.Args()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := push(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bundle: %v\n", err)
		os.Exit(1)
	}
}

// push makes and pushes the bundle, and prints its reference with digest.
func push(ctx context.Context, o options, out io.Writer) error {
	if o.ref == "" || len(o.files) == 0 {
		return errors.New("usage: bundle [-insecure] [-user NAME -password-file FILE] -t REFERENCE FILE [FILE]")
	}
	var naming []name.Option
	if o.insecure {
		naming = append(naming, name.Insecure)
	}
	ref, err := name.ParseReference(o.ref, naming...)
	if err != nil {
		return fmt.Errorf("-t: %w", err)
	}
	login, err := o.login()
	if err != nil {
		return err
	}
	documents, err := readAll(o.files)
	if err != nil {
		return err
	}
	image, err := pack.Image(documents)
	if err != nil {
		return fmt.Errorf("making the bundle: %w", err)
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("making the bundle: %w", err)
	}
	if err := remote.Write(ref, image, remote.WithContext(ctx), login); err != nil {
		return fmt.Errorf("pushing: %w", err)
	}
	_, err = fmt.Fprintln(out, ref.Context().Digest(digest.String()))
	return err
}

func (o options) login() (remote.Option, error) {
	if o.user == "" && o.passwordFile == "" {
		return remote.WithAuthFromKeychain(authn.DefaultKeychain), nil
	}
	if o.user == "" || o.passwordFile == "" {
		return nil, errors.New("-user and -password-file are needed together")
	}
	password, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return nil, fmt.Errorf("reading the password: %w", err)
	}
	return remote.WithAuth(&authn.Basic{Username: o.user, Password: strings.TrimSpace(string(password))}), nil
}

// readAll returns the documents of all files.
func readAll(files []string) ([][]byte, error) {
	var documents [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
		for {
			document, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", file, err)
			}
			if !blank(document) {
				documents = append(documents, document)
			}
		}
	}
	return documents, nil
}

// blank tells whether a document has nothing but comments and separators.
func blank(document []byte) bool {
	for line := range strings.Lines(string(document)) {
		if line = strings.TrimSpace(line); line != "" && line != "---" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}
