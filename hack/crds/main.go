// Command crds turns the CustomResourceDefinitions that controller-gen writes into the ones that are installed: with
// labels, conversion by webhook, and schemas small enough for client-side apply.
//
//	go run ./hack/crds -out config/300-crds generated/*.yaml
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

func main() {
	out := flag.String("out", "", "directory to write to; definitions in it that are not generated any more are removed")
	flag.Parse()
	if *out == "" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*out, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(out string, inputs []string) error {
	keep := map[string]bool{}
	for _, input := range inputs {
		text, err := os.ReadFile(input)
		if err != nil {
			return err
		}
		name, text, err := convert(text)
		if err != nil {
			return fmt.Errorf("converting %s: %w", input, err)
		}
		path := filepath.Join(out, name+".yaml")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
		keep[path] = true
	}
	return removeOthers(out, keep)
}

// convert returns the definition to install and the plural name of its kind.
func convert(text []byte) (string, []byte, error) {
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, crd); err != nil {
		return "", nil, err
	}
	if err := install(crd); err != nil {
		return "", nil, err
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(crd)
	if err != nil {
		return "", nil, err
	}
	delete(object, "status")
	compact, err := json.Marshal(object)
	if err != nil {
		return "", nil, err
	}
	if err := checkSize(crd.Name, compact); err != nil {
		return "", nil, err
	}
	text, err = yaml.JSONToYAML(compact)
	if err != nil {
		return "", nil, err
	}
	header := "# Made by hack/update-codegen.sh from the types in pkg/apis. DO NOT EDIT.\n"
	return crd.Spec.Names.Plural, append([]byte(header), text...), nil
}

func removeOthers(dir string, keep map[string]bool) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if keep[path] {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
