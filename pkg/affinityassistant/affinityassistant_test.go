package affinityassistant_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenon-ci/tenon/pkg/affinityassistant"
	"github.com/tenon-ci/tenon/pkg/apis/config"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/pod"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/podsecurity"
)

const uid = "11111111-1111-1111-1111-111111111111"

func run(bindings ...v1.WorkspaceBinding) *v1.PipelineRun {
	return &v1.PipelineRun{
		ObjectMeta: metav1.ObjectMeta{Name: "pr", Namespace: "ns", UID: uid},
		Spec: v1.PipelineRunSpec{
			Workspaces:      bindings,
			TaskRunTemplate: v1.PipelineTaskRunTemplate{ServiceAccountName: "robot"},
		},
	}
}

func claim(workspace, name string) v1.WorkspaceBinding {
	return v1.WorkspaceBinding{Name: workspace, PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}}
}

func template(name string) v1.WorkspaceBinding {
	return v1.WorkspaceBinding{
		Name:                "ws",
		VolumeClaimTemplate: &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"a": "b"}}},
	}
}

func emptyDir(workspace string) v1.WorkspaceBinding {
	return v1.WorkspaceBinding{Name: workspace, EmptyDir: &corev1.EmptyDirVolumeSource{}}
}

func TestNeeded(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		mode     string
		bindings []v1.WorkspaceBinding
		want     []affinityassistant.Assistant
		byName   map[string]string
	}{
		"disabled": {mode: config.CoscheduleDisabled, bindings: []v1.WorkspaceBinding{claim("ws", "c")}},
		"workspaces without claims": {
			mode: config.CoscheduleWorkspaces, bindings: []v1.WorkspaceBinding{emptyDir("ws")}, byName: map[string]string{},
		},
		"one for each workspace": {
			mode:     config.CoscheduleWorkspaces,
			bindings: []v1.WorkspaceBinding{template(""), emptyDir("tmp"), claim("other", "c")},
			want: []affinityassistant.Assistant{
				{Name: "affinity-assistant-738c6d2d06", Claims: []string{"pvc-b95b7efa7f"}},
				{Name: "affinity-assistant-9108ad73dc", Claims: []string{"c"}},
			},
			byName: map[string]string{"ws": "affinity-assistant-738c6d2d06", "other": "affinity-assistant-9108ad73dc"},
		},
		"the same claim twice shares one": {
			mode:     config.CoscheduleWorkspaces,
			bindings: []v1.WorkspaceBinding{claim("ws", "c"), claim("other", "c")},
			want:     []affinityassistant.Assistant{{Name: "affinity-assistant-738c6d2d06", Claims: []string{"c"}}},
			byName:   map[string]string{"ws": "affinity-assistant-738c6d2d06", "other": "affinity-assistant-738c6d2d06"},
		},
		"a claim that is not known yet is left out": {
			mode:     config.CoscheduleWorkspaces,
			bindings: []v1.WorkspaceBinding{claim("ws", "$(tasks.make.results.claim)")},
			byName:   map[string]string{},
		},
		"whole run without claims": {
			mode: config.CoschedulePipelineRuns,
			want: []affinityassistant.Assistant{{Name: "affinity-assistant-0510eddd78"}},
		},
		"whole run": {
			mode:     config.CoscheduleIsolatePipelineRun,
			bindings: []v1.WorkspaceBinding{claim("a", "c"), claim("b", "c"), template(""), emptyDir("tmp")},
			want: []affinityassistant.Assistant{{
				Name:      "affinity-assistant-0510eddd78",
				Claims:    []string{"c"},
				Templates: []affinityassistant.ClaimTemplate{{Name: "pvc-b95b7efa7f", Claim: template("").VolumeClaimTemplate}},
			}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, byName := affinityassistant.Needed(tc.mode, run(tc.bindings...), tc.bindings)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("assistants (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.byName, byName); diff != "" {
				t.Errorf("by workspace (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClaimOf(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		mode    string
		binding v1.WorkspaceBinding
		want    string
	}{
		"none":     {mode: config.CoscheduleWorkspaces, binding: emptyDir("ws")},
		"existing": {mode: config.CoscheduleDisabled, binding: claim("ws", "c"), want: "c"},
		"template": {mode: config.CoscheduleDisabled, binding: template("data"), want: "data-b95b7efa7f"},
		"template in a whole-run mode": {
			mode: config.CoschedulePipelineRuns, binding: template(""), want: "pvc-b95b7efa7f-affinity-assistant-0510eddd78-0",
		},
	}
	for name, tc := range cases {
		if got := affinityassistant.ClaimOf(tc.mode, run(), tc.binding); got != tc.want {
			t.Errorf("%s: ClaimOf() = %q, want %q", name, got, tc.want)
		}
	}
}

func settings(mode string) affinityassistant.Settings {
	flags := config.DefaultFeatureFlags()
	flags.Coschedule = mode
	return affinityassistant.Settings{Image: "nop", Flags: flags}
}

func TestStatefulSet(t *testing.T) {
	t.Parallel()
	pr := run(claim("ws", "c"))
	pr.Spec.TaskRunTemplate.PodTemplate = &pod.Template{
		NodeSelector: map[string]string{"disk": "ssd"},
		Affinity:     &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}},
	}
	before := pr.DeepCopy()
	s := settings(config.CoscheduleWorkspaces)
	priority := "high"
	s.Template = &pod.AffinityAssistantTemplate{
		NodeSelector: map[string]string{"disk": "any"}, PriorityClassName: &priority, ServiceAccountName: "helper",
	}
	assistants, _ := affinityassistant.Needed(config.CoscheduleWorkspaces, pr, pr.Spec.Workspaces)
	got := affinityassistant.StatefulSet(pr, map[string]string{"team": "x"}, assistants[0], s)

	yes := true
	labels := map[string]string{
		"team": "x", "tekton.dev/pipelineRun": "pr",
		"app.kubernetes.io/instance": "affinity-assistant-738c6d2d06", "app.kubernetes.io/component": "affinity-assistant",
	}
	wantMeta := metav1.ObjectMeta{
		Name: "affinity-assistant-738c6d2d06", Namespace: "ns", Labels: labels,
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "tekton.dev/v1", Kind: "PipelineRun", Name: "pr", UID: uid, Controller: &yes, BlockOwnerDeletion: &yes,
		}},
	}
	if diff := cmp.Diff(wantMeta, got.ObjectMeta); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(labels, got.Spec.Selector.MatchLabels); diff != "" {
		t.Errorf("selector (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(labels, got.Spec.Template.Labels); diff != "" {
		t.Errorf("pod labels (-want +got):\n%s", diff)
	}
	spec := got.Spec.Template.Spec
	if *got.Spec.Replicas != 1 || spec.ServiceAccountName != "helper" || spec.PriorityClassName != "high" {
		t.Errorf("replicas %d, service account %q, priority %q", *got.Spec.Replicas, spec.ServiceAccountName, spec.PriorityClassName)
	}
	if diff := cmp.Diff(map[string]string{"disk": "ssd"}, spec.NodeSelector); diff != "" {
		t.Errorf("node selector (-want +got):\n%s", diff)
	}
	wantVolumes := []corev1.Volume{{Name: "workspace-0", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"},
	}}}
	if diff := cmp.Diff(wantVolumes, spec.Volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	c := spec.Containers[0]
	if c.Name != "affinity-assistant" || c.Image != "nop" || len(c.VolumeMounts) != 0 || !ptr.Deref(c.SecurityContext.RunAsNonRoot, false) {
		t.Errorf("container %+v", c)
	}
	if diff := cmp.Diff([]string{"tekton_run_indefinitely"}, c.Args); diff != "" {
		t.Errorf("args (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(c.Resources.Limits, c.Resources.Requests); diff != "" {
		t.Errorf("limits and requests differ:\n%s", diff)
	}
	if c.Resources.Limits.Cpu().String() != "50m" || c.Resources.Limits.Memory().String() != "100Mi" {
		t.Errorf("resources %v", c.Resources)
	}
	if diff := cmp.Diff(before, pr); diff != "" {
		t.Errorf("the run was changed:\n%s", diff)
	}
}

func TestAntiAffinity(t *testing.T) {
	t.Parallel()
	term := corev1.PodAffinityTerm{
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/component": "affinity-assistant"}},
		TopologyKey:   "kubernetes.io/hostname",
	}
	cases := map[string]*corev1.PodAntiAffinity{
		config.CoscheduleWorkspaces: {
			PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 100, PodAffinityTerm: term}},
		},
		config.CoscheduleIsolatePipelineRun: {RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term}},
	}
	for mode, want := range cases {
		pr := run()
		pr.Spec.TaskRunTemplate.PodTemplate = &pod.Template{Affinity: &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{}}}
		got := affinityassistant.StatefulSet(pr, nil, affinityassistant.Assistant{Name: "aa"}, settings(mode))
		if diff := cmp.Diff(want, got.Spec.Template.Spec.Affinity.PodAntiAffinity); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
		if len(pr.Spec.TaskRunTemplate.PodTemplate.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) != 0 {
			t.Errorf("%s: the anti-affinity leaked into the run", mode)
		}
	}
}

func TestClaimTemplatesAreMounted(t *testing.T) {
	t.Parallel()
	pr := run(template(""))
	assistants, _ := affinityassistant.Needed(config.CoschedulePipelineRuns, pr, pr.Spec.Workspaces)
	s := settings(config.CoschedulePipelineRuns)
	s.Flags.SetSecurityContextReadOnlyRootFilesystem = true
	got := affinityassistant.StatefulSet(pr, nil, assistants[0], s)
	want := []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "pvc-b95b7efa7f", Labels: map[string]string{"a": "b"}}}}
	if diff := cmp.Diff(want, got.Spec.VolumeClaimTemplates); diff != "" {
		t.Errorf("templates (-want +got):\n%s", diff)
	}
	c := got.Spec.Template.Spec.Containers[0]
	if diff := cmp.Diff([]corev1.VolumeMount{{Name: "pvc-b95b7efa7f", MountPath: "pvc-b95b7efa7f"}}, c.VolumeMounts); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	no, yes := false, true
	wantContext := &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, RunAsNonRoot: &yes, RunAsUser: ptr.To(podsecurity.User), ReadOnlyRootFilesystem: &yes,
		Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if diff := cmp.Diff(wantContext, c.SecurityContext); diff != "" {
		t.Errorf("security context (-want +got):\n%s", diff)
	}
}
