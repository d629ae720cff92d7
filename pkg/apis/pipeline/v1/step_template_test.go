package v1

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestMergeStepTemplate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ template, step, want string }{
		"no template": {"", "image: a", "image: a"},
		"scalars": {
			"image: t\nworkingDir: /t\nimagePullPolicy: Always\nargs: [t]\ncommand: [t]",
			"workingDir: /s\nargs: [s]\nscript: echo\ndisplayName: D\nname: n",
			"image: t\nworkingDir: /s\nimagePullPolicy: Always\nargs: [s]\ncommand: [t]\nscript: echo\ndisplayName: D\nname: n",
		},
		"lists with keys": {
			"env: [{name: A, value: t}, {name: B, value: t}]\nvolumeMounts: [{name: t, mountPath: /a}, {name: t, mountPath: /b}]",
			"env: [{name: C, value: s}, {name: A, value: s}]\nvolumeMounts: [{name: s, mountPath: /b}]",
			"env: [{name: C, value: s}, {name: A, value: s}, {name: B, value: t}]\n" +
				"volumeMounts: [{name: t, mountPath: /a}, {name: s, mountPath: /b}]",
		},
		"value and source": {
			"env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}}]",
			"env: [{name: A, value: s}]",
			"env: [{name: A, value: s}]",
		},
		"nested": {
			"computeResources: {limits: {cpu: 1, memory: 1G}}\nsecurityContext: {runAsUser: 1, privileged: false}",
			"computeResources: {limits: {cpu: 2}}\nsecurityContext: {privileged: true}",
			"computeResources: {limits: {cpu: 2, memory: 1G}}\nsecurityContext: {runAsUser: 1, privileged: true}",
		},
		"ref": {"image: t", "ref: {name: x}", "ref: {name: x}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var template *StepTemplate
			if tc.template != "" {
				template = decode[StepTemplate](t, tc.template)
			}
			step := decode[Step](t, tc.step)
			got, err := MergeStepTemplate(template, []Step{*step})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff([]Step{*decode[Step](t, tc.want)}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := gocmp.Diff(decode[Step](t, tc.step), step); diff != "" {
				t.Errorf("input changed:\n%s", diff)
			}
		})
	}
}

// TestMergeStepTemplateFast compares the short way with the long one.
func TestMergeStepTemplateFast(t *testing.T) {
	t.Parallel()
	templates := []string{"{}", "image: t\nargs: [t]\nenv: [{name: A, value: t}]\nenvFrom: [{prefix: t}]\nsecurityContext: {privileged: true}",
		"workingDir: /t\ncommand: [t]\nimagePullPolicy: Never\nvolumeMounts: [{name: t, mountPath: /t}]\nvolumeDevices: [{name: t, devicePath: /t}]\ncomputeResources: {limits: {cpu: 1}}"}
	steps := []string{"{}", "image: s\nworkingDir: /s\nenvFrom: [{prefix: s}]\nimagePullPolicy: Always\nname: s", "command: [s]\nargs: [s]\nscript: s",
		"env: [{name: B, value: s}]\nsecurityContext: {runAsUser: 1}", "volumeMounts: [{name: s, mountPath: /s}]\nvolumeDevices: [{name: s, devicePath: /s}]\ncomputeResources: {requests: {cpu: 1}}"}
	short := 0
	for _, template := range templates {
		for _, step := range steps {
			base, container := decode[StepTemplate](t, template).ToK8sContainer(), decode[Step](t, step).ToK8sContainer()
			if mergesByKey(base, container) {
				continue
			}
			short++
			want, err := patchContainer(base, container)
			if err != nil {
				t.Fatal(err)
			}
			fillContainer(container, base)
			if diff := gocmp.Diff(want, container); diff != "" {
				t.Errorf("template %q, step %q (-long +short):\n%s", template, step, diff)
			}
		}
	}
	if short < 10 {
		t.Errorf("only %d cases go the short way", short)
	}
}

func decode[T any](t testing.TB, text string) *T {
	t.Helper()
	out := new(T)
	if err := yaml.UnmarshalStrict([]byte(text), out); err != nil {
		t.Fatalf("reading %q: %v", text, err)
	}
	return out
}
