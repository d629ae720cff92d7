// Command chart makes a Helm chart and a Kustomize base from the manifests that are installed. Objects are taken over as they
// are; what people change about them becomes a value of the chart, with the default that the manifests have. Only what the
// manifests do not have is written here, in the folder static.
//
//	go run ./hack/chart -version v1.2.3 -manifests release.yaml -output DIR
//
// writes DIR/chart and DIR/kustomize. The manifests may be a folder: config itself makes a chart whose images are still ko://.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	version := flag.String("version", "devel", "version of the release, such as v1.2.3")
	manifests := flag.String("manifests", "config", "the manifests of the release, a file or a folder")
	extras := flag.String("log-access", "examples/_rbac/pod-log-access.yaml", "manifests of the optional access to logs")
	output := flag.String("output", "", "folder to write chart/ and kustomize/ to; both are replaced")
	flag.Parse()
	if *output == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*version, *manifests, *extras, *output); err != nil {
		log.Fatal(err)
	}
}

func run(version, manifests, extras, output string) error {
	objects, err := load(manifests)
	if err != nil {
		return err
	}
	setVersion(objects, version)
	base := kustomizeFiles(objects)
	optional, err := load(extras)
	if err != nil {
		return err
	}
	for _, o := range optional {
		o.optional = "logAccess"
	}
	chart, err := chartFiles(version, append(objects, optional...))
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(output, "chart"), chart); err != nil {
		return err
	}
	return replace(filepath.Join(output, "kustomize"), base)
}

// replace makes a folder hold the files and nothing else.
func replace(folder string, files map[string]string) error {
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("removing the files of before: %w", err)
	}
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
