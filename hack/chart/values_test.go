package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestValues sets values and compares all objects with the manifests in which the same was changed by hand: nothing else may
// be different.
func TestValues(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		values string
		change func(t *testing.T, all objects)
	}{
		"workloads": {workloadValues, changeWorkloads},
		"fields left out": {`
controller: {replicas: null, affinity: null, securityContext: {runAsUser: null, runAsGroup: null}}
webhook: {autoscaling: {enabled: false}, resources: null}`, func(_ *testing.T, all objects) {
			controller := all[workloads["controller"]]
			delete(member(controller, "spec"), "replicas")
			delete(member(controller, "spec", "template", "spec"), "affinity")
			delete(member(controller, "spec", "template", "spec", "containers", "securityContext"), "runAsUser")
			delete(member(controller, "spec", "template", "spec", "containers", "securityContext"), "runAsGroup")
			delete(all, "HorizontalPodAutoscaler tekton-pipelines/tekton-pipelines-webhook")
			delete(member(all[workloads["webhook"]], "spec", "template", "spec", "containers"), "resources")
		}},
		"autoscaling": {`webhook: {autoscaling: {minReplicas: 3, maxReplicas: 7, targetCPU: 60}}`, func(_ *testing.T, all objects) {
			spec := member(all["HorizontalPodAutoscaler tekton-pipelines/tekton-pipelines-webhook"], "spec")
			spec["minReplicas"], spec["maxReplicas"] = 3.0, 7.0
			member(spec, "metrics", "resource", "target")["averageUtilization"] = 60.0
		}},
		"images": {`images: {registry: mirror.example.com/tenon/, pullPolicy: Always, overrides: {nop: "other/nop:1"}}`, changeImages},
		"labels and annotations": {`
labels: {team: build}
annotations: {contact: "42"}`, func(_ *testing.T, all objects) {
			for key, o := range all {
				metadata := member(o, "metadata")
				member(metadata, "labels")["team"] = "build"
				member(metadata, "annotations")["contact"] = "42"
				if strings.HasPrefix(key, "Deployment ") {
					member(o, "spec", "template", "metadata", "labels")["team"] = "build"
				}
			}
		}},
		"selectors of admission": {`
admission:
  namespaceSelector: {matchLabels: {team: a}}
  configNamespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}`, func(t *testing.T, all objects) {
			own := `{"key": "webhooks.knative.dev/exclude", "operator": "DoesNotExist"}`
			for _, key := range []string{"Mutating", "Validating"} {
				name := map[string]string{"Mutating": "", "Validating": "validation."}[key] + admissionName
				member(all[key+"WebhookConfiguration /"+name], "webhooks")["namespaceSelector"] = parseJSON(t,
					`{"matchLabels": {"team": "a"}, "matchExpressions": [`+own+`]}`)
			}
			member(all["ValidatingWebhookConfiguration /config."+admissionName], "webhooks")["namespaceSelector"] = parseJSON(t,
				`{"matchExpressions": [`+own+`, {"key": "team", "operator": "Exists"}]}`)
		}},
		"log access": {`logAccess: {enabled: true}`, func(t *testing.T, all objects) {
			text, err := os.ReadFile(logAccess)
			if err != nil {
				t.Fatal(err)
			}
			_, manifest, _ := strings.Cut(string(text), "apiVersion:")
			for _, o := range decode(t, "apiVersion:"+manifest) {
				if problem := all.add(o); problem != "" {
					t.Fatal(problem)
				}
			}
		}},
		"values that are not texts": {`
config:
  feature-flags: {enable-artifacts: true, max-result-size: 1000000, coschedule: null}
  config-defaults: {default-timeout-minutes: 30, default-pod-template: {nodeSelector: {disk: ssd}}}
  config-registry-cert: {cert: "line\nline\n"}`, func(_ *testing.T, all objects) {
			flags := member(all["ConfigMap tekton-pipelines/feature-flags"], "data")
			flags["enable-artifacts"], flags["max-result-size"] = "true", "1000000"
			delete(flags, "coschedule")
			defaults := member(all["ConfigMap tekton-pipelines/config-defaults"], "data")
			defaults["default-timeout-minutes"], defaults["default-pod-template"] = "30", "nodeSelector:\n  disk: ssd\n"
			member(all["ConfigMap tekton-pipelines/config-registry-cert"], "data")["cert"] = "line\nline\n"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := manifests(t).clone()
			tc.change(t, want)
			got := helm(t, tc.values, "--set", "crds.keep=false")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
}

// workloadValues are set for each of the workloads; WORKLOAD is its name.
var workloadValues = func() string {
	var b strings.Builder
	for name := range workloads {
		b.WriteString(strings.ReplaceAll(`
WORKLOAD:
  replicas: 3
  resources: {requests: {cpu: 2}}
  affinity: {nodeAffinity: null, podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}}
  nodeSelector: {pool: WORKLOAD}
  tolerations: [{key: WORKLOAD, operator: Exists}]
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
  priorityClassName: system-cluster-critical
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 1000}
  extraArgs: [-kube-api-qps, "50"]
  env: {CONFIG_LOGGING_NAME: own-logging, PROXY: "http://proxy:3128", TOKEN: {valueFrom: {secretKeyRef: {name: a, key: b}}}}
  podLabels: {of: WORKLOAD}
  podAnnotations: {about: WORKLOAD}
  podDisruptionBudget: {enabled: true, maxUnavailable: null, minAvailable: 50%, unhealthyPodEvictionPolicy: IfHealthyBudget}
`, "WORKLOAD", name))
	}
	return b.String() + "imagePullSecrets: [{name: mirror}]\n"
}()

// changeWorkloads does to the manifests what workloadValues say.
func changeWorkloads(t *testing.T, all objects) {
	t.Helper()
	for name, key := range workloads {
		deployment := all[key]
		spec, pod := member(deployment, "spec"), member(deployment, "spec", "template", "spec")
		spec["replicas"] = 3.0
		delete(member(pod, "affinity"), "nodeAffinity")
		member(pod, "affinity", "podAntiAffinity")["requiredDuringSchedulingIgnoredDuringExecution"] = parseJSON(t, `[{"topologyKey": "zone"}]`)
		pod["nodeSelector"] = map[string]any{"pool": name}
		pod["tolerations"] = parseJSON(t, `[{"key": "`+name+`", "operator": "Exists"}]`)
		pod["topologySpreadConstraints"] = parseJSON(t, `[{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]`)
		pod["priorityClassName"], pod["terminationGracePeriodSeconds"] = "system-cluster-critical", 0.0
		pod["imagePullSecrets"] = parseJSON(t, `[{"name": "mirror"}]`)
		member(deployment, "spec", "template", "metadata", "labels")["of"] = name
		member(deployment, "spec", "template", "metadata", "annotations")["about"] = name
		container := member(pod, "containers")
		requests := member(container, "resources", "requests")
		requests["cpu"] = 2.0
		member(container, "securityContext")["runAsUser"] = 1000.0
		args, _ := container["args"].([]any)
		container["args"] = append(args, "-kube-api-qps", "50")
		env := container["env"].([]any)
		for _, entry := range env {
			if variable := entry.(map[string]any); variable["name"] == "CONFIG_LOGGING_NAME" {
				variable["value"] = "own-logging"
			}
		}
		container["env"] = append(env, map[string]any{"name": "PROXY", "value": "http://proxy:3128"},
			parseJSON(t, `{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}`))
		addBudget(t, all, deployment, name)
	}
}

// addBudget makes the disruption budget of a Deployment that the values of the test ask for.
func addBudget(t *testing.T, all objects, deployment map[string]any, component string) {
	t.Helper()
	metadata := member(deployment, "metadata")
	budget := parseJSON(t, fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
		"metadata": {"name": %q, "namespace": %q, "labels": {"app.kubernetes.io/component": %q, "app.kubernetes.io/instance": "default",
		"app.kubernetes.io/part-of": "tekton-pipelines"}}, "spec": {"minAvailable": "50%%", "unhealthyPodEvictionPolicy": "IfHealthyBudget"}}`,
		metadata["name"], metadata["namespace"], component)).(map[string]any)
	budget["spec"].(map[string]any)["selector"] = deepCopy(member(deployment, "spec", "selector"))
	delete(all, keyOf("PodDisruptionBudget", metadata["namespace"].(string), metadata["name"].(string)))
	if problem := all.add(budget); problem != "" {
		t.Fatal(problem)
	}
}

func changeImages(_ *testing.T, all objects) {
	rename := func(image string) string {
		if strings.HasSuffix(image, "/nop") {
			return "other/nop:1"
		}
		return strings.Replace(image, "ko://github.com/tenon-ci/tenon/cmd/", "mirror.example.com/tenon/", 1)
	}
	for _, key := range workloads {
		container := member(all[key], "spec", "template", "spec", "containers")
		container["image"], container["imagePullPolicy"] = rename(container["image"].(string)), "Always"
		if args, ok := container["args"].([]any); ok {
			for i := range args {
				args[i] = rename(args[i].(string))
			}
		}
	}
}

// TestEveryKeyOfConfigMaps sets all keys at once, each to something that it is not.
func TestEveryKeyOfConfigMaps(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(output(t), "chart", "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	want, set := manifests(t), map[string]any{}
	for parent, namespace := range map[string]string{"config": systemNamespace, "resolversConfig": resolversNamespace} {
		changed := map[string]any{}
		for name, keys := range values[parent].(map[string]any) {
			data := map[string]any{}
			for key, v := range keys.(map[string]any) {
				data[key] = another(name, key, v.(string))
				member(want[keyOf("ConfigMap", namespace, name)], "data")[key] = data[key]
			}
			changed[name] = data
		}
		set[parent] = changed
	}
	text, err = yaml.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, helm(t, string(text), "--set", "crds.keep=false")); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

// another returns what a key may have, and does not have.
func another(configMap, key, v string) string {
	for _, word := range choices[configMap+"/"+key] {
		if word != v {
			return word.(string)
		}
	}
	switch v {
	case "true":
		return "false"
	case "false":
		return "true"
	}
	return v + "\n{{ $x: \"quoted\" }}"
}

func TestServiceMonitors(t *testing.T) {
	t.Parallel()
	want, got := manifests(t), helm(t, `serviceMonitor: {enabled: true, interval: 5s, labels: {release: prometheus}}`, "--set", "crds.keep=false")
	for name, key := range workloads {
		namespace := member(want[key], "metadata")["namespace"].(string)
		monitor := got[keyOf("ServiceMonitor", namespace, "tenon-"+name)]
		service := want[strings.Replace(key, "Deployment", "Service", 1)]
		if monitor == nil || service == nil {
			t.Errorf("there is no ServiceMonitor or no Service of the %s", name)
			continue
		}
		if member(monitor, "metadata", "labels")["release"] != "prometheus" || member(monitor, "spec", "endpoints")["interval"] != "5s" {
			t.Errorf("the values are not in %v", monitor)
		}
		for label, v := range member(monitor, "spec", "selector", "matchLabels") {
			if member(service, "metadata", "labels")[label] != v {
				t.Errorf("the ServiceMonitor of the %s selects %s=%v, which its Service has not", name, label, v)
			}
		}
	}
}
