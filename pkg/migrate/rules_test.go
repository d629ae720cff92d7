package migrate_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/manifest"
	"github.com/tenon-ci/tenon/pkg/migrate"
)

// smallKey is an RSA key of few bits; nobody has its private part.
func smallKey(t *testing.T) string {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 1022))
	if err != nil {
		t.Fatal(err)
	}
	n.SetBit(n, 1023, 1).SetBit(n, 0, 1)
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

const (
	taskHead     = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t, namespace: ci}\nspec:\n"
	pipelineHead = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n"
	runHead      = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec:\n"
	step         = "  steps: [{image: 'i:1'}]\n"
)

// objects has what each rule of objects finds: the rule and the field. A dash before the rule says that it finds nothing.
func objects(t *testing.T) map[string]struct{ text, rule, field string } {
	return map[string]struct{ text, rule, field string }{
		"v1alpha1":                   {"apiVersion: tekton.dev/v1alpha1\nkind: Task\nmetadata: {name: t}", "removed-version", "apiVersion"},
		"v1beta1":                    {"apiVersion: tekton.dev/v1beta1\nkind: Task\nmetadata: {name: t}\nspec:\n" + step, "old-version", "apiVersion"},
		"v1alpha1 of a StepAction":   {"apiVersion: tekton.dev/v1alpha1\nkind: StepAction\nmetadata: {name: t}", "-removed-version", ""},
		"ClusterTask":                {"apiVersion: tekton.dev/v1beta1\nkind: ClusterTask\nmetadata: {name: t}", "removed-kind", "kind"},
		"Condition":                  {"apiVersion: tekton.dev/v1alpha1\nkind: Condition\nmetadata: {name: t}", "removed-kind", "kind"},
		"a Condition of others":      {"apiVersion: example.dev/v1\nkind: Condition\nmetadata: {name: t}", "-removed-kind", ""},
		"resources of a Task":        {taskHead + "  resources: {inputs: []}\n" + step, "pipeline-resource", "spec.resources"},
		"inputs of a Task":           {taskHead + "  inputs: {params: []}\n" + step, "pipeline-resource", "spec.inputs"},
		"resources of a task":        {pipelineHead + "  tasks: [{name: a, resources: {inputs: []}}]", "pipeline-resource", "spec.tasks[0].resources"},
		"resources of a run":         {runHead + "  resources: [{name: a}]", "pipeline-resource", "spec.resources"},
		"conditions":                 {pipelineHead + "  tasks: [{name: a}, {name: b, conditions: [{conditionRef: c}]}]", "condition", "spec.tasks[1].conditions"},
		"ClusterTask in a Pipeline":  {pipelineHead + "  finally: [{name: a, taskRef: {kind: ClusterTask, name: x}}]", "cluster-task", "spec.finally[0].taskRef.kind"},
		"bundle of a run":            {runHead + "  pipelineRef: {name: x, bundle: y}", "bundle", "spec.pipelineRef.bundle"},
		"bundle in an inline spec":   {runHead + "  pipelineSpec: {tasks: [{name: a, taskRef: {name: x, bundle: y}}]}", "bundle", "spec.pipelineSpec.tasks[0].taskRef.bundle"},
		"serviceAccountNames":        {runHead + "  serviceAccountNames: []", "removed-field", "spec.serviceAccountNames"},
		"PipelineRunCancelled":       {runHead + "  status: PipelineRunCancelled", "removed-field", "spec.status"},
		"Cancelled":                  {runHead + "  status: Cancelled", "-removed-field", ""},
		"resource variable":          {taskHead + "  steps: [{image: i, args: [a, 'x $(resources.inputs.a.path)']}]", "resource-variable", "spec.steps[0].args[1]"},
		"old resource variable":      {taskHead + "  volumes: [{name: $(outputs.resources.a.url)}]", "resource-variable", "spec.volumes[0].name"},
		"inputs.params":              {taskHead + "  steps: [{image: '$(inputs.params.a)'}]", "old-variable", "spec.steps[0].image"},
		"params":                     {taskHead + "  steps: [{image: '$(params.a)'}]", "-old-variable", ""},
		"probe of a step":            {taskHead + "  steps: [{image: i, readinessProbe: {}}]", "step-field", "spec.steps[0].readinessProbe"},
		"script for Windows":         {taskHead + "  steps: [{image: i, script: \"#!win\\nx\"}]", "windows", "spec.steps[0].script"},
		"node with Windows":          {runHead + "  taskRunTemplate: {podTemplate: {nodeSelector: {kubernetes.io/os: windows}}}", "windows", "spec.taskRunTemplate.podTemplate.nodeSelector.kubernetes.io/os"},
		"node with Linux":            {runHead + "  taskRunTemplate: {podTemplate: {nodeSelector: {kubernetes.io/os: linux}}}", "-windows", ""},
		"credentials volume":         {taskHead + "  steps: [{image: i, volumeMounts: [{name: tekton-creds-init-home-0}]}]", "internal-volume", "spec.steps[0].volumeMounts[0].name"},
		"internal volume":            {taskHead + "  sidecars: [{image: i, volumeMounts: [{name: tekton-internal-run-0}]}]", "internal-volume", "spec.sidecars[0].volumeMounts[0].name"},
		"metadata service":           {runHead + "  pipelineRef: {resolver: http, params: [{name: url, value: 'http://169.254.169.254/x'}]}", "resolver-host", "spec.pipelineRef.params[0].value"},
		"localhost":                  {pipelineHead + "  tasks: [{name: a, taskRef: {resolver: git, params: [{name: url, value: 'http://localhost:3000/x'}]}}]", "resolver-host", "spec.tasks[0].taskRef.params[0].value"},
		"another host":               {runHead + "  pipelineRef: {resolver: git, params: [{name: url, value: 'https://git.example/x'}]}", "-resolver-host", ""},
		"login":                      {runHead + "  pipelineRef: {resolver: http, params: [{name: url, value: 'https://me:secret@web.example/x'}]}", "resolver-login", "spec.pipelineRef.params[0].value"},
		"cache":                      {runHead + "  pipelineRef: {resolver: git, params: [{name: cache, value: 'on'}]}", "resolver-cache", "spec.pipelineRef.params[0].value"},
		"cache of a kind":            {runHead + "  pipelineRef: {resolver: git, params: [{name: cache, value: auto}]}", "-resolver-cache", ""},
		"cache of a StepAction":      {taskHead + "  steps: [{ref: {resolver: git, params: [{name: cache, value: x}]}}]", "resolver-cache", "spec.steps[0].ref.params[0].value"},
		"native sidecar":             {taskHead + "  sidecars: [{image: i, restartPolicy: Always}]", "native-sidecar", "spec.sidecars[0].restartPolicy"},
		"step with a ref":            {taskHead + "  steps: [{ref: {name: x}, securityContext: {}}]", "step-security", "spec.steps[0].securityContext"},
		"step without a ref":         {taskHead + "  steps: [{image: x, securityContext: {}}]", "-step-security", ""},
		"name of a matrix":           {pipelineHead + "  tasks: [{name: a, matrix: {}}, {name: a-0}]", "matrix-name", "spec.tasks[1].name"},
		"name like that of a matrix": {pipelineHead + "  tasks: [{name: a, matrix: {}}, {name: a-x}]", "-matrix-name", ""},
		"plain Task":                 {pipelineHead + "  tasks: [{name: a, taskRef: {apiVersion: tekton.dev/v1, kind: Task, name: x}}]", "task-as-custom", "spec.tasks[0].taskRef.apiVersion"},
		"custom task":                {pipelineHead + "  tasks: [{name: a, taskRef: {apiVersion: example.dev/v1, kind: Wait}}]", "custom-task", "spec.tasks[0].taskRef"},
		"inline custom task":         {pipelineHead + "  tasks: [{name: a, taskSpec: {apiVersion: example.dev/v1, kind: Wait}}]", "custom-task", "spec.tasks[0].taskSpec"},
		"child Pipeline":             {pipelineHead + "  tasks: [{name: a, pipelineSpec: {tasks: [{name: b, conditions: [{}]}]}}]", "condition", "spec.tasks[0].pipelineSpec.tasks[0].conditions"},
		"managedBy":                  {runHead + "  managedBy: kueue.example/x", "managed-by", "spec.managedBy"},
		"managedBy itself":           {runHead + "  managedBy: tekton.dev/pipeline", "-managed-by", ""},
		"two keys":                   {policy(t, strings.Repeat(smallKey(t), 2)), "verification-key", "spec.authorities[0].key.data"},
		"small key":                  {policy(t, smallKey(t)), "verification-key", "spec.authorities[0].key.data"},
	}
}

func policy(t *testing.T, data string) string {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "tekton.dev/v1alpha1", "kind": "VerificationPolicy", "metadata": map[string]any{"name": "v"},
		"spec": map[string]any{"authorities": []any{map[string]any{"name": "a", "key": map[string]any{"data": data}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func content(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return out
}

func TestObjects(t *testing.T) {
	t.Parallel()
	for name, test := range objects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule, none := strings.CutPrefix(test.rule, "-")
			found := migrate.CheckObject(content(t, test.text), nil)
			i := slices.IndexFunc(found, func(f migrate.Finding) bool { return f.Rule == rule })
			if none && i >= 0 || !none && (i < 0 || found[i].Field != test.field) {
				t.Errorf("findings %+v, want %s at %s", found, test.rule, test.field)
			}
		})
	}
}

// settings has ConfigMaps, and the rules and fields that are found.
func settings() map[string]struct {
	configMap string
	data      map[string]string
	want      []string
} {
	return map[string]struct {
		configMap string
		data      map[string]string
		want      []string
	}{
		"defaults":           {"feature-flags", map[string]string{"_example": "x", "enable-api-fields": "beta", "enable-step-actions": "true"}, nil},
		"removed":            {"feature-flags", map[string]string{"disable-affinity-assistant": "true"}, []string{"removed-flag data.disable-affinity-assistant"}},
		"unknown":            {"config-defaults", map[string]string{"default-x": "1"}, []string{"unknown-flag data.default-x"}},
		"not ours":           {"something", map[string]string{"x": "1"}, nil},
		"invalid":            {"config-defaults", map[string]string{"default-timeout-minutes": "x"}, []string{"invalid-setting "}},
		"metrics":            {"config-observability", map[string]string{"metrics.taskrun.level": "x"}, []string{"invalid-setting "}},
		"spire":              {"feature-flags", map[string]string{"enforce-nonfalsifiability": "spire", "enable-api-fields": "alpha"}, []string{"spire data.enforce-nonfalsifiability"}},
		"bundles as shipped": {"bundleresolver-config", map[string]string{"fetch-timeout": "1m"}, nil},
		"bundles":            {"bundleresolver-config", map[string]string{"fetch-timeout": "1s"}, []string{"honoured-setting data.fetch-timeout"}},
		"container":          {"config-defaults", map[string]string{"default-create-container-error-timeout": "5m"}, []string{"honoured-setting data.default-create-container-error-timeout"}},
		"blanks":             {"feature-flags", map[string]string{"disable-inline-spec": "pipeline, taskrun"}, []string{"inline-spec data.disable-inline-spec"}},
		"artifacts":          {"config-artifact-bucket", nil, []string{"removed-configmap "}},
	}
}

func short(findings []migrate.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Rule+" "+f.Field)
	}
	return out
}

func TestConfigMaps(t *testing.T) {
	t.Parallel()
	for name, test := range settings() {
		if diff := cmp.Diff(test.want, short(migrate.CheckConfigMap(test.configMap, test.data))); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}

// TestShippedSettings expects nothing to be said about the settings that Tenon is shipped with.
func TestShippedSettings(t *testing.T) {
	t.Parallel()
	docs, err := manifest.ReadFiles([]string{filepath.Join("..", "..", "config", "400-configmaps")})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range migrate.CheckFiles(t.Context(), docs).Findings {
		t.Errorf("%s: %s %s", f.Rule, f.Object, f.Message)
	}
}

func installation() map[string]struct {
	found []migrate.Finding
	want  []string
} {
	hook := func(name, group, resource string) []migrate.Finding {
		rule := map[string]any{"apiGroups": []any{group}, "resources": []any{resource}}
		return migrate.CheckWebhook(map[string]any{
			"kind": "MutatingWebhookConfiguration", "metadata": map[string]any{"name": name},
			"webhooks": []any{map[string]any{"name": "a"}, map[string]any{"name": "b", "failurePolicy": "Fail", "rules": []any{rule}}},
		})
	}
	run := func(status, reason string) []migrate.Finding {
		return migrate.CheckRun(map[string]any{
			"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "metadata": map[string]any{"name": "r"},
			"status": map[string]any{"conditions": []any{map[string]any{"type": "Succeeded", "status": status, "reason": reason}}},
		}, nil)
	}
	return map[string]struct {
		found []migrate.Finding
		want  []string
	}{
		"release":               {migrate.CheckRelease("v1.15.0"), []string{"version data.version"}},
		"old release":           {migrate.CheckRelease("v0.24.1"), []string{"version data.version", "old-release data.version"}},
		"Kubernetes":            {migrate.CheckKubernetes("1", "35"), nil},
		"old Kubernetes":        {migrate.CheckKubernetes("1", "27+"), []string{"kubernetes-version "}},
		"CRD":                   {migrate.CheckCRD("tasks.tekton.dev", []string{"v1beta1", "v1"}), nil},
		"stored v1alpha1":       {migrate.CheckCRD("tasks.tekton.dev", []string{"v1alpha1", "v1"}), []string{"stored-version status.storedVersions"}},
		"StepActions":           {migrate.CheckCRD("stepactions.tekton.dev", []string{"v1alpha1"}), nil},
		"removed CRD":           {migrate.CheckCRD("clustertasks.tekton.dev", nil), []string{"removed-crd "}},
		"Triggers":              {migrate.CheckCRD("eventlisteners.triggers.tekton.dev", nil), []string{"component "}},
		"Operator":              {migrate.CheckCRD("tektonconfigs.operator.tekton.dev", nil), []string{"operator "}},
		"OpenShift":             {migrate.CheckCRD("securitycontextconstraints.security.openshift.io", nil), []string{"openshift "}},
		"foreign CRD":           {migrate.CheckCRD("x.example.dev", []string{"v1alpha1"}), nil},
		"own webhook":           {hook("webhook.pipeline.tekton.dev", "tekton.dev", "tasks"), nil},
		"webhook of pods":       {hook("mesh", "", "pods"), []string{"webhook webhooks[1]"}},
		"webhook of Tasks":      {hook("policy", "tekton.dev", "*"), []string{"webhook webhooks[1]"}},
		"webhook of others":     {hook("policy", "apps", "deployments"), nil},
		"Windows":               {migrate.CheckNode("n", map[string]string{"kubernetes.io/os": "windows"}), []string{"windows-node "}},
		"Linux":                 {migrate.CheckNode("n", map[string]string{"kubernetes.io/os": "linux"}), nil},
		"run":                   {run("Unknown", "Running"), []string{"run-in-flight "}},
		"run that has ended":    {run("False", "Failed"), nil},
		"cluster without Tasks": {[]migrate.Finding{migrate.Unserved()}, []string{"unserved "}},
	}
}

func TestInstallation(t *testing.T) {
	t.Parallel()
	for name, test := range installation() {
		if diff := cmp.Diff(test.want, short(test.found)); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", name, diff)
		}
	}
}

func TestStage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, want string
		ended      bool
	}{
		"new":       {"{}", "has not begun", false},
		"pod":       {"{status: {podName: x, conditions: [{type: Succeeded, status: Unknown, reason: Running}], steps: [{terminated: {}}, {running: {}}]}}", "Running, pod x, 1 of 2 steps ended", false},
		"retried":   {"{status: {retriesStatus: [{}], conditions: [{type: Succeeded, status: Unknown, reason: ToBeRetried}]}}", "ToBeRetried, attempt 2", false},
		"finally":   {"{status: {finallyStartTime: x, childReferences: [{}, {}], conditions: [{type: Succeeded, status: Unknown, reason: Running}]}}", "Running, 2 children, finally tasks run", false},
		"cancelled": {"{spec: {status: Cancelled}, status: {conditions: [{type: Succeeded, status: Unknown, reason: Started}]}}", "has begun, asked for Cancelled", false},
		"succeeded": {"{status: {conditions: [{type: Succeeded, status: 'True'}]}}", "", true},
	} {
		stage, ended := migrate.Stage(content(t, test.text))
		if stage != test.want || ended != test.ended {
			t.Errorf("%s: %q, %v, want %q, %v", name, stage, ended, test.want, test.ended)
		}
	}
}

// TestEachRuleIsFound expects a case above for each rule.
func TestEachRuleIsFound(t *testing.T) {
	t.Parallel()
	found := map[string]bool{"refused": true} // see TestFiles
	for _, test := range objects(t) {
		found[test.rule] = true
	}
	for _, test := range settings() {
		for _, want := range test.want {
			found[strings.Fields(want)[0]] = true
		}
	}
	for _, test := range installation() {
		for _, want := range test.want {
			found[strings.Fields(want)[0]] = true
		}
	}
	for _, rule := range migrate.Rules() {
		if !found[rule.ID] {
			t.Errorf("no case for rule %s", rule.ID)
		}
	}
}

// TestEachRuleIsInTheDocs compares the table of rules and the headings of the page with the code.
func TestEachRuleIsInTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "migration-check.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^### (\\S+)\n\n\\*\\*(\\w+)\\*\\*: ").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, m[1]+" "+m[2])
	}
	var rules []string
	for _, r := range migrate.Rules() {
		rules = append(rules, r.ID+" "+string(r.Severity))
	}
	if diff := cmp.Diff(rules, documented); diff != "" {
		t.Errorf("rules (-code +page):\n%s", diff)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	docs, err := manifest.Read("f.yaml", strings.NewReader(taskHead+"  steps: [{}]\n---\n"+pipelineHead+"  tasks:\n  - name: a\n    taskRef:\n      bundle: x\n      name: y\n---\nkind: Other\napiVersion: example.dev/v1\n"))
	if err != nil {
		t.Fatal(err)
	}
	report := migrate.CheckFiles(t.Context(), docs)
	var out strings.Builder
	if err := report.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	want := `f.yaml:5:11: blocks: Task/t: spec.steps[0].Image: missing field(s) [refused]
    do: correct the field; tenon lint FILE… checks it again (docs/migration-check.md#refused)
f.yaml:14:7: blocks: Pipeline/p: spec.tasks[0].taskRef.bundle: bundle is refused: the resolver bundles fetches it [bundle]
    do: translate the files: tenon migrate files -w FILE… (docs/migration-check.md#bundle)
2 block, 0 differ, 0 to know; looked at 1 Other, 1 Pipeline, 1 Task
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
