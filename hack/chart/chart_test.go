package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// workloads are the Deployments, by the name of their values.
var workloads = map[string]string{
	"controller": keyOf("Deployment", systemNamespace, "tekton-pipelines-controller"),
	"webhook":    keyOf("Deployment", systemNamespace, "tekton-pipelines-webhook"),
	"events":     keyOf("Deployment", systemNamespace, "tekton-events-controller"),
	"resolvers":  keyOf("Deployment", resolversNamespace, "tekton-pipelines-remote-resolvers"),
}

func TestChartIsTheManifests(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(manifests(t), without(helm(t, "{}"))); diff != "" {
		t.Errorf("the chart and config/ differ (-config +chart):\n%s", diff)
	}
}

func TestKustomizeBaseIsTheManifests(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(manifests(t), kustomize(t, filepath.Join(output(t), "kustomize"))); diff != "" {
		t.Errorf("the base and config/ differ (-config +base):\n%s", diff)
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), program(t, "helm"), "lint", "--strict", filepath.Join(output(t), "chart")).CombinedOutput()
	if err != nil {
		t.Errorf("helm lint: %v\n%s", err, out)
	}
}

// kustomize builds a folder.
func kustomize(t *testing.T, folder string) objects {
	t.Helper()
	command := exec.CommandContext(t.Context(), program(t, "kubectl"), "kustomize", "--load-restrictor=LoadRestrictionsNone", folder)
	var errors strings.Builder
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		t.Fatalf("kubectl kustomize: %v\n%s", err, errors.String())
	}
	return decode(t, string(out))
}

// TestOverlay builds the overlay of the examples, and compares it with the chart that has the same values.
func TestOverlay(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"settings.yaml", "kustomization.yaml"} {
		text, err := os.ReadFile("../../examples/_install/kustomize/" + name)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Join(output(t), "kustomize")
		relative, err := filepath.Rel(folder, base)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.ReplaceAll(string(text), "tenon/kustomize", relative)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	values, err := os.ReadFile("../../examples/_install/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(without(helm(t, string(values))), kustomize(t, folder)); diff != "" {
		t.Errorf("the examples of values and of an overlay differ (-chart +overlay):\n%s", diff)
	}
}

// TestNames looks for names of the manifests in a chart where all are others.
func TestNames(t *testing.T) {
	t.Parallel()
	const values = `
namespace: ci
admission: {name: hook.ci.example.com}
clusterRoleSuffix: -ci
tenantNamespaces: [team-a]
crds: {keep: false}
logAccess: {enabled: true}
serviceMonitor: {enabled: true}`
	all := helm(t, values)
	for key, o := range all {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{`"namespace":"tekton-pipelines`, "serviceaccounts:tekton-", "serviceaccount:tekton-", admissionName} {
			if strings.Contains(string(text), name) {
				t.Errorf("%s says %s", key, name)
			}
		}
	}
	for _, key := range []string{
		"Namespace /ci", "Namespace /ci-resolvers", "ClusterRole /tekton-aggregate-edit-ci", "MutatingWebhookConfiguration /hook.ci.example.com",
		"ValidatingWebhookConfiguration /config.hook.ci.example.com", "RoleBinding team-a/tekton-pipelines-controller-tenant-access-ci",
		"ClusterRoleBinding /tekton-pipelines-controller-pod-log-access-ci", "ServiceMonitor ci-resolvers/tenon-resolvers",
	} {
		if all[key] == nil {
			t.Errorf("there is no %s", key)
		}
	}
	if all["ClusterRoleBinding /"+tenantRole+"-ci"] != nil {
		t.Error("the controller may read the Secrets of all namespaces, although tenantNamespaces says which")
	}
	role := member(all["ClusterRole /tekton-pipelines-webhook-cluster-access-ci"])
	text, _ := json.Marshal(role["rules"])
	for _, want := range []string{`["hook.ci.example.com"]`, `["validation.hook.ci.example.com","config.hook.ci.example.com"]`, `["ci"]`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the rules of the webhook do not name %s: %s", want, text)
		}
	}
	if binding := member(all["ClusterRoleBinding /tekton-pipelines-resolvers-ci"], "subjects"); binding["namespace"] != "ci-resolvers" {
		t.Errorf("the resolvers' role is bound to %v", binding)
	}
	env, _ := json.Marshal(all["Deployment ci/tekton-pipelines-webhook"])
	if !strings.Contains(string(env), `{"name":"WEBHOOK_ADMISSION_CONTROLLER_NAME","value":"hook.ci.example.com"}`) {
		t.Errorf("the webhook is not told the name of its configurations: %s", env)
	}
}

func TestNamespacesAreLeftToHelm(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		values, release string
		want            []string
	}{
		{"{}", "default", []string{systemNamespace, resolversNamespace}},
		{"{}", systemNamespace, []string{resolversNamespace}},
		{"{resolversNamespace: fetch}", resolversNamespace, []string{systemNamespace, "fetch"}},
		{"{createNamespaces: false}", "default", nil},
	} {
		all := helm(t, tc.values, "--namespace", tc.release, "--set", "crds.install=false")
		want := map[string]bool{}
		for _, name := range tc.want {
			want[keyOf("Namespace", "", name)] = true
		}
		got := map[string]bool{}
		for key := range all {
			if strings.HasPrefix(key, "Namespace ") {
				got[key] = true
			}
			if strings.HasPrefix(key, "CustomResourceDefinition ") {
				t.Errorf("there is %s, although crds.install is false", key)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("namespaces with %s in %s (-want +got):\n%s", tc.values, tc.release, diff)
		}
	}
}

func TestRefusedValues(t *testing.T) {
	t.Parallel()
	for values, want := range map[string]string{
		`{controler: {replicas: 2}}`:                                       "controler",
		`{controller: {replica: 2}}`:                                       "replica",
		`{controller: {replicas: two}}`:                                    "/controller/replicas",
		`{controller: {replicas: -1}}`:                                     "/controller/replicas",
		`{controller: {env: {SYSTEM_NAMESPACE: x}}}`:                       "SYSTEM_NAMESPACE",
		`{webhook: {podLabels: {app: x}}}`:                                 "'app'",
		`{labels: {app.kubernetes.io/part-of: x}}`:                         "app.kubernetes.io/part-of",
		`{namespace: Upper}`:                                               "/namespace",
		`{admission: {name: short}}`:                                       "/admission/name",
		`{images: {pullPolicy: Sometimes}}`:                                "/images/pullPolicy",
		`{images: {overrides: {controlller: x}}}`:                          "controlller",
		`{imagePullSecrets: [mirror]}`:                                     "/imagePullSecrets/0",
		`{config: {feature-flags: {enable-api-fields: gamma}}}`:            "/config/feature-flags/enable-api-fields",
		`{config: {feature-flags: {enable-artifacts: maybe}}}`:             "/config/feature-flags/enable-artifacts",
		`{config: {feature-flags: {enable-artefacts: true}}}`:              "enable-artefacts",
		`{config: {config-default: {}}}`:                                   "config-default",
		`{config: {config-defaults: {default-time-out-minutes: 5}}}`:       "default-time-out-minutes",
		`{serviceMonitor: {interval: often}}`:                              "/serviceMonitor/interval",
		`{webhook: {autoscaling: {minReplicas: 0}}}`:                       "/webhook/autoscaling/minReplicas",
		`{events: {podDisruptionBudget: {unhealthyPodEvictionPolicy: x}}}`: "unhealthyPodEvictionPolicy",
	} {
		if _, errors, err := tryHelm(t, values); err == nil || !strings.Contains(errors, want) {
			t.Errorf("%s: want a refusal that names %s, got %v\n%s", values, want, err, errors)
		}
	}
}

// TestSchemaIsComplete finds an entry in the schema for each value.
func TestSchemaIsComplete(t *testing.T) {
	t.Parallel()
	values, root := map[string]any{}, map[string]any{}
	text, err := os.ReadFile(filepath.Join(output(t), "chart", "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, &values); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(filepath.Join(output(t), "chart", "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	checkSchema(t, "", values, root)
}

func checkSchema(t *testing.T, path string, values, root map[string]any) {
	properties, closed := root["properties"].(map[string]any)
	if !closed {
		return // what is in it is Kubernetes'
	}
	for key, v := range values {
		entry, ok := properties[key].(map[string]any)
		if !ok {
			t.Errorf("the schema has nothing about %s/%s", path, key)
			continue
		}
		if inner, isMap := v.(map[string]any); isMap {
			checkSchema(t, path+"/"+key, inner, entry)
		}
	}
}

// TestChoices compares the words of the schema with those that Tenon takes.
func TestChoices(t *testing.T) {
	t.Parallel()
	for key, words := range choices {
		name := strings.TrimPrefix(key, "feature-flags/")
		for _, word := range words {
			if _, err := config.NewFeatureFlagsFromMap(map[string]string{name: fmt.Sprint(word)}); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
		if _, err := config.NewFeatureFlagsFromMap(map[string]string{name: "nonsense"}); err == nil {
			t.Errorf("%s takes every word: leave it out", key)
		}
	}
}

func TestChartVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3": "1.2.3", "v0.0.0-test": "0.0.0-test", "v1.2.3-rc.1+x": "1.2.3-rc.1+x",
		"devel": "0.0.0-build.devel", "7870ba8": "0.0.0-build.7870ba8", "0123456-dirty": "0.0.0-build.0123456-dirty",
	} {
		if got := chartVersion(version); got != want {
			t.Errorf("chartVersion(%q) = %q, want %q", version, got, want)
		}
	}
}

// TestImagesOfRelease makes a chart of manifests with images by digest, and of some that come from two places.
func TestImagesOfRelease(t *testing.T) {
	t.Parallel()
	digest := "@sha256:" + strings.Repeat("0123456789abcdef", 4)
	text := func(second string) string {
		return fmt.Sprintf(`
kind: Deployment
metadata: {name: a, namespace: tekton-pipelines, labels: {app.kubernetes.io/component: controller}}
spec:
  selector: {}
  template:
    metadata: {labels: {}}
    spec: {containers: [{name: a, env: [], image: "registry.example.com:5000/tenon/controller:v1%s", args: [-nop-image, %s, -other, a/b]}]}
`, digest, second)
	}
	objects, err := parse([]byte(text("registry.example.com:5000/tenon/nop" + digest)))
	if err != nil {
		t.Fatal(err)
	}
	files, err := chartFiles("v1", objects)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(files["values.yaml"], `registry: "registry.example.com:5000/tenon"`) {
		t.Errorf("values.yaml does not name the registry:\n%s", files["values.yaml"])
	}
	for _, want := range []string{`"controller" "controller:v1` + digest, `"nop" "nop` + digest, "a/b"} {
		if !strings.Contains(files["templates/controller.yaml"], want) {
			t.Errorf("the template lacks %s:\n%s", want, files["templates/controller.yaml"])
		}
	}
	for _, second := range []string{"elsewhere.example.com/tenon/nop" + digest, "nop"} {
		objects, err := parse([]byte(text(second)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chartFiles("v1", objects); err == nil {
			t.Errorf("%s is taken", second)
		}
	}
}
