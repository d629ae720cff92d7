package upgrade

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
