package specvars_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/specvars"
	"github.com/tenon-ci/tenon/pkg/substitution"
)

func claimSource(name string) *corev1.PersistentVolumeClaimVolumeSource {
	return &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}
}

var someValues = substitution.Values{
	Strings: map[string]string{"params.s": "S"},
	Arrays:  map[string][]string{"params.list": {"x"}},
}

type bindings struct {
	Workspaces []v1.WorkspaceBinding `json:"workspaces"`
}

const bindingsText = `
workspaces:
- {name: $(params.s), subPath: $(params.s)/$(params.list), persistentVolumeClaim: {claimName: $(params.s)}}
- {name: b, configMap: {name: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}}
- {name: c, secret: {secretName: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}}
- name: d
  projected:
    sources:
    - configMap: {name: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}
    - secret: {name: $(params.s), items: [{key: $(params.s), path: $(params.s)}]}
- {name: e, csi: {driver: $(params.s), nodePublishSecretRef: {name: $(params.s)}}}
- {name: f, volumeClaimTemplate: {metadata: {name: $(params.s)}, spec: {volumeName: $(params.s)}}}
- {name: g, emptyDir: {}}
`

func TestWorkspaceBindings(t *testing.T) {
	t.Parallel()
	in := parse[bindings](t, bindingsText).Workspaces
	before := parse[bindings](t, bindingsText).Workspaces
	got, err := specvars.WorkspaceBindings(in, someValues)
	if err != nil {
		t.Fatalf("WorkspaceBindings() = %v", err)
	}
	want := parse[bindings](t, `
workspaces:
- {name: $(params.s), subPath: S/$(params.list), persistentVolumeClaim: {claimName: S}}
- {name: b, configMap: {name: S, items: [{key: S, path: S}]}}
- {name: c, secret: {secretName: S, items: [{key: S, path: S}]}}
- name: d
  projected:
    sources:
    - configMap: {name: S, items: [{key: S, path: S}]}
    - secret: {name: S, items: [{key: S, path: S}]}
- {name: e, csi: {driver: S, nodePublishSecretRef: {name: S}}}
- {name: f, volumeClaimTemplate: {metadata: {name: $(params.s)}, spec: {volumeName: $(params.s)}}}
- {name: g, emptyDir: {}}
`).Workspaces
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("WorkspaceBindings() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, in); diff != "" {
		t.Errorf("the bindings were changed (-before +after):\n%s", diff)
	}
	if got, err := specvars.WorkspaceBindings(nil, someValues); got != nil || err != nil {
		t.Errorf("WorkspaceBindings(nil) = %v, %v", got, err)
	}
}

func TestSubPaths(t *testing.T) {
	t.Parallel()
	got, err := specvars.SubPaths([]v1.WorkspaceBinding{{Name: "a", SubPath: "$(params.s)", PersistentVolumeClaim: claimSource("$(params.s)")}}, someValues)
	if err != nil {
		t.Fatalf("SubPaths() = %v", err)
	}
	want := []v1.WorkspaceBinding{{Name: "a", SubPath: "S", PersistentVolumeClaim: claimSource("$(params.s)")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SubPaths() (-want +got):\n%s", diff)
	}
}

func TestBindingReferences(t *testing.T) {
	t.Parallel()
	refs := specvars.BindingReferences(parse[bindings](t, bindingsText).Workspaces)
	if len(refs) != 17 {
		t.Errorf("%d references, want 17: %v", len(refs), refs)
	}
}

const templateText = `
nodeSelector: {"X": "X"}
env:
- {name: X, value: X}
- {name: B, valueFrom: {secretKeyRef: {name: X, key: X}}}
tolerations: [{key: X, operator: X, value: X, effect: X, tolerationSeconds: 5}]
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms: [{matchExpressions: [{key: X, operator: In, values: [X]}]}]
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 5
      podAffinityTerm: {topologyKey: X, namespaces: [X], labelSelector: {matchLabels: {X: X}}}
securityContext: {runAsUser: 5, seLinuxOptions: {level: X}, sysctls: [{name: X, value: X}], fsGroupChangePolicy: X}
volumes:
- {name: X, configMap: {name: X}}
- {name: e, emptyDir: {sizeLimit: 1Gi}}
runtimeClassName: X
automountServiceAccountToken: false
dnsPolicy: X
dnsConfig: {nameservers: [X], searches: [X], options: [{name: X, value: X}]}
priorityClassName: X
schedulerName: X
imagePullSecrets: [{name: X}]
hostAliases: [{ip: X, hostnames: [X]}]
topologySpreadConstraints: [{maxSkew: 1, topologyKey: X, whenUnsatisfiable: X, labelSelector: {matchLabels: {X: X}}}]
`

func TestPodTemplate(t *testing.T) {
	t.Parallel()
	before := strings.ReplaceAll(templateText, "X", "<$(params.s)>")
	in := parse[pod.Template](t, before)
	got, err := specvars.PodTemplate(in, someValues)
	if err != nil {
		t.Fatalf("PodTemplate() = %v", err)
	}
	if diff := cmp.Diff(parse[pod.Template](t, strings.ReplaceAll(templateText, "X", "<S>")), got); diff != "" {
		t.Errorf("PodTemplate() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(parse[pod.Template](t, before), in); diff != "" {
		t.Errorf("the template was changed (-before +after):\n%s", diff)
	}
	if got, err := specvars.PodTemplate(nil, someValues); got != nil || err != nil {
		t.Errorf("PodTemplate(nil) = %v, %v", got, err)
	}
	huge := substitution.Values{Strings: map[string]string{"params.s": strings.Repeat("x", 2<<20)}}
	if _, err := specvars.PodTemplate(in, huge); !errors.Is(err, substitution.ErrTooLarge) {
		t.Errorf("PodTemplate() = %v", err)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	passes := []substitution.Values{
		{Strings: map[string]string{"params.s": "$(context.taskRun.name)"}, Arrays: map[string][]string{"params.list[*]": {"x", "y"}}},
		{Strings: map[string]string{"context.taskRun.name": "run"}},
	}
	list := v1.Params{{Name: "a", Value: *v1.NewString("$(params.s)")}, {Name: "b", Value: *v1.NewArray("$(params.list[*])")}}
	want := v1.ResolverRef{Resolver: "git", Params: v1.Params{{Name: "a", Value: *v1.NewString("run")}, {Name: "b", Value: *v1.NewArray("x", "y")}}}
	in := v1.ResolverRef{Resolver: "git", Params: list}

	task, err := specvars.TaskRef(&v1.TaskRef{Name: "n://$(params.s)", ResolverRef: in}, passes...)
	if diff := cmp.Diff(&v1.TaskRef{Name: "n://run", ResolverRef: want}, task); diff != "" || err != nil {
		t.Errorf("TaskRef() error %v (-want +got):\n%s", err, diff)
	}
	pipeline, err := specvars.PipelineRef(&v1.PipelineRef{Name: "n://$(params.s)", ResolverRef: in}, passes...)
	if diff := cmp.Diff(&v1.PipelineRef{Name: "n://run", ResolverRef: want}, pipeline); diff != "" || err != nil {
		t.Errorf("PipelineRef() error %v (-want +got):\n%s", err, diff)
	}
	step, err := specvars.StepRef(&v1.Ref{Name: "n://$(params.s)", ResolverRef: in}, passes...)
	if diff := cmp.Diff(&v1.Ref{Name: "n://run", ResolverRef: want}, step); diff != "" || err != nil {
		t.Errorf("StepRef() error %v (-want +got):\n%s", err, diff)
	}
	if list[0].Value.StringVal != "$(params.s)" {
		t.Error("the params were changed")
	}
	if r, err := specvars.TaskRef(nil); r != nil || err != nil {
		t.Errorf("TaskRef(nil) = %v, %v", r, err)
	}
}
