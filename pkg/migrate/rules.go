package migrate

import (
	"cmp"
	"slices"
	"strconv"
)

// Rule describes what can be found.
type Rule struct {
	// ID does not change.
	ID       string
	Severity Severity
	// Summary says what it is about, Do what to do, each in one line.
	Summary, Do string
}

const translateDo = "translate the files: tenon migrate files -w FILE…"

// Rules returns all rules: those of objects, then those of an installation.
func Rules() []Rule { return slices.Concat(objectRules(), installationRules()) }

func objectRules() []Rule {
	return []Rule{
		{"removed-version", Blocks, "the API version is not served", translateDo},
		{"removed-kind", Blocks, "the kind is not served", translateDo},
		{"pipeline-resource", Blocks, "PipelineResources are used", translateDo},
		{"condition", Blocks, "Conditions are used", translateDo},
		{"cluster-task", Blocks, "a ClusterTask is referred to", translateDo},
		{"bundle", Blocks, "a bundle is referred to without its resolver", translateDo},
		{"removed-field", Blocks, "a field of an old version is used", translateDo},
		{"refused", Blocks, "Tenon's webhook refuses the object", "correct the field; tenon lint FILE… checks it again"},
		{"resource-variable", Differs, "a variable of a PipelineResource is left as it is", translateDo},
		{"old-variable", Info, "a variable has an old form, which still works", translateDo},
		{"old-version", Info, "the object is of v1beta1, which is served and deprecated", translateDo},
		{"step-field", Info, "a field of steps has no effect", "remove it, or move it to a sidecar; tenon migrate files does the first"},
		{"windows", Blocks, "it runs on Windows", "keep it on the engine in use: there are no images of Tenon for Windows"},
		{
			"internal-volume", Blocks, "an internal volume is mounted",
			"use a volume of your own: the names tekton-internal-… and tekton-creds-… are refused",
		},
		{
			"resolver-host", Blocks, "a resolver is sent to the machine itself or to a link-local address",
			"use another address, or let the operator allow the host (docs/resolvers.md)",
		},
		{"resolver-login", Blocks, "a URL of the http resolver has a login in it", "use http-username and http-password-secret"},
		{"resolver-cache", Differs, "a param of a resolver has a value that is not allowed", "cache is one of always, never, auto"},
		{"verification-key", Blocks, "a key of a VerificationPolicy is not accepted", "use RSA of 2048 bits or more, ECDSA or Ed25519"},
		{"native-sidecar", Differs, "a sidecar has restartPolicy without the flag", "nothing, if a native sidecar is meant; else remove restartPolicy"},
		{"step-security", Differs, "a step with a ref has a securityContext", "remove it, if it is not meant to count"},
		{"matrix-name", Blocks, "a task has the name of a run of a matrix", "rename the task"},
		{"task-as-custom", Differs, "a reference to a plain Task names its apiVersion", "remove apiVersion from the reference"},
		{"custom-task", Info, "a custom task needs its controller", "see that the controller runs and reads CustomRuns (v1beta1)"},
		{"managed-by", Info, "another controller manages the run", "nothing: Tenon leaves it alone, too"},
	}
}

func installationRules() []Rule {
	return []Rule{
		{"version", Info, "which release is installed", "nothing"},
		{"old-release", Differs, "the installed release is older than v1.15", "read what changed in the releases between; docs/migration.md has the order"},
		{"kubernetes-version", Blocks, "Kubernetes is too old", "update Kubernetes to 1.28 or newer"},
		{"run-in-flight", Info, "a run has not ended", "nothing: it is taken over; or wait for its end (docs/migration.md)"},
		{"stored-version", Blocks, "objects may be stored in a version that is not served", "write all objects anew, then take the version out of status.storedVersions"},
		{"removed-crd", Info, "a kind is installed that nobody reads any more", "translate its objects, then delete the CustomResourceDefinition"},
		{"removed-flag", Differs, "a setting does not exist any more", "remove it"},
		{"unknown-flag", Info, "a setting is not known", "remove it, or look for its new name in docs/configuration.md"},
		{"invalid-setting", Blocks, "a ConfigMap has a value that is refused", "correct the value"},
		{"spire", Blocks, "results are to be signed with SPIRE", "see whether you need it: Tenon does not sign results"},
		{"honoured-setting", Differs, "a setting takes effect that had none", "see that the value is what you want"},
		{"inline-spec", Differs, "blanks in disable-inline-spec no longer weaken it", "see that nobody uses the inline specs that are refused now"},
		{"removed-configmap", Info, "a ConfigMap is not read any more", "delete it"},
		{"operator", Blocks, "an operator manages the installation and would put the other engine back", "take Pipelines out of its care first (docs/migration.md)"},
		{"component", Info, "another component uses the API", "nothing: it goes on"},
		{"webhook", Info, "another webhook sees the objects of the API or pods", "see that it admits the container prepare in pods of TaskRuns"},
		{"windows-node", Info, "there are nodes with Windows", "nothing: no pod of Tenon is put there unless its pod template says so"},
		{"openshift", Differs, "security context constraints choose users", "give service accounts of runs a constraint such as nonroot-v2"},
		{"unserved", Blocks, "the API is not there", "nothing to move: install Tenon (docs/install.md)"},
	}
}

func ruleOf(id string) Rule {
	for _, r := range Rules() {
		if r.ID == id {
			return r
		}
	}
	return Rule{ID: id, Severity: Info}
}

func itoa(i int) string { return strconv.Itoa(i) }

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
