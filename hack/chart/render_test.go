package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"
)

const logAccess = "../../examples/_rbac/pod-log-access.yaml"

// program returns the path of a program that tests need. Without it they are left out, except in continuous integration.
func program(t *testing.T, name string) string {
	t.Helper()
	cache := os.Getenv("TENON_CACHE")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache", "tenon")
	}
	if path := filepath.Join(cache, "bin", name); exists(path) {
		return path
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" && name == "helm" {
		t.Fatal("helm is missing: hack/tools.sh helm")
	}
	t.Skipf("%s is missing: hack/tools.sh helm installs that, kubectl comes with hack/cluster/cluster build", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// generated is a folder with the files made of config/.
var generated = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "tenon-chart-")
	if err != nil {
		return "", err
	}
	return folder, run("v1.2.3", "../../config", logAccess, folder)
})

func output(t *testing.T) string {
	t.Helper()
	folder, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := generated(); err == nil {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

// objects are decoded objects by kind, namespace and name.
type objects map[string]map[string]any

func keyOf(kind, namespace, name string) string { return kind + " " + namespace + "/" + name }

// helm renders the chart, with values as YAML, and returns its objects.
func helm(t *testing.T, values string, arguments ...string) objects {
	t.Helper()
	out, errors, err := tryHelm(t, values, arguments...)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, errors)
	}
	return decode(t, out)
}

func tryHelm(t *testing.T, values string, arguments ...string) (out, errors string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments = append([]string{"template", "tenon", filepath.Join(output(t), "chart"), "--values", file}, arguments...)
	command := exec.CommandContext(t.Context(), program(t, "helm"), arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	return stdout.String(), stderr.String(), err
}

// decode returns the objects of a text. Two with one name are an error.
func decode(t *testing.T, text string) objects {
	t.Helper()
	found := objects{}
	for _, document := range strings.Split("\n"+text+"\n", "\n---\n") {
		o := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document+"\n"), &o); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(o) == 0 {
			continue
		}
		if err := found.add(o); err != "" {
			t.Fatal(err)
		}
	}
	return found
}

func (all objects) add(o map[string]any) string {
	metadata, _ := o["metadata"].(map[string]any)
	kind, _ := o["kind"].(string)
	namespace, _ := metadata["namespace"].(string)
	name, _ := metadata["name"].(string)
	key := keyOf(kind, namespace, name)
	if data, ok := o["data"].(map[string]any); ok && len(data) == 0 {
		delete(o, "data") // no data is no data
	}
	if all[key] != nil {
		return "there are two of " + key
	}
	all[key] = o
	return ""
}

// manifests are the objects of config/, with the version that the chart of the tests has.
func manifests(t *testing.T) objects {
	t.Helper()
	loaded, err := load("../../config")
	if err != nil {
		t.Fatal(err)
	}
	setVersion(loaded, "v1.2.3")
	var b strings.Builder
	for _, o := range loaded {
		b.WriteString("---\n" + encode(o.node))
	}
	return decode(t, b.String())
}

// clone returns a copy that may be changed.
func (all objects) clone() objects {
	copied := objects{}
	for key, o := range all {
		copied[key] = deepCopy(o).(map[string]any)
	}
	return copied
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		for key := range c {
			c[key] = deepCopy(c[key])
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = deepCopy(v[i])
		}
		return c
	}
	return v
}

// without removes the annotation that keeps definitions, which the manifests have no use for.
func without(all objects) objects {
	for key, o := range all {
		if strings.HasPrefix(key, "CustomResourceDefinition ") {
			delete(o["metadata"].(map[string]any), "annotations")
		}
	}
	return all
}

// member returns the mapping at a path in an object, with mappings made where there are none. Lists give their first item.
func member(o map[string]any, path ...string) map[string]any {
	for _, key := range path {
		next, ok := o[key].(map[string]any)
		if items, isList := o[key].([]any); isList {
			next, ok = items[0].(map[string]any), true
		}
		if !ok {
			next = map[string]any{}
			o[key] = next
		}
		o = next
	}
	return o
}

func parseJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
