package migrate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-ci/tenon/pkg/apis/config"
)

// configKeys are the settings of each ConfigMap. A name that ends in a dot stands for all that begin with it.
func configKeys() map[string][]string {
	return map[string][]string{
		"feature-flags": {
			"enable-api-fields", "coschedule", "disable-creds-init", "await-sidecar-readiness", "running-in-environment-with-injected-sidecars",
			"require-git-ssh-secret-known-hosts", "send-cloudevents-for-runs", "trusted-resources-verification-no-match-policy",
			"enable-provenance-in-status", "enforce-nonfalsifiability", "results-from", "max-result-size", "set-security-context",
			"set-security-context-read-only-root-filesystem", "keep-pod-on-cancel", "enable-cel-in-whenexpression", "enable-param-enum",
			"enable-artifacts", "enable-concise-resolver-syntax", "enable-termination-message-compression", "enable-kubernetes-sidecar",
			"enable-wait-exponential-backoff", "disable-inline-spec", "enable-informer-cache-transforms", "enable-step-actions",
			"enable-tekton-oci-bundles",
		},
		"config-defaults": {
			"default-timeout-minutes", "default-service-account", "default-managed-by-label-value", "default-pod-template",
			"default-affinity-assistant-pod-template", "default-task-run-workspace-binding", "default-max-matrix-combinations-count",
			"default-forbidden-env", "default-resolver-type", "default-container-resource-requirements", "default-imagepullbackoff-timeout",
			"default-create-container-error-timeout", "default-maximum-resolution-timeout", "default-sidecar-log-polling-interval",
			"default-step-ref-concurrency-limit", "default-cloud-events-sink", config.KeyDefaultPrepareInInitContainer,
			config.KeyDefaultPrepareRuntimeClasses,
		},
	}
}

// removedFlags are flags of old releases, with what became of them.
func removedFlags() map[string]string {
	return map[string]string{
		"disable-affinity-assistant":          `"true" is read as coschedule: disabled; other values have no effect`,
		"disable-home-env-overwrite":          "HOME is never overwritten",
		"disable-working-directory-overwrite": "working directories are never set",
		"enable-custom-tasks":                 "custom tasks are always on",
		"embedded-status":                     "status has references to children only",
		"custom-task-version":                 "custom tasks are CustomRuns",
		"scope-when-expressions-to-task":      "when is always about its task only",
		"resource-verification-mode":          "trusted-resources-verification-no-match-policy replaces it",
	}
}

// CheckConfigMap returns what acts otherwise about the settings in a ConfigMap of the installation. Of other ConfigMaps it returns nothing.
func CheckConfigMap(name string, data map[string]string) []Finding {
	object := "ConfigMap/" + name
	var out []Finding
	add := func(rule, key, message string) { out = append(out, finding(rule, object, field(key), message)) }
	if slices.Contains([]string{"config-artifact-bucket", "config-artifact-pvc", "config-trusted-resources"}, name) {
		add("removed-configmap", "", "nothing reads it")
		return out
	}
	if known, ok := configKeys()[name]; ok {
		for _, key := range sortedKeys(data) {
			switch became, removed := removedFlags()[key]; {
			case removed && name == "feature-flags":
				add("removed-flag", key, key+" does not exist any more: "+became)
			case key != "_example" && !slices.Contains(known, key):
				add("unknown-flag", key, key+" is not known and has no effect")
			}
		}
	}
	if err := parseConfig(name, data); err != nil {
		add("invalid-setting", "", "Tenon refuses the ConfigMap: "+err.Error())
	}
	switch {
	case strings.EqualFold(data["enforce-nonfalsifiability"], "spire") && name == "feature-flags":
		add("spire", "enforce-nonfalsifiability", "the flag has no effect: results and status are not signed and not checked")
	case data["fetch-timeout"] != "" && data["fetch-timeout"] != "1m" && name == "bundleresolver-config":
		add("honoured-setting", "fetch-timeout", "fetch-timeout had no effect; now it limits each attempt to "+data["fetch-timeout"])
	case data["default-create-container-error-timeout"] != "" && name == "config-defaults":
		add("honoured-setting", "default-create-container-error-timeout", "the time now counts for errors of configuration as well")
	}
	if value := data["disable-inline-spec"]; name == "feature-flags" && strings.Contains(strings.TrimSpace(value), " ") {
		add("inline-spec", "disable-inline-spec", fmt.Sprintf("%q has blanks: what stands behind them was not refused, and is now", value))
	}
	return out
}

func field(key string) string {
	if key == "" {
		return ""
	}
	return "data." + key
}

func parseConfig(name string, data map[string]string) error {
	var err error
	switch name {
	case "feature-flags":
		_, err = config.NewFeatureFlagsFromMap(data)
	case "config-defaults":
		_, err = config.NewDefaultsFromMap(data)
	case "config-events":
		_, err = config.NewEventsFromMap(data)
	case "config-tracing":
		_, err = config.NewTracingFromMap(data)
	case "config-observability":
		_, err = config.NewObservabilityFromMap(data)
	case "config-wait-exponential-backoff":
		_, err = config.NewWaitExponentialBackoffFromMap(data)
	}
	return err //nolint:wrapcheck // the message goes to people as it is
}

var (
	releaseNumber = regexp.MustCompile(`^v?(\d+)\.(\d+)`)
	minorOf       = regexp.MustCompile(`^(\d+)`)
)

// CheckRelease says which release is installed, by the ConfigMap pipelines-info.
func CheckRelease(version string) []Finding {
	const object = "ConfigMap/pipelines-info"
	out := []Finding{finding("version", object, "data.version", "the installed release is "+version)}
	if m := releaseNumber.FindStringSubmatch(version); m != nil {
		major, _ := strconv.Atoi(m[1])
		minor, _ := strconv.Atoi(m[2])
		if major == 0 || major == 1 && minor < 15 {
			out = append(out, finding("old-release", object, "data.version", "Tenon behaves as v1.15, "+version+" is older"))
		}
	}
	return out
}

// minKubernetes is the minor version that Tenon needs at least.
const minKubernetes = 28

// CheckKubernetes looks at the version of the API server.
func CheckKubernetes(major, minor string) []Finding {
	m := minorOf.FindString(minor)
	n, err := strconv.Atoi(m)
	if err != nil || major != "1" || n >= minKubernetes {
		return nil
	}
	return []Finding{finding("kubernetes-version", "cluster", "", fmt.Sprintf("Kubernetes is %s.%s: the components end at their start", major, minor))}
}

// components are other programs by a kind that they install, with what becomes of them.
func components() map[string][2]string {
	return map[string][2]string{
		"eventlisteners.triggers.tekton.dev":               {"Triggers", "it goes on to create runs; old forms in TriggerTemplates have to be translated"},
		"repositories.pipelinesascode.tekton.dev":          {"Pipelines as Code", "it goes on to create runs and to watch them"},
		"results.results.tekton.dev":                       {"Results", "it goes on to watch runs"},
		"extensions.dashboard.tekton.dev":                  {"Dashboard", "it goes on to show runs"},
		"approvaltasks.openshift-pipelines.org":            {"Manual Approval Gate", "its CustomRuns are made as before"},
		"applications.argoproj.io":                         {"Argo CD", "it no longer sees members that nobody set, such as computeResources: {}"},
		"clusterqueues.kueue.x-k8s.io":                     {"Kueue", "pods of TaskRuns have one container more, prepare"},
		"tektonconfigs.operator.tekton.dev":                {"Operator", ""},
		"tektonpipelines.operator.tekton.dev":              {"Operator", ""},
		"securitycontextconstraints.security.openshift.io": {"OpenShift", ""},
	}
}

// served are the versions of Tenon's kinds.
func served(crd string) []string {
	switch crd {
	case "tasks.tekton.dev", "pipelines.tekton.dev", "taskruns.tekton.dev", "pipelineruns.tekton.dev":
		return []string{"v1beta1", "v1"}
	case "customruns.tekton.dev":
		return []string{"v1beta1"}
	case "stepactions.tekton.dev", "resolutionrequests.resolution.tekton.dev":
		return []string{"v1alpha1", "v1beta1"}
	case "verificationpolicies.tekton.dev":
		return []string{"v1alpha1"}
	default:
		return nil
	}
}

// CheckCRD looks at the name and the stored versions of a CustomResourceDefinition.
func CheckCRD(name string, storedVersions []string) []Finding {
	object := "CustomResourceDefinition/" + name
	if slices.Contains([]string{"clustertasks.tekton.dev", "pipelineresources.tekton.dev", "conditions.tekton.dev", "runs.tekton.dev"}, name) {
		return []Finding{finding("removed-crd", object, "", "its objects stay, and nobody acts on them")}
	}
	if c, ok := components()[name]; ok {
		switch c[0] {
		case "Operator":
			return []Finding{finding("operator", object, "", "the Operator puts its own release of Pipelines back whenever it differs")}
		case "OpenShift":
			return []Finding{finding("openshift", object, "", "added containers run as user 65532, which restricted constraints do not allow")}
		default:
			return []Finding{finding("component", object, "", c[0]+": "+c[1])}
		}
	}
	versions := served(name)
	var out []Finding
	for _, version := range storedVersions {
		if versions != nil && !slices.Contains(versions, version) {
			out = append(out, finding("stored-version", object, "status.storedVersions",
				"the API server refuses Tenon's definition as long as "+version+" is listed"))
		}
	}
	return out
}

// CheckWebhook looks at the configuration of an admission webhook that is not Tenon's.
func CheckWebhook(content map[string]any) []Finding {
	root := place{value: content}
	name := root.get("metadata", "name").text()
	if strings.HasSuffix(name, "webhook.pipeline.tekton.dev") {
		return nil
	}
	for _, hook := range root.get("webhooks").list() {
		for _, rule := range hook.get("rules").list() {
			groups, resources := stringsOf(rule.get("apiGroups")), stringsOf(rule.get("resources"))
			pods := (slices.Contains(groups, "") || slices.Contains(groups, "*")) && slices.ContainsFunc(resources, func(r string) bool {
				return r == "pods" || r == "*" || r == "*/*" || strings.HasPrefix(r, "pods/*")
			})
			if pods || slices.Contains(groups, "tekton.dev") {
				return []Finding{finding("webhook", root.get("kind").text()+"/"+name, hook.path,
					fmt.Sprintf("%s sees what Tenon makes; its failurePolicy is %s", hook.get("name").text(), hook.get("failurePolicy").text()))}
			}
		}
	}
	return nil
}

func stringsOf(p place) []string {
	var out []string
	for _, item := range p.list() {
		out = append(out, item.text())
	}
	return out
}

// CheckNode looks at a node's labels.
func CheckNode(name string, labels map[string]string) []Finding {
	if labels["kubernetes.io/os"] != "windows" {
		return nil
	}
	return []Finding{finding("windows-node", "Node/"+name, "", "the node runs Windows")}
}

// Unserved says that the API is not there.
func Unserved() Finding {
	return finding("unserved", "cluster", "", "neither tekton.dev/v1 nor v1beta1 of Task and Pipeline is served")
}
