package tenants

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenon-ci/tenon/test/cluster"
)

// shipped reads config/.
func shipped(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	paths, err := filepath.Glob("../../config/*/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("reading config/: %v", err)
	}
	var all []*unstructured.Unstructured
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), "kustomization") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := cluster.Objects(text)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, objects...)
	}
	return all
}

func TestObjectsOfAScopedInstallation(t *testing.T) {
	t.Parallel()
	s := scope{system: "team-system", namespace: "team", images: map[string]string{"ko://github.com/tenon-ci/tenon/cmd/controller": "registry/controller@sha256:1"}}
	var bound, namespaces, deployments []string
	for _, o := range s.objects(shipped(t)) {
		switch o.GetKind() {
		case "ClusterRoleBinding", "ClusterRole", "CustomResourceDefinition", "ValidatingWebhookConfiguration":
			t.Errorf("%s %s is not for one namespace", o.GetKind(), o.GetName())
		case "Namespace":
			namespaces = append(namespaces, o.GetName())
		case "RoleBinding":
			if role, _, _ := unstructured.NestedString(o.Object, "roleRef", "kind"); role == "ClusterRole" {
				bound = append(bound, o.GetNamespace()+": "+o.GetName())
			}
		case "Deployment":
			deployments = append(deployments, o.GetNamespace()+"/"+o.GetName())
		}
		if o.GetKind() != "Namespace" && !slices.Contains([]string{"team-system", "team-system-resolvers", "team"}, o.GetNamespace()) {
			t.Errorf("%s %s is in namespace %q", o.GetKind(), o.GetName(), o.GetNamespace())
		}
		text, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, left := range []string{`"namespace":"tekton-pipelines`, `"app.kubernetes.io/instance":"default"`, "cmd/controller\""} {
			if strings.Contains(string(text), left) {
				t.Errorf("%s %s still has %s", o.GetKind(), o.GetName(), left)
			}
		}
	}
	slices.Sort(bound)
	want := []string{
		"team: tekton-events-controller-cluster-access", "team: tekton-pipelines-controller-cluster-access",
		"team: tekton-pipelines-controller-tenant-access", "team: tekton-pipelines-resolvers",
	}
	if diff := cmp.Diff(want, bound); diff != "" {
		t.Errorf("cluster roles bound (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"team-system", "team-system-resolvers"}, namespaces); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
	wantDeployments := []string{
		"team-system/tekton-pipelines-controller", "team-system/tekton-events-controller", "team-system-resolvers/tekton-pipelines-remote-resolvers",
	}
	if diff := cmp.Diff(wantDeployments, deployments); diff != "" {
		t.Errorf("Deployments (-want +got):\n%s", diff)
	}
}

func TestScopedProgramsGetTheNamespace(t *testing.T) {
	t.Parallel()
	s := scope{system: "team-system", namespace: "team"}
	for _, o := range s.objects(shipped(t)) {
		if o.GetKind() != "Deployment" {
			continue
		}
		containers, _, _ := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
		args, _ := containers[0].(map[string]any)["args"].([]any)
		if len(args) < 2 || args[len(args)-2] != "-namespace" || args[len(args)-1] != "team" {
			t.Errorf("%s has the arguments %v", o.GetName(), args)
		}
	}
}
