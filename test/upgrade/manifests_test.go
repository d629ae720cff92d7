package upgrade

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenon-ci/tenon/test/cluster"
)

func parse(t *testing.T, text string) manifests {
	t.Helper()
	objects, err := cluster.Objects([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func render(t *testing.T, m manifests) string {
	t.Helper()
	text, err := m.yaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const released = `
kind: Deployment
apiVersion: apps/v1
metadata: {name: a, namespace: n}
spec: {replicas: 1, template: {spec: {containers: [{name: c, image: good}, {name: d, image: good}]}}}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: b, namespace: n}
---
kind: ConfigMap
apiVersion: v1
metadata: {name: a, namespace: n}
data: {buckets: "1", other: kept}
`

func TestOverlaid(t *testing.T) {
	t.Parallel()
	base := parse(t, released)
	got := base.overlaid(parse(t, `
{kind: Deployment, apiVersion: apps/v1, metadata: {name: a, namespace: n}, spec: {replicas: 2}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: n}, data: {buckets: "2"}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: other}, data: {new: "yes"}}
`))
	want := parse(t, `
kind: Deployment
apiVersion: apps/v1
metadata: {name: a, namespace: n}
spec: {replicas: 2, template: {spec: {containers: [{name: c, image: good}, {name: d, image: good}]}}}
---
{kind: Deployment, apiVersion: apps/v1, metadata: {name: b, namespace: n}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: n}, data: {buckets: "2", other: kept}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: other}, data: {new: "yes"}}
`)
	if diff := cmp.Diff(render(t, want), render(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(render(t, parse(t, released)), render(t, base)); diff != "" {
		t.Errorf("what was laid under it has changed:\n%s", diff)
	}
}

func TestSplitAndBreak(t *testing.T) {
	t.Parallel()
	settings, one, others := parse(t, released).split("a")
	if len(settings) != 1 || len(one) != 1 || len(others) != 1 || settings[0].GetKind() != "ConfigMap" || others[0].GetName() != "b" {
		t.Fatalf("split into %d, %d and %d", len(settings), len(one), len(others))
	}
	broken, err := one.withImage("bad")
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, `
kind: Deployment
apiVersion: apps/v1
metadata: {name: a, namespace: n}
spec: {replicas: 1, template: {spec: {containers: [{name: c, image: bad}, {name: d, image: good}]}}}
`)
	if diff := cmp.Diff(render(t, want), render(t, broken)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := others.withImage("bad"); err == nil {
		t.Error("a Deployment without containers is changed")
	}
}

func TestServedVersions(t *testing.T) {
	t.Parallel()
	got, err := parse(t, released+`
---
kind: CustomResourceDefinition
apiVersion: apiextensions.k8s.io/v1
metadata: {name: tasks.tekton.dev}
spec: {versions: [{name: v1beta1}, {name: v1}]}
`).servedVersions()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"tasks.tekton.dev": {"v1beta1", "v1"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// shipped returns the objects of config/.
func shipped(t *testing.T) manifests {
	t.Helper()
	files, err := filepath.Glob("../../config/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in config (%v)", err)
	}
	var all manifests
	for _, file := range files {
		m, err := readManifests(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m...)
	}
	return all
}

func TestSettingsFitWhatIsShipped(t *testing.T) {
	t.Parallel()
	settings, err := readManifests("../../docs/operations/high-availability.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base := shipped(t)
	selectors := map[string]any{}
	for _, object := range base {
		if object.GetKind() == "Deployment" {
			selectors[object.GetNamespace()+"/"+object.GetName()] = member(object, "spec", "selector", "matchLabels")
		}
	}
	budgets := map[string]any{}
	for _, object := range settings {
		if object.GetKind() == "PodDisruptionBudget" {
			budgets[object.GetNamespace()+"/"+object.GetName()] = member(object, "spec", "selector", "matchLabels")
			continue
		}
		if !slices.ContainsFunc(base, func(u *unstructured.Unstructured) bool { return isSame(u, object) }) {
			t.Errorf("%s %s/%s is not shipped", object.GetKind(), object.GetNamespace(), object.GetName())
		}
	}
	if diff := cmp.Diff(selectors, budgets); diff != "" {
		t.Errorf("pods of the Deployments and of the budgets (-want +got):\n%s", diff)
	}
}

// An upgrade must neither undo scaling nor end a pod before another one is ready.
func TestShippedDeployments(t *testing.T) {
	t.Parallel()
	n := 0
	for _, object := range shipped(t) {
		if object.GetKind() != "Deployment" {
			continue
		}
		n++
		if got := member(object, "spec", "replicas"); got != nil {
			t.Errorf("%s has replicas %v", object.GetName(), got)
		}
		if diff := cmp.Diff(map[string]any{"maxSurge": 1.0, "maxUnavailable": 0.0}, member(object, "spec", "strategy", "rollingUpdate")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object.GetName(), diff)
		}
		containers, _ := member(object, "spec", "template", "spec", "containers").([]any)
		for _, c := range containers {
			container, _ := c.(map[string]any)
			for probe, path := range map[string]string{"startupProbe": "/health", "livenessProbe": "/health", "readinessProbe": "/readiness"} {
				if got := member(&unstructured.Unstructured{Object: container}, probe, "httpGet", "path"); got != path {
					t.Errorf("%s: %s asks for %v, want %s", object.GetName(), probe, got, path)
				}
			}
		}
	}
	if n != 4 {
		t.Errorf("%d Deployments, want 4", n)
	}
}

// member returns what is at a place in an object, nil if nothing is.
func member(object *unstructured.Unstructured, path ...string) any {
	value, _, err := unstructured.NestedFieldNoCopy(object.Object, path...)
	if err != nil {
		return err
	}
	return value
}
